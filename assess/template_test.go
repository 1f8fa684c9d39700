package assess

import (
	"fmt"
	"testing"
	"time"

	"hetu/tenant"
)

// An entryOf is n items of a level that a unit brought for a rule in a month of
// 2026.
type entryOf struct {
	code, level string
	n           int
	month       int // January if zero
}

func (t Template) did(all []entryOf) map[string][]Fact {
	m := map[string][]Fact{}
	for i, e := range all {
		var s Spec
		for _, r := range t.Rules {
			if r.Code == e.code {
				s = r
			}
		}
		for k := range e.n {
			n := 1000*(i+1) + k
			f := Fact{ID: id(n), Item: fmt.Sprint("exchange/envelope/", n), Level: e.level, N: 1,
				At: time.Date(2026, time.Month(max(e.month, 1)), 2, 0, k, 0, 0, shanghai)}
			if s.DeedKind == Recorded {
				f.Item = recordOf(id(1), e.code) + fmt.Sprint(n)
			}
			m[s.DeedKind] = append(m[s.DeedKind], f)
		}
	}
	return m
}

// each makes n of every month.
func each(code, level string, n ...int) (all []entryOf) {
	for m, n := range n {
		all = append(all, entryOf{code, level, n, m + 1})
	}
	return all
}

func with(all []entryOf, more ...entryOf) []entryOf { return append(all[:len(all):len(all)], more...) }

