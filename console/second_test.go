package console

import (
	"context"
	"errors"
	"testing"

	"hetu/fault"
	"hetu/org"
	"hetu/org/factor"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
	"hetu/vault"
)

// An operator whose second factor is lost altogether gets rid of it by a command
// on the server: every session ends, and the password alone opens again as far as
// setting up another.
func TestForgetFactor(t *testing.T) {
	t.Parallel()
	d, db := newDesk(t), tenanttest.Operators(t)
	d.Second = factor.Operators(factor.Options{Key: vault.Fresh(), Demand: factor.Admins})
	_, o := operator(t)
	here, _ := entered(t, d, o.Login, good)
	if _, err := tenanttest.Admin(t).Exec(`
		insert into platform.operator_seconds (operator_id, ways, state) values ($1, '{totp}', 'sealed under a key that is lost')`, o.ID); err != nil {
		t.Fatal(err)
	}
	enter := func() error {
		_, _, err := d.admit(context.Background(), db, browser{ip: "127.0.0.1"}, signIn{o.Login, good})
		return err
	}
	if err := enter(); fault.Of(err).Kind != fault.Internal {
		t.Fatalf("with a record nobody can open = %v, want a failure: it must not open by being broken", err)
	}
	if err := ForgetFactor(context.Background(), db, "nobody-at-all"); !errors.Is(err, ErrNoOperator) {
		t.Errorf("of nobody = %v, want ErrNoOperator", err)
	}
	if err := ForgetFactor(context.Background(), db, " "+o.Login); err != nil {
		t.Fatal(err)
	}
	d.Sessions.Drop()
	if _, err := d.Sessions.Identify(context.Background(), here); !errors.Is(err, tenant.ErrNoActor) {
		t.Errorf("a session from before = %v, want none", err)
	}
	if err := enter(); err != nil {
		t.Errorf("with the password = %v", err)
	}
	var said int
	if err := tenanttest.Admin(t).QueryRow(`
		select count(*) from platform.operator_audit where action = 'console.factor_forgotten' and object = $1`, "console/operator/"+o.ID.String()).Scan(&said); err != nil || said != 1 {
		t.Errorf("it stands %d times in the record, %v", said, err)
	}
}

// An operator who forgot the password comes in again by a command on the server,
// with one they replace (R243); every session ends, and a lock with it.
func TestResetOperator(t *testing.T) {
	t.Parallel()
	d, db := newDesk(t), tenanttest.Operators(t)
	_, o := operator(t)
	here, _ := entered(t, d, o.Login, good)
	if _, err := ResetOperator(context.Background(), db, "nobody-at-all"); !errors.Is(err, ErrNoOperator) {
		t.Errorf("of nobody = %v, want ErrNoOperator", err)
	}
	if _, err := tenanttest.Admin(t).Exec(`update platform.operators set locked_until = now() + interval '1 hour' where id = $1`, o.ID); err != nil {
		t.Fatal(err)
	}
	password, err := ResetOperator(context.Background(), db, " "+o.Login)
	if err != nil {
		t.Fatal(err)
	}
	d.Sessions.Drop()
	if _, err := d.Sessions.Identify(context.Background(), here); !errors.Is(err, tenant.ErrNoActor) {
		t.Errorf("a session from before = %v, want none", err)
	}
	if _, _, err := d.admit(context.Background(), db, browser{ip: "127.0.0.1"}, signIn{o.Login, good}); !errors.Is(err, ErrCredentials) {
		t.Errorf("with the old password = %v, want ErrCredentials", err)
	}
	token, ctx := entered(t, d, o.Login, password)
	if who, err := d.Sessions.Identify(context.Background(), token); err != nil || !who.MustChange {
		t.Errorf("who comes with it = %+v, %v, want that they replace it", who, err)
	}
	if _, err := d.changePassword(ctx, db, browser{ip: "127.0.0.1"}, newPassword{password, better}); err != nil {
		t.Fatal(err)
	}
	d.Sessions.Drop()
	token, _ = entered(t, d, o.Login, better)
	if who, err := d.Sessions.Identify(context.Background(), token); err != nil || who.MustChange {
		t.Errorf("after it = %+v, %v", who, err)
	}
	var said int
	if err := tenanttest.Admin(t).QueryRow(`
		select count(*) from platform.operator_audit where action = 'console.password_reset' and object = $1`, "console/operator/"+o.ID.String()).Scan(&said); err != nil || said != 1 {
		t.Errorf("it stands %d times in the record, %v", said, err)
	}
}

// A ticket of an operator is void once their password is another one (AN-06), and
// at a desk that asks for nothing.
func TestTicketOfAnotherPassword(t *testing.T) {
	t.Parallel()
	d, db := newDesk(t), tenanttest.Operators(t)
	_, _, err := d.show(context.Background(), db, browser{ip: "127.0.0.1"}, org.Proof{Ticket: "x", Way: "totp", Code: "000000"})
	if !errors.Is(err, org.ErrTicket) {
		t.Errorf("without second factors = %v, want ErrTicket", err)
	}
	_, o := operator(t)
	for name, tt := range map[string]struct {
		claim org.Claim
		want  error
	}{
		"nobody":            {org.Claim{Account: tenant.NewID(), Stamp: org.Stamp("x")}, org.ErrTicket},
		"another password":  {org.Claim{Account: o.ID, Stamp: org.Stamp("x")}, org.ErrTicket},
		"without any stamp": {org.Claim{Account: o.ID}, org.ErrTicket},
	} {
		if _, err := claimed(context.Background(), db, "127.0.0.1", tt.claim); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", name, err, tt.want)
		}
	}
}
