package assess

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// begin fills a new scheme with what it begins with.
func (e schemes) begin(ctx context.Context, tx *tenant.Tx, in newScheme, s *Scheme) error {
	switch {
	case in.From != nil:
		from, _, err := findScheme(ctx, tx, *in.From, 0)
		if err != nil {
			return err
		}
		return e.copy(ctx, tx, from, s)
	case in.Offer != nil:
		return takeOver(ctx, tx, *in.Offer, s)
	case in.Template != "":
		t, err := templateOf(in.Template)
		if err != nil {
			return err
		}
		for _, r := range t.Rules {
			s.Rules = append(s.Rules, r.normal())
		}
		s.Plan = t.Plan
	}
	return nil
}

// copy takes over what another scheme says, without units there no longer are.
func (e schemes) copy(ctx context.Context, tx *tenant.Tx, from Scheme, s *Scheme) error {
	known, err := e.candidates(ctx, tx, feature.None{})
	if err != nil {
		return err
	}
	is := make(map[uuid.UUID]Unit, len(known.Items))
	for _, u := range known.Items {
		is[u.ID] = u
	}
	for _, u := range from.Units {
		if now, ok := is[u.ID]; ok {
			s.Units = append(s.Units, now)
		}
	}
	s.Rules, s.Plan = append(s.Rules, from.Rules...), from.Plan
	s.Plan.Members = slices.DeleteFunc(slices.Clone(from.Plan.Members), func(m Member) bool { _, ok := is[m.Unit]; return !ok })
	return nil
}
