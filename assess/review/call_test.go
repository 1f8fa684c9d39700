package review

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/fault"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// Calling a round takes its indicators down, gives each unit a row of its own,
// and shows it to nobody else (standards 5.4, step 3).
func TestCalling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := newCall{Round: w.round, Name: "年度自评", Due: day(3), ReviewDue: day(20), Gap: amount("2")}
	for name, tt := range map[string]struct {
		change func(*newCall)
		want   *fault.Error
		field  string
	}{
		"no such round":        {func(in *newCall) { in.Round = tenant.NewID() }, assess.ErrRoundNotFound, ""},
		"no name":              {func(in *newCall) { in.Name = " " }, fault.New(fault.Invalid, "request.missing"), "name"},
		"no such line":         {func(in *newCall) { in.Codes = []string{"adopted", "x"} }, ErrCode, "codes[1]"},
		"a veto is not judged": {func(in *newCall) { in.Codes = []string{"accident"} }, ErrCode, "codes[0]"},
		"a line twice":         {func(in *newCall) { in.Codes = []string{"adopted", "adopted"} }, ErrCodeTwice, "codes[1]"},
		"no day":               {func(in *newCall) { in.Due = "2026-02-30" }, ErrDay, "due_day"},
		"a day that is over":   {func(in *newCall) { in.Due = day(-1) }, ErrPast, "due_day"},
		"review before it":     {func(in *newCall) { in.ReviewDue = day(2) }, ErrOrder, "review_day"},
	} {
		in := good
		tt.change(&in)
		refused(w, name, w.boss, create, in, tt.want, tt.field)
	}
	refused(w, "another tenant", w.one, create, good, assess.ErrRoundNotFound, "")
	c := must(w, w.boss, create, good)
	refused(w, "once more", w.boss, create, good, ErrCalled, "round_id")

	p := must(w, w.boss, callPage, ref{c.ID})
	if len(p.Lines) != 3 || p.Lines[0].Heading != "政务信息" || p.Lines[0].Department != "复核处" || p.Lines[0].Most.String() != "20" || p.Lines[1].Most != nil {
		t.Errorf("lines = %+v", p.Lines)
	}
	if len(p.Lines[0].Suggested) != 3 {
		t.Errorf("suggested = %+v, want the three of the responsible department (A-6)", p.Lines[0].Suggested)
	}
	if len(p.Units) != 3 || p.Units[0].State != "waiting" || p.Units[0].Short != 3 {
		t.Errorf("units = %+v", p.Units)
	}
	if got := must(w, w.one, listForms, formList{}).Items; len(got) != 1 || got[0].Unit != w.units["甲局"] || got[0].CalledBy != "省厅" {
		t.Errorf("forms of 甲局 = %+v, want its own alone", got)
	}
	refused(w, "what the unit sees is not to manage", w.one, unitPage, ref{p.Units[0].ID}, ErrUnitNotFound, "")
	refused(w, "another unit's form", w.one, form, ref{w.row(c, "乙局").ID}, ErrFormNotFound, "")
	refused(w, "a department's form, of no member", w.a, form, ref{w.row(c, "规划处").ID}, ErrFormNotFound, "")

	refused(w, "stale", w.boss, cancel, reasoned{c.ID, 7, "有误"}, ErrStale, "")
	if got := must(w, w.boss, cancel, reasoned{c.ID, c.Version, "有误"}); got.State != "cancelled" {
		t.Errorf("cancelled = %+v", got)
	}
	if f := must(w, w.one, form, ref{p.Units[0].ID}); f.State != "cancelled" || len(f.May) != 0 {
		t.Errorf("the unit sees %+v", f)
	}
	if c = must(w, w.boss, create, newCall{Round: w.round, Name: "重来", Gap: amount("1")}); c.Due <= day(0) || c.ReviewDue < c.Due {
		t.Errorf("days by default = %s and %s", c.Due, c.ReviewDue)
	}
}

// answered are answers of 甲局: one line with evidence, one without points.
func (w *world) answered(c Call, points string) answers {
	w.t.Helper()
	id := w.row(c, "甲局").ID
	file := must(w, w.one, attach, newFile{id, w.upload(w.one, "采用通报原件")})
	return answers{ID: id, Answers: []newAnswer{{Code: "adopted", Points: amountOf(points), Text: "全年采用两条", Evidence: []newEvidence{{"file", file.ID}}}, {Code: "published"}}}
}

