package assess

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"hetu/assess/rule"
	"hetu/progress"
	"hetu/tenant"
)

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// errMoved means that the round was worked out anew while its workbook was
// being written. The work is tried again.
var errMoved = errors.New("assess: the round has changed meanwhile")

// doEvidence makes the workbook and hands it to the work.
func doEvidence(ctx context.Context, db *tenant.DB, t *progress.Task) error {
	var o order
	if err := t.Args(&o); err != nil {
		return err
	}
	b := book{file: excelize.NewFile()}
	defer func() { _ = b.file.Close() }() // only temporary files
	var name string
	var deeds int
	err := db.Read(ctx, func(tx *tenant.Tx) (err error) {
		name, deeds, err = writeEvidence(ctx, tx, &b, o.Round, func(done, total int) error { return t.Step(ctx, db, done, total) })
		return err
	})
	if err != nil {
		return err
	}
	out, in := io.Pipe()
	go func() { in.CloseWithError(b.file.Write(in)) }()
	err = errors.Join(t.Keep(ctx, db, name, workbookType, out), out.Close())
	if err != nil {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		return t.Done(ctx, tx, "", progress.Facts{"deeds": strconv.Itoa(deeds)})
	})
}

// writeEvidence writes the ranking, every line of every score, and every deed
// they rest on. It returns what to call the file, and how many deeds there are.
func writeEvidence(ctx context.Context, tx *tenant.Tx, b *book, round uuid.UUID, step stepper) (name string, deeds int, err error) {
	rep, s, err := reportOf(ctx, tx, round)
	if err != nil {
		return "", 0, err
	}
	rep.write(b)
	if b.err != nil {
		return "", 0, b.err
	}
	p := pile{file: b.file}
	for i, r := range rep.rows {
		if err := step(i, len(rep.rows)); err != nil {
			return "", 0, err
		}
		if err := p.unit(ctx, tx, rep.round, r.Unit); err != nil {
			return "", 0, err
		}
	}
	if err := p.end(); err != nil {
		return "", 0, err
	}
	now, err := findRound(ctx, tx, round)
	if err == nil && now.Digest != rep.round.Digest {
		err = errMoved
	}
	return s.Name + " " + rep.round.Name + " 依据.xlsx", p.deeds, err
}

// most is how many rows of deeds a sheet takes; a sheet of a workbook has room
// for 1,048,576.
const most = 1_000_000

// A pile is the deeds of a workbook, written as they are read.
type pile struct {
	file   *excelize.File
	out    *excelize.StreamWriter
	sheets int
	next   int // row of the sheet
	deeds  int
}

type evidenceRow struct {
	Code   string          `db:"rule_code"`
	Rule   string          `db:"rule_name"`
	At     time.Time       `db:"at"`
	Title  string          `db:"title"`
	By     string          `db:"by_name"`
	Level  string          `db:"level"`
	Points decimal.Decimal `db:"points"`
	Note   string          `db:"note"`
	Item   string          `db:"item"`
	Deed   uuid.UUID       `db:"deed"`
}

// unit writes the deeds of one unit: those that its lines list, and those that
// have to be looked up.
func (p *pile) unit(ctx context.Context, tx *tenant.Tx, r Round, u Unit) error {
	err := tx.Each(ctx, func(row tenant.Row) error {
		var e evidenceRow
		if err := row.StructScan(&e); err != nil {
			return err
		}
		return p.deed(u, e)
	}, `
		select e.rule_code, e.rule_name, d.at, d.title, coalesce(m.name, '') as by_name, d.level, x.points, x.note, d.item, d.id as deed
		  from assess_entries e
		 cross join lateral unnest(e.deed_tenants, e.deeds, e.deed_points, e.deed_notes) with ordinality as x (tenant, deed, points, note, seq)
		  join deeds d on d.tenant_id = x.tenant and d.id = x.deed
		  left join members m on m.tenant_id = d.tenant_id and m.id = d.member_id
		 where e.round_id = $1 and e.unit_kind = $2 and e.unit_id = $3
		 order by e.seq, x.seq`, r.ID, u.Kind, u.ID)
	if err != nil || !r.Rolled {
		return err
	}
	return r.evidenceOf(ctx, tx, u, func(e evidenceRow) error { return p.deed(u, e) })
}

// deed writes one deed of a unit.
func (p *pile) deed(u Unit, r evidenceRow) error {
	p.deeds++
	// A workbook has no numbers but floats: this is the float nearest to the
	// points, which stand in full beside their line.
	return p.row(kindNames[u.Kind], u.Name, r.Code, r.Rule, r.At.In(shanghai).Format("2006-01-02 15:04"), r.Title, r.By,
		rule.LevelName(r.Level), r.Points.InexactFloat64(), noteNames[r.Note], r.Item, r.Deed.String())
}

var noteNames = map[string]string{rule.Duplicate: "内容重复，不计分", rule.Lower: "同一信息已按更高级别计分", rule.Reversed: "已被更正，不计分", Reversal: "更正记录", rule.Within: "在基数以内，不加分"}

func (p *pile) row(cells ...any) error {
	if p.out == nil || p.next > most {
		if err := p.sheet(); err != nil {
			return err
		}
	}
	at, err := excelize.CoordinatesToCellName(1, p.next)
	if err != nil {
		return err
	}
	p.next++
	return p.out.SetRow(at, cells)
}

func (p *pile) sheet() (err error) {
	if err := p.flush(); err != nil {
		return err
	}
	p.sheets++
	name := "依据"
	if p.sheets > 1 {
		name += " " + strconv.Itoa(p.sheets)
	}
	if _, err := p.file.NewSheet(name); err != nil {
		return err
	}
	if p.out, err = p.file.NewStreamWriter(name); err != nil {
		return err
	}
	p.next = 2
	return p.out.SetRow("A1", []any{"对象", "单位", "规则编号", "规则", "时间", "信息", "经办人", "级别", "得分", "说明", "信息编号", "行为编号"})
}

func (p *pile) flush() error {
	if p.out == nil {
		return nil
	}
	return p.out.Flush()
}

// end completes the last sheet; with no deeds at all there is an empty one.
func (p *pile) end() error {
	if p.out == nil {
		if err := p.sheet(); err != nil {
			return err
		}
	}
	return p.flush()
}
