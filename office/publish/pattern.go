package publish

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// What can go wrong with patterns.
var (
	ErrPatternNotFound = fault.New(fault.NotFound, "publish.pattern_not_found")
	ErrPatternEmpty    = fault.New(fault.Conflict, "publish.pattern_empty")                       // there is no open column
	ErrPatternSame     = fault.New(fault.Conflict, "publish.pattern_same")                        // as the last version; meta: version
	ErrPatternOld      = fault.New(fault.Conflict, "publish.pattern_old")                         // another version was issued since; meta: version
	ErrPatternColumn   = fault.New(fault.Invalid, "publish.pattern_column_unknown").On("choices") // not in it, or chosen twice
	ErrPatternChoice   = fault.New(fault.Conflict, "publish.pattern_choice")                      // not to be had any more; meta: name
	ErrPatternParent   = fault.New(fault.Conflict, "publish.pattern_parent")                      // the column above it is not there; meta: name
	ErrPatternTaken    = fault.New(fault.Conflict, "publish.pattern_taken")                       // a column of the name stands in its place already; meta: name
)

// A Pattern is a version of a tenant's columns and their rules, issued for the
// tenants below it: each may adopt it and keeps its own copy (R025). It names no
// department, no person and no item.
type Pattern struct {
	ID        uuid.UUID  `db:"id" json:"id"`
	Issuer    Issuer     `db:"issuer" json:"issuer"`
	Version   int        `db:"version" json:"version"`
	Note      string     `db:"note" json:"note"`
	Columns   int        `db:"columns" json:"columns"` // how many there are in it
	IssuedAt  time.Time  `db:"issued_at" json:"issued_at"`
	Own       bool       `db:"own" json:"own"`               // issued here
	Newest    bool       `db:"newest" json:"newest"`         // of its issuer
	AdoptedAt *time.Time `db:"adopted_at" json:"adopted_at"` // here
}

// An Issuer is the tenant a pattern is of.
type Issuer struct {
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
}

// A PatternColumn is what a pattern says of one column. Null, and no kinds: as
// the column above it.
type PatternColumn struct {
	Key             uuid.UUID    `db:"key" json:"key"` // the same in every version
	ParentKey       *uuid.UUID   `db:"parent_key" json:"parent_key"`
	Name            string       `db:"name" json:"name"`
	Kind            string       `db:"kind" json:"kind" enum:"general,news,notice,announcement,briefing"`
	Purpose         string       `db:"purpose" json:"purpose"`
	Sort            int          `db:"sort" json:"sort"` // for columns that are made; no difference afterwards
	ReviewLevels    int          `db:"review_levels" json:"review_levels"`
	MaxIntervalDays *int         `db:"max_interval_days" json:"max_interval_days"` // as of Column
	Kinds           tenant.Texts `db:"kinds" json:"kinds"`
	Sign            *bool        `db:"sign" json:"sign"`
	NamedFrom       *string      `db:"named_from" json:"named_from"`
	Comments        *bool        `db:"comments" json:"comments"`
	Receipts        *bool        `db:"receipts" json:"receipts"`
	AllStaff        *bool        `db:"all_staff" json:"all_staff"`
}

const patternColumns = `p.id, p.issuer_id as "issuer.id", p.issuer_name as "issuer.name", p.version, p.note,
	jsonb_array_length(p.columns) as columns, p.issued_at, p.issuer_id = app_tenant() as own,
	not exists (select from column_patterns n where n.issuer_id = p.issuer_id and n.version > p.version) as newest,
	(select a.at from pattern_adoptions a where a.pattern_id = p.id and a.unit_id = app_tenant()) as adopted_at`

const ruleColumns = `c.id as key, c.parent_id as parent_key, c.name, c.kind, c.purpose, c.sort, c.review_levels, c.max_interval_days,
	coalesce(c.kinds, '{}') as kinds, c.sign, c.named_from::text as named_from, c.comments, c.receipts, c.all_staff`

