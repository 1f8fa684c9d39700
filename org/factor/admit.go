package factor

import (
	"context"

	"hetu/org"
	"hetu/tenant"
)

// Admit takes the lost second factor of an administrator away by the word of an
// operator on the server, in a transaction of the tenant: where fewer than two
// others have Help, one to ask and one to confirm (see org.FindStuck and
// confirmReset, whose effects it has). Of an account of several units the others
// are asked first, and once all have consented this takes it away (R249). A wish
// that somebody has stored meanwhile is void with it.
func Admit(ctx context.Context, tx *tenant.Tx, login, reason string) (a org.Admitted, err error) {
	if a.Stuck, err = org.FindStuck(ctx, tx, login, Help, 2); err != nil {
		return a, err
	}
	var has bool
	if err := tx.Get(ctx, &has, `select cardinality(ways) > 0 from platform.second_ways() where member_id = $1`, a.ID); err != nil {
		return a, err
	}
	if !has {
		return a, ErrNone
	}
	var gone bool
	if err := tx.Get(ctx, &gone, `select platform.second_forget($1)`, a.ID); err != nil {
		return a, err
	}
	if gone {
		_, err = tx.Exec(ctx, `update factor_resets set state = 'void' where member_id = $1 and state = 'open'`, a.ID)
	} else {
		var s org.Sought
		s, err = org.Seek(ctx, tx, org.ResetSecond, a.ID, "", reason)
		a.Sought = &s
	}
	if err == nil {
		a.Record(tx, org.ResetSecond, reason)
	}
	return a, err
}
