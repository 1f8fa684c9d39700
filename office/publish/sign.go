package publish

import (
	"context"

	"hetu/approval"
	"hetu/rbac"
	"hetu/tenant"
)

// signStep is what the sign-off of the supervising leader is called among the
// steps of a case. No level of review has this name.
const signStep = "签发"

// signedOff adds the sign-off to the flow of an item whose column asks for it:
// after all reviews, by one of those who sign there, who have passed none of
// them and did not draft it (R034, W01 step 3).
func signedOff(ctx context.Context, tx *tenant.Tx, r *row, rules Rules, flow *approval.Definition) error {
	if !rules.Sign {
		return nil
	}
	leaders, err := rbac.Holders(ctx, tx, Sign, r.ColumnPath)
	if err != nil {
		return err
	}
	flow.Steps = append(flow.Steps, approval.Step{
		Name: signStep, Mode: approval.Any, WorkMinutes: reviewMinutes, People: leaders[:min(len(leaders), approval.MaxPeople)],
	})
	return nil
}
