package target

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/storage"
	"hetu/tenant"
)

// upload puts bytes into a store as a file the person has sent.
func (w *world) upload(as person, store storage.Store, b []byte) uuid.UUID {
	w.t.Helper()
	o, err := store.Put(as, as.Tenant, bytes.NewReader(b), storage.PutOptions{Size: int64(len(b)), Type: "text/plain"})
	if err != nil {
		w.t.Fatal(err)
	}
	id := tenant.NewID()
	w.admin(`insert into uploads (tenant_id, id, member_id, name, size, state, type, sha256, key, version)
		values ($1, $2, $3, '验收单.txt', $4, 'ready', 'text/plain', $5, $6, $7)`, as.Tenant, id, as.Member, len(b), o.SHA256[:], o.Key, o.Version)
	return id
}

func disk(t *testing.T) storage.Store {
	t.Helper()
	s, err := storage.Open(t.Context(), storage.Config{Driver: "fs", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Whoever was named reports, once for the deed and again until it is due; the
// setter above reads it with what shows it.
func TestReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.taken("治理河道")
	now, last := p.Periods[0].Period, p.Periods[len(p.Periods)-1]
	store := disk(t)
	proof := w.upload(w.clerk, store, []byte("已验收 3 公里"))
	foreign := w.upload(w.flood, store, []byte("别人的"))
	said := newReport{ID: p.ID, Period: now, Value: some2("30"), Text: "完成主体工程"}
	with := func(change func(*newReport)) newReport { in := said; change(&in); return in }
	for _, tt := range []struct {
		name  string
		as    person
		in    newReport
		want  *fault.Error
		field string
	}{
		{"another tenant", w.other, said, ErrNotFound, ""},
		{"who set it", w.setter, said, ErrNotReporter, ""},
		{"who leads", w.chief, said, ErrNotReporter, ""},
		{"no text", w.clerk, with(func(in *newReport) { in.Text = " " }), feature.ErrMissing, "text"},
		{"no value", w.clerk, with(func(in *newReport) { in.Value = nil }), ErrValue, "value"},
		{"reached, with nothing to show it", w.clerk, with(func(in *newReport) { in.Reached = true }), ErrEvidence, "upload_id"},
		{"a period that is not asked about", w.clerk, with(func(in *newReport) { in.Period = "1999-01" }), ErrPeriod, "period"},
		{"another's upload", w.clerk, with(func(in *newReport) { in.Upload = &foreign }), fault.New(fault.NotFound, "attachment.not_found"), ""},
		{"whoever was named", w.clerk, said, nil, ""},
		{"the head of the department, once more", w.flood, with(func(in *newReport) { in.Value = some2("36.5") }), nil, ""},
		{"with what shows it", w.clerk, with(func(in *newReport) { in.Value, in.Upload, in.Reached = some2("36.5"), &proof, true }), nil, ""},
		{"the same upload again", w.clerk, with(func(in *newReport) { in.Upload = &proof }), fault.New(fault.Conflict, "attachment.claimed"), ""},
	} {
		_, err := do(w, tt.as, report, tt.in)
		wants(t, tt.name, err, tt.want, tt.field)
	}
	if last.Period != now {
		_, err := do(w, w.clerk, report, with(func(in *newReport) { in.Period = last.Period }))
		wants(t, "a period that has not begun", err, ErrAhead, "period")
	}
	up := must(w, w.setter, show, ref{p.ID})
	if len(up.Sent) != 3 || up.Sent[0].Seq != 3 || !up.Sent[0].Reached || up.Sent[0].File != "验收单.txt" || up.Value.String() != "36.5" || up.Reports != 1 {
		t.Errorf("the setter sees %+v", up.Sent)
	}
	if n := w.count(`select count(*) from deeds where tenant_id = $1 and kind = $2 and level = 'upper' and not late and unit_id = $3`, w.unit, Reported, w.flood.dept); n != 1 {
		t.Errorf("%d deeds, want 1", n)
	}
	f := files{store}
	for _, tt := range []struct {
		name string
		as   person
		in   fileRef
		want *fault.Error
	}{
		{"another tenant", w.other, fileRef{p.ID, up.Sent[0].ID}, ErrNotFound},
		{"a report without a file", w.setter, fileRef{p.ID, up.Sent[1].ID}, ErrNoFile},
		{"a report that is not there", w.setter, fileRef{p.ID, tenant.NewID()}, ErrNoFile},
		{"the setter", w.setter, fileRef{p.ID, up.Sent[0].ID}, nil},
	} {
		c, err := do(w, tt.as, f.content, tt.in)
		wants(t, "the file for "+tt.name, err, tt.want)
		if err != nil {
			continue
		}
		r, err := c.Open(tt.as)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		_ = r.Close()
		if err != nil || string(b) != "已验收 3 公里" {
			t.Errorf("the file = %q, %v", b, err)
		}
	}
}

// overdue makes the first report that is owed due days ago.
func (w *world) overdue(p Page, days int) string {
	w.t.Helper()
	first := p.Periods[0].Period
	day := w.today.Add(-days).String()
	w.admin(`update target_dues set starts_on = $3::date - 31, ends_on = $3::date - 1, due_on = $3::date where target_id = $1 and period = $2`, p.ID, first, day)
	return first
}

// After its day a report is taken only with a recorded permission of somebody
// who does not owe it; it counts as late.
func TestLateByPermissionOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.taken("迟报")
	first := w.overdue(p, 1)
	said := newReport{ID: p.ID, Period: first, Value: some2("30"), Text: "补报"}
	_, err := do(w, w.clerk, report, said)
	wants(t, "late", err, ErrOverdue)
	if p := must(w, w.setter, show, ref{p.ID}); p.Light != red || p.Periods[0].Open || !slices.Contains(p.May, "permit") {
		t.Errorf("an overdue target = %s %+v %v", p.Light, p.Periods[0], p.May)
	}
	today, yesterday := w.today.String(), w.today.Add(-1).String()
	for _, tt := range []struct {
		name  string
		as    person
		in    newPermit
		want  *fault.Error
		field string
	}{
		{"another tenant", w.other, newPermit{p.ID, first, today, "因汛情"}, ErrNotFound, ""},
		{"who is late", w.clerk, newPermit{p.ID, first, today, "因汛情"}, ErrNotYours, ""},
		{"who leads those who are late", w.chief, newPermit{p.ID, first, today, "因汛情"}, ErrNotYours, ""},
		{"for no reason", w.setter, newPermit{p.ID, first, today, " "}, feature.ErrMissing, "reason"},
		{"until no day", w.setter, newPermit{p.ID, first, "2026-02-30", "因汛情"}, ErrDay, "until"},
		{"until yesterday", w.setter, newPermit{p.ID, first, yesterday, "因汛情"}, ErrUntil, "until"},
		{"of no period", w.setter, newPermit{p.ID, "1999-01", today, "因汛情"}, ErrPeriod, "period"},
		{"the leader responsible", w.deputy, newPermit{p.ID, first, today, "因汛情"}, nil, ""},
	} {
		_, err := do(w, tt.as, permit, tt.in)
		wants(t, "permitted by "+tt.name, err, tt.want, tt.field)
	}
	got := must(w, w.clerk, report, said)
	if !got.Periods[0].Late || !got.Sent[0].Late {
		t.Errorf("a late report is not late: %+v", got.Periods[0])
	}
	if n := w.count(`select count(*) from deeds where tenant_id = $1 and kind = $2 and late`, w.unit, Reported); n != 1 {
		t.Errorf("%d late deeds, want 1", n)
	}
	_, err = do(w, w.clerk, report, said)
	wants(t, "late once more", err, ErrReported)
	_, err = do(w, w.setter, permit, newPermit{p.ID, first, today, "再次"})
	wants(t, "permitting what has come", err, ErrReported)
}

// Nobody lets themself be late: not as a member of the tenant that set it, and
// not under another membership.
func TestOwnLatenessIsNotOnesOwnToPermit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.taken("自准迟报")
	first := w.overdue(p, 1)
	w.admin(`update target_duties set reporter_account = $1 where target_id = $2`, w.setter.Account, p.ID)
	_, err := do(w, w.setter, permit, newPermit{p.ID, first, w.today.String(), "自己方便"})
	wants(t, "permitted by who reports it", err, ErrSamePerson)
}

