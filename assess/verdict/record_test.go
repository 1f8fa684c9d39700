package verdict

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/tenant"
)

// packed is the package of the round as it would be, made of what was planted.
func (w *world) packed(all ...got) (p assess.Packed) {
	w.t.Helper()
	ctx := w.boss
	err := w.db.Read(ctx, func(tx *tenant.Tx) error {
		r, err := assess.FindRound(ctx, tx, w.round)
		if err != nil {
			return err
		}
		s, err := assess.SchemeOf(ctx, tx, r)
		p.Digest, p.Round = r.Digest, r.ID
		p.Result.Version = assess.Version{Units: s.Units, Rules: s.Rules, Plan: s.Plan}
		return err
	})
	w.ok(err)
	for i, g := range all {
		total, party, off := num(g.total), num("0"), num("0")
		if g.party != "" {
			party = num(g.party)
		}
		if g.off != "" {
			off = num(g.off)
		}
		line := func(code, points string) assess.Entry {
			return assess.Entry{Rule: &assess.Spec{Code: code}, Line: assess.Line{Before: num(points), Points: num(points)}}
		}
		s := assess.Score{Unit: w.units[g.name], Place: i + 1, Rank: i + 1, Total: total, Grade: four[byLine(total, usualLines(), nil, assess.Severest)],
			Lines: []assess.Entry{line("adopted", total.Sub(party).Add(off).String()), line("party", party.String()), line("off", off.Neg().String())}}
		p.Result.Scores = append(p.Result.Scores, s)
	}
	// The lists of departments come first, as the assessment has them.
	slices.SortStableFunc(p.Result.Scores, func(a, b assess.Score) int { return strings.Compare(a.Unit.Kind, b.Unit.Kind) })
	return p
}

// written is the record of the round as a package has it.
func (w *world) written() []byte {
	w.t.Helper()
	var b bytes.Buffer
	w.ok(w.db.Read(w.boss, func(tx *tenant.Tx) error { return writeRecord(w.boss, tx, w.round, &b) }))
	return b.Bytes()
}

// change is the record with something in it other than it was.
func change(t *testing.T, file []byte, what func(*record)) []byte {
	t.Helper()
	var r record
	if err := json.Unmarshal(file, &r); err != nil {
		t.Fatal(err)
	}
	what(&r)
	return []byte(tenant.JSON(r))
}

func equals() []got {
	return []got{{"甲局", "95", "40", "2"}, {"乙局", "95", "40", "2"}, {"丙局", "92", "30", ""}, {"丁局", "70", "", ""}}
}

// decidedOn is a world whose meeting decided on grades with a choice among
// equals and a change, after an appeal that was rejected twice.
func decidedOn(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, equals()...)
	w.set()
	w.wide()
	n := must(w.boss, w, w.v.openNotice, ref{w.round}).Notice.ID
	one := w.of("丁局")
	a := must(one, w, w.v.raise, w.against(n, "丁局", "adopted"))
	must(w.boss, w, w.v.answer, answerIn{ID: a.ID, Outcome: "rejected", Reasons: "无依据"})
	again := must(one, w, w.v.again, againIn{ID: a.ID, Grounds: Grounds{Reason: "补充材料", URL: "https://example.org/2"}})
	must(w.second, w, w.v.answer, answerIn{ID: again.ID, Outcome: "rejected", Reasons: "仍无依据"})
	w.later(30)
	w.wide()
	must(w.boss, w, w.v.propose, gradingIn{ID: w.round, Picks: []Pick{{Units: unitIDs(w, "乙局"), Reason: "重点任务更突出"}}})
	must(w.chair, w, w.v.decision, w.decides(Change{w.units["丙局"].ID, "合格", "发生责任事故"}))
	return w
}

func unitIDs(w *world, names ...string) (p []uuid.UUID) {
	for _, n := range names {
		p = append(p, w.units[n].ID)
	}
	return p
}

