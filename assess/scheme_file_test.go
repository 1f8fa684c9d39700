package assess

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// Every template comes through a workbook and through JSON as it was.
func TestSchemesComeThroughFiles(t *testing.T) {
	t.Parallel()
	all, err := templates()
	if err != nil {
		t.Fatal(err)
	}
	for _, tpl := range all {
		f := Scheme{Year: 2026, Name: tpl.Name, Rules: tpl.Rules, Plan: tpl.Plan, Units: []Unit{{"department", id(1), "办公室"}}}.file()
		f.Units[0].Class, f.Units[0].Staff, f.Units[0].Exempt = "c1", 12, []string{"A", "B"}
		for name, write := range map[string]func() ([]byte, error){"xlsx": f.workbook, "json": f.document} {
			b, err := write()
			if err != nil {
				t.Fatal(err)
			}
			x, err := readIn(b)
			if err != nil || x.report.BadCount > 0 {
				t.Fatalf("%s.%s: %v %v", tpl.Code, name, err, x.report.Bad)
			}
			if got := x.file; tenant.JSON(got.Rules) != tenant.JSON(f.Rules) || tenant.JSON(got.Plan.Headings) != tenant.JSON(f.Plan.Headings) ||
				tenant.JSON(got.Plan.Grades) != tenant.JSON(f.Plan.Grades) || tenant.JSON(got.Units) != tenant.JSON(f.Units) {
				t.Errorf("%s.%s came through as\n%s\nwant\n%s", tpl.Code, name, tenant.JSON(got), tenant.JSON(f))
			}
		}
	}
}

func TestADryRunNamesBadRows(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	draft := must(p, s.create, newScheme{Year: 2026, Name: "导入", Template: "luan"})
	send := func(in schemeIn, content []byte) (ImportReport, error) {
		in.ID = draft.ID
		return s.takeIn(p.ctx, p.db, in, bytes.NewReader(content))
	}
	x := excelize.NewFile()
	for sheet, rows := range map[string][][]any{
		"规则": {{"代码", "名称", "计分方式", "依据", "级别分值", "任务数", "基本分", "最高分", "备注"},
			{"a", "采用", "逐条计分", "exchange.adopted", "own=5；upper＝10", nil, nil, "100"},
			{},
			{"b", "任务", "任务基础分", "exchange.reported", nil, "三十六", "50"},
			{"c", "撤稿", "逐条计分", "publish.withdrawn", "=1"},
			{"a", "又一条", "逐条计分", "exchange.adopted", "=1"},
			{"d", "扣分", "按次扣分", "publish.withdrawn", "=2", nil, "50", "1e3"}},
		"考核对象": {{"对象", "单位", "分类"}, {"下级单位", "甲", "k"}, {"下级单位", "丁"}},
	} {
		if _, err := x.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			cell, _ := excelize.CoordinatesToCellName(1, i+1)
			if err := x.SetSheetRow(sheet, cell, &r); err != nil {
				t.Fatal(err)
			}
		}
	}
	var file bytes.Buffer
	if err := x.Write(&file); err != nil {
		t.Fatal(err)
	}
	rep, err := send(schemeIn{DryRun: true}, file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range rep.Bad {
		got = append(got, b.String()+" "+b.Value)
	}
	want := []string{"规则:4.task assess.cell_malformed 三十六", "规则:7.cap assess.cell_malformed 1e3", "考核对象:3.name assess.unit_name_unknown 丁",
		"规则:5.deed_kind assess.deed_kind_not_good ", "规则:6.code assess.rule_code_twice ", "考核对象:2.class assess.class_unknown "}
	if !slices.Equal(got, want) || rep.BadCount != 6 || rep.Applied {
		t.Errorf("bad = %q\nwant %q", got, want)
	}
	if _, err := send(schemeIn{Version: 1}, file.Bytes()); !errors.Is(err, ErrSchemeRows) || fault.Of(err).Meta["bad"] != 6 {
		t.Errorf("taking it in = %v, want ErrSchemeRows", err)
	}
	if s := must(p, s.get, ref{draft.ID}); s.Version != 1 || len(s.Rules) != 4 {
		t.Errorf("after a refusal = version %d, %d rules", s.Version, len(s.Rules))
	}

	for name, content := range map[string]string{"nothing": "", "text": "规则,名称", "another JSON": `{"format":"x"}`, "unknown fields": `{"format":"hetu-assess-scheme/1","rulez":[]}`} {
		if _, err := send(schemeIn{DryRun: true}, []byte(content)); !errors.Is(err, ErrSchemeFile) {
			t.Errorf("%s = %v, want ErrSchemeFile", name, err)
		}
	}
	if _, err := s.takeIn(p.ctx, p.db, schemeIn{ID: uuid.New(), DryRun: true}, strings.NewReader(`{"format":"hetu-assess-scheme/1"}`)); !errors.Is(err, ErrSchemeNotFound) {
		t.Errorf("another tenant's scheme = %v, want ErrSchemeNotFound", err)
	}
}

// A file that turns out too long while it arrives is too long (413), and one that
// breaks off is malformed.
func TestASchemeFileThatIsTooLong(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	for sent, want := range map[error]*fault.Error{feature.ErrTooLarge: feature.ErrTooLarge, io.ErrUnexpectedEOF: feature.ErrMalformed} {
		if _, err := s.takeIn(p.ctx, p.db, schemeIn{ID: uuid.New(), DryRun: true}, iotest.ErrReader(sent)); fault.Of(err).Code != want.Code || fault.Of(err).Kind != want.Kind {
			t.Errorf("%v is answered with %v, want %v", sent, fault.Of(err), want)
		}
	}
}