// No evidence, no score; what was submitted stays; it is sent back with a reason
// or it counts (standards 5.4, step 3; AS-04).
func TestSelfAssessment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.called()
	id := w.row(c, "甲局").ID
	refused(w, "nothing written", w.one, submit, sending{id, 0}, ErrNothing, "answers")
	bare := answers{ID: id, Answers: []newAnswer{{Code: "adopted", Points: amountOf("9")}}}
	f := must(w, w.one, save, bare)
	if f.Version != 1 || f.ChangedBy != who(w.one).Name || len(f.May) != 2 {
		t.Errorf("saved = %+v", f)
	}
	refused(w, "no evidence, no score", w.one, submit, sending{id, 1}, ErrEvidence, "answers[0].evidence")
	refused(w, "an old version", w.one, save, bare, ErrStale, "")
	for name, tt := range map[string]struct {
		answer newAnswer
		want   *fault.Error
		field  string
	}{
		"no such line":       {newAnswer{Code: "mutual"}, ErrCode, "answers[0].code"},
		"more than there is": {newAnswer{Code: "adopted", Points: amountOf("20.01")}, ErrMost, "answers[0].points"},
		"no such file":       {newAnswer{Code: "adopted", Evidence: []newEvidence{{"file", tenant.NewID()}}}, ErrNoEvidence, "answers[0].evidence[0].id"},
		"a deed of another":  {newAnswer{Code: "adopted", Evidence: []newEvidence{{"deed", w.deed("exchange.adopted")}}}, ErrNoEvidence, "answers[0].evidence[0].id"},
	} {
		refused(w, name, w.one, save, answers{ID: id, Version: 1, Answers: []newAnswer{tt.answer}}, tt.want, tt.field)
	}
	in := w.answered(c, "9")
	in.Version = 1
	f = must(w, w.one, save, in)
	if u := w.row(c, "甲局"); u.State != "waiting" {
		t.Errorf("before it is sent headquarters sees %+v", u)
	}
	other := w.member(w.units["乙局"].ID, "乙局的人", uuid.Nil)
	refused(w, "another tenant", other, submit, sending{id, f.Version}, ErrFormNotFound, "")
	f = must(w, w.one, submit, sending{id, f.Version})
	if f.State != "submitted" || f.Submitted.N != 1 || f.Submitted.Late || f.Submitted.By != who(w.one).Name || len(f.Submitted.Digest) != 64 || len(f.May) != 0 {
		t.Errorf("submitted = %+v", f)
	}
	refused(w, "sent twice", w.one, submit, sending{id, f.Version}, ErrSubmitted, "")
	refused(w, "written after", w.one, save, in, ErrSubmitted, "")

	u := must(w, w.boss, unitPage, ref{id})
	e := u.Lines[0].Answer.Evidence
	if u.State != "submitted" || u.Lines[0].Answer.Points.String() != "9" || len(e) != 1 || u.Lines[0].System.String() != "10" {
		t.Fatalf("headquarters sees %+v", u)
	}
	content := must(w, w.boss, handing{w.files}.evidence, fileRef{id, e[0].ID})
	body, err := content.Open(t.Context())
	w.ok(err)
	text, err := io.ReadAll(body)
	w.ok(err)
	if string(text) != "采用通报原件" {
		t.Errorf("evidence = %q", text)
	}
	refused(w, "who does not review", w.member(w.hq, "旁人", uuid.Nil), handing{w.files}.evidence, fileRef{id, e[0].ID}, ErrUnitNotFound, "")
	refused(w, "another unit's file", other, handing{w.files}.file, fileRef{id, e[0].ID}, ErrFormNotFound, "")

	refused(w, "a day that is over", w.boss, giveBack, sendBack{id, u.Version, "材料不全", day(-1)}, ErrPast, "until")
	u = must(w, w.boss, giveBack, sendBack{id, u.Version, "材料不全", day(5)})
	if u.State != "returned" || u.Lines[0].Answer.Points != nil {
		t.Errorf("sent back = %+v", u)
	}
	refused(w, "sent back twice", w.boss, giveBack, sendBack{id, u.Version, "材料不全", day(5)}, ErrUnsent, "")
	f = must(w, w.one, form, ref{id})
	if f.Returned != "材料不全" || f.State != "returned" || *f.Permit != day(5) {
		t.Errorf("the unit sees %+v", f)
	}
	if f = must(w, w.one, submit, sending{id, f.Version}); f.Submitted.N != 2 {
		t.Errorf("sent again = %+v", f.Submitted)
	}
}

