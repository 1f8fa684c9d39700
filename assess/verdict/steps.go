package verdict

import (
	"slices"

	"hetu/calendar"
)

// The steps of a round, by their codes. Those up to events are done when the
// person named for them says so; the others by what happens.
const (
	target   = "target"
	progress = "progress"
	self     = "self"
	review   = "review"
	events   = "events"
	notice   = "notice"
	appeal   = "appeal"
	answer   = "answer"
	grade    = "grade"
	decide   = "decide"
	publish  = "publish"
	freeze   = "freeze"
	file     = "file"
)

// order is the order of the steps.
var order = []string{target, progress, self, review, events, notice, appeal, answer, grade, decide, publish, freeze, file}

// byHand are the steps a person reports as done; a calendar may leave them out.
var byHand = order[:5]

// names are what the steps are called in notices to people.
var names = map[string]string{target: "目标分解", progress: "过程填报", self: "自评", review: "复核", events: "加减分和否决事项",
	notice: "公示", appeal: "申诉", answer: "申诉答复", grade: "定档建议", decide: "会议决定", publish: "公布", freeze: "固化", file: "归档"}

// A Planned is a step with the day by which it is due unless another is chosen.
type Planned struct {
	Step        string        `json:"step" enum:"target,progress,self,review,events,notice,appeal,answer,grade,decide,publish,freeze,file"`
	Due         calendar.Date `json:"due"`
	Provisional bool          `json:"provisional"` // it rests on a year whose holidays are not known yet
}

// defaults are the days of a round from one day to another, as the process of
// the year has them: targets by the end of March, the last report of progress
// by the 5th, self-assessment by 10 December, review by the end of the year,
// five working days of notice, ten for answers, the decision in January (5.4). A
// round that ends otherwise has them as long before and after its end. Steps
// that people do by hand and that were due before today are left out; the others
// begin today at the earliest.
func defaults(c calendar.Calendar, from, to, today calendar.Date, d durations) (all []Planned) {
	put := func(step string, due calendar.Date, provisional bool) {
		if slices.Contains(byHand, step) && (due.Compare(today) < 0 || due.Compare(from) < 0) {
			return
		}
		all = append(all, Planned{step, due, provisional})
	}
	before := func(day calendar.Date) (calendar.Date, bool) {
		if c.IsWorkday(day) {
			return day, !c.Known(day.Year)
		}
		return c.AddWorkdays(day, -1)
	}
	if last, unknown := before(from.Add(89)); from.Add(300).Compare(to) <= 0 {
		put(target, last, unknown)
	}
	last, unknown := c.AddWorkdays(calendar.On(to.Year, to.Month, 5), 0)
	put(progress, last, unknown)
	last, unknown = before(to.Add(-21))
	put(self, last, unknown)
	last, unknown = before(to)
	put(review, last, unknown)
	put(events, last, unknown)
	at := last
	if at.Compare(today) < 0 {
		at = today
	}
	for _, s := range []struct {
		step string
		n    int
	}{{notice, 1 + d.Notice}, {appeal, max(0, d.Appeal-d.Notice)}, {answer, d.Answer}, {grade, 1}, {decide, 2}, {publish, 1}, {freeze, 1}, {file, 5}} {
		if s.n > 0 {
			var u bool
			at, u = c.AddWorkdays(at, s.n)
			unknown = unknown || u
		}
		put(s.step, at, unknown)
	}
	return all
}

// durations are how many working days the parts of a verdict take.
type durations struct{ Notice, Appeal, Answer, Again int }

var usual = durations{5, 5, 10, 5}

// left returns how many working days there are from one day to another: 0 on
// the day itself, below zero after it.
func left(c calendar.Calendar, today, due calendar.Date) (n int) {
	if today.Compare(due) > 0 {
		for d := due; d.Compare(today) < 0; {
			if d = d.Add(1); c.IsWorkday(d) {
				n--
			}
		}
		return min(n, -1)
	}
	for d := today; d.Compare(due) < 0; {
		if d = d.Add(1); c.IsWorkday(d) {
			n++
		}
	}
	return n
}
