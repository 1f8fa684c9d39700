package publish

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// relatives are a headquarters, two bureaus below it, and a stranger.
type relatives struct{ hq, a, b, stranger *house }

func family(t *testing.T) relatives {
	t.Helper()
	hq := tenanttest.Tenant(t, uuid.Nil, "青川省水务厅")
	return relatives{
		hq: openAt(t, hq), a: openAt(t, tenanttest.Tenant(t, hq, "云岭市水务局")), b: openAt(t, tenanttest.Tenant(t, hq, "临溪市水务局")),
		stranger: openAt(t, tenanttest.Tenant(t, uuid.Nil, "远山集团")),
	}
}

func (h *house) issues(note string) Pattern {
	h.t.Helper()
	return must[Pattern](h.t)(do(h, h.office, issuePattern, patternIssue{Note: note}))
}

func (h *house) plans(id uuid.UUID) PatternPlan {
	h.t.Helper()
	return must[PatternPlan](h.t)(see(h, h.office, planPattern, ref{ID: id}))
}

func (h *house) adopts(id uuid.UUID, choices ...patternChoice) PatternPlan {
	h.t.Helper()
	return must[PatternPlan](h.t)(do(h, h.office, adoptPattern, adoption{ID: id, Choices: choices}))
}

func (h *house) changes(in columnChange) Column {
	h.t.Helper()
	return must[Column](h.t)(do(h, h.office, changeColumn, in))
}

func stepOf(t *testing.T, p PatternPlan, name string) PatternStep {
	t.Helper()
	for _, s := range p.Items {
		if s.Theirs.Name == name {
			return s
		}
	}
	t.Fatalf("nothing is planned for %s", name)
	return PatternStep{}
}

func (h *house) columnNamed(name string) Column {
	h.t.Helper()
	for _, c := range must[feature.List[Column]](h.t)(see(h, h.office, listColumns, feature.None{})).Items {
		if c.Name == name {
			return c
		}
	}
	h.t.Fatalf("there is no column %s", name)
	return Column{}
}

func ptr[T any](v T) *T { return &v }

// ruled opens, at the headquarters, a column with rules of its own and one below it.
func (h *house) ruled() (above, below Column) {
	h.t.Helper()
	above = must[Column](h.t)(do(h, h.office, openColumn, newColumn{Name: "政务公开", Kind: "notice", ReviewLevels: 2, Interval: ptr(30), Purpose: "依法公开的信息",
		DepartmentID: &h.drafter.dept, Rules: &ruleSpec{Kinds: []string{"notice", "announcement"}, Sign: "on", NamedFrom: "2026-01-01", Comments: "off", Receipts: "on"}}))
	below = must[Column](h.t)(do(h, h.office, openColumn, newColumn{ParentID: &above.ID, Name: "重要公告", Kind: "announcement", ReviewLevels: 3}))
	return above, below
}

