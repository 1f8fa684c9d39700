package assess

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/feature"
	"hetu/tenant"
)

type rankingQuery struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Subject string    `json:"-" query:"subject"` // tenant or department; tenant if empty
}

// Validate checks the subject.
func (q rankingQuery) Validate() error {
	switch q.Subject {
	case "", "tenant", "department":
		return nil
	}
	return ErrSubject.On("subject")
}

// A Ranking is the list of one kind of unit of a round.
type Ranking struct {
	Round Round `json:"round"`
	Rows  []Row `json:"rows"`

	body []byte // the whole of it as JSON, where it is only shown
}

// A Row is one unit in a ranking.
type Row struct {
	Rank     int             `json:"rank"`
	Unit     Unit            `json:"unit"`
	Total    decimal.Decimal `json:"total"`
	Parts    []Part          `json:"parts"`
	Movement *int            `json:"movement"`        // places won since the round before; null if it was not in it
	Class    string          `json:"class,omitempty"` // its code; units of a class are ranked among themselves
	Grade    string          `json:"grade,omitempty"` // as decided, or else by line
}

// A Part is what one rule brought a unit, exact.
type Part struct {
	Rule   string          `json:"rule"` // its code
	Points decimal.Decimal `json:"points"`
	N      int             `json:"n"`
	Light                  // how that compares; see light
}

func ranking(ctx context.Context, tx *tenant.Tx, q rankingQuery) (out Ranking, err error) {
	if out.Round, err = findRound(ctx, tx, q.ID); err != nil {
		return out, err
	}
	if q.Subject == "" {
		q.Subject = "tenant"
	}
	if out.Rows, err = addedRows(ctx, tx, q.ID, q.Subject); err != nil {
		return out, err
	}
	s, _, err := findScheme(ctx, tx, out.Round.SchemeID, out.Round.SchemeVersion)
	light(out.Rows, s.Rules)
	return out, err
}

// addedRows adds the ranking of one kind of unit up from the lines. The number
// of items of a rule is that of its first line: a bonus counts some of them once
// more.
func addedRows(ctx context.Context, tx *tenant.Tx, round uuid.UUID, kind string) ([]Row, error) {
	var got []struct {
		Unit
		Rank     int             `db:"rank"`
		Total    decimal.Decimal `db:"total"`
		Movement *int            `db:"movement"`
		Class    string          `db:"class"`
		Grade    string          `db:"grade"`
		Parts    doc[[]Part]     `db:"parts"`
	}
	err := tx.Select(ctx, &got, `
		select s.unit_kind, s.unit_id, s.unit_name, s.rank, s.total, s.class, `+gradeShown+`, p.rank - s.rank as movement, e.parts
		  from assess_rounds r
		  join assess_scores s on s.round_id = r.id
		  join (select unit_id, jsonb_agg(jsonb_build_object('rule', rule_code, 'points', points::text, 'n', n) order by seq) as parts
		          from (select unit_id, rule_code, sum(points) as points, min(seq) as seq, max(n) as n
		                  from assess_entries where round_id = $1 and unit_kind = $2 group by unit_id, rule_code) l
		         group by unit_id) e on e.unit_id = s.unit_id
		  left join assess_scores p on p.unit_kind = s.unit_kind and p.unit_id = s.unit_id and p.round_id = (`+previousRound+`)
		 where r.id = $1 and s.unit_kind = $2
		 order by s.place`, round, kind)
	out := make([]Row, len(got))
	for i, g := range got {
		out[i] = Row{g.Rank, g.Unit, g.Total, g.Parts.V, g.Movement, g.Class, g.Grade}
	}
	return out, err
}

type unitQuery struct {
	ID   uuid.UUID `json:"-" path:"id"`
	Unit uuid.UUID `json:"-" path:"unit"`
}

// A UnitScore is the score of one unit, line by line.
type UnitScore struct {
	Round      Round           `json:"round"`
	SchemeName string          `json:"scheme_name"`
	Unit       Unit            `json:"unit"`
	Rank       int             `json:"rank"`
	Units      int             `json:"units"`           // how many are ranked with it
	Class      string          `json:"class,omitempty"` // what its class is called
	Grade      string          `json:"grade,omitempty"`
	Total      decimal.Decimal `json:"total"`
	Exact      decimal.Decimal `json:"exact"` // the sum of the entries; total is this, rounded once
	Entries    []UnitLine      `json:"entries"`
}