// A year on one page: who stands where, and what is due. Seeing others' progress
// is a right of its own, apart from any administration (R271).
func TestBoardAndMine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.taken("治理河道")
	w.overdue(p, 2)
	d := w.says("节水", "100")
	in := w.of(d)
	in.UnitKind, in.UnitID = "department", w.river.dept
	must(w, w.setter, create, in)
	b := must(w, w.setter, board, yearQuery{w.today.Year})
	if len(b.Units) != 2 || b.All.Targets != 2 || b.All.Red != 1 || b.All.Draft != 1 || b.All.Accepted != 1 || len(b.Owed) == 0 || !b.Owed[0].Overdue || b.Owed[0].Report != "科员" {
		t.Errorf("board = %+v", b)
	}
	if b.Units[0].Unit.Kind != "tenant" || b.Units[0].Light != red || b.Units[1].Light != none {
		t.Errorf("units = %+v", b.Units)
	}
	if other := must(w, w.other, board, yearQuery{w.today.Year}); len(other.Units) != 0 || len(other.Owed) != 0 {
		t.Errorf("another tenant's board = %+v", other)
	}
	m := must(w, w.clerk, mine, yearQuery{w.today.Year})
	if len(m.Targets) != 1 || !m.Targets[0].Reporter || len(m.Owed) == 0 || len(m.Answer) != 0 {
		t.Errorf("the clerk's = %+v", m)
	}
	must(w, w.setter, issueUnit, unitYear{w.river.dept, w.today.Year})
	if m := must(w, w.river, mine, yearQuery{w.today.Year}); len(m.Answer) != 1 || m.Answer[0].Spec.Title != "节水" {
		t.Errorf("the department's head = %+v", m)
	}
	_, err := do(w, w.setter, board, yearQuery{})
	wants(t, "no year", err, feature.ErrRange, "year")
}