// TestR025PatternIsIssuedDownward: who sees a version, what stands in it and
// what does not, and that a version says something new.
func TestR025PatternIsIssuedDownward(t *testing.T) {
	t.Parallel()
	f := family(t)
	above, below := f.hq.ruled()
	closed := f.hq.opens("旧栏目", 1, nil)
	must[Column](t)(do(f.hq, f.hq.office, disable, versioned{closed.ID, closed.Version}))

	if err := (&patternIssue{Note: "  "}).Validate(); err == nil {
		t.Error("a version that does not say what is new in it")
	}
	if d := must[PatternDraft](t)(see(f.hq, f.hq.office, draftPattern, feature.None{})); d.Version != 1 || d.Same || d.Units != 2 || len(d.Items) != 4 {
		t.Errorf("the draft: version %d, same %v, for %d, of %d columns", d.Version, d.Same, d.Units, len(d.Items))
	}
	v1 := f.hq.issues("首次发布")
	_, err := do(f.hq, f.hq.office, issuePattern, patternIssue{Note: "再次发布"})
	want(t, err, ErrPatternSame, "issuing the same again")

	page := must[PatternPage](t)(see(f.a, f.a.office, showPattern, ref{ID: v1.ID}))
	if page.Version != 1 || page.Own || !page.Newest || page.AdoptedAt != nil || page.Issuer.ID != f.hq.id || page.Columns != 4 {
		t.Errorf("as the bureau sees it: %+v", page.Pattern)
	}
	at := slices.IndexFunc(page.Items, func(c PatternColumn) bool { return c.Key == below.ID })
	if at < 0 || *page.Items[at].ParentKey != above.ID || page.Items[at].ReviewLevels != 3 {
		t.Errorf("the column below is not what it was: %+v", page.Items)
	}
	written := tenant.JSON(page)
	for what, secret := range map[string]string{"a disabled column": "旧栏目", "a department": f.hq.drafter.dept.String(), "a department's name": "拟稿人处",
		"a person": f.hq.office.Name, "a person's id": f.hq.office.Member.String()} {
		if strings.Contains(written, secret) {
			t.Errorf("%s stands in it", what)
		}
	}

	// What a bureau issues is not shown upward nor sideways, and nothing to strangers.
	own := f.a.issues("本局规则")
	for name, x := range map[string]struct {
		of *house
		id uuid.UUID
	}{"the stranger, of the headquarters'": {f.stranger, v1.ID}, "the headquarters, of a bureau's": {f.hq, own.ID}, "another bureau, of a bureau's": {f.b, own.ID}} {
		_, err := see(x.of, x.of.office, showPattern, ref{ID: x.id})
		want(t, err, ErrPatternNotFound, "showing to "+name)
		_, err = see(x.of, x.of.office, planPattern, ref{ID: x.id})
		want(t, err, ErrPatternNotFound, "planning by "+name)
		_, err = do(x.of, x.of.office, adoptPattern, adoption{ID: x.id})
		want(t, err, ErrPatternNotFound, "adopting by "+name)
	}
	_, err = do(f.hq, f.hq.office, adoptPattern, adoption{ID: v1.ID})
	want(t, err, ErrPatternNotFound, "adopting one's own")
	for name, x := range map[string]struct {
		of   *house
		from string
		n    int
	}{"a bureau, from above": {f.a, "", 1}, "a bureau, its own": {f.a, "here", 1}, "another bureau": {f.b, "above", 1},
		"the headquarters, from above": {f.hq, "", 0}, "the headquarters, its own": {f.hq, "here", 1}, "a stranger": {f.stranger, "", 0}} {
		if l := must[feature.List[Pattern]](t)(see(x.of, x.of.office, listPatterns, patternQuery{From: x.from})); len(l.Items) != x.n {
			t.Errorf("%s sees %d", name, len(l.Items))
		}
	}
}

