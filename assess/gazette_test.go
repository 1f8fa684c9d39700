package assess

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/progress/progresstest"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// issuedOf is an issued bulletin about the round, with the endpoints of it.
func (p *place) issuedOf(r Round) (press, Bulletin) {
	p.t.Helper()
	w, b := p.press(), p.gazette(r)
	asked := must(p, w.issue, bulletinAct{b.ID, 1})
	if err := progresstest.Drain(p.t, p.ctx, w.works.Feature())[asked.WorkID]; err != nil {
		p.t.Fatal(err)
	}
	return w, must(p, bulletin, ref{b.ID}).Bulletin
}

// A bulletin is shown to the tenants it is about by an act of its own, and to
// nobody else; it can be taken back, and shown again (R306, R308, TI-01).
func TestABulletinIsShownBelow(t *testing.T) {
	t.Parallel()
	p, r := ranked3(t)
	w, b := p.issuedOf(r)
	stranger, _ := tenanttest.As(t, tenanttest.Tenant(t, p.hq, "未参加考核的局"))
	seen := func(ctx context.Context) (titles []string) {
		l, err := do(ctx, p.db, gazettes, gazetteList{})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range l.Items {
			titles = append(titles, g.Title)
		}
		return titles
	}
	if got := seen(p.as("甲")); got != nil || b.ShownTo != 0 {
		t.Errorf("before it is shown 甲 sees %v", got)
	}
	draft := p.gazette(r)
	for name, tt := range map[string]struct {
		as   context.Context
		id   uuid.UUID
		want error
	}{
		"another tenant": {p.as("甲"), b.ID, ErrBulletinNotFound},
		"none at all":    {p.ctx, tenant.NewID(), ErrBulletinNotFound},
		"a draft":        {p.ctx, draft.ID, ErrBulletinDraft},
	} {
		if _, err := do(tt.as, p.db, reveal, ref{tt.id}); !errors.Is(err, tt.want) {
			t.Errorf("showing: %s = %v, want %v", name, err, tt.want)
		}
	}
	got := must(p, reveal, ref{b.ID})
	if got.ShownTo != 3 || got.ShownBy != "测试员" || got.ShownAt == nil {
		t.Errorf("shown = %+v", got.Bulletin)
	}
	if _, err := do(p.ctx, p.db, reveal, ref{b.ID}); !errors.Is(err, ErrBulletinShown) {
		t.Errorf("shown twice = %v, want ErrBulletinShown", err)
	}
	for _, unit := range []string{"甲", "乙", "丙"} {
		if got := seen(p.as(unit)); !slices.Equal(got, []string{b.Title}) {
			t.Errorf("%s sees %v", unit, got)
		}
	}
	if got := seen(stranger); got != nil {
		t.Errorf("a tenant the round does not score sees %v", got)
	}

	below := p.as("乙")
	l, err := do(below, p.db, gazettes, gazetteList{})
	if err != nil {
		t.Fatal(err)
	}
	id := l.Items[0].ID
	page, err := do(below, p.db, gazette, ref{id})
	if err != nil || page.Digest != b.Digest || page.Round != "第一季度" || page.Blocks[0].Kind != "title" {
		t.Errorf("read below = %+v %v", page, err)
	}
	if text := tenant.JSON(page); strings.Contains(text, "王芳") {
		t.Errorf("it says who made it: %s", text)
	}
	c, err := do(below, p.db, w.gazetteFile, bulletinFile{id, "pdf"})
	if err != nil || !bytes.HasPrefix(p.sent(c), []byte("%PDF-1.")) {
		t.Errorf("the document below: %v", err)
	}
	for name, err := range map[string]error{
		"reading":     errOf(do(stranger, p.db, gazette, ref{id})),
		"downloading": errOf(do(stranger, p.db, w.gazetteFile, bulletinFile{id, "docx"})),
	} {
		if !errors.Is(err, ErrGazetteNotFound) {
			t.Errorf("%s as a stranger = %v, want ErrGazetteNotFound", name, err)
		}
	}

	if _, err := do(below, p.db, conceal, reasoned{b.ID, "有误"}); !errors.Is(err, ErrBulletinNotFound) {
		t.Errorf("taken back from below = %v, want ErrBulletinNotFound", err)
	}
	if got := must(p, conceal, reasoned{b.ID, "数字有误"}); got.ShownTo != 0 {
		t.Errorf("taken back = %+v", got.Bulletin)
	}
	if _, err := do(p.ctx, p.db, conceal, reasoned{b.ID, "再"}); !errors.Is(err, ErrBulletinHidden) {
		t.Errorf("taken back twice = %v, want ErrBulletinHidden", err)
	}
	if got := seen(below); got != nil {
		t.Errorf("after it was taken back 乙 sees %v", got)
	}
	if _, err := do(below, p.db, w.gazetteFile, bulletinFile{id, "pdf"}); !errors.Is(err, ErrGazetteNotFound) {
		t.Errorf("its document afterwards = %v", err)
	}
	if _, err := tenanttest.Admin(t).Exec(`update assess_gazettes set title = 'x' where id = $1`, id); err == nil || !strings.Contains(err.Error(), "assessment:") {
		t.Errorf("what was shown is changed: %v", err)
	}
	must(p, reveal, ref{b.ID})
	if got := seen(below); len(got) != 1 {
		t.Errorf("shown again, 乙 sees %v", got)
	}
}

