package outward

import (
	"context"
	"time"

	"hetu/feature"
	"hetu/job"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// Manage is the permission to say what leaves the house, and to see what has left.
const Manage rbac.Permission = "outward.manage"

// Feature is what ways out of the house add to the system. Their tables belong to
// the notices: see hetu/message.
func (h *House) Feature() feature.Feature {
	return feature.Feature{
		Name:   "outward",
		Rights: []rbac.Right{{Permission: Manage, Roles: []rbac.Role{rbac.Admin}}},
		Routes: []feature.Route{
			feature.GET("/outward/channels", Manage, feature.Read(h.listSettings)),
			feature.PUT("/outward/channels/{channel}", Manage, feature.Write(h.set)),
			feature.POST("/outward/channels/{channel}/test", Manage, feature.Door(h.test)),
			feature.POST("/outward/channels/{channel}/retry", Manage, feature.Write(h.retryAll)),
			feature.GET("/outward/deliveries", Manage, feature.Read(h.log)),
			feature.POST("/outward/deliveries/{id}/retry", Manage, feature.Write(retry)),
			feature.GET("/outward/mine", rbac.Member, feature.Read(h.wishes)),
			feature.PUT("/outward/mine/{channel}", rbac.Member, feature.Write(h.wish)),
		},
		Works:  []job.Work{{Name: message.Deliver, Run: h.deliver}},
		Rounds: []job.Round{{Name: "outward.sweep", Every: 10 * time.Minute, Run: h.sweep}},
	}
}

// sweep delivers what nobody has come back to: what waited while the unit was
// suspended or the other side had asked for a rest.
func (h *House) sweep(ctx context.Context, db *tenant.DB) error {
	var due bool
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &due, `
			select exists (select from outward_deliveries d join outward_channels c on c.channel = d.channel where d.state = 'waiting' and d.due_at <= $1)
			    or exists (select from outward_parcels where state = 'open' and next_at <= $1)`, tx.Now)
	})
	if err != nil || !due {
		return err
	}
	return h.deliver(ctx, db, nil)
}
