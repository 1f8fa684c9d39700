package assess

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"hetu/assess/rule"
)

// A sheetOf is how things of one kind stand in a workbook, a row each.
type sheetOf[T any] struct {
	name    string
	path    string // of their list in the scheme: "rules"
	columns []column[T]
}

// A column is one field of them. set returns whether it understood the cell.
type column[T any] struct {
	title string
	field string
	get   func(*T) string
	set   func(*T, string) bool
}

var ruleSheet = sheetOf[Spec]{"规则", "rules", []column[Spec]{
	text("代码", "code", func(s *Spec) *string { return &s.Code }),
	text("名称", "name", func(s *Spec) *string { return &s.Name }),
	word("计分方式", "type", typeWords, func(s *Spec) *string { return &s.Type }),
	text("依据", "deed_kind", func(s *Spec) *string { return &s.DeedKind }),
	text("考核项目", "heading", func(s *Spec) *string { return &s.Heading }),
	pairs("级别分值", "levels", func(s *Spec) *[]LevelPoints { return &s.Levels },
		func(l LevelPoints) (string, decimal.Decimal) { return l.Level, l.Points },
		func(k string, v decimal.Decimal) LevelPoints { return LevelPoints{Level: levelCode(k), Points: v} }),
	flag("只计最高", "highest_only", func(s *Spec) *bool { return &s.HighestOnly }),
	count("任务数", "task", func(s *Spec) *int { return &s.Task }),
	word("周期", "every", everyWords, func(s *Spec) *string { return &s.Every }),
	number("基本分", "base_points", func(s *Spec) **decimal.Decimal { return &s.BasePoints }),
	word("未完成", "shortfall", shortWords, func(s *Spec) *string { return &s.Shortfall }),
	number("每少一条扣", "short_points", func(s *Spec) **decimal.Decimal { return &s.ShortPoints }),
	number("超额每条加", "bonus_points", func(s *Spec) **decimal.Decimal { return &s.BonusPoints }),
	number("加分上限", "bonus_cap", func(s *Spec) **decimal.Decimal { return &s.BonusCap }),
	word("计量", "measure", measureWords, func(s *Spec) *string { return &s.Measure }),
	number("目标值", "target", func(s *Spec) **decimal.Decimal { return &s.Target }),
	number("最多倍数", "most_ratio", func(s *Spec) **decimal.Decimal { return &s.MostRatio }),
	number("系数", "factor", func(s *Spec) **decimal.Decimal { return &s.Factor }),
	steppes("档位", "table"),
	number("每档百分比", "step_percent", func(s *Spec) **decimal.Decimal { return &s.StepPercent }),
	number("每档分值", "step_points", func(s *Spec) **decimal.Decimal { return &s.StepPoints }),
	number("减分上限", "down_cap", func(s *Spec) **decimal.Decimal { return &s.DownCap }),
	pairs("等级系数", "grades", func(s *Spec) *[]rule.GradeFactor { return &s.Grades },
		func(g rule.GradeFactor) (string, decimal.Decimal) { return g.Grade, g.Factor },
		func(k string, v decimal.Decimal) rule.GradeFactor { return rule.GradeFactor{Grade: k, Factor: v} }),
	word("取等级", "pick", pickWords, func(s *Spec) *string { return &s.Pick }),
	number("首末差距", "spread", func(s *Spec) **decimal.Decimal { return &s.Spread }),
	flag("少者在前", "fewest", func(s *Spec) *bool { return &s.Fewest }),
	word("否决效果", "effect", effectWords, func(s *Spec) *string { return &s.Effect }),
	listed("针对", "of", func(s *Spec) *[]string { return &s.Of }),
	pairs("分类另定", "by_class", func(s *Spec) *[]ClassValue { return &s.ByClass },
		func(c ClassValue) (string, decimal.Decimal) { return c.Class, c.Value },
		func(k string, v decimal.Decimal) ClassValue { return ClassValue{k, v} }),
	normColumn,
	number("最低分", "floor", func(s *Spec) **decimal.Decimal { return &s.Floor }),
	text("公式", "formula", func(s *Spec) *string { return &s.Formula }),
	number("最高分", "cap", func(s *Spec) **decimal.Decimal { return &s.Cap }),
}}