// TestR025PatternIsAdopted: the dry run, wrong choices, and the copy.
func TestR025PatternIsAdopted(t *testing.T) {
	t.Parallel()
	f := family(t)
	f.hq.ruled()
	v1 := f.hq.issues("首次发布")
	mine := f.a.opens("本局特色", 1, nil)
	there := f.a.columnNamed("工作动态")
	there = f.a.changes(columnChange{ID: there.ID, ReviewLevels: ptr(4), Version: there.Version})

	before := count(f.a, `select count(*) from columns`)
	p := f.a.plans(v1.ID)
	for name, state := range map[string]string{"政务公开": "new", "重要公告": "new", "工作动态": "differs", "财务公开": "same"} {
		if s := stepOf(t, p, name); s.State != state || s.Decided != 0 {
			t.Errorf("%s is planned as %s, want %s", name, s.State, state)
		}
	}
	top, low, news := stepOf(t, p, "政务公开").Theirs.Key, stepOf(t, p, "重要公告").Theirs.Key, stepOf(t, p, "工作动态")
	if !slices.Equal(news.Differs, []string{"review_levels"}) || news.Ours.Key != there.ID || news.Ours.ReviewLevels != 4 || news.Theirs.ReviewLevels != 1 {
		t.Errorf("what differs: %+v", news)
	}
	if n := count(f.a, `select count(*) from columns`); n != before || count(f.a, `select count(*) from pattern_links`) != 0 {
		t.Error("the dry run was none")
	}

	for name, x := range map[string]struct {
		choices []patternChoice
		want    error
	}{
		"a column that is not in it":  {[]patternChoice{{Key: mine.ID, Take: "keep"}}, ErrPatternColumn},
		"one twice":                   {[]patternChoice{{Key: top, Take: "make"}, {Key: top, Take: "keep"}}, ErrPatternColumn},
		"to make what is there":       {[]patternChoice{{Key: news.Theirs.Key, Take: "make"}}, ErrPatternChoice},
		"to take over into nothing":   {[]patternChoice{{Key: top, Take: "take", Version: 1}}, ErrPatternChoice},
		"below what was left out":     {[]patternChoice{{Key: top, Take: "keep"}, {Key: low, Take: "make"}}, ErrPatternParent},
		"what was changed meanwhile":  {[]patternChoice{{Key: top, Take: "make"}, {Key: news.Theirs.Key, Take: "take", Version: there.Version - 1}}, ErrStale},
		"without saying what is read": {[]patternChoice{{Key: news.Theirs.Key, Take: "take"}}, ErrStale},
	} {
		_, err := do(f.a, f.a.office, adoptPattern, adoption{ID: v1.ID, Choices: x.choices})
		want(t, err, x.want, name)
	}
	if n := count(f.a, `select count(*) from columns`); n != before {
		t.Error("a refused adoption made columns")
	}

	p = f.a.adopts(v1.ID, patternChoice{Key: top, Take: "make"}, patternChoice{Key: low, Take: "make"}, patternChoice{Key: news.Theirs.Key, Take: "keep"})
	for name, state := range map[string]string{"政务公开": "same", "重要公告": "same", "工作动态": "own", "财务公开": "same"} {
		if s := stepOf(t, p, name); s.State != state || s.Decided != 1 {
			t.Errorf("%s is %s after version %d, want %s", name, s.State, s.Decided, state)
		}
	}
	copied := f.a.columnNamed("政务公开")
	if copied.ReviewLevels != 2 || *copied.MaxIntervalDays != 30 || !*copied.Sets.Sign || *copied.Sets.Comments || copied.Sets.AllStaff != nil ||
		*copied.Sets.NamedFrom != "2026-01-01" || copied.Purpose != "依法公开的信息" || copied.DepartmentID != nil || !slices.Equal(copied.Sets.Kinds, []string{"notice", "announcement"}) {
		t.Errorf("the copy: %+v", copied)
	}
	if c := f.a.columnNamed("重要公告"); *c.ParentID != copied.ID {
		t.Error("it does not stand below its own")
	}
	if c := f.a.columnNamed("工作动态"); c.ReviewLevels != 4 || c.Version != there.Version {
		t.Errorf("what was kept was changed: %+v", c)
	}
	if count(f.a, `select count(*) from audit_entries where action = 'publish.pattern_adopted' and detail ->> 'version' = '1' and detail ->> 'made' = '2' and detail ->> 'kept' = '1'`) != 1 {
		t.Error("the log does not say what was adopted")
	}
	// Again: nothing is made twice.
	_, err := do(f.a, f.a.office, adoptPattern, adoption{ID: v1.ID, Choices: []patternChoice{{Key: top, Take: "make"}}})
	want(t, err, ErrPatternChoice, "making it again")
	f.a.adopts(v1.ID)
	if count(f.a, `select count(*) from pattern_adoptions`) != 1 {
		t.Error("adopted once, noted twice")
	}
}