// The people below who see results are told of it once.
func TestABulletinIsToldBelow(t *testing.T) {
	t.Parallel()
	p, r := ranked3(t)
	_, b := p.issuedOf(r)
	must(p, reveal, ref{b.ID})
	ctx := p.as("甲")
	tenanttest.Member(t, ctx, "局办公室主任")
	a, err := tenant.From(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p.write(ctx, func(tx *tenant.Tx) error {
		tx.Audit("test.granted", "test", nil)
		_, err := tx.Exec(ctx, `insert into grants (id, subject_kind, subject_id, permission) values ($1, 'member', $2, $3)`, tenant.NewID(), a.Member, string(Own))
		return err
	})
	for range 2 {
		for _, of := range []uuid.UUID{a.Tenant, p.hq} {
			if err := tellGazettes(tenant.As(context.Background(), tenant.Actor{Tenant: of, Name: "系统"}), p.db); err != nil {
				t.Fatal(err)
			}
		}
	}
	var codes []string
	if err := p.db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Select(ctx, &codes, `select code from notices where member_id = $1`, a.Member)
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(codes, []string{"assess.gazette_shown"}) {
		t.Errorf("told %v, want once", codes)
	}
}

// The sheets of all units are made by a long work, which a round of many units
// asks for (UI9).
func TestSheetsAreALongWork(t *testing.T) {
	t.Parallel()
	p, r := ranked3(t)
	l, store := p.longWorksIn()
	w := press{l, nil}
	w.offer()
	if _, err := do(p.as("甲"), p.db, w.sheets, ref{r.ID}); !errors.Is(err, ErrRoundNotFound) {
		t.Errorf("another tenant = %v, want ErrRoundNotFound", err)
	}
	asked := must(p, w.sheets, ref{r.ID})
	if err := progresstest.Drain(t, p.ctx, l.works.Feature())[asked.WorkID]; err != nil {
		t.Fatal(err)
	}
	if e := p.ended(asked.WorkID); e.State != "done" {
		t.Fatalf("work = %+v", e)
	}
	waited := p.sent(must(p, paperOf, paperQuery{ID: r.ID, Of: "sheets"}))
	if made := p.file(store, asked.WorkID); !bytes.HasPrefix(made, []byte("%PDF-1.")) || len(made) != len(waited) {
		t.Errorf("%d bytes by the work, %d while one waits", len(made), len(waited))
	}
	p.write(p.ctx, func(tx *tenant.Tx) error {
		tx.Audit("test.planted", "test", nil)
		_, err := tx.Exec(p.ctx, `
			insert into assess_scores (round_id, unit_kind, unit_id, unit_name, place, rank, total, exact, grade)
			     select $1, 'tenant', gen_random_uuid(), '单位' || i, 10 + i, 10 + i, 0, 0, '' from generate_series(1, $2) i`, r.ID, thick)
		return err
	})
	_, err := do(p.ctx, p.db, paperOf, paperQuery{ID: r.ID, Of: "sheets"})
	wantFault(t, err, ErrThick, "")
	must(p, paperOf, paperQuery{ID: r.ID, Of: "league"})
	one := p.unit["甲"].ID
	must(p, paperOf, paperQuery{ID: r.ID, Of: "sheets", Unit: &one})
}
