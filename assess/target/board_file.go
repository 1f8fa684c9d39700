package target

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"hetu/feature"
	"hetu/tenant"
)

// The words of the board's workbook.
var (
	stateNames = map[string]string{draft: "草稿", issued: "待签收", accepted: "已签收", returned: "已退回", withdrawn: "已撤销"}
	lightNames = map[string]string{none: "", green: "正常", yellow: "临近", red: "滞后"}
	kindNames  = map[string]string{"tenant": "下级单位", "department": "部门", "member": "个人"}
)

// boardFile sends the targets of a year as a workbook: each with how it stands,
// and the reports that are owed.
func boardFile(ctx context.Context, tx *tenant.Tx, q yearQuery) (c feature.Content, err error) {
	b, err := board(ctx, tx, q)
	if err != nil {
		return c, err
	}
	return feature.Document(strconv.Itoa(q.Year)+" 年目标一览.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b.workbook), nil
}

// workbook writes a sheet of the targets and one of what is owed.
func (b Board) workbook(w io.Writer) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // it has no temporary files
	s := sheetOf{file: f, name: "目标"}
	s.keep(f.SetSheetName("Sheet1", s.name))
	s.row("对象", "单位", "目标", "完成标准", "对应指标", "权重", "目标值", "计量单位", "季度节点", "状态", "亮灯", "责任领导", "责任部门", "协办部门", "承办人",
		"最近上报值", "已报期数", "应报期数", "逾期未报", "下次报告", "下次期限")
	for _, u := range b.Units {
		for _, t := range u.Targets {
			s.row(t.cells()...)
		}
	}
	_, err := f.NewSheet("欠报")
	s.keep(err)
	s.name, s.at = "欠报", 0
	s.row("单位", "目标", "报告期", "期限", "是否逾期", "承办人", "责任领导")
	for _, o := range b.Owed {
		late := ""
		if o.Overdue {
			late = "逾期"
		}
		s.row(o.Unit.Name, o.Target.Name, o.Period, o.DueOn, late, o.Report, o.Leader)
	}
	if s.err == nil {
		s.err = f.Write(w)
	}
	if s.err != nil {
		return fmt.Errorf("target: workbook: %w", s.err)
	}
	return nil
}

func (t Target) cells() []any {
	var marks, partners []string
	for _, m := range t.Spec.Milestones {
		mark := strconv.Itoa(m.Quarter) + " 季度：" + m.Text
		if m.Value != nil {
			mark += "（" + m.Value.String() + t.Spec.Of + "）"
		}
		marks = append(marks, mark)
	}
	for _, p := range t.Spec.Partners {
		partners = append(partners, p.Name)
	}
	reporter, next := "", ""
	if t.Duty != nil {
		reporter = t.Duty.Reporter.Name
	}
	if t.Next != nil {
		next = *t.Next
	}
	return []any{kindNames[t.Unit.Kind], t.Unit.Name, t.Spec.Title, t.Spec.Standard, t.Spec.IndicatorName, t.Spec.Weight, t.Spec.Quantity, t.Spec.Of,
		strings.Join(marks, "；"), stateNames[t.State], lightNames[t.Light], t.Spec.Leader, t.Spec.Department, strings.Join(partners, "、"), reporter,
		t.Value, t.Reports, t.Dues, t.Missed, t.Period, next}
}

// A sheetOf writes rows one below the other and keeps the first error.
type sheetOf struct {
	file *excelize.File
	name string
	at   int
	err  error
}

// row writes text as text, whatever it begins with (IN-03), and numbers as the
// digits they have.
func (s *sheetOf) row(cells ...any) {
	s.at++
	for i, v := range cells {
		cell, err := excelize.CoordinatesToCellName(i+1, s.at)
		s.keep(err)
		switch v := v.(type) {
		case string:
			s.keep(s.file.SetCellStr(s.name, cell, v))
		case int:
			s.keep(s.file.SetCellInt(s.name, cell, int64(v)))
		case decimal.Decimal:
			s.keep(s.file.SetCellDefault(s.name, cell, v.String()))
		case *decimal.Decimal:
			if v != nil {
				s.keep(s.file.SetCellDefault(s.name, cell, v.String()))
			}
		default:
			s.keep(fmt.Errorf("a cell cannot be a %T", v))
		}
	}
}

func (s *sheetOf) keep(err error) {
	if s.err == nil {
		s.err = err
	}
}