// TestR025PatternMovesOn: another version is another proposal, column by
// column; what the bureau keeps, or changed itself, is not asked for again.
func TestR025PatternMovesOn(t *testing.T) {
	t.Parallel()
	f := family(t)
	top, low := f.hq.ruled()
	v1 := f.hq.issues("首次发布")
	f.a.adopts(v1.ID, patternChoice{Key: top.ID, Take: "make"}, patternChoice{Key: low.ID, Take: "make"})
	mine := f.a.columnNamed("财务公开")
	f.a.changes(columnChange{ID: mine.ID, ReviewLevels: ptr(5), Version: mine.Version}) // its own decision
	if s := stepOf(t, f.a.plans(v1.ID), "财务公开"); s.State != "own" {
		t.Errorf("what the bureau changed itself is %s", s.State)
	}

	f.hq.changes(columnChange{ID: top.ID, Name: ptr("信息公开"), ReviewLevels: ptr(1), Version: top.Version})
	f.hq.changes(columnChange{ID: low.ID, Interval: ptr(7), Version: low.Version})
	gone := f.hq.columnNamed("工作动态")
	must[Column](t)(do(f.hq, f.hq.office, disable, versioned{gone.ID, gone.Version}))
	added := f.hq.opens("防汛专栏", 1, nil)
	v2 := f.hq.issues("调整审核级数，增设防汛专栏")

	p := f.a.plans(v2.ID)
	if p.Adopted != 1 || p.Pattern.Version != 2 {
		t.Errorf("version %d after %d", p.Pattern.Version, p.Adopted)
	}
	for name, x := range map[string]struct {
		state   string
		changed []string
	}{
		"信息公开": {"differs", []string{"name", "review_levels"}}, "重要公告": {"differs", []string{"max_interval_days"}},
		"防汛专栏": {"new", nil}, "财务公开": {"own", nil}, "工作动态": {"ended", nil},
	} {
		if s := stepOf(t, p, name); s.State != x.state || !slices.Equal(s.ChangedAbove, x.changed) {
			t.Errorf("%s is %s, changed above: %v", name, s.State, s.ChangedAbove)
		}
	}
	_, err := do(f.a, f.a.office, adoptPattern, adoption{ID: v1.ID})
	want(t, err, ErrPatternOld, "adopting a version that was followed by another")

	renamed := stepOf(t, p, "信息公开")
	p = f.a.adopts(v2.ID, patternChoice{Key: top.ID, Take: "take", Version: renamed.Ours.Version}, patternChoice{Key: low.ID, Take: "keep"},
		patternChoice{Key: added.ID, Take: "keep"})
	for name, state := range map[string]string{"信息公开": "same", "重要公告": "own", "防汛专栏": "left", "财务公开": "own"} {
		if s := stepOf(t, p, name); s.State != state {
			t.Errorf("%s is %s, want %s", name, s.State, state)
		}
	}
	if c := f.a.columnNamed("信息公开"); c.ID != renamed.Ours.Key || c.ReviewLevels != 1 {
		t.Errorf("taken over: %+v", c)
	}
	if c := f.a.columnNamed("工作动态"); c.State != "active" {
		t.Error("what ended above ended here as well")
	}
	if c := f.a.columnNamed("财务公开"); c.ReviewLevels != 5 {
		t.Error("the bureau's own rule was changed")
	}

	// Deleted here, it is not asked for again, and may be had again.
	c := f.a.columnNamed("重要公告")
	must[feature.None](t)(do(f.a, f.a.office, removeColumn, versionedRef{c.ID, c.Version}))
	if s := stepOf(t, f.a.plans(v2.ID), "重要公告"); s.State != "left" {
		t.Errorf("deleted here, it is %s", s.State)
	}
	p = f.a.adopts(v2.ID, patternChoice{Key: low.ID, Take: "make"})
	if s := stepOf(t, p, "重要公告"); s.State != "same" || s.OursParent != "信息公开" {
		t.Errorf("made again, it is %s below %s", s.State, s.OursParent)
	}
}

