package assess

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"hetu/feature"
	"hetu/tenant"
)

// A report is a round as it is written to a workbook.
type report struct {
	round Round
	rules []Spec
	plan  Plan
	rows  []Row
	lines []reportLine
}

type reportLine struct {
	Kind    string          `db:"unit_kind"`
	Unit    string          `db:"unit_name"`
	Code    string          `db:"rule_code"`
	Rule    string          `db:"rule_name"`
	N       int             `db:"n"`
	Before  decimal.Decimal `db:"points_before"`
	Points  decimal.Decimal `db:"points"`
	Formula string          `db:"formula"`
	Version int             `db:"rule_version"`
}

// export makes a workbook of a round: its rankings and every line of every
// score. The same result makes the same bytes.
func export(ctx context.Context, tx *tenant.Tx, q ref) (c feature.Content, err error) {
	rep, s, err := reportOf(ctx, tx, q.ID)
	if err != nil {
		return c, err
	}
	return feature.Document(s.Name+" "+rep.round.Name+".xlsx", workbookType, rep.workbook), nil
}

// reportOf reads a round as it is to be written, with its scheme.
func reportOf(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (rep report, s Scheme, err error) {
	if rep.round, err = findRound(ctx, tx, round); err != nil {
		return rep, s, err
	}
	if s, _, err = findScheme(ctx, tx, rep.round.SchemeID, rep.round.SchemeVersion); err != nil {
		return rep, s, err
	}
	rep.rules, rep.plan = s.Rules, s.Plan
	for _, kind := range []string{"department", "tenant"} {
		list, err := rows(ctx, tx, round, kind)
		if err != nil {
			return rep, s, err
		}
		rep.rows = append(rep.rows, list...)
	}
	err = tx.Select(ctx, &rep.lines, `
		select s.unit_kind, s.unit_name, e.rule_code, e.rule_name, e.n, e.points_before, e.points, e.formula, e.rule_version
		  from assess_scores s
		  join assess_entries e on e.round_id = s.round_id and e.unit_kind = s.unit_kind and e.unit_id = s.unit_id
		 where s.round_id = $1
		 order by s.unit_kind, s.place, e.seq`, round)
	return rep, s, err
}

// beside reports whether any unit has points that no rule brought by itself:
// of a cap of several rules, of an event.
func (rep report) beside(rules map[string]int) bool {
	for _, r := range rep.rows {
		for _, p := range r.Parts {
			if _, ok := rules[p.Rule]; !ok {
				return true
			}
		}
	}
	return false
}

var kindNames = map[string]string{"department": "部门", "tenant": "下级单位"}

func (rep report) workbook(w io.Writer) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // it has no temporary files: nothing here exceeds what stays in memory
	b := book{file: f}
	rep.write(&b)
	if b.err != nil {
		return fmt.Errorf("assess: workbook: %w", b.err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("assess: workbook: %w", err)
	}
	return nil
}

// write writes the rankings and the lines to two sheets.
func (rep report) write(b *book) {
	b.sheet("排名")
	b.row("轮次", rep.round.Name, "起", rep.round.From, "止", rep.round.To, "校验码", rep.round.Digest)
	classed, graded := len(rep.plan.Classes) > 0, len(rep.plan.Grades) > 0
	head := []any{"对象", "名次", "单位", "总分", "升降"}
	if classed {
		head = append(head, "分类")
	}
	if graded {
		head = append(head, "等次")
	}
	at := map[string]int{} // the column of a rule
	for _, r := range rep.rules {
		at[r.Code] = len(head)
		head = append(head, r.Name)
	}
	if rep.beside(at) {
		head = append(head, "其他调整")
	}
	b.row(head...)
	for _, r := range rep.rows {
		cells := []any{kindNames[r.Unit.Kind], r.Rank, r.Unit.Name, r.Total, ""}
		if r.Movement != nil {
			cells[4] = *r.Movement
		}
		if classed {
			cells = append(cells, rep.plan.className(r.Class))
		}
		if graded {
			cells = append(cells, r.Grade)
		}
		for len(cells) < len(head) {
			cells = append(cells, nil)
		}
		var beside decimal.Decimal
		for _, p := range r.Parts {
			if i, ok := at[p.Rule]; ok {
				cells[i] = p.Points
			} else {
				beside = beside.Add(p.Points)
				cells[len(cells)-1] = beside
			}
		}
		b.row(cells...)
	}
	b.sheet("明细")
	b.row("对象", "单位", "规则编号", "规则", "数量", "限额前", "得分", "计算说明", "方案版本")
	for _, l := range rep.lines {
		b.row(kindNames[l.Kind], l.Unit, l.Code, l.Rule, l.N, l.Before, l.Points, l.Formula, l.Version)
	}
}

// A book writes rows one below the other and keeps the first error.
type book struct {
	file *excelize.File
	name string
	next int
	err  error
}

func (b *book) sheet(name string) {
	if b.name == "" {
		b.keep(b.file.SetSheetName("Sheet1", name))
	} else {
		_, err := b.file.NewSheet(name)
		b.keep(err)
	}
	b.name, b.next = name, 1
}

// row writes cells: text as text, whatever it begins with (IN-03), and numbers
// as the digits they have, never by way of a float.
func (b *book) row(cells ...any) {
	for i, v := range cells {
		at, err := excelize.CoordinatesToCellName(i+1, b.next)
		b.keep(err)
		switch v := v.(type) {
		case nil: // an empty cell
		case string:
			b.keep(b.file.SetCellStr(b.name, at, v))
		case int:
			b.keep(b.file.SetCellDefault(b.name, at, strconv.Itoa(v)))
		case decimal.Decimal:
			b.keep(b.file.SetCellDefault(b.name, at, v.String()))
		default:
			b.keep(fmt.Errorf("a cell cannot be a %T", v))
		}
	}
	b.next++
}

func (b *book) keep(err error) {
	if b.err == nil {
		b.err = err
	}
}