// deed writes a deed for 甲局 at headquarters, or of its own.
func (w *world) deed(kind string) (id uuid.UUID) {
	ctx := w.boss
	if strings.HasPrefix(kind, "exchange.reported") {
		ctx = w.one
	}
	w.write(ctx, func(tx *tenant.Tx) error {
		id = tx.Deed(tenant.Deed{Kind: kind, UnitKind: "tenant", Unit: w.units["甲局"].ID, Item: "exchange/envelope/" + tenant.NewID().String(), Title: "上报 水情"})
		return nil
	})
	return id
}

// A unit points to what it did itself, and a department to what went to its
// account (R304).
func TestEvidenceOfOnesOwnDeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.called()
	id, did := w.row(c, "甲局").ID, w.deed("exchange.reported")
	l := must(w, w.one, proofs, deedsQuery{ID: id, Code: "adopted", Q: "水情"})
	if len(l.Items) != 1 || l.Items[0].ID != did {
		t.Fatalf("proofs = %+v", l.Items)
	}
	if l := must(w, w.one, proofs, deedsQuery{ID: id, Q: "无此标题"}); len(l.Items) != 0 {
		t.Errorf("proofs = %+v", l.Items)
	}
	f := must(w, w.one, save, answers{ID: id, Answers: []newAnswer{{Code: "adopted", Points: amountOf("5"), Evidence: []newEvidence{{"deed", did}, {"deed", did}}}}})
	if e := f.Answers[0].Evidence; len(e) != 1 || e[0].Kind != "deed" || e[0].Name != "上报 水情" || e[0].At == nil {
		t.Errorf("evidence = %+v", e)
	}
	must(w, w.one, submit, sending{id, f.Version})
}

// A row that another tenant writes about a form is not its submission.
func TestAForgedSubmissionIsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.called()
	id := w.row(c, "甲局").ID
	other := w.member(w.units["乙局"].ID, "乙局的人", uuid.Nil)
	w.write(other, func(tx *tenant.Tx) error {
		_, err := tx.Exec(other, `
			insert into review_submissions (form_id, n, caller_id, answers, digest, late, editors, by_id, by_account, by_name, at)
			     values ($1, 9, $2, '[{"code":"adopted","points":"0","text":"","evidence":[]}]', '', false, '{}', $3, $3, '冒名', now())`, id, w.hq, tenant.NewID())
		return err
	})
	if u := w.row(c, "甲局"); u.State != "waiting" {
		t.Errorf("it counts: %+v", u)
	}
}

// late makes a call's days lie in the past.
func (w *world) late(c Call, due, review string) {
	w.t.Helper()
	w.sql(`update review_calls set due_day = $2::date, review_day = $3::date where id = $1`, c.ID, due, review)
	w.sql(`update review_units set due_day = $2::date where call_id = $1`, c.ID, due)
}

