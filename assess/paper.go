package assess

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// What can go wrong with paper.
var (
	ErrPaper = fault.New(fault.Invalid, "assess.paper_unknown") // it is not made in this way
	ErrThick = fault.New(fault.Conflict, "assess.paper_large")  // so many sheets are made by a long work; with n
)

// thick is for how many units at most the sheets are made while one waits.
const thick = 60

const pdfType = "application/pdf"

// A paper is a round as it is printed.
type paper struct {
	res    Result
	name   string               // of the round
	digest string               // of the result
	note   string               // when it was made and by whom, in words
	moved  map[uuid.UUID]string // how units moved since the round before; nil: it is not said
	units  map[uuid.UUID]int    // how many are ranked with a unit, where not all of them are there
	byLine map[uuid.UUID]string // the grades by line of those for whom a meeting decided another one
}

type paperQuery struct {
	ID   uuid.UUID  `json:"-" path:"id"`
	Of   string     `json:"-" query:"of"`   // league: one wide table of A2; sheets: a sheet of A4 for every unit
	Unit *uuid.UUID `json:"-" query:"unit"` // the sheet of this one only
}

// Validate checks what is asked for.
func (q paperQuery) Validate() error {
	if q.Of != "league" && q.Of != "sheets" || q.Unit != nil && q.Of != "sheets" {
		return ErrPaper.On("of")
	}
	return nil
}

// paperOf sends a round as a document to be printed (UI9).
func paperOf(ctx context.Context, tx *tenant.Tx, q paperQuery) (c feature.Content, err error) {
	r, err := findRound(ctx, tx, q.ID)
	if err != nil {
		return c, err
	}
	if r.Digest == "" {
		return c, ErrNotComputed
	}
	p, err := recorded(ctx, tx, r, q.Unit)
	if err != nil {
		return c, err
	}
	switch n := len(p.res.Scores); {
	case q.Unit != nil && n == 0:
		return c, ErrUnitNotFound
	case q.Of == "sheets" && n > thick:
		return c, ErrThick.With("n", n)
	}
	return feature.Document(p.called(q.Of), pdfType, func(w io.Writer) error { return p.write(w, q.Of) }), nil
}

// recorded reads the result of a round as it was kept, without the deeds it
// rests on; of one unit only, if one is given.
func recorded(ctx context.Context, tx *tenant.Tx, r Round, unit *uuid.UUID) (p paper, err error) {
	s, _, err := findScheme(ctx, tx, r.SchemeID, r.SchemeVersion)
	if err != nil {
		return p, err
	}
	p = paper{name: r.Name, digest: r.Digest, moved: map[uuid.UUID]string{}, units: map[uuid.UUID]int{}, byLine: map[uuid.UUID]string{}}
	if r.ComputedAt != nil {
		p.note = "计算于 " + r.ComputedAt.In(shanghai).Format("2006-01-02 15:04")
	}
	p.res = Result{From: r.From, To: r.To, Version: Version{Scheme: s.ID, Version: s.Version, Year: s.Year, Name: s.Name, Units: s.Units, Rules: s.Rules, Plan: s.Plan}}
	var scores []struct {
		Unit
		Class    string          `db:"class"`
		Grade    string          `db:"grade"`
		ByLine   string          `db:"by_line"`
		Place    int             `db:"place"`
		Rank     int             `db:"rank"`
		Total    decimal.Decimal `db:"total"`
		Exact    decimal.Decimal `db:"exact"`
		Movement *int            `db:"movement"`
		Units    int             `db:"units"`
	}
	err = tx.Select(ctx, &scores, `
		select s.unit_kind, s.unit_id, s.unit_name, s.class, `+gradeShown+`, s.grade as by_line, s.place, s.rank, s.total, s.exact, p.rank - s.rank as movement,
		       (select count(*) from assess_scores o
		         where o.round_id = s.round_id and o.unit_kind = s.unit_kind and o.class = s.class) as units
		  from assess_rounds r
		  join assess_scores s on s.round_id = r.id
		  left join assess_scores p on p.unit_kind = s.unit_kind and p.unit_id = s.unit_id and p.round_id = (`+previousRound+`)
		 where r.id = $1 and ($2::uuid is null or s.unit_id = $2)
		 order by s.unit_kind, s.place`, r.ID, unit)
	if err != nil {
		return p, err
	}
	at := map[uuid.UUID]int{}
	for i, g := range scores {
		at[g.ID], p.units[g.ID] = i, g.Units
		p.res.Scores = append(p.res.Scores, Score{Unit: g.Unit, Class: g.Class, Grade: g.Grade, Place: g.Place, Rank: g.Rank, Total: g.Total, Exact: g.Exact})
		if g.Grade != g.ByLine && g.ByLine != "" {
			p.byLine[g.ID] = g.ByLine
		}
		if g.Movement != nil {
			p.moved[g.ID] = signed(*g.Movement)
		}
	}
	return p, p.read(ctx, tx, r.ID, unit, at)
}