var headingSheet = sheetOf[Heading]{"考核项目", "plan.headings", []column[Heading]{
	text("代码", "code", func(h *Heading) *string { return &h.Code }),
	text("上级", "parent", func(h *Heading) *string { return &h.Parent }),
	text("名称", "name", func(h *Heading) *string { return &h.Name }),
	word("性质", "kind", kindWords, func(h *Heading) *string { return &h.Kind }),
	number("权重", "weight", func(h *Heading) **decimal.Decimal { return &h.Weight }),
	number("最高分", "cap", func(h *Heading) **decimal.Decimal { return &h.Cap }),
	number("最低分", "floor", func(h *Heading) **decimal.Decimal { return &h.Floor }),
	text("责任领导", "leader", func(h *Heading) *string { return &h.Leader }),
	text("责任部门", "department", func(h *Heading) *string { return &h.Department }),
	text("配合部门", "assisting", func(h *Heading) *string { return &h.Assisting }),
	quarter("一季度节点", 1), quarter("二季度节点", 2), quarter("三季度节点", 3), quarter("四季度节点", 4),
}}

var classSheet = sheetOf[Class]{"单位分类", "plan.classes", []column[Class]{
	text("代码", "code", func(c *Class) *string { return &c.Code }),
	text("名称", "name", func(c *Class) *string { return &c.Name }),
}}

// planSheet has one row: what a plan says of the totals.
var planSheet = sheetOf[Plan]{"总分", "plan", []column[Plan]{
	number("权重合计", "sum", func(p *Plan) **decimal.Decimal { return &p.Sum }),
	{"总分折算", "norm", func(p *Plan) string { return normColumn.get(&Spec{Norm: p.Norm}) },
		func(p *Plan, s string) bool {
			var r Spec
			ok := normColumn.set(&r, s)
			p.Norm = r.Norm
			return ok
		}},
}}

var gradeSheet = sheetOf[GradeLine]{"等次", "plan.grades", []column[GradeLine]{
	text("等次", "name", func(g *GradeLine) *string { return &g.Name }),
	{"总分不低于", "at_least", func(g *GradeLine) string { return g.AtLeast.String() },
		func(g *GradeLine, s string) (ok bool) { g.AtLeast, ok = decimalOf(s); return ok }},
}}

var unitSheet = sheetOf[fileUnit]{"考核对象", "units", []column[fileUnit]{
	word("对象", "kind", kindNames, func(u *fileUnit) *string { return &u.Kind }),
	text("单位", "name", func(u *fileUnit) *string { return &u.Name }),
	text("分类", "class", func(u *fileUnit) *string { return &u.Class }),
	count("人数", "staff", func(u *fileUnit) *int { return &u.Staff }),
	listed("不适用", "exempt", func(u *fileUnit) *[]string { return &u.Exempt }),
}}

// The words people read where the scheme has codes. Both are understood.
var (
	typeWords = map[string]string{perItem: "逐条计分", baseTask: "任务基础分", deduction: "按次扣分", overBonus: "加分", ratio: "完成率", steps: "分档计分",
		deviation: "超欠加减分", graded: "等级系数", ranked: "按名次计分", multiplier: "乘系数", category: "同类只计最高", formula: "公式", vetoing: "一票否决"}
	everyWords   = map[string]string{"year": "全期", "month": "每月", "quarter": "每季度"}
	shortWords   = map[string]string{"zero": "为零", "proportional": "按比例", "deduct": "按条扣"}
	measureWords = map[string]string{"count": "数量", "figure": "数值"}
	pickWords    = map[string]string{"latest": "最近", "lowest": "最低", "average": "平均"}
	effectWords  = map[string]string{rule.NoExcellent: "不得优秀", rule.GradeDown: "降一档", rule.Fail: "最低等次"}
	kindWords    = map[string]string{"basic": "基本", "bonus": "加分", "deduction": "扣分"}
	normWords    = map[string]string{"max": "按最高", "p90": "按九成位", "rank": "按名次", "z": "标准分", "per_head": "按人数"}
)

func text[T any](title, field string, at func(*T) *string) column[T] {
	return column[T]{title, field, func(v *T) string { return *at(v) }, func(v *T, s string) bool { *at(v) = s; return true }}
}

// quarter reads and writes the milestone of one quarter.
func quarter(title string, q int) column[Heading] {
	return column[Heading]{title, "milestones", func(h *Heading) string { return h.milestone(q) },
		func(h *Heading, s string) bool {
			if s != "" {
				h.Milestones = append(h.Milestones, Milestone{q, s})
			}
			return utf8.RuneCountInString(s) <= 120
		}}
}

func word[T any](title, field string, words map[string]string, at func(*T) *string) column[T] {
	return column[T]{title, field,
		func(v *T) string {
			if w, ok := words[*at(v)]; ok {
				return w
			}
			return *at(v)
		},
		func(v *T, s string) (ok bool) { *at(v), ok = codeOf(words, s); return ok || s == "" },
	}
}

func codeOf(words map[string]string, s string) (string, bool) {
	for code, w := range words {
		if s == w || s == code {
			return code, true
		}
	}
	return "", false
}

