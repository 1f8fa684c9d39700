package exchange

import (
	"context"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A Subordinate is an active tenant below this one.
type Subordinate struct {
	ID       uuid.UUID `db:"id" json:"id"`
	ParentID uuid.UUID `db:"parent_id" json:"parent_id"`
	Name     string    `db:"name" json:"name"`
	Kind     string    `db:"kind" json:"kind" enum:"bureau,subsidiary,department,hq"`
	Depth    int       `db:"depth" json:"depth"` // 1: right below
}

func below(ctx context.Context, tx *tenant.Tx) (us []Subordinate, err error) {
	err = tx.Select(ctx, &us, `
		select k.id, k.parent_id, k.name, k.kind, k.depth - me.depth as depth
		  from platform.kin() k, (select depth from platform.kin() where relation = 'self') me
		 where k.relation = 'descendant' and k.state = 'active'
		 order by k.depth, k.name, k.id`)
	return us, err
}

func units(ctx context.Context, tx *tenant.Tx, _ feature.None) (feature.List[Subordinate], error) {
	us, err := below(ctx, tx)
	return feature.Cut(us, len(us), nil), err
}

// An Audience is whom something goes to: all tenants below, or those named.
type Audience struct {
	All     bool        `json:"all,omitempty"`
	Targets []uuid.UUID `json:"targets,omitempty" maxItems:"1000"`
}

// Validate refuses nobody.
func (a Audience) Validate() error {
	if !a.All && len(a.Targets) == 0 {
		return feature.ErrMissing.On("targets")
	}
	return nil
}

// among returns the units meant, in the order of the tree. A tenant that is not
// below is answered the same, whether there is one or not.
func (a Audience) among(ctx context.Context, tx *tenant.Tx) ([]Subordinate, error) {
	us, err := below(ctx, tx)
	if err != nil {
		return nil, err
	}
	if a.All {
		if len(us) == 0 {
			return nil, ErrNobodyBelow
		}
		return us, nil
	}
	wanted := map[uuid.UUID]bool{}
	for _, id := range a.Targets {
		wanted[id] = true
	}
	var chosen []Subordinate
	for _, u := range us {
		if wanted[u.ID] {
			chosen = append(chosen, u)
		}
	}
	if len(chosen) != len(wanted) {
		return nil, ErrNotBelow.On("targets")
	}
	return chosen, nil
}