// read adds the lines.
func (p *paper) read(ctx context.Context, tx *tenant.Tx, round uuid.UUID, unit *uuid.UUID, at map[uuid.UUID]int) error {
	names := map[string]*Spec{}
	for i := range p.res.Version.Rules {
		s := &p.res.Version.Rules[i]
		names[s.Code] = s
	}
	return tx.Each(ctx, func(row tenant.Row) error {
		var id uuid.UUID
		e := Entry{Rule: &Spec{}}
		err := row.Scan(&id, &e.Rule.Code, &e.Rule.Name, &e.Part, &e.N, &e.Before, &e.Points, &e.Formula)
		if s, ok := names[e.Rule.Code]; ok && !strings.Contains(e.Part, ":") {
			e.Rule = s
		}
		if i, ok := at[id]; ok {
			p.res.Scores[i].Lines = append(p.res.Scores[i].Lines, e)
		}
		return err
	}, `
		select unit_id, rule_code, rule_name, part, n, points_before, points, formula
		  from assess_entries where round_id = $1 and ($2::uuid is null or unit_id = $2)
		 order by unit_kind, unit_id, seq`, round, unit)
}

// signed writes how many places were won.
func signed(n int) string {
	switch {
	case n > 0:
		return "+" + strconv.Itoa(n)
	case n < 0:
		return "−" + strconv.Itoa(-n)
	}
	return "0"
}

// write writes the document as a PDF.
func (p paper) write(w io.Writer, of string) error {
	d, err := p.lay(of)
	if err != nil {
		return err
	}
	return d.pdf(w)
}

// lay lays the document out: the league table, the sheets, or both.
func (p paper) lay(of string) (*printing, error) {
	return p.layEach(of, func(int) error { return nil })
}

// layEach is lay that says how many sheets are done before each; an error of
// that ends it.
func (p paper) layEach(of string, step func(done int) error) (*printing, error) {
	title := p.res.Version.Name + " " + p.name
	if of == "league" {
		d, err := newPrinting(title+" 成绩总表", 594, 420, 20, 18, 18, 18)
		if err == nil {
			d.foot = p.foot()
			p.league(d)
			d.number()
		}
		return d, err
	}
	d, err := newPrinting(title+" 得分表", 210, 297, 20, 18, 20, 22)
	if err != nil {
		return nil, err
	}
	d.foot = p.foot()
	if of == "result" {
		p.list(d)
	}
	done := 0
	for _, l := range p.lists() {
		for _, s := range l.Scores {
			if err := step(done); err != nil {
				return nil, err
			}
			p.sheet(d, s, max(p.units[s.Unit.ID], len(l.Scores)))
			done++
		}
	}
	d.number()
	return d, nil
}

func (p paper) foot() string { return "结果校验码 " + p.digest }

// lists divides the scores into the lists they are ranked in.
func (p paper) lists() []list {
	var all []list
	for _, s := range p.res.Scores { // they are in the order of the lists
		class := p.res.Version.Plan.className(s.Class)
		if n := len(all); n == 0 || all[n-1].Kind != s.Unit.Kind || all[n-1].Class != class {
			all = append(all, list{Kind: s.Unit.Kind, Class: class})
		}
		l := &all[len(all)-1]
		l.Scores = append(l.Scores, s)
	}
	return all
}

// called is what a list is called: 下级单位（甲类）.
func (l list) called() string {
	if l.Class == "" {
		return kindNames[l.Kind]
	}
	return kindNames[l.Kind] + "（" + l.Class + "）"
}

// wide is how many rules a page of A2 has room for beside the fixed columns.
const wide = 24

// league is the table of all units by all rules, for a wall. What has no room
// beside it goes on in a table of its own.
func (p paper) league(d *printing) {
	v := p.res.Version
	for _, l := range p.lists() {
		rest := p.others(l)
		rules := v.Rules
		for part := 0; part == 0 || len(rules) > 0; part++ {
			now := rules[:min(wide, len(rules))]
			rules = rules[len(now):]
			d.page()
			d.para(v.Name+" "+p.name+" 成绩总表", 26, centred, 0)
			d.para(fmt.Sprintf("%s　考核期间：%s 至 %s　共 %d 个　方案第 %d 版　%s", l.called(), p.res.From, p.res.To, len(l.Scores), v.Version, p.note), 12, centred, 0.3)
			d.skip(4)
			d.table(p.leagueTable(l, now, rest && len(rules) == 0))
			p.explain(d, l)
		}
	}
}

// others reports whether a list has lines that no rule brought by itself.
func (p paper) others(l list) bool {
	for _, s := range l.Scores {
		if !p.beside(s).IsZero() {
			return true
		}
	}
	return false
}

