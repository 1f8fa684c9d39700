package verdict

import (
	"slices"
	"strings"
	"testing"

	"hetu/assess"
	"hetu/calendar"
)

func on(s string) calendar.Date { return day(s) }

// The usual days of the process (5.4), of a year whose holidays are known.
func TestDefaults(t *testing.T) {
	t.Parallel()
	c := calendar.Default()
	for name, tt := range map[string]struct{ from, to, today, want string }{
		"a year, planned at its beginning": {"2025-01-01", "2025-12-31", "2025-01-02",
			"target 2025-03-31, progress 2025-12-05, self 2025-12-10, review 2025-12-31, events 2025-12-31, notice 2026-01-09, appeal 2026-01-09, " +
				"answer 2026-01-23, grade 2026-01-26, decide 2026-01-28, publish 2026-01-29, freeze 2026-01-30, file 2026-02-06"},
		"a year that is over: by hand nothing is left, the rest begins today": {"2025-01-01", "2025-12-31", "2026-03-02",
			"notice 2026-03-10, appeal 2026-03-10, answer 2026-03-24, grade 2026-03-25, decide 2026-03-27, publish 2026-03-30, freeze 2026-03-31, file 2026-04-08"},
		"a quarter has no targets of its own": {"2026-04-01", "2026-06-30", "2026-04-01",
			"progress 2026-06-05, self 2026-06-09, review 2026-06-30, events 2026-06-30, notice 2026-07-08, appeal 2026-07-08, " +
				"answer 2026-07-22, grade 2026-07-23, decide 2026-07-27, publish 2026-07-28, freeze 2026-07-29, file 2026-08-05"},
	} {
		var got []string
		for _, p := range defaults(c, on(tt.from), on(tt.to), on(tt.today), usual) {
			got = append(got, p.Step+" "+p.Due.String())
			if !c.IsWorkday(p.Due) {
				t.Errorf("%s: %s is due on a day off, %s", name, p.Step, p.Due)
			}
		}
		if s := strings.Join(got, ", "); s != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, s, tt.want)
		}
	}
	far := defaults(c, on("2097-01-01"), on("2097-12-31"), on("2097-01-01"), usual)
	if !slices.ContainsFunc(far, func(p Planned) bool { return p.Provisional }) {
		t.Error("a year without a table gives days that are certain")
	}
}

// Working days are counted, over a holiday and back.
func TestLeft(t *testing.T) {
	t.Parallel()
	c := calendar.Default()
	for _, tt := range []struct {
		today, due string
		want       int
	}{
		{"2026-03-02", "2026-03-02", 0},
		{"2026-03-02", "2026-03-03", 1},
		{"2026-03-06", "2026-03-09", 1}, // over a week-end
		{"2026-09-30", "2026-10-08", 1}, // over the national holidays
		{"2026-03-03", "2026-03-02", -1},
		{"2026-03-07", "2026-03-06", -1}, // late on a Saturday is late
		{"2026-03-10", "2026-03-06", -2},
	} {
		if got := left(c, on(tt.today), on(tt.due)); got != tt.want {
			t.Errorf("from %s to %s = %d, want %d", tt.today, tt.due, got, tt.want)
		}
	}
}

// What a notice shows can be read again, and one letter changes its digest.
func TestNoticeText(t *testing.T) {
	t.Parallel()
	rows := []Posted{{"tenant", "一类", 1, `甲"局"`, num("95.5"), "优秀"}, {"department", "", 2, "规划处", num("80"), "良好"}}
	r := assess.Round{Name: "全年", From: "2025-01-01", To: "2025-12-31", Digest: "abc"}
	text, err := noticeText(r, "考核", on("2026-01-05"), on("2026-01-12"), rows)
	if err != nil {
		t.Fatal(err)
	}
	got, err := posted(string(text))
	if err != nil || len(got) != 2 || got[0].Unit != rows[0].Unit || !got[0].Total.Equal(rows[0].Total) || got[1].Kind != "department" {
		t.Errorf("read again = %+v, %v", got, err)
	}
	rows[1].Total = num("80.01")
	other, err := noticeText(r, "考核", on("2026-01-05"), on("2026-01-12"), rows)
	if err != nil || digestOf(other) == digestOf(text) {
		t.Errorf("another total has the same digest (%v)", err)
	}
	if _, err := posted(`["notice",1]` + "\n" + `["tenant","",1,"甲","x","优秀"]`); err == nil {
		t.Error("a total that is no number is read")
	}
}
