package approval

import (
	"context"
	"embed"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
	"hetu/tenant"
)

//go:embed migrations
var files embed.FS

// Feature is what approvals add to the system. Every member has a task list;
// what stands in it is decided by who is asked.
func (e *Engine) Feature() feature.Feature {
	return feature.Feature{
		Name: "approval",
		Routes: []feature.Route{
			feature.GET("/approval/tasks", rbac.Member, feature.Read(e.tasks)).Sheet(taskSheet),
			feature.GET("/approval/tasks/{id}", rbac.Member, feature.Read(e.taskPage)),
			feature.POST("/approval/tasks/{id}/approve", rbac.Member, feature.Write(e.approve)),
			feature.POST("/approval/tasks/{id}/return", rbac.Member, feature.Write(e.giveBack)),
			feature.GET("/approval/cases", rbac.Member, feature.Read(e.cases)),
			feature.GET("/approval/cases/{id}", rbac.Member, feature.Read(e.showCase)),
			feature.POST("/approval/cases/{id}/withdraw", rbac.Member, feature.Write(e.withdraw)),
			feature.POST("/approval/cases/{id}/urge", rbac.Member, feature.Write(e.urge)),
			feature.GET("/approval/counts", rbac.Member, feature.Read(e.counts)),
		},
		Rounds:     []job.Round{{Name: "approval.watch", Every: time.Minute, Run: e.watch}},
		Indicators: []feature.Indicator{{Kind: "approval.decided", Name: "审批办理", Good: true}},
		Migrations: files,
	}
}

func (e *Engine) counts(ctx context.Context, tx *tenant.Tx, _ feature.None) (Counts, error) {
	return e.Counts(ctx, tx)
}

type approval struct {
	ID          uuid.UUID       `json:"-" path:"id"`
	Opinion     string          `json:"opinion,omitempty" maxLength:"2000"`
	Checks      map[string]bool `json:"checks"`
	ContentHash string          `json:"content_hash" minLength:"1" maxLength:"128"` // of what the person has read
}

func (e *Engine) approve(ctx context.Context, tx *tenant.Tx, a approval) (TaskPage, error) {
	return e.decideTask(ctx, tx, a.ID, move{op: approve, opinion: strings.TrimSpace(a.Opinion), checks: a.Checks, hash: a.ContentHash})
}

type giving struct {
	ID         uuid.UUID `json:"-" path:"id"`
	ReasonCode string    `json:"reason_code" enum:"format,wording,false,irrelevant,unlawful,other"` // R026, R030, R031
	Opinion    string    `json:"opinion" minLength:"1" maxLength:"2000"`
}

// Validate refuses an opinion that says nothing.
func (g giving) Validate() error { return said("opinion", g.Opinion) }

func (e *Engine) giveBack(ctx context.Context, tx *tenant.Tx, g giving) (TaskPage, error) {
	return e.decideTask(ctx, tx, g.ID, move{op: giveBack, opinion: strings.TrimSpace(g.Opinion), reason: g.ReasonCode})
}

func (e *Engine) decideTask(ctx context.Context, tx *tenant.Tx, id uuid.UUID, m move) (p TaskPage, err error) {
	r, err := findTask(ctx, tx, id)
	if err != nil {
		return p, err
	}
	t := r.task(tx.Actor.Member)
	m.task = &t
	c, events, err := e.move(ctx, tx, t.Case, m)
	if err != nil {
		return p, err
	}
	r.State, r.Decision, r.DecidedAt = "decided", m.op.String(), &tx.Now
	return e.pageOf(ctx, tx, r, c, events)
}

type withdrawal struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Reason string    `json:"reason" minLength:"1" maxLength:"500"`
}

// Validate refuses a reason that says nothing.
func (w withdrawal) Validate() error { return said("reason", w.Reason) }

func (e *Engine) withdraw(ctx context.Context, tx *tenant.Tx, w withdrawal) (CasePage, error) {
	return e.moveCase(ctx, tx, w.ID, move{op: withdraw, reason: strings.TrimSpace(w.Reason)})
}

func (e *Engine) urge(ctx context.Context, tx *tenant.Tx, q ref) (CasePage, error) {
	return e.moveCase(ctx, tx, q.ID, move{op: urge})
}

func (e *Engine) moveCase(ctx context.Context, tx *tenant.Tx, id uuid.UUID, m move) (p CasePage, err error) {
	if _, err := e.visible(ctx, tx, id); err != nil {
		return p, err
	}
	c, events, err := e.move(ctx, tx, id, m)
	if err != nil {
		return p, err
	}
	return e.casePage(ctx, tx, c, events)
}

func said(field, text string) error {
	if strings.TrimSpace(text) == "" {
		return feature.ErrMissing.On(field)
	}
	return nil
}