// A UnitLine is an entry as it is shown.
type UnitLine struct {
	ID          uuid.UUID       `db:"id" json:"id"`
	RuleCode    string          `db:"rule_code" json:"rule_code"`
	RuleName    string          `db:"rule_name" json:"rule_name"`
	Formula     string          `db:"formula" json:"formula"`
	N           int             `db:"n" json:"n"`
	Before      decimal.Decimal `db:"points_before" json:"points_before"` // before caps
	Points      decimal.Decimal `db:"points" json:"points"`
	RuleVersion int             `db:"rule_version" json:"rule_version"` // the version of the scheme
}

func unitScore(ctx context.Context, tx *tenant.Tx, q unitQuery) (out UnitScore, err error) {
	r, err := findRound(ctx, tx, q.ID)
	if err != nil {
		return out, err
	}
	var s struct {
		Unit
		Scheme string          `db:"scheme"`
		Rank   int             `db:"rank"`
		Units  int             `db:"units"`
		Total  decimal.Decimal `db:"total"`
		Exact  decimal.Decimal `db:"exact"`
		Class  string          `db:"class"`
		Grade  string          `db:"grade"`
		Plan   doc[Plan]       `db:"plan"`
	}
	err = tx.Get(ctx, &s, `
		select s.unit_kind, s.unit_id, s.unit_name, s.rank, s.total, s.exact, s.class, `+gradeShown+`, v.name as scheme, v.plan,
		       (select count(*) from assess_scores o
		         where o.round_id = s.round_id and o.unit_kind = s.unit_kind and o.class = s.class) as units
		  from assess_scores s
		  join assess_rounds r on r.id = s.round_id
		  join assess_scheme_versions v on v.scheme_id = r.scheme_id and v.version = r.scheme_version
		 where s.round_id = $1 and s.unit_id = $2`, q.ID, q.Unit)
	if errors.Is(err, tenant.ErrNoRows) {
		return out, ErrUnitNotFound
	}
	if err != nil {
		return out, err
	}
	out = UnitScore{Round: r, SchemeName: s.Scheme, Unit: s.Unit, Rank: s.Rank, Units: s.Units, Total: s.Total, Exact: s.Exact, Class: s.Plan.V.className(s.Class), Grade: s.Grade, Entries: []UnitLine{}}
	err = tx.Select(ctx, &out.Entries, `
		select id, rule_code, rule_name, formula, n, points_before, points, rule_version
		  from assess_entries
		 where round_id = $1 and unit_kind = $2 and unit_id = $3
		 order by seq`, q.ID, s.Kind, s.ID)
	return out, err
}

type deedQuery struct {
	feature.Page
	ID    uuid.UUID `json:"-" path:"id"`
	Entry uuid.UUID `json:"-" path:"entry"`
}

// Validate checks the cursor.
func (q deedQuery) Validate() error {
	if _, err := q.from(); err != nil {
		return feature.ErrMalformed.On("after")
	}
	return nil
}

func (q deedQuery) from() (int, error) {
	if q.After == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(q.After, 10, 32)
	return int(n), err
}

// A Deed is one deed an entry rests on.
type Deed struct {
	ID     uuid.UUID       `json:"id"`
	Kind   string          `json:"kind"`
	At     time.Time       `json:"at"`
	Item   Item            `json:"item"`
	ByName string          `json:"by_name"` // empty if another tenant's member did it
	Level  string          `json:"level"`
	Points decimal.Decimal `json:"points"`
	Note   string          `json:"note"` // Duplicate, Lower, Reversed, Reversal, or empty: it simply counts
}

// An Item is what a deed was done to. The tenant's own can be opened, and what
// it received of a tenant below; what that tenant published can be sampled.
type Item struct {
	Kind  string    `json:"kind"` // "publish/item", "exchange/envelope"
	ID    uuid.UUID `json:"id"`
	Title string    `json:"title"`
	Href  string    `json:"href"` // empty if it is not here
	Note  string    `json:"note"` // "elsewhere" if it is another tenant's and not here
}

