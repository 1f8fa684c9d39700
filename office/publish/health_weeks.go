package publish

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/tenant"
)

// inStretch is how many weeks one row of column_weeks tells of, and zeroWeek
// the Monday from which they count.
const inStretch = 32

var zeroWeek = calendar.Date{Year: 1999, Month: 12, Day: 27}

// A weeksRow is what was published in a column in 32 weeks.
type weeksRow struct {
	ColumnID uuid.UUID `db:"column_id"`
	Number   int       `db:"stretch"`
	N        numbers   `db:"n"`
	Last     numbers   `db:"last"` // weekday of the newest item of a week, Monday is 0; -1 if there is none
}

// numbers are those of an array of whole numbers, none of them null.
type numbers []int

// Scan reads the array.
func (v *numbers) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) < 2 {
		return fmt.Errorf("publish: %T is no array of numbers", src)
	}
	*v = slices.Grow((*v)[:0], inStretch)
	n, minus := 0, false
	for _, c := range b[1:] {
		switch {
		case c == '-':
			minus = true
		case c >= '0' && c <= '9':
			n = n*10 + int(c-'0')
		default: // a comma, or the end
			if minus {
				n = -n
			}
			*v, n, minus = append(*v, n), 0, false
		}
	}
	return nil
}

// history returns, by column, what was published week by week since the Monday
// first. Before that week only the last day counts.
func history(ctx context.Context, tx *tenant.Tx, ps []pulse, first calendar.Date, weeks int) (map[uuid.UUID][]span, error) {
	ids := make([]uuid.UUID, len(ps))
	for i, p := range ps {
		ids[i] = p.ID
	}
	from := daysBetween(zeroWeek, first) / 7
	var rows []weeksRow
	err := tx.Select(ctx, &rows, `
		select column_id, stretch, n, last from column_weeks
		 where column_id = any ($1) and stretch between $2 and $3 order by column_id, stretch`,
		tenant.Array(ids), from/inStretch-1, (from+weeks-1)/inStretch)
	if err != nil {
		return nil, err
	}
	past := make(map[uuid.UUID][]span, len(ps))
	for _, r := range rows {
		spans := past[r.ColumnID]
		if spans == nil {
			spans = make([]span, 0, weeks+1)
		}
		past[r.ColumnID] = r.spans(spans, from)
	}
	return past, earlier(ctx, tx, ps, first, past)
}

// spans appends the weeks of the stretch that had news. Of those before the
// week from, only the newest is kept.
func (r weeksRow) spans(to []span, from int) []span {
	for i, n := range r.N {
		week := r.Number*inStretch + i - from
		if n == 0 {
			continue
		}
		s := span{Week: week, N: n, Last: week*7 + r.Last[i]}
		switch {
		case week >= 0:
			to = append(to, s)
		case len(to) == 0:
			s.Week = -1
			to = append(to, s)
		default:
			to[0].N, to[0].Last = n, s.Last
		}
	}
	return to
}

// earlier looks further back for those columns of which the stretches read say
// nothing about the time before the first day.
func earlier(ctx context.Context, tx *tenant.Tx, ps []pulse, first calendar.Date, past map[uuid.UUID][]span) error {
	var ids []uuid.UUID
	for _, p := range ps {
		spans := past[p.ID]
		if p.LastAt != nil && calendar.DateOf(p.CreatedAt).Compare(first) < 0 && (len(spans) == 0 || spans[0].Week >= 0) {
			ids = append(ids, p.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []struct {
		ColumnID uuid.UUID `db:"column_id"`
		Last     int       `db:"last"`
	}
	err := tx.Select(ctx, &rows, `
		select column_id, max(day) - $2::date as last from column_news where column_id = any ($1) and n > 0 and day < $2::date group by 1`,
		tenant.Array(ids), first.String())
	for _, r := range rows {
		past[r.ColumnID] = slices.Insert(past[r.ColumnID], 0, span{Week: -1, Last: r.Last})
	}
	return err
}
