package assess

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/tenant"
)

// bulletinTemplate is the text a tenant's first bulletin begins with.
//
//go:embed sheets/bulletin.txt
var bulletinTemplate string

// A Block is a part of a bulletin as it is read.
type Block struct {
	Kind string     `json:"kind" enum:"title,subtitle,heading,text,right,table"`
	Text string     `json:"text,omitempty"`
	Head []string   `json:"head,omitempty"`
	Rows [][]string `json:"rows,omitempty"`
}

// A Placeholder is a word in braces, {单位数}, that the text of a bulletin may
// say, and what it shows now. That of a table stands on a line of its own.
type Placeholder struct {
	Name  string `json:"name"`
	Value string `json:"value"` // empty for a table
	Table bool   `json:"table"`
}

// A saying is what the placeholders of a bulletin about a round show.
type saying struct {
	words  []Placeholder
	tables []tableWord
}

type tableWord struct {
	name  string
	shows func() []Block
}

var placeholder = regexp.MustCompile(`[{｛]([^{}｛｝\n]{1,20})[}｝]`)

func (s saying) names() []Placeholder {
	all := slices.Clone(s.words)
	for _, t := range s.tables {
		all = append(all, Placeholder{Name: t.name, Table: true})
	}
	return all
}

// blocks reads a text: a line that begins with # is the title, with ## a
// heading, with > stands at the right; one in brackets right below the title
// goes with it. Placeholders become what they show; ErrPlaceholder says which
// one nobody knows.
func (s saying) blocks(text string) ([]Block, error) {
	all := []Block{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if m := placeholder.FindStringSubmatch(line); m != nil && m[0] == line {
			if i := slices.IndexFunc(s.tables, func(t tableWord) bool { return t.name == m[1] }); i >= 0 {
				all = append(all, s.tables[i].shows()...)
				continue
			}
		}
		b := blockOf(line, len(all) > 0 && all[len(all)-1].Kind == "title")
		var err error
		if b.Text, err = s.fill(b.Text); err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

func blockOf(line string, belowTitle bool) Block {
	for _, mark := range []struct{ sign, kind string }{{"## ", "heading"}, {"# ", "title"}, {"> ", "right"}} {
		if rest, ok := strings.CutPrefix(line, mark.sign); ok {
			return Block{Kind: mark.kind, Text: strings.TrimSpace(rest)}
		}
	}
	if belowTitle && strings.HasPrefix(line, "（") && strings.HasSuffix(line, "）") {
		return Block{Kind: "subtitle", Text: line}
	}
	return Block{Kind: "text", Text: line}
}

// fill puts what the placeholders of a line show in their place.
func (s saying) fill(line string) (string, error) {
	var wrong string
	filled := placeholder.ReplaceAllStringFunc(line, func(m string) string {
		name := placeholder.FindStringSubmatch(m)[1]
		for _, w := range s.words {
			if w.Name == name {
				return w.Value
			}
		}
		if wrong == "" {
			wrong = name
		}
		return m
	})
	if wrong != "" {
		return "", ErrPlaceholder.On("text").With("name", wrong)
	}
	return filled, nil
}

// sayingOf works out what a round says now.
func sayingOf(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (s saying, err error) {
	r, err := findRound(ctx, tx, round)
	if err != nil {
		return s, err
	}
	p, err := recorded(ctx, tx, r, nil)
	if err != nil {
		return s, err
	}
	var by string
	if err := tx.Get(ctx, &by, `select name from platform.kin() where relation = 'self'`); err != nil {
		return s, err
	}
	var changes []changeRow
	err = tx.Select(ctx, &changes, `
		select unit_name, type, title, points, effect from assess_adjustments
		 where round_id = $1 and state = 'confirmed' and not reversed and reverses is null order by decided_at, id limit 200`, r.ID)
	return p.says(r, by, tx.Now.In(shanghai).Format("2006年1月2日"), changes), err
}

// says works out the placeholders. Its words are about the tenants below if any
// are ranked, else about the departments; so are its tables, but for the one
// that names departments.
func (p paper) says(r Round, by, today string, changes []changeRow) saying {
	kind := "department"
	if slices.ContainsFunc(p.res.Scores, func(s Score) bool { return s.Unit.Kind == "tenant" }) {
		kind = "tenant"
	}
	of := p.only(kind)
	word := func(name, value string) Placeholder { return Placeholder{Name: name, Value: value} }
	s := saying{words: []Placeholder{
		word("方案", p.res.Version.Name), word("年度", strconv.Itoa(p.res.Version.Year)), word("轮次", r.Name),
		word("期间", p.res.From+" 至 "+p.res.To), word("起始日", p.res.From), word("截止日", p.res.To),
		word("对象", kindNames[kind]), word("编制单位", by), word("今日", today), word("校验码", p.digest),
	}}
	s.words = append(s.words, of.figures()...)
	s.tables = []tableWord{
		{"排名表", of.rankingBlocks}, {"部门排名表", p.only("department").rankingBlocks}, {"指标表", of.ruleBlocks},
		{"等次表", of.gradeBlocks}, {"更正表", func() []Block { return changeBlocks(changes) }},
	}
	return s
}

// only returns the paper with the units of one kind.
func (p paper) only(kind string) paper {
	p.res.Scores = slices.DeleteFunc(slices.Clone(p.res.Scores), func(s Score) bool { return s.Unit.Kind != kind })
	return p
}

// figures are the placeholders about the totals.
func (p paper) figures() []Placeholder {
	words := []Placeholder{{Name: "单位数", Value: strconv.Itoa(len(p.res.Scores))}}
	values := map[string]string{}
	if len(p.res.Scores) > 0 {
		units := make([]placed, len(p.res.Scores))
		for i, s := range p.res.Scores {
			units[i] = placed{s.Class, s.Grade, s.Total}
		}
		l := listOf(units)
		values = map[string]string{"平均分": l.Mean.String(), "最高分": l.Highest.String(), "最低分": l.Lowest.String(), "中位数": l.Median.String()}
	}
	for _, name := range []string{"平均分", "最高分", "最低分", "中位数"} {
		words = append(words, Placeholder{Name: name, Value: values[name]})
	}
	up, down := p.movers()
	return append(words, Placeholder{Name: "前三名", Value: p.ends(func(l []Score) []Score { return l[:min(3, len(l))] })},
		Placeholder{Name: "后三名", Value: p.ends(func(l []Score) []Score { return l[max(0, len(l)-3):] })},
		Placeholder{Name: "上升最多", Value: up}, Placeholder{Name: "下降最多", Value: down})
}

// ends names some units of every list with their totals.
func (p paper) ends(some func([]Score) []Score) string {
	var parts []string
	for _, l := range p.lists() {
		var names []string
		for _, s := range some(l.Scores) {
			names = append(names, s.Unit.Name+"（"+s.Total.String()+"分）")
		}
		text := strings.Join(names, "、")
		if l.Class != "" {
			text = l.Class + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "；")
}

// movers says who won most places since the round before, and who lost most.
func (p paper) movers() (up, down string) {
	up, down = "没有单位名次上升", "没有单位名次下降"
	moved := func(s Score) int {
		n, _ := strconv.Atoi(strings.Replace(p.moved[s.Unit.ID], "−", "-", 1)) // zero for who was not in it
		return n
	}
	if len(p.res.Scores) == 0 {
		return up, down
	}
	by := func(a, b Score) int { return cmp.Compare(moved(a), moved(b)) }
	if s := slices.MaxFunc(p.res.Scores, by); moved(s) > 0 {
		up = fmt.Sprintf("名次上升最多的是%s，上升%d位", s.Unit.Name, moved(s))
	}
	if s := slices.MinFunc(p.res.Scores, by); moved(s) < 0 {
		down = fmt.Sprintf("名次下降最多的是%s，下降%d位", s.Unit.Name, -moved(s))
	}
	return up, down
}

// rankingBlocks is a table for each list.
func (p paper) rankingBlocks() []Block {
	var all []Block
	for _, l := range p.lists() {
		if l.Class != "" {
			all = append(all, Block{Kind: "text", Text: l.Class})
		}
		t := Block{Kind: "table", Head: []string{"名次", "单位", "总分", "升降"}}
		if p.graded() {
			t.Head = append(t.Head, "等次")
		}
		for _, s := range l.Scores {
			row := []string{strconv.Itoa(s.Rank), s.Unit.Name, s.Total.String(), p.moved[s.Unit.ID]}
			if len(t.Head) > len(row) {
				row = append(row, s.Grade)
			}
			t.Rows = append(t.Rows, row)
		}
		all = append(all, t)
	}
	if all == nil {
		all = []Block{{Kind: "text", Text: "本期没有排名。"}}
	}
	return all
}

// ruleBlocks says how the units did by every rule.
func (p paper) ruleBlocks() []Block {
	t := Block{Kind: "table", Head: []string{"指标", "平均", "最高", "最低", "得分最高的单位"}, Rows: [][]string{}}
	for _, r := range p.res.Version.Rules {
		var points []decimal.Decimal
		var best []string
		var most decimal.Decimal
		for _, s := range p.res.Scores {
			if s.got(r.Code) == "" {
				continue
			}
			is := s.points(r.Code)
			if len(points) == 0 || is.GreaterThan(most) {
				most, best = is, nil
			}
			if points = append(points, is); is.Equal(most) {
				best = append(best, s.Unit.Name)
			}
		}
		if len(points) == 0 {
			continue
		}
		who := strings.Join(best[:min(3, len(best))], "、")
		if len(best) > 3 {
			who += fmt.Sprintf("等 %d 个", len(best))
		}
		mean := decimal.Sum(points[0], points[1:]...).DivRound(decimal.NewFromInt(int64(len(points))), 2)
		t.Rows = append(t.Rows, []string{r.Name, mean.String(), most.Round(2).String(),
			decimal.Min(points[0], points[1:]...).Round(2).String(), who})
	}
	return []Block{t}
}

// points is what a rule brought a unit, exact.
func (s Score) points(code string) (sum decimal.Decimal) {
	for _, e := range s.Lines {
		if e.Rule.Code == code {
			sum = sum.Add(e.Points)
		}
	}
	return sum
}

func (p paper) gradeBlocks() []Block {
	grades := p.res.Version.Plan.Grades
	if len(grades) == 0 {
		return []Block{{Kind: "text", Text: "本方案不设等次。"}}
	}
	t := Block{Kind: "table", Head: []string{"等次", "个数", "单位"}, Rows: [][]string{}}
	for _, g := range grades {
		var names []string
		for _, s := range p.res.Scores {
			if s.Grade == g.Name {
				names = append(names, s.Unit.Name)
			}
		}
		t.Rows = append(t.Rows, []string{g.Name, strconv.Itoa(len(names)), strings.Join(names, "、")})
	}
	return []Block{t}
}

// A changeRow is a confirmed adjustment as a bulletin names it.
type changeRow struct {
	Unit   string          `db:"unit_name"`
	Type   string          `db:"type"`
	Title  string          `db:"title"`
	Points decimal.Decimal `db:"points"`
	Effect string          `db:"effect"`
}

var typeNames = map[string]string{correction: "更正", bonus: "加分", penalty: "扣分", veto: "一票否决"}

func changeBlocks(all []changeRow) []Block {
	if len(all) == 0 {
		return []Block{{Kind: "text", Text: "本期没有更正和加扣分。"}}
	}
	t := Block{Kind: "table", Head: []string{"单位", "类别", "事项", "分值"}}
	for _, c := range all {
		worth := c.Points.String()
		if c.Type == veto {
			worth = effectNames[c.Effect]
		}
		t.Rows = append(t.Rows, []string{c.Unit, typeNames[c.Type], c.Title, worth})
	}
	return []Block{t}
}
