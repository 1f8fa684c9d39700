package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// A rule of a scheme, as the interface takes it.
type rule map[string]any

func points(levels ...string) (ps []map[string]string) {
	for i := 0; i < len(levels); i += 2 {
		ps = append(ps, map[string]string{"level": levels[i], "points": levels[i+1]})
	}
	return ps
}

func provinceRules() []rule {
	return []rule{
		{"code": "task", "name": "信息发布任务", "type": "base_task", "deed_kind": "publish.published", "task": 6,
			"base_points": "30", "shortfall": "proportional", "bonus_points": "1", "bonus_cap": "15"},
		{"code": "report", "name": "信息上报任务", "type": "base_task", "deed_kind": "exchange.reported", "task": 3,
			"base_points": "20", "shortfall": "proportional"},
		{"code": "adopted", "name": "采用", "type": "per_item", "deed_kind": "exchange.adopted", "levels": points("own", "5", "upper", "10")},
	}
}

// A scored is a unit to be scored.
type scored struct {
	Kind string    `json:"kind"`
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

// scheme makes and activates a scheme and returns its id.
func scheme(ctx context.Context, by *member, year int, name string, units []scored, rules []rule) (uuid.UUID, error) {
	var s struct {
		ID      uuid.UUID `json:"id"`
		Version int       `json:"version"`
	}
	if err := by.post(ctx, "/assess/schemes", map[string]any{"year": year, "name": name}, &s); err != nil {
		return s.ID, err
	}
	path := "/assess/schemes/" + s.ID.String()
	err := by.do(ctx, "PUT", path, map[string]any{"name": name, "year": year, "version": s.Version, "units": units, "rules": rules}, &s)
	if err != nil {
		return s.ID, err
	}
	return s.ID, by.post(ctx, path+"/activate", map[string]any{"version": s.Version}, nil)
}

// round opens a round and works it out.
func round(ctx context.Context, by *member, in map[string]any) (path string, err error) {
	var r struct {
		ID uuid.UUID `json:"id"`
	}
	if err := by.post(ctx, "/assess/rounds", in, &r); err != nil {
		return "", err
	}
	path = "/assess/rounds/" + r.ID.String()
	var asked struct {
		WorkID uuid.UUID `json:"work_id"`
	}
	if err := by.post(ctx, path+"/recompute", nil, &asked); err != nil {
		return path, err
	}
	return path, finished(ctx, by, asked.WorkID)
}

// finished waits until a long work has ended well: the queue does it, in real
// time.
func finished(ctx context.Context, by *member, work uuid.UUID) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ask := time.NewTicker(50 * time.Millisecond)
	defer ask.Stop()
	for {
		var w struct {
			Title string `json:"title"`
			State string `json:"state"`
			Code  string `json:"code"`
		}
		err := by.get(ctx, "/progress/works/"+work.String(), &w)
		switch {
		case err != nil:
			return err
		case w.State == "done":
			return nil
		case w.State != "queued" && w.State != "running":
			return fmt.Errorf("%s: %s %s", w.Title, w.State, w.Code)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", w.Title, ctx.Err())
		case <-ask.C:
		}
	}
}

// assess scores the bureaus and the departments of headquarters quarter by
// quarter; the last quarter that is over is published.
func (m *maker) assess(ctx context.Context, hq *house) error {
	by := hq.who("evaluator")
	if err := m.clock.set(ctx, hq.id, m.diary.later(m.begin, 40*time.Hour)); err != nil {
		return err
	}
	var there struct {
		Items []scored `json:"items"`
	}
	if err := by.get(ctx, "/assess/units", &there); err != nil {
		return err
	}
	units := slices.DeleteFunc(there.Items, func(u scored) bool {
		return u.Kind == "department" && (u.Name == hq.short || u.Name == "厅领导")
	})
	id, err := scheme(ctx, by, m.begin.Year(), m.year()+"年度信息工作考核", units, provinceRules())
	if err != nil {
		return err
	}
	shown := -1
	quarters := m.quarters()
	for i, q := range quarters {
		if q.over.Before(m.end) {
			shown = i
		}
	}
	for i, q := range quarters {
		at := q.over
		if at.After(m.end) {
			at = m.end
		}
		if err := m.clock.set(ctx, hq.id, at); err != nil {
			return err
		}
		path, err := round(ctx, by, map[string]any{"scheme_id": id, "name": q.name, "from": q.from, "to": q.to})
		if err == nil && i == shown {
			if err = by.post(ctx, path+"/publish", nil, nil); err == nil {
				err = announce(ctx, by, path, q.name)
			}
		}
		if err == nil && i == len(quarters)-1 && i != shown {
			err = running(ctx, by, path)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
	}
	return nil
}

// uptake adopts an envelope into a journal and a column, and finds the draft
// that came of it.
func (p *piece) uptake(ctx context.Context, e *envelope, journal, column uuid.UUID) error {
	if err := e.handle(p.drafter, "adopt", map[string]any{"journal_id": journal, "column_id": column})(ctx); err != nil {
		return err
	}
	var mine struct {
		Items []item `json:"items"`
	}
	if err := p.drafter.get(ctx, "/publish/items?view=mine&limit=1", &mine); err != nil {
		return err
	}
	if len(mine.Items) != 1 || mine.Items[0].Title != e.Title {
		return fmt.Errorf("%s did not become an item", e.Title)
	}
	p.id = mine.Items[0].ID
	return p.look(ctx, p.drafter)
}