func flag[T any](title, field string, at func(*T) *bool) column[T] {
	return column[T]{title, field,
		func(v *T) string {
			if *at(v) {
				return "是"
			}
			return ""
		},
		func(v *T, s string) bool { *at(v) = s == "是"; return s == "" || s == "是" || s == "否" },
	}
}

func count[T any](title, field string, at func(*T) *int) column[T] {
	return column[T]{title, field,
		func(v *T) string {
			if *at(v) == 0 {
				return ""
			}
			return strconv.Itoa(*at(v))
		},
		func(v *T, s string) bool {
			n, err := strconv.Atoi(s)
			*at(v) = n
			return s == "" || err == nil && n >= 0 && n <= 1_000_000
		},
	}
}

func number[T any](title, field string, at func(*T) **decimal.Decimal) column[T] {
	return column[T]{title, field,
		func(v *T) string {
			if d := *at(v); d != nil {
				return d.String()
			}
			return ""
		},
		func(v *T, s string) bool {
			if s == "" {
				return true
			}
			d, ok := decimalOf(s)
			*at(v) = &d
			return ok
		},
	}
}

// decimalOf reads a number people wrote: no exponents, four places.
func decimalOf(s string) (decimal.Decimal, bool) {
	if strings.ContainsAny(s, "eE") || len(s) > 20 {
		return decimal.Zero, false
	}
	d, err := decimal.NewFromString(s)
	return d, err == nil && d.Exponent() >= -4
}

// listed reads and writes codes with semicolons between them.
func listed[T any](title, field string, at func(*T) *[]string) column[T] {
	return column[T]{title, field, func(v *T) string { return strings.Join(*at(v), "；") },
		func(v *T, s string) bool { *at(v) = parts(s); return true }}
}

func parts(s string) (all []string) {
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == '；' }) {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// levelCode is the code of a level, which may be named as people call it.
func levelCode(name string) string {
	for _, code := range []string{"own", "upper"} {
		if name == rule.LevelName(code) {
			return code
		}
	}
	return name
}

// pairs reads and writes own=5；upper=10. Before the sign may be nothing.
func pairs[T, P any](title, field string, at func(*T) *[]P, of func(P) (string, decimal.Decimal), to func(string, decimal.Decimal) P) column[T] {
	return column[T]{title, field,
		func(v *T) string {
			var all []string
			for _, p := range *at(v) {
				k, n := of(p)
				all = append(all, k+"="+n.String())
			}
			return strings.Join(all, "；")
		},
		func(v *T, s string) bool {
			for _, p := range parts(s) {
				k, n, ok := strings.Cut(strings.ReplaceAll(p, "＝", "="), "=")
				d, fine := decimalOf(strings.TrimSpace(n))
				if !ok || !fine {
					return false
				}
				*at(v) = append(*at(v), to(strings.TrimSpace(k), d))
			}
			return true
		},
	}
}

// steppes reads and writes 10000=85；0=70.
func steppes(title, field string) column[Spec] {
	return column[Spec]{title, field,
		func(v *Spec) string {
			var all []string
			for _, p := range v.Table {
				all = append(all, p.AtLeast.String()+"="+p.Points.String())
			}
			return strings.Join(all, "；")
		},
		func(v *Spec, s string) bool {
			for _, p := range parts(s) {
				k, n, ok := strings.Cut(strings.ReplaceAll(p, "＝", "="), "=")
				from, fine := decimalOf(strings.TrimSpace(k))
				points, good := decimalOf(strings.TrimSpace(n))
				if !ok || !fine || !good {
					return false
				}
				v.Table = append(v.Table, rule.Step{AtLeast: from, Points: points})
			}
			return true
		},
	}
}

// normColumn reads and writes 按最高 40, 按名次 40 0.5, and 按名次 - 0.5 where no
// weight is given.
var normColumn = column[Spec]{"折算", "norm",
	func(s *Spec) string {
		if s.Norm == nil {
			return ""
		}
		out := []string{normWords[s.Norm.Method]}
		switch w, spread := s.Norm.Weight, s.Norm.Spread; {
		case w != nil:
			out = append(out, w.String())
		case spread != nil:
			out = append(out, "-")
		}
		if s.Norm.Spread != nil {
			out = append(out, s.Norm.Spread.String())
		}
		return strings.Join(out, " ")
	},
	func(s *Spec, cell string) bool {
		words := strings.Fields(cell)
		if len(words) == 0 {
			return true
		}
		method, ok := codeOf(normWords, words[0])
		s.Norm = &rule.Norm{Method: method}
		for i, w := range words[1:] {
			if i == 0 && (w == "-" || w == "－") {
				continue
			}
			d, fine := decimalOf(w)
			ok = ok && fine && i < 2
			if i == 0 {
				s.Norm.Weight = &d
			} else {
				s.Norm.Spread = &d
			}
		}
		return ok
	},
}