// patternRoutes: the Office issues, and the Office below adopts.
func patternRoutes() []feature.Route {
	const patterns = "/publish/patterns"
	return []feature.Route{
		feature.GET(patterns, Manage, feature.Read(listPatterns)),
		feature.POST(patterns, Manage, feature.Write(issuePattern)).Refused(attempted),
		feature.GET(patterns+"/{id}", Manage, feature.Read(showPattern)),
		feature.GET(patterns+"/{id}/plan", Manage, feature.Read(planPattern)),
		feature.POST(patterns+"/{id}/adopt", Manage, feature.Write(adoptPattern)).Refused(attempted),
		feature.GET("/publish/pattern-draft", Manage, feature.Read(draftPattern)),
		feature.GET("/publish/pattern-units", Manage, feature.Read(patternUnits)),
	}
}

var patternOrder = feature.NewOrder("-issued_at", "p.id", func(p Pattern) uuid.UUID { return p.ID },
	feature.ByTime("issued_at", "p.issued_at", func(p Pattern) time.Time { return p.IssuedAt }),
	feature.ByText("issuer", "p.issuer_name", func(p Pattern) string { return p.Issuer.Name }),
	feature.ByNumber("version", "p.version", func(p Pattern) int { return p.Version }),
)

type patternQuery struct {
	feature.Page
	From string `json:"-" query:"from" enum:"above,here"` // above unless said
}

// Sorts are what patterns may be sorted by.
func (patternQuery) Sorts() []string { return patternOrder.Names() }

// listPatterns lists what the tenants above issued, or what was issued here.
func listPatterns(ctx context.Context, tx *tenant.Tx, q patternQuery) (l feature.List[Pattern], err error) {
	at, err := patternOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{}
	var rows []Pattern
	err = tx.Select(ctx, &rows, `
		select `+patternColumns+` from column_patterns p
		 where (p.issuer_id = app_tenant()) = `+args.Add(q.From == "here")+` and `+at.After(args.Add)+`
		 order by `+at.By()+` limit `+q.Rows(), args...)
	return feature.Cut(rows, q.Size(), at.Cursor), err
}

// A PatternPage is a version with its columns, those above before those below.
type PatternPage struct {
	Pattern
	Items []PatternColumn `json:"items"`
	Next  string          `json:"next"` // always empty: a tree is read whole
}

func showPattern(ctx context.Context, tx *tenant.Tx, in ref) (p PatternPage, err error) {
	var row struct {
		Pattern
		Items tenant.Rows[PatternColumn] `db:"items"`
	}
	err = tx.Get(ctx, &row, `select `+patternColumns+`, p.columns as items from column_patterns p where p.id = $1`, in.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return p, ErrPatternNotFound
	}
	return PatternPage{Pattern: row.Pattern, Items: row.Items}, err
}

// A PatternDraft is the pattern as it would be issued now.
type PatternDraft struct {
	Version int             `json:"version"` // that it would be
	Same    bool            `json:"same"`    // as the last one
	Units   int             `json:"units"`   // active tenants below, which would see it
	Items   []PatternColumn `json:"items"`
	Next    string          `json:"next"` // always empty
}

// draftPattern reads the open columns that stand below open ones only.
func draftPattern(ctx context.Context, tx *tenant.Tx, _ feature.None) (d PatternDraft, err error) {
	d.Items = []PatternColumn{}
	err = tx.Select(ctx, &d.Items, `
		select `+ruleColumns+` from columns c
		 where not exists (select from columns up where up.id = any (c.path) and up.state <> 'active')
		 order by cardinality(c.path), c.sort, c.name, c.id`)
	if err != nil {
		return d, err
	}
	if err := tx.Get(ctx, &d.Units, `select count(*) from platform.kin() where relation = 'descendant' and state = 'active'`); err != nil {
		return d, err
	}
	var last []struct {
		Version int                        `db:"version"`
		Items   tenant.Rows[PatternColumn] `db:"items"`
	}
	err = tx.Select(ctx, &last, `
		select p.version, p.columns as items from column_patterns p where p.issuer_id = app_tenant() order by p.version desc limit 1`)
	d.Version = 1
	for _, l := range last {
		d.Version = l.Version + 1
		d.Same = slices.EqualFunc(l.Items, d.Items, func(a, b PatternColumn) bool {
			return a.Key == b.Key && a.Sort == b.Sort && len(a.differs(b)) == 0
		})
	}
	return d, err
}