// beside is what a unit got that no rule brought by itself.
func (p paper) beside(s Score) (sum decimal.Decimal) {
	for _, e := range s.Lines {
		if !p.ruled(e.Rule.Code) {
			sum = sum.Add(e.Points)
		}
	}
	return sum
}

func (p paper) ruled(code string) bool {
	for _, r := range p.res.Version.Rules {
		if r.Code == code {
			return true
		}
	}
	return false
}

func (p paper) leagueTable(l list, rules []Spec, rest bool) pdfTable {
	t := pdfTable{size: 11, columns: []pdfColumn{{"名次", 15, centred}, {"单位", 62, toLeft}, {"总分", 24, toRight}}}
	if len(l.Scores) <= 30 && len(rules) <= 12 { // to be read from a distance
		t.size = 15
		t.columns = []pdfColumn{{"名次", 18, centred}, {"单位", 80, toLeft}, {"总分", 28, toRight}}
	}
	graded := p.graded()
	if graded {
		t.columns = append(t.columns, pdfColumn{"等次", 20, centred})
	}
	t.columns = append(t.columns, pdfColumn{"升降", 14, centred})
	for _, r := range rules {
		t.columns = append(t.columns, pdfColumn{head: r.Name, how: toRight})
	}
	if rest {
		t.columns = append(t.columns, pdfColumn{head: "其他调整", how: toRight})
	}
	for _, s := range l.Scores {
		row := []string{strconv.Itoa(s.Rank), s.Unit.Name, s.Total.StringFixed(2)}
		if graded {
			row = append(row, p.grade(s))
		}
		row = append(row, p.moved[s.Unit.ID])
		for _, r := range rules {
			row = append(row, s.got(r.Code))
		}
		if rest {
			row = append(row, p.beside(s).Round(2).String())
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// got is what a rule brought a unit, to two places; empty if it does not apply.
func (s Score) got(code string) string {
	var sum decimal.Decimal
	there := false
	for _, e := range s.Lines {
		if e.Rule.Code == code {
			sum, there = sum.Add(e.Points), true
		}
	}
	if !there {
		return ""
	}
	return sum.Round(2).String()
}

// list is the cover: who is where.
func (p paper) list(d *printing) {
	d.page()
	d.para(p.res.Version.Name, 18, centred, 0)
	d.para(p.name+" 考核结果", 18, centred, 0)
	d.para(fmt.Sprintf("考核期间：%s 至 %s　方案第 %d 版　%s", p.res.From, p.res.To, p.res.Version.Version, p.note), 10, centred, 0.3)
	for _, l := range p.lists() {
		d.skip(4)
		d.need(30)
		d.para(l.called(), 13, toLeft, 0)
		t := pdfTable{size: 11, columns: []pdfColumn{{"名次", 18, centred}, {"单位", 0, toLeft}, {"总分", 32, toRight}, {"等次", 28, centred}}}
		for _, s := range l.Scores {
			t.rows = append(t.rows, []string{strconv.Itoa(s.Rank), s.Unit.Name, s.Total.StringFixed(2), p.grade(s)})
		}
		d.table(t)
		p.explain(d, l)
	}
}

// sheet is the score of one unit on A4.
func (p paper) sheet(d *printing, s Score, of int) {
	d.page()
	d.para(p.res.Version.Name+"得分表", 18, centred, 0)
	d.skip(2)
	rank := fmt.Sprintf("第 %d 名，共 %d 个", s.Rank, of)
	if s.Grade != "" {
		rank += "，" + s.Grade
	}
	if line := p.byLine[s.Unit.ID]; line != "" {
		rank += "（会议决定；按得分为" + line + "）"
	}
	d.table(pdfTable{size: 11, columns: []pdfColumn{{"单位", 0, toLeft}, {"轮次", 0, toLeft}, {"考核期间", 0, toLeft}, {"名次", 0, toLeft}},
		rows: [][]string{{s.Unit.Name, p.name, p.res.From + " 至 " + p.res.To, rank}}})
	d.skip(5)
	t := pdfTable{size: 10, last: true, columns: []pdfColumn{{"序号", 13, centred}, {"指标", 38, toLeft}, {"计算式", 0, toLeft}, {"数量", 15, toRight}, {"得分", 26, toRight}}}
	for i, e := range s.Lines {
		t.rows = append(t.rows, []string{strconv.Itoa(i + 1), lineName(e), e.Formula, strconv.Itoa(e.N), e.Points.String()})
	}
	t.rows = append(t.rows, []string{"合计（各项之和 " + s.Exact.String() + "，四舍五入到两位）", s.Total.StringFixed(2)})
	d.table(t)
	d.skip(12)
	d.need(12)
	quarter := d.inner() / 4
	for i, who := range []string{"制表：", "复核：", "负责人：", "日期："} {
		d.line(who, d.margin.left+float64(i)*quarter, d.y, quarter, 11, toLeft, 0)
	}
}