// Late is possible by recorded permission alone.
func TestLateNeedsAPermit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.called()
	f := must(w, w.one, save, w.answered(c, "9"))
	w.late(c, day(-1), day(20))
	id := f.ID
	refused(w, "late", w.one, submit, sending{id, f.Version}, ErrOverdue, "")
	if u := w.row(c, "甲局"); u.State != "overdue" {
		t.Errorf("state = %+v", u)
	}
	for name, tt := range map[string]struct {
		ctx   context.Context
		in    newPermit
		want  *fault.Error
		field string
	}{
		"another tenant":  {w.one, newPermit{ID: c.ID, Unit: &id, Until: day(2), Reason: "出差"}, ErrCallNotFound, ""},
		"for nobody":      {w.boss, newPermit{ID: c.ID, Until: day(2), Reason: "出差"}, fault.New(fault.Invalid, "request.missing"), "unit"},
		"no reason":       {w.boss, newPermit{ID: c.ID, Unit: &id, Until: day(2), Reason: " "}, fault.New(fault.Invalid, "request.missing"), "reason"},
		"until yesterday": {w.boss, newPermit{ID: c.ID, Unit: &id, Until: day(-1), Reason: "出差"}, ErrPast, "until"},
		"no such unit":    {w.boss, newPermit{ID: c.ID, Unit: &c.ID, Until: day(2), Reason: "出差"}, ErrUnitNotFound, "unit"},
		"no such person":  {w.boss, newPermit{ID: c.ID, Member: &c.ID, Until: day(2), Reason: "出差"}, ErrPerson, "member"},
	} {
		refused(w, name, tt.ctx, permit, tt.in, tt.want, tt.field)
	}
	must(w, w.boss, permit, newPermit{ID: c.ID, Unit: &id, Until: day(2), Reason: "系统故障"})
	if f = must(w, w.one, submit, sending{id, f.Version}); !f.Submitted.Late {
		t.Errorf("submitted = %+v, want it to be late", f.Submitted)
	}
	if u := w.row(c, "甲局"); u.State != "submitted" || !u.Late || *u.Permit != day(2) {
		t.Errorf("headquarters sees %+v", u)
	}
}

// Whoever reviews opens an item the unit points to; the unit sees who looked.
func TestLookingIntoEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.called()
	id, item := w.row(c, "甲局").ID, tenant.NewID()
	var did uuid.UUID
	w.write(w.one, func(tx *tenant.Tx) error {
		did = tx.Deed(tenant.Deed{Kind: "publish.published", UnitKind: "tenant", Unit: w.units["甲局"].ID, Item: "publish/item/" + item.String(), Title: "汛情通报"})
		return nil
	})
	f := must(w, w.one, save, answers{ID: id, Answers: []newAnswer{{Code: "adopted", Points: amountOf("5"), Evidence: []newEvidence{{"deed", did}, {"deed", w.deed("exchange.reported")}}}}})
	must(w, w.one, submit, sending{id, f.Version})
	w.assigned(c, w.a, w.b)
	refused(w, "who does not review", w.member(w.hq, "旁人", uuid.Nil), openItem, newLook{id, did}, ErrUnitNotFound, "")
	refused(w, "another tenant", w.one, openItem, newLook{id, did}, ErrUnitNotFound, "")
	refused(w, "nothing it points to", w.boss, openItem, newLook{id, tenant.NewID()}, ErrFileNotFound, "")
	refused(w, "no item that stands published", w.a, openItem, newLook{id, did}, assess.ErrSampleGone, "")
	w.published(w.units["甲局"].ID, item, "汛情通报")
	if got := must(w, w.a, openItem, newLook{id, did}); got.Title != "汛情通报" {
		t.Errorf("seen = %+v", got)
	}
	var looked string
	w.write(w.one, func(tx *tenant.Tx) error {
		return tx.Get(w.one, &looked, `select by_name from assess_samples where subject_tenant_id = app_tenant() and deed_id = $1`, did)
	})
	if looked != "复核甲" {
		t.Errorf("the unit sees %q looked", looked)
	}
}

// published makes what the publishing of an item leaves for those above,
// without the item itself, which is another package's to make.
func (w *world) published(of, item uuid.UUID, title string) {
	w.t.Helper()
	tx, err := tenanttest.Admin(w.t).Begin()
	w.ok(err)
	_, err = tx.Exec(`set local session_replication_role = replica`)
	w.ok(err)
	_, err = tx.Exec(`
		insert into published_copies (tenant_id, item_id, title, kind, column_name, body_html, source, drafter_name, reviewers,
		                              publisher_name, editor_name, department_name, published_at, content_hash, attachments)
		     values ($1, $2, $3, 'news', '工作动态', '<p>正文</p>', '', '张三', '{李四}', '赵六', '', '办公室', now(), 'x', '[]')`, of, item, title)
	w.ok(err)
	w.ok(tx.Commit())
}
