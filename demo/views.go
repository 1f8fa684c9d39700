package demo

import (
	"context"
	"strings"

	"github.com/google/uuid"
)

// announce issues a bulletin about a round, with the text that comes with the
// product, and shows it to the units.
func announce(ctx context.Context, by *member, round, name string) error {
	var b struct {
		ID      uuid.UUID `json:"id"`
		Version int       `json:"version"`
	}
	in := map[string]any{"round_id": strings.TrimPrefix(round, "/assess/rounds/"), "title": name + "信息工作考核情况通报"}
	if err := by.post(ctx, "/assess/bulletins", in, &b); err != nil {
		return err
	}
	var asked struct {
		WorkID uuid.UUID `json:"work_id"`
	}
	if err := by.post(ctx, "/assess/bulletins/"+b.ID.String()+"/issue", map[string]any{"version": b.Version}, &asked); err != nil {
		return err
	}
	if err := finished(ctx, by, asked.WorkID); err != nil {
		return err
	}
	return by.post(ctx, "/assess/bulletins/"+b.ID.String()+"/show", nil, nil)
}

// running lets the units of a round see how they and the others stand.
func running(ctx context.Context, by *member, round string) error {
	return by.post(ctx, round+"/live", map[string]any{"live": "ranking"}, nil)
}
