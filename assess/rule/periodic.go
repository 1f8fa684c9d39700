package rule

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// A Span is a part of a period that is looked at by itself: a month, a quarter.
type Span struct {
	Name     string // "1月", "第一季度"
	From, To string // days, both included, as Asia/Shanghai has them
}

// Spans divides the days from to to into months, or quarters, of the calendar.
// What begins before from or ends after to counts as a whole one.
func Spans(every, from, to string) []Span {
	step, name := 1, func(t time.Time) string { return fmt.Sprintf("%d月", t.Month()) }
	if every == "quarter" {
		step, name = 3, func(t time.Time) string { return fmt.Sprintf("第%d季度", (int(t.Month())+2)/3) }
	}
	day, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return nil
	}
	day = time.Date(day.Year(), day.Month()-time.Month((int(day.Month())-1)%step), 1, 0, 0, 0, 0, time.UTC)
	var all []Span
	for day.Format(time.DateOnly) <= to {
		next := day.AddDate(0, step, 0)
		all = append(all, Span{name(day), day.Format(time.DateOnly), next.AddDate(0, 0, -1).Format(time.DateOnly)})
		day = next
	}
	return all
}

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// Periodic sets a task for each of its spans. Where each missing item takes
// points away, the base points are given once and what is missing in any span
// is taken off them; otherwise each span earns base points of its own. Caps and
// the floor hold for all spans together. What was taken back after its span
// was counted in an earlier period changes nothing here.
type Periodic struct {
	BaseTask
	Spans []Span
}

// Score implements Rule with the lines of BaseTask.
func (r Periodic) Score(facts []Fact) []Line {
	one := r.BaseTask
	one.mute = true // what it says of each span is not shown
	one.Floor, one.Cap, one.BonusCap = new(decimal.New(-1, 9)), nil, nil
	lines := []Line{{Part: "base"}}
	if !r.Bonus.IsZero() {
		lines = append(lines, Line{Part: "bonus"})
	}
	if !r.Short.IsZero() {
		one.Base = decimal.Zero
		lines[0].Before, lines[0].Given = r.Base, r.Base
	}
	texts := make([][]string, len(lines))
	in := r.within(facts)
	for k, span := range r.Spans {
		for i, l := range one.Score(in[k]) {
			all := &lines[i]
			all.N += l.N
			all.Before, all.Given = all.Before.Add(l.Before), all.Given.Add(l.Given)
			all.Shares = append(all.Shares, l.Shares...)
			if text := r.text(span, l); text != "" {
				texts[i] = append(texts[i], text)
			}
		}
	}
	lines[0].Points = least(r.held(lines[0].Before), r.Cap)
	lines[0].Formula = r.formula(lines[0], texts[0])
	if len(lines) > 1 {
		l := &lines[1]
		limit := r.BonusCap
		if r.Cap != nil {
			limit = new(least(r.Cap.Sub(lines[0].Points), r.BonusCap))
		}
		l.Points = least(l.Before, limit)
		l.Formula = fmt.Sprintf("超额 %d 条 × %s 分 = %s 分", l.N, r.Bonus, l.Before) + joined(texts[1]) + bounded(*l)
	}
	return lines
}

// text says what is to be said of one span: where points are taken away, only
// of those where something is missing.
func (r Periodic) text(s Span, l Line) string {
	switch {
	case l.Part == "base" && !r.Short.IsZero() && l.N < r.Task:
		return fmt.Sprintf("%s少 %d 条", s.Name, r.Task-l.N)
	case l.Part == "base" && r.Short.IsZero():
		return fmt.Sprintf("%s %d 条得 %s 分", s.Name, l.N, l.Points)
	case l.Part == "bonus" && l.N > 0:
		return fmt.Sprintf("%s多 %d 条", s.Name, l.N)
	}
	return ""
}

func (r Periodic) formula(l Line, texts []string) string {
	head := fmt.Sprintf("%s %d 条，每期任务 %d 条", r.Name, l.N, r.Task)
	if !r.Short.IsZero() {
		missing := r.Base.Sub(l.Before).Div(r.Short)
		return head + fmt.Sprintf("，共少 %s 条：%s − %s × %s = %s 分", missing, r.Base, missing, r.Short, l.Before) + joined(texts) + bounded(l)
	}
	return head + fmt.Sprintf("，各期合计 %s 分", l.Before) + joined(texts) + bounded(l)
}

func joined(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return "（" + strings.Join(texts, "，") + "）"
}

// within returns the facts of each span; those counted before the period are
// of none.
func (r Periodic) within(facts []Fact) [][]Fact {
	in := make([][]Fact, len(r.Spans))
	from, to := make([]int, len(r.Spans)), make([]int, len(r.Spans))
	for k, s := range r.Spans {
		from[k], to[k] = dayNumber(s.From), dayNumber(s.To)
	}
	for _, f := range facts {
		if f.Before {
			continue
		}
		y, m, d := f.At.In(shanghai).Date()
		day := y*10_000 + int(m)*100 + d
		for k := range r.Spans {
			if from[k] <= day && day <= to[k] {
				in[k] = append(in[k], f)
				break // no two spans share a day
			}
		}
	}
	return in
}

// dayNumber reads "2026-03-31" as 20260331.
func dayNumber(day string) (n int) {
	for _, c := range day {
		if c != '-' {
			n = n*10 + int(c-'0')
		}
	}
	return n
}