// R310, AS-02: the package of a frozen round holds how it came to its grades:
// they come out again from it alone, and whatever was changed in it is found.
func TestTheVerdictTravels(t *testing.T) {
	t.Parallel()
	w := decidedOn(t)
	p, file := w.packed(equals()...), w.written()
	if again := w.written(); !bytes.Equal(file, again) {
		t.Error("written twice it has other bytes")
	}
	said, difference, err := recheck(file, p)
	if err != nil || difference != "" {
		t.Fatalf("as it was: %q %v", difference, err)
	}
	if d := w.page().Decision; said["decision"] != d.Digest || said["notices"] != "1" || said["appeals"] != "2" || said["meeting"] != d.Meeting {
		t.Errorf("it says %v", said)
	}
	for _, tt := range []struct {
		name   string
		change func(*record)
		want   string
	}{
		{"a notice says something else", func(r *record) { r.Notices[0].Text += " " }, "notices[0]: the SHA-256"},
		{"a notice shows another list", func(r *record) {
			n := &r.Notices[0]
			n.Text = strings.Replace(n.Text, `"95"`, `"96"`, 1)
			n.Digest = digestOf([]byte(n.Text))
		}, "notices[0]: it shows"},
		{"a notice shows fewer", func(r *record) {
			n := &r.Notices[0]
			n.Text = n.Text[:strings.LastIndex(strings.TrimSuffix(n.Text, "\n"), "\n")+1]
			n.Digest = digestOf([]byte(n.Text))
		}, "notices[0]: it shows 3 units"},
		{"there was no notice", func(r *record) { r.Notices = nil }, "there was no notice"},
		{"an appeal nobody answered", func(r *record) { r.Appeals[0].Outcome, r.Appeals[0].RaisedOn = "", "2026-01-05" }, "appeals[0]: nobody"},
		{"one answered by the same person", func(r *record) { r.Appeals[1].AnswererID = r.Appeals[0].AnswererID }, "appeals[1]: the person"},
		{"one that follows none", func(r *record) { id := tenant.NewID(); r.Appeals[1].First = &id }, "appeals[1]: it follows"},
		{"one against another notice", func(r *record) { r.Appeals[0].Notice = tenant.NewID() }, "appeals[0]: it is against"},
		{"one accepted to no effect", func(r *record) {
			id := tenant.NewID()
			r.Appeals[0].Outcome, r.Appeals[0].Adjustment = "accepted", &id
		}, "appeals[0]: it was accepted"},
		{"another choice among equals", func(r *record) {
			g := r.Grading.Rows
			g[0].Grade, g[1].Grade = g[1].Grade, g[0].Grade
		}, ""},
		{"a grade nobody earned", func(r *record) { r.Grading.Rows[3].Grade = "优秀" }, "grading, row 4"},
		{"another total", func(r *record) { r.Grading.Rows[2].Total = num("94") }, "grading, row 3"},
		{"a larger share", func(r *record) { r.Grading.Terms.V.Share = 60 }, "grading"},
		{"another heading", func(r *record) { r.Grading.Terms.V.Heading = "info" }, "grading, row 1"},
		{"of another result", func(r *record) { r.Grading.Result = "x" }, "grading: it is of"},
		{"no decision", func(r *record) { r.Decisions = nil }, "no decision stands"},
		{"another decision", func(r *record) { r.Decisions[0].Rows[0].Grade = "合格" }, "decision: the SHA-256"},
		{"on another result", func(r *record) { r.Decisions[0].Result = "x" }, "decision: it is on the result"},
		{"on another grading", func(r *record) { r.Decisions[0].Grading = tenant.NewID() }, "decision: it is on another"},
		{"by who proposed it", func(r *record) { r.Decisions[0].ByAcc = r.Grading.ByAcc }, "decision: the person"},
		{"above the line", func(r *record) {
			redo(r, func(d []GradeRow) { d[3].Grade, d[3].Why, d[3].Reason = "优秀", "changed", "关照" })
		}, "decision, row 4: the grade is above"},
		{"a change without a reason", func(r *record) { redo(r, func(d []GradeRow) { d[2].Reason = "" }) }, "decision, row 3"},
		{"a total changed as well", func(r *record) { redo(r, func(d []GradeRow) { d[2].Total = num("60") }) }, "decision, row 3: more than"},
	} {
		said, difference, err := recheck(change(t, file, tt.change), p)
		if err != nil || difference == "" || !strings.HasPrefix(difference, tt.want) {
			t.Errorf("%s: %q %v %v, want %q", tt.name, difference, err, said, tt.want)
		}
	}
	other := p
	other.Digest = "x"
	if _, difference, _ := recheck(file, other); !strings.HasPrefix(difference, "grading: it is of") {
		t.Errorf("in the package of another result: %q", difference)
	}
	if _, _, err := recheck([]byte(`{"format":"hetu-verdict/9"}`), p); err == nil {
		t.Error("another format is read")
	}
}