type patternIssue struct {
	Note string `json:"note" minLength:"1" maxLength:"500"`
}

// Validate refuses a version that does not say what is new in it.
func (n *patternIssue) Validate() error { return feature.Trim(&n.Note, "note", 500) }

// issuePattern shows the columns as they are now to the tenants below, as the
// next version. What they have of an earlier one stays as it is.
func issuePattern(ctx context.Context, tx *tenant.Tx, in patternIssue) (p Pattern, err error) {
	if err := lockTree(ctx, tx); err != nil {
		return p, err
	}
	d, err := draftPattern(ctx, tx, feature.None{})
	switch {
	case err != nil:
		return p, err
	case len(d.Items) == 0:
		return p, ErrPatternEmpty
	case d.Same:
		return p, ErrPatternSame.With("version", d.Version-1)
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into column_patterns (id, issuer_name, version, note, columns, issued_at)
		     select $1, k.name, $2, $3, $4, $5 from platform.kin() k where k.relation = 'self'`,
		id, d.Version, in.Note, tenant.JSON(d.Items), tx.Now)
	if err != nil {
		return p, err
	}
	tx.Audit("publish.pattern_issued", patternObject(id), map[string]any{"version": d.Version, "columns": len(d.Items)})
	page, err := showPattern(ctx, tx, ref{ID: id})
	return page.Pattern, err
}

func patternObject(id uuid.UUID) string { return "publish/pattern/" + id.String() }

// A PatternUnit is a tenant below with the newest version it adopted.
type PatternUnit struct {
	ID      uuid.UUID  `db:"id" json:"id"`
	Name    string     `db:"name" json:"name"`
	Version int        `db:"version" json:"version"` // 0: none
	At      *time.Time `db:"at" json:"at"`
}

var patternUnitOrder = feature.NewOrder("name", "u.id", func(u PatternUnit) uuid.UUID { return u.ID },
	feature.ByText("name", "u.name", func(u PatternUnit) string { return u.Name }),
	feature.ByNumber("version", "u.version", func(u PatternUnit) int { return u.Version }),
	feature.ByTimeOrNull("at", "u.at", func(u PatternUnit) *time.Time { return u.At }),
)

type patternUnitQuery struct{ feature.Page }

// Sorts are what the units may be sorted by.
func (patternUnitQuery) Sorts() []string { return patternUnitOrder.Names() }

// patternUnits lists the active tenants below with what each adopted: the
// version and the day, nothing of what it made of it.
func patternUnits(ctx context.Context, tx *tenant.Tx, q patternUnitQuery) (l feature.List[PatternUnit], err error) {
	at, err := patternUnitOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{}
	var rows []PatternUnit
	err = tx.Select(ctx, &rows, `
		select u.id, u.name, u.version, u.at
		  from (select k.id, k.name, coalesce(a.version, 0) as version, a.at
		          from platform.kin() k
		          left join lateral (select a.version, a.at from pattern_adoptions a
		                              where a.issuer_id = app_tenant() and a.unit_id = k.id order by a.version desc limit 1) a on true
		         where k.relation = 'descendant' and k.state = 'active') u
		 where `+at.After(args.Add)+` order by `+at.By()+` limit `+q.Rows(), args...)
	return feature.Cut(rows, q.Size(), at.Cursor), err
}
