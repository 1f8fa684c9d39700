package assess

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"hetu/fault"
	"hetu/progress"
	"hetu/progress/progresstest"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// recompute works a round out as it stands, at once.
func recompute(ctx context.Context, tx *tenant.Tx, q ref) (computed, error) {
	r, err := findRound(ctx, tx, q.ID)
	if err != nil {
		return computed{}, err
	}
	return rework(ctx, tx, order{r.ID, r.Version}, still)
}

// longWorks are the long works of the assessment, done by a test.
func (p *place) longWorks() long {
	p.t.Helper()
	l, _ := p.longWorksIn()
	return l
}

// longWorksIn returns them, behind gates, with the store that they keep their
// files in.
func (p *place) longWorksIn(before ...Gate) (long, storage.Store) {
	p.t.Helper()
	store, err := storage.Open(p.t.Context(), storage.Config{Driver: "fs", Dir: p.t.TempDir()})
	if err != nil {
		p.t.Fatal(err)
	}
	l := long{works: progress.New(store), store: store, before: before}
	l.offer()
	p.known()
	return l, store
}

// known gives the evaluator a row among the members, once.
func (p *place) known() {
	p.t.Helper()
	a, err := tenant.From(p.ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	var there bool
	if err := tenanttest.Admin(p.t).QueryRow(`select exists (select from members where id = $1)`, a.Member).Scan(&there); err != nil {
		p.t.Fatal(err)
	}
	if !there {
		tenanttest.Member(p.t, p.ctx, "王芳")
	}
}

// ended is a work as its row stands.
type ended struct {
	State progress.State `db:"state"`
	Code  string         `db:"code"`
	Href  string         `db:"href"`
	Facts progress.Facts `db:"facts"`
	Done  int            `db:"done"`
	Total int            `db:"total"`
}

func (p *place) ended(id uuid.UUID) (e ended) {
	p.t.Helper()
	err := p.db.Read(p.ctx, func(tx *tenant.Tx) error {
		return tx.Get(p.ctx, &e, `select state, code, href, facts, done, total from works where id = $1`, id)
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return e
}

// UI7: recomputing is asked for and done later, with the same result.
func TestRecomputingIsALongWork(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	p.adopt("甲", 2, "own")
	l := p.longWorks()
	round := p.round(p.scheme(adoption("5", "10")), "一")
	if _, err := do(p.as("甲"), p.db, l.recompute, ref{round.ID}); !errors.Is(err, ErrRoundNotFound) {
		t.Errorf("another tenant = %v, want ErrRoundNotFound", err)
	}
	if _, err := do(p.ctx, p.db, l.evidence, ref{round.ID}); !errors.Is(err, ErrNotComputed) {
		t.Errorf("evidence of nothing = %v, want ErrNotComputed", err)
	}
	asked := must(p, l.recompute, ref{round.ID})
	if r := must(p, findRound, round.ID); r.Digest != "" {
		t.Error("it was worked out in the asking transaction")
	}
	_, err := do(p.ctx, p.db, l.recompute, ref{round.ID})
	if !errors.Is(err, progress.ErrRunning) || fault.Of(err).Meta["work_id"] != asked.WorkID {
		t.Errorf("asked twice = %v, want ErrRunning with the work that runs", err)
	}
	other, _ := tenanttest.As(t, p.hq)
	tenanttest.Member(t, other, "李强")
	if _, err := do(other, p.db, l.recompute, ref{round.ID}); !errors.Is(err, progress.ErrRunning) {
		t.Errorf("a colleague = %v, want ErrRunning: one at a time", err)
	}
	if err := progresstest.Drain(t, p.ctx, l.works.Feature())[asked.WorkID]; err != nil {
		t.Fatal(err)
	}
	r := must(p, findRound, round.ID)
	e := p.ended(asked.WorkID)
	if e.State != progress.Done || e.Facts["digest"] != r.Digest || e.Facts["entries"] != "2" || e.Href != "/assess/rounds/"+round.ID.String() || e.Done != e.Total {
		t.Errorf("work = %+v, want the digest %s", e, r.Digest)
	}
	if c := must(p, check, ref{round.ID}); !c.Same || r.Digest == "" {
		t.Errorf("check = %+v, want the same bytes (R310)", c)
	}
	var by string
	err = p.db.Read(p.ctx, func(tx *tenant.Tx) error {
		return tx.Get(p.ctx, &by, `select actor_name from audit_entries where action = 'assess.round_computed'`)
	})
	if err != nil || by != "王芳" {
		t.Errorf("the audit names %q %v, want who asked", by, err)
	}
	if must(p, publish, publication{ID: round.ID}).State != "published" {
		t.Error("what was worked out cannot be published")
	}
}

// What happens to a round while it waits to be worked out ends the work, and
// leaves what there was.
func TestARoundThatChangesMeanwhile(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		meanwhile func(p *place, r Round)
		code      string
	}{
		"published":  {func(p *place, r Round) { must(p, publish, publication{ID: r.ID}) }, "assess.round_published"},
		"worked out": {func(p *place, r Round) { must(p, recompute, ref{r.ID}) }, "assess.stale"},
		"published, closed": {func(p *place, r Round) {
			must(p, publish, publication{ID: r.ID})
			p.yesterday(r)
			must(p, recompute, ref{r.ID})
			must(p, publish, publication{ID: r.ID})
			must(p, closeRound, ref{r.ID})
		}, "assess.round_closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := found(t, "甲")
			p.adopt("甲", 1, "own")
			l := p.longWorks()
			round := p.round(p.scheme(adoption("5", "10")), "一")
			must(p, recompute, ref{round.ID})
			asked := must(p, l.recompute, ref{round.ID})
			tt.meanwhile(p, round)
			before := must(p, findRound, round.ID)
			if err := progresstest.Drain(t, p.ctx, l.works.Feature())[asked.WorkID]; err != nil {
				t.Fatal(err)
			}
			if e := p.ended(asked.WorkID); e.State != progress.Failed || e.Code != tt.code {
				t.Errorf("work = %+v, want it failed with %s", e, tt.code)
			}
			if after := must(p, findRound, round.ID); after.Version != before.Version || after.Digest != before.Digest || after.State != before.State {
				t.Errorf("round = %+v, want it untouched: %+v", after, before)
			}
		})
	}
}

// The workbook of the evidence names every deed behind every line.
func TestTheEvidenceWorkbook(t *testing.T) {
	t.Parallel()
	p := found(t, "=1+1", "乙")
	p.adopt("=1+1", 2, "own")
	p.adopt("=1+1", 1, "upper")
	l, store := p.longWorksIn()
	round := p.round(p.scheme(adoption("5", "10")), "一")
	must(p, recompute, ref{round.ID})
	asked := must(p, l.evidence, ref{round.ID})
	if err := progresstest.Drain(t, p.ctx, l.works.Feature())[asked.WorkID]; err != nil {
		t.Fatal(err)
	}
	if e := p.ended(asked.WorkID); e.State != progress.Done || e.Facts["deeds"] != "3" {
		t.Fatalf("work = %+v, want 3 deeds", e)
	}
	f, err := excelize.OpenReader(bytes.NewReader(p.file(store, asked.WorkID)))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.GetSheetList(); !slices.Equal(got, []string{"排名", "明细", "依据"}) {
		t.Errorf("sheets = %v", got)
	}
	rows, err := f.GetRows("依据", excelize.Options{RawCellValue: true})
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows %v, want a head and three deeds", len(rows), err)
	}
	for i, want := range []string{"5", "5", "10"} {
		if r := rows[i+1]; r[1] != "=1+1" || r[5] != "汛情快报" || r[8] != want || len(r[11]) != 36 {
			t.Errorf("row %d = %v, want %s points", i+1, r, want)
		}
	}
	if formula, err := f.GetCellFormula("依据", "B2"); err != nil || formula != "" {
		t.Errorf("a name is the formula %q %v (IN-03)", formula, err)
	}
}

// file reads what a work has made.
func (p *place) file(store storage.Store, id uuid.UUID) []byte {
	p.t.Helper()
	var w struct {
		Size    int64          `db:"file_size"`
		SHA256  storage.Digest `db:"file_sha256"`
		Key     string         `db:"file_key"`
		Version string         `db:"file_version"`
	}
	err := p.db.Read(p.ctx, func(tx *tenant.Tx) error {
		return tx.Get(p.ctx, &w, `select file_size, file_sha256, file_key, file_version from works where id = $1`, id)
	})
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := store.Open(p.ctx, storage.Ref{Tenant: p.hq, Key: w.Key, Version: w.Version}, storage.Want{SHA256: w.SHA256, Size: w.Size})
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	b, err := io.ReadAll(body)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}