// A record from before there were editions is worked out as it was then, one made
// now by the edition it says.
func TestTheVerdictKeepsItsEdition(t *testing.T) {
	t.Parallel()
	w := decidedOn(t)
	p, file := w.packed(equals()...), w.written()
	if !bytes.Contains(file, []byte(`"edition": 2`)) {
		t.Errorf("it does not say its edition: %s", file)
	}
	for i := range p.Result.Version.Rules { // 丁局 lost five of ten points it began with
		if r := &p.Result.Version.Rules[i]; r.Code == "off" {
			ten := num("10")
			r.BasePoints = &ten
		}
	}
	at := slices.IndexFunc(p.Result.Scores, func(s assess.Score) bool { return s.Unit.Name == "丁局" })
	l := &p.Result.Scores[at].Lines[2]
	l.Before, l.Points = num("5"), num("5")
	if _, difference, err := recheck(change(t, file, func(r *record) { r.Grading.Terms.V.Edition = 0 }), p); err != nil || difference != "" {
		t.Errorf("by the first edition: %q %v", difference, err)
	}
	if _, difference, err := recheck(file, p); err != nil || !strings.HasPrefix(difference, "grading, row") {
		t.Errorf("by the present one: %q %v", difference, err)
	}
	units := []assess.Standpoint{{Total: num("95"), Effects: []string{"no_excellent", "one_grade_down"}}, {Total: num("95"), Effects: []string{"one_grade_down", "no_excellent"}}}
	then, now := placedBy(units, nil, terms{Lines: usualLines()}), placedBy(units, nil, Calendar{Lines: usualLines()}.terms())
	if then[0].line() != "合格" || then[1].line() != "良好" || now[0].line() != "合格" || now[1].line() != "合格" {
		t.Errorf("two vetoes in either order: %s %s, now %s %s", then[0].line(), then[1].line(), now[0].line(), now[1].line())
	}
	if (terms{}).same(Calendar{}.terms()) {
		t.Error("grades proposed by the first edition are taken for those of the present one")
	}
}

// redo changes the rows of the decision and makes its digest fit.
func redo(r *record, what func([]GradeRow)) {
	d := &r.Decisions[0]
	what(d.Rows)
	d.Digest = digestOf([]byte(tenant.JSON(d.Rows)))
}

// A round without a calendar has no record; one that is not decided on cannot
// be frozen, so that it has none either.
func TestNoRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, three()...)
	if b := w.written(); len(b) != 0 {
		t.Errorf("without a calendar: %s", b)
	}
	w.set()
	var b bytes.Buffer
	err := w.db.Read(w.boss, func(tx *tenant.Tx) error { return writeRecord(w.boss, tx, w.round, &b) })
	if err == nil || err.Error() != ErrUndecided.Error() {
		t.Errorf("undecided = %v, want ErrUndecided", err)
	}
}

// What stands in the database and what stands in the package are the same
// standpoints (AS-02).
func TestStandpointsOfThePackage(t *testing.T) {
	t.Parallel()
	all := []got{{"规划处", "88", "20", ""}, {"甲局", "95", "40", "2"}, {"乙局", "61.5", "0.25", ""}}
	w := newWorld(t, all...)
	for _, heading := range []string{"", "core", "info"} {
		var is []assess.Standpoint
		w.ok(w.db.Read(w.boss, func(tx *tenant.Tx) error {
			r, err := assess.FindRound(w.boss, tx, w.round)
			if err != nil {
				return err
			}
			is, err = assess.Stand(w.boss, tx, r, heading, assess.Severest)
			return err
		}))
		for i := range is {
			if len(is[i].Effects) == 0 {
				is[i].Effects = nil
			}
		}
		if was := w.packed(all...).Stand(heading, assess.Severest); tenant.JSON(was) != tenant.JSON(is) {
			t.Errorf("under %q the package has\n%s, the database\n%s", heading, tenant.JSON(was), tenant.JSON(is))
		}
	}
}

// A grading by other terms than the calendar has by now is an old one.
func TestTermsChangeAfterTheGrading(t *testing.T) {
	t.Parallel()
	w := over(t, three()...)
	must(w.boss, w, w.v.propose, gradingIn{ID: w.round})
	w.sql(`update verdict_calendars set share = 50 where round_id = $1`, w.round)
	if g := w.page().Grading; !g.Old {
		t.Errorf("grading = %+v, want it old", g)
	}
	refused(w.chair, w, "decided on", w.v.decision, w.decides(), ErrGradingOld, "")
	w.sql(`update verdict_calendars set share = 30 where round_id = $1`, w.round)
	must(w.chair, w, w.v.decision, w.decides())
}