// A file says nothing that a form would not let anybody say.
func TestAFileIsCheckedAsAFormIs(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	draft := must(p, s.create, newScheme{Year: 2026, Name: "导入"})
	send := func(content string) (ImportReport, error) {
		return s.takeIn(p.ctx, p.db, schemeIn{ID: draft.ID, Version: 1, DryRun: true}, strings.NewReader(content))
	}
	rep, err := send(`{"format":"hetu-assess-scheme/1","year":2026,"name":"x","units":[{"kind":"tenant","name":"甲","staff":-1}],
		"plan":{"headings":[{"code":"","name":"无代码"},{"code":"h","name":"项目","kind":"mixed"},{"code":"i","name":"节点","milestones":[{"quarter":1,"text":""}]}],
			"classes":[{"code":"c","name":""}],"grades":[{"name":"","at_least":"60"}],"norm":{"method":"magic"}},
		"rules":[{"code":"a","name":"采用","type":"per_item","deed_kind":"exchange.adopted","levels":[{"level":"","points":"1"}],"norm":{"method":"magic"}},
			{"code":"b","name":"任务","type":"base_task","deed_kind":"exchange.reported","task":3,"base_points":"5","every":"week"},
			{"code":"c","name":"否决","type":"veto","deed_kind":"assess.recorded","effect":"none"},
			{"code":"d","name":"加分","type":"bonus","deed_kind":"exchange.adopted","task":-3,"levels":[{"level":"","points":"1"}]},
			{"code":"e","name":"完成率","type":"ratio","deed_kind":"assess.recorded","measure":"guess","target":"1","base_points":"1"},
			{"code":"f","name":"很多级别","type":"per_item","deed_kind":"exchange.adopted","levels":[` + strings.Repeat(`{"level":"x","points":"1"},`, 20) + `{"level":"x","points":"1"}]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range rep.Bad {
		if b.Code != errCell.Code {
			t.Errorf("%s", b)
		}
		got = append(got, fmt.Sprintf("%s:%d.%s", b.Sheet, b.Row, b.Field))
	}
	want := []string{"规则:1.norm", "规则:2.every", "规则:3.effect", "规则:4.task", "规则:5.measure", "规则:6.levels",
		"考核项目:1.code", "考核项目:2.kind", "考核项目:3.milestones", "单位分类:1.code", "等次:1.name", "考核对象:1.staff", ":0.plan.norm"}
	if !slices.Equal(got, want) {
		t.Errorf("bad = %q\nwant  %q", got, want)
	}
	for name, list := range map[string]string{"rules": `"rules":[` + strings.Repeat(`{},`, mostRules) + `{}]`, "units": `"rules":[],"units":[` + strings.Repeat(`{},`, mostUnits) + `{}]`} {
		if _, err := send(`{"format":"hetu-assess-scheme/1",` + list + `}`); !errors.Is(err, ErrSchemeFile) {
			t.Errorf("too many %s = %v, want ErrSchemeFile", name, err)
		}
	}
}

// What one scheme sends out, another takes in; a stale version and an active
// scheme refuse.
func TestASchemeIsTakenIn(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	from := must(p, s.create, newScheme{Year: 2026, Name: "原方案", Template: "cangnan"})
	from = must(p, s.edit, schemeEdit{ID: from.ID, Name: from.Name, Year: 2026, Version: 1, Rules: from.Rules, Plan: withMember(from.Plan, Member{Unit: p.unit["甲"].ID, Class: "c2", Staff: 9}),
		Units: []unitRef{{Kind: "tenant", ID: p.unit["甲"].ID}, {Kind: "tenant", ID: p.unit["乙"].ID}}})
	for _, format := range []string{"xlsx", "json"} {
		c := must(p, schemeOut, fileQuery{from.ID, format})
		body, err := c.Open(p.ctx)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(body)
		if err != nil || int64(len(b)) != c.Size {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		to := must(p, s.create, newScheme{Year: 2027, Name: "新方案" + format})
		rep, err := s.takeIn(p.ctx, p.db, schemeIn{ID: to.ID, Version: 1}, bytes.NewReader(b))
		if err != nil || !rep.Applied || rep.Version != 2 || rep.Units != 2 || rep.Rules != len(from.Rules) {
			t.Fatalf("%s: %+v %v", format, rep, err)
		}
		got := must(p, s.get, ref{to.ID})
		if tenant.JSON(got.Rules) != tenant.JSON(from.Rules) || tenant.JSON(got.Plan) != tenant.JSON(from.Plan) || got.Name != "新方案"+format || got.Year != 2027 {
			t.Errorf("%s: taken in\n%s\nwant\n%s", format, tenant.JSON(got), tenant.JSON(from))
		}
		if _, err := s.takeIn(p.ctx, p.db, schemeIn{ID: to.ID, Version: 1}, bytes.NewReader(b)); !errors.Is(err, ErrStale) {
			t.Errorf("an old version = %v, want ErrStale", err)
		}
		must(p, s.activate, schemeAct{to.ID, 2})
		if _, err := s.takeIn(p.ctx, p.db, schemeIn{ID: to.ID, Version: 2}, bytes.NewReader(b)); !errors.Is(err, ErrNotDraft) {
			t.Errorf("an active scheme = %v, want ErrNotDraft", err)
		}
	}
}

func withMember(p Plan, m Member) Plan { p.Members = append(p.Members, m); return p }