// Last year's targets become this year's drafts, once; who has left is left to
// be chosen.
func TestCopyYear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.of(w.says("2025年治理河道", "100"))
	in.Year = 2025
	in.PartnerIDs = []uuid.UUID{w.river.dept}
	must(w, w.setter, create, in)
	gone := in
	gone.UnitKind, gone.UnitID = "department", w.river.dept
	must(w, w.setter, create, gone)
	w.admin(`update members set state = 'left' where id = $1`, w.deputy.Member)
	_, err := do(w, w.setter, copyYear, copying{From: 2025, To: 2025})
	wants(t, "into itself", err, ErrYears, "to")
	if c := must(w, w.other, copyYear, copying{From: 2025, To: 2026}); c.Made != 0 {
		t.Errorf("another tenant copied %+v", c)
	}
	if c := must(w, w.setter, copyYear, copying{From: 2025, To: 2026, Unit: &w.unit}); c != (Copied{1, 0}) {
		t.Errorf("copied %+v, want one", c)
	}
	if c := must(w, w.setter, copyYear, copying{From: 2025, To: 2026}); c != (Copied{1, 1}) {
		t.Errorf("copied %+v, want one more", c)
	}
	s := must(w, w.setter, sheet, sheetQuery{w.unit, 2026})
	if len(s.Targets) != 1 {
		t.Fatalf("sheet = %+v", s)
	}
	got := s.Targets[0].Spec
	if got.Title != "2026年治理河道" || got.LeaderID != nil || got.Leader != "" || got.DepartmentID == nil || len(got.Partners) != 1 || len(got.Milestones) != 2 {
		t.Errorf("the copy = %+v", got)
	}
	_, err = do(w, w.setter, issueUnit, unitYear{w.unit, 2026})
	wants(t, "issuing it without a leader", err, ErrIncomplete)
}

// What two people do at the same time to one revision happens once.
func TestAnswerRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.issued("两人同时签收")
	second := w.person(w.unit, "副局长", Accept)
	results := make(chan error, 2)
	for _, who := range []person{w.chief, second} {
		go func() {
			results <- errOf(do(w, who, accept, acceptance{ID: p.ID, Revision: 1}))
		}()
	}
	var ok, lost int
	for range 2 {
		select {
		case err := <-results:
			switch {
			case err == nil:
				ok++
			case strings.Contains(err.Error(), ErrAnswered.Code):
				lost++
			default:
				t.Errorf("err = %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nobody won")
		}
	}
	if ok != 1 || lost != 1 {
		t.Errorf("%d accepted, %d lost", ok, lost)
	}
}