type deedRow struct {
	Seq    int             `db:"seq"`
	ID     uuid.UUID       `db:"id"`
	Kind   string          `db:"kind"`
	At     time.Time       `db:"at"`
	Item   string          `db:"item"`
	Title  string          `db:"title"`
	Tenant uuid.UUID       `db:"tenant"`
	ByName string          `db:"by_name"`
	Level  string          `db:"level"`
	Points decimal.Decimal `db:"points"`
	Note   string          `db:"note"`
}

// deed returns the deed as its own tenant shows it.
func (r deedRow) deed() Deed {
	return Deed{r.ID, r.Kind, r.At, itemOf(r.Item, r.Title), r.ByName, r.Level, r.Points, r.Note}
}

// entryDeeds lists the deeds an entry rests on, in the order they count in.
func entryDeeds(ctx context.Context, tx *tenant.Tx, q deedQuery) (l feature.List[Deed], err error) {
	b, err := openEntry(ctx, tx, &q.ID, q.Entry)
	if err != nil {
		return l, err
	}
	from, err := q.from()
	if err != nil {
		return l, feature.ErrMalformed.On("after")
	}
	got, err := b.deeds(ctx, tx, from, q.Size()+1)
	if err != nil {
		return l, err
	}
	page := feature.Cut(got, q.Size(), func(r deedRow) string { return strconv.Itoa(r.Seq) })
	l = feature.List[Deed]{Items: make([]Deed, len(page.Items)), Next: page.Next}
	for i, r := range page.Items {
		l.Items[i] = r.deed()
	}
	return l, here(ctx, tx, page.Items, l.Items)
}

// pages are where items are looked at.
var pages = map[string]string{"publish/item": "/publish/items/", "target/target": "/assess/targets/", "publish/column": "/publish/columns/", "publish/inspection": "/publish/inspections/", "exchange/envelope": "/exchange/envelopes/"}

// itemOf returns an item as its own tenant opens it.
func itemOf(name, title string) Item {
	cut := strings.LastIndexByte(name, '/')
	item := Item{Kind: name[:max(cut, 0)], Title: title}
	// An item that is not named by an id has none.
	item.ID, _ = uuid.Parse(name[cut+1:])
	if rest, ok := strings.CutPrefix(name, "target/target/"); ok { // then comes the period that was reported
		id, _, _ := strings.Cut(rest, "/")
		item.Kind = "target/target"
		item.ID, _ = uuid.Parse(id)
	}
	if item.ID != uuid.Nil && pages[item.Kind] != "" {
		item.Href = pages[item.Kind] + item.ID.String()
	}
	return item
}

// here has what another tenant's deeds were done to open here: an envelope the
// tenant received opens as its own copy. All else is elsewhere.
func here(ctx context.Context, tx *tenant.Tx, rows []deedRow, deeds []Deed) error {
	var peers, theirs tenant.IDs
	for i, r := range rows {
		item := &deeds[i].Item
		if r.Tenant == tx.Actor.Tenant || item.Kind == "target/target" { // a target is the same page on both sides
			continue
		}
		item.Href, item.Note = "", "elsewhere"
		if item.Kind == "exchange/envelope" {
			peers, theirs = append(peers, r.Tenant), append(theirs, item.ID)
		}
	}
	if len(peers) == 0 {
		return nil
	}
	var got []struct {
		Peer  uuid.UUID `db:"peer_id"`
		Their uuid.UUID `db:"peer_envelope"`
		ID    uuid.UUID `db:"id"`
	}
	err := tx.Select(ctx, &got, `
		select peer_id, peer_envelope, id from envelopes
		 where direction = 'in' and (peer_id, peer_envelope) in (select peer, sent from unnest($1::uuid[], $2::uuid[]) as t (peer, sent))`, peers, theirs)
	ours := make(map[deedRef]uuid.UUID, len(got))
	for _, g := range got {
		ours[deedRef{g.Peer, g.Their}] = g.ID
	}
	for i, r := range rows {
		item := &deeds[i].Item
		if id, ok := ours[deedRef{r.Tenant, item.ID}]; ok && item.Kind == "exchange/envelope" {
			item.ID, item.Href, item.Note = id, pages[item.Kind]+id.String(), ""
		}
	}
	return err
}