// TestR025WhoAdopted: the issuer sees which tenant below adopted which version,
// and nothing else of them; nobody else sees that, and nobody can pretend it.
func TestR025WhoAdopted(t *testing.T) {
	t.Parallel()
	f := family(t)
	top, low := f.hq.ruled()
	v1 := f.hq.issues("首次发布")
	f.a.adopts(v1.ID, patternChoice{Key: top.ID, Take: "make"})
	f.b.adopts(v1.ID)
	f.hq.changes(columnChange{ID: low.ID, ReviewLevels: ptr(1), Version: low.Version})
	v2 := f.hq.issues("第二版")
	f.a.adopts(v2.ID)

	first := must[feature.List[PatternUnit]](t)(see(f.hq, f.hq.office, patternUnits, patternUnitQuery{Page: feature.Page{Limit: 1, Sort: "-version"}}))
	if len(first.Items) != 1 || first.Next == "" || first.Items[0].ID != f.a.id || first.Items[0].Version != 2 || first.Items[0].At == nil {
		t.Fatalf("the first page: %+v", first)
	}
	rest := must[feature.List[PatternUnit]](t)(see(f.hq, f.hq.office, patternUnits, patternUnitQuery{Page: feature.Page{Sort: "-version", After: first.Next}}))
	if len(rest.Items) != 1 || rest.Next != "" || rest.Items[0].ID != f.b.id || rest.Items[0].Version != 1 {
		t.Errorf("the rest: %+v", rest)
	}
	for _, h := range []*house{f.a, f.stranger} {
		if l := must[feature.List[PatternUnit]](t)(see(h, h.office, patternUnits, patternUnitQuery{})); len(l.Items) != 0 {
			t.Errorf("others see %+v", l.Items)
		}
	}
	for query, n := range map[string]int{
		`select count(*) from pattern_adoptions`: 3, `select count(*) from pattern_links`: 0, `select count(*) from columns where name = '重要公告'`: 1,
	} {
		if got := count(f.hq, query); got != n {
			t.Errorf("the headquarters: %s = %d, want %d", query, got, n)
		}
	}
	if n := count(f.b, `select count(*) from pattern_adoptions`); n != 1 {
		t.Errorf("a bureau sees %d adoptions, want its own", n)
	}

	forge := func(h *house, issuer, pattern uuid.UUID, version int) error {
		return h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := tx.Exec(ctx, `insert into pattern_adoptions (id, issuer_id, pattern_id, version, at) values ($1, $2, $3, $4, $5)`,
				tenant.NewID(), issuer, pattern, version, tx.Now)
			tx.Audit("test", "test", nil)
			return err
		})
	}
	for name, err := range map[string]error{
		"a stranger":                forge(f.stranger, f.hq.id, v1.ID, 1),
		"of what was never issued":  forge(f.b, f.hq.id, uuid.New(), 2),
		"of another version":        forge(f.b, f.hq.id, v2.ID, 3),
		"of a sister's":             forge(f.b, f.a.id, v2.ID, 2),
		"of one's own, by its head": forge(f.hq, f.hq.id, v2.ID, 2),
	} {
		if tenant.Constraint(err) != "pattern_adoptions_true" {
			t.Errorf("pretended by %s: %v", name, err)
		}
	}
}

// TestR025TheOfficeIsTold: the Office of every tenant below learns of a version
// once, of several only of the newest, and of none that it has adopted already.
func TestR025TheOfficeIsTold(t *testing.T) {
	t.Parallel()
	f := family(t)
	told := func(h *house) int {
		t.Helper()
		ctx := tenant.As(t.Context(), tenant.Actor{Tenant: h.id, Name: "system", Request: "job:publish.tell_patterns"})
		for range 2 {
			if err := tellPatterns(ctx, tenanttest.DB(t)); err != nil {
				t.Fatal(err)
			}
		}
		return count(h, `select count(*) from notices where code = 'publish.pattern_issued'`)
	}
	f.hq.ruled()
	for _, h := range []*house{f.hq, f.a, f.stranger} {
		if n := told(h); n != 0 {
			t.Errorf("before anything was issued %d were told", n)
		}
	}
	f.hq.issues("首次发布")
	f.hq.opens("水土保持", 1, nil)
	v2 := f.hq.issues("第二版")
	if n := told(f.a); n != 1 {
		t.Errorf("of two versions %d notices, want one", n)
	}
	if n := count(f.a, `select count(*) from notices where member_id = '`+f.a.office.Member.String()+`' and href like '%pattern=`+v2.ID.String()+`' and params ->> 'version' = '2'`); n != 1 {
		t.Errorf("the Office has %d notices of the newest", n)
	}
	f.b.adopts(v2.ID)
	for name, h := range map[string]*house{"who adopted it": f.b, "who issued it": f.hq, "a stranger": f.stranger} {
		if n := told(h); n != 0 {
			t.Errorf("%s is told: %d", name, n)
		}
	}
	f.hq.opens("农村供水", 1, nil)
	f.hq.issues("第三版")
	if a, b := told(f.a), told(f.b); a != 2 || b != 1 {
		t.Errorf("of the third version: %d and %d notices in all, want 2 and 1", a, b)
	}
}