// Every template is a scheme that may be activated as it is, and comes to what
// was worked out by hand.
func TestTemplates(t *testing.T) {
	t.Parallel()
	all, err := templates()
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		code  string
		did   []entryOf
		total string
		grade string
	}{
		// 信息 50+4×0.5 + 10×2 + 3×5 + 20 = 107 → 100；公开 50−2×2 + (20−3+2×0.5−1) + 10 + 5 + 20 = 98；评审 90+85+80。
		"A-1 a full year": {"shandong", with(append(each("weibo", "", 4, 1, 6, 4, 4, 4, 4, 4, 4, 4, 4, 4), each("wechat", "", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0)...),
			entryOf{"report", "", 40, 0}, entryOf{"own", "own", 10, 0}, entryOf{"upper", "upper", 3, 0}, entryOf{"top", "", 1, 0}, entryOf{"late", "", 2, 0},
			entryOf{"plan", "", 1, 0}, entryOf{"press", "本单位", 1, 0}, entryOf{"s1", "90", 1, 0}, entryOf{"s2", "85", 1, 0}, entryOf{"s3", "80", 1, 0}), "453", ""},
		// 信息 50−18 = 32；公开 50 + 20，微博微信不低于 0。
		"A-1 nothing done": {"shandong", nil, "102", ""},
		// 12×10 + 3×5+2×10+30 + 2×20+50+80
		"A-4 常山":               {"changshan", with(each("monthly", "", 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 9), entryOf{"county", "要情快报", 3, 0}, entryOf{"county", "政务信息", 2, 0}, entryOf{"county", "增刊或参阅", 1, 0}, entryOf{"city", "动态", 2, 0}, entryOf{"city", "单篇", 1, 0}, entryOf{"city", "交流", 1, 0}), "355", ""},
		"A-4 常山, half a month": {"changshan", each("monthly", "", 4, 8), "15", ""},
		// 4×10+6×5+10 + 3×5+40 + 30 + 30
		"A-4 六安": {"luan", []entryOf{{"own", "要情", 4, 0}, {"own", "快讯", 6, 0}, {"own", "专报", 1, 0}, {"province", "上报", 3, 0}, {"province", "采用", 1, 0}, {"state", "上报", 1, 0}, {"chief", "", 1, 0}}, "195", ""},
		// 20+10 + 30+4 + 6+5 + 10 + 5 − 10
		"A-4 广元": {"guangyuan", []entryOf{{"own", "晨讯", 10, 0}, {"own", "通报、参阅或约稿", 2, 0}, {"site", "文字", 30, 0}, {"site", "图片", 8, 0}, {"province", "参阅", 2, 0}, {"province", "重要信息", 1, 0}, {"state", "", 1, 0}, {"chief", "市级", 1, 0}, {"late", "", 1, 0}}, "80", ""},
		// 50×0.9 + 20×0.8 + 8 + 8×0.6 + 6 + 8 + 3+1
		"A-7 苍南": {"cangnan", []entryOf{{"quantity", "90", 1, 0}, {"quality", "良", 1, 0}, {"clean", "优", 1, 0}, {"safety", "合格", 1, 0}, {"family", "优", 1, 0}, {"news", "", 12, 0}, {"honour", "省级", 1, 0}, {"honour", "市级", 1, 0}}, "91.8", "优秀"},
		// 50 分封顶；争先创优 3×5 = 15 → 10
		"A-7 苍南, over the caps": {"cangnan", []entryOf{{"quantity", "130", 1, 0}, {"honour", "国家级", 3, 0}}, "60", "合格"},
		// 5×4+8+2×6+20 − 2×1 − 5 − 5
		"A-2 人社局": {"renshe", with(each("monthly", "", 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3), entryOf{"taken", "市级主要媒体", 5, 0}, entryOf{"taken", "市级头版", 1, 0}, entryOf{"taken", "省级媒体", 2, 0}, entryOf{"taken", "国家级媒体", 1, 0}, entryOf{"asked", "", 1, 0}, entryOf{"untrue", "", 1, 0}), "48", ""},
		// 12×2×2 分
		"A-2 人社局, nothing done": {"renshe", nil, "-48", ""},
		"A-9 福建 95":             {"fujian", []entryOf{{"score", "95", 1, 0}}, "95", "优秀"},
		"A-9 福建 94.99":          {"fujian", []entryOf{{"score", "94.99", 1, 0}}, "94.99", "优良"},
		"A-9 福建 vetoed":         {"fujian", []entryOf{{"score", "98", 1, 0}, {"clean", "", 1, 0}}, "98", "点名"},
		// (32 + 44 + 27) × 1.05 + 3 − 1
		"order 22 annex 2":              {"sasac", []entryOf{{"p", "107", 1, 0}, {"e", "44", 1, 0}, {"c", "27", 1, 0}, {"k", "二类", 1, 0}, {"r", "省级", 1, 0}, {"d", "一般", 1, 0}}, "110.15", "A"},
		"order 22 annex 2: 20% below":   {"sasac", []entryOf{{"p", "80", 1, 0}, {"e", "40", 1, 0}, {"c", "30", 1, 0}, {"k", "三类", 1, 0}}, "94", "B"},
		"order 22 annex 2: 2.99% below": {"sasac", []entryOf{{"p", "97.01", 1, 0}}, "30", "D"},
	} {
		t.Run(name, func(t *testing.T) {
			tpl, err := templateOf(tt.code)
			if err != nil {
				t.Fatal(err)
			}
			v := Version{Scheme: id(1), Year: 2026, Units: []Unit{{"tenant", id(2), "单位"}}, Rules: tpl.Rules, Plan: tpl.Plan}
			s := work(v, "2026-01-01", "2026-12-31", facts{tpl.did(tt.did)}).Scores[0]
			if s.Total.String() != tt.total || s.Grade != tt.grade {
				t.Errorf("%s %q, want %s %q", s.Total, s.Grade, tt.total, tt.grade)
				for _, l := range s.Lines {
					t.Logf("%s %s: %s", l.Rule.Code, l.Points, l.Formula)
				}
			}
		})
	}
	for _, tpl := range all {
		err := checkRules(tpl.Rules, tpl.Plan, s.offered())
		if err == nil {
			err = tpl.Plan.check(nil)
		}
		if err == nil {
			err = tpl.Plan.complete(tpl.Rules)
		}
		if err != nil {
			t.Errorf("%s: %v", tpl.Code, err)
		}
		for _, r := range tpl.Rules {
			if n := r.normal(); n.Type != baseTask && tenant.JSON(n) != tenant.JSON(r) {
				t.Errorf("%s: %s says more than its type means:\n%s\n%s", tpl.Code, r.Code, tenant.JSON(r), tenant.JSON(n))
			}
		}
	}
}
