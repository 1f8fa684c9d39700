package console

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

const better = "Reed&River-2027"

// entered signs an operator in and returns the token and a context in which the
// session acts.
func entered(t *testing.T, d *desk, login, password string) (string, context.Context) {
	t.Helper()
	_, token, err := d.admit(context.Background(), tenanttest.Operators(t), browser{ip: "127.0.0.1", agent: "test"}, signIn{login, password})
	if err != nil {
		t.Fatal(err)
	}
	who, err := d.Sessions.Identify(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	return token, tenant.As(context.Background(), who.Actor)
}

// An operator changes their own password: by the rule of members' passwords
// (R248), with the old one, and only the session that did it goes on (AN-06).
func TestChangePassword(t *testing.T) {
	t.Parallel()
	d, db := newDesk(t), tenanttest.Operators(t)
	_, o := operator(t)
	here, ctx := entered(t, d, o.Login, good)
	there, _ := entered(t, d, o.Login, good)
	change := func(old, next string) (string, error) {
		return d.changePassword(ctx, db, browser{ip: "127.0.0.1", agent: "test"}, newPassword{old, next})
	}
	for name, tt := range map[string]struct {
		old, next string
		want      error
		field     string
	}{
		"weak":               {good, "password", org.ErrWeakPassword, "new"},
		"with the login":     {good, o.Login + "-A1", org.ErrWeakPassword, "new"},
		"the same":           {good, good, org.ErrSamePassword, "new"},
		"the old one wrong":  {"Wrong-1234", better, org.ErrOldPassword, "old"},
		"the old one unsaid": {"", better, org.ErrOldPassword, "old"},
	} {
		if _, err := change(tt.old, tt.next); !errors.Is(err, tt.want) || fault.Of(err).Field != tt.field {
			t.Errorf("%s = %v on %q, want %v on %q", name, err, fault.Of(err).Field, tt.want, tt.field)
		}
	}
	token, err := change(good, better)
	if err != nil {
		t.Fatal(err)
	}
	d.Sessions.Drop()
	for name, s := range map[string]struct {
		token string
		lives bool
	}{"the one that did it": {here, false}, "another": {there, false}, "the new one": {token, true}} {
		if _, err := d.Sessions.Identify(context.Background(), s.token); (err == nil) != s.lives {
			t.Errorf("session %s: %v, want alive = %v", name, err, s.lives)
		}
	}
	if _, _, err := d.admit(context.Background(), db, browser{}, signIn{o.Login, good}); !errors.Is(err, ErrCredentials) {
		t.Errorf("with the old password = %v, want ErrCredentials", err)
	}
	entered(t, d, o.Login, better)
}

// Guessing the old password counts like guessing at the door (AN-03).
func TestPasswordGuesses(t *testing.T) {
	t.Parallel()
	d, db := newDesk(t), tenanttest.Operators(t)
	_, o := operator(t)
	_, ctx := entered(t, d, o.Login, good)
	for range 4 {
		if _, err := d.changePassword(ctx, db, browser{}, newPassword{"Wrong-1234", better}); !errors.Is(err, org.ErrOldPassword) {
			t.Fatalf("a wrong one = %v, want ErrOldPassword", err)
		}
	}
	for _, old := range []string{"Wrong-1234", good} {
		if _, err := d.changePassword(ctx, db, browser{}, newPassword{old, better}); !errors.Is(err, ErrLocked) {
			t.Errorf("after five = %v, want ErrLocked", err)
		}
	}
}

// An operator sees and ends their own sessions and nobody else's.
func TestOperatorSessions(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, o := operator(t)
	_, stranger := operator(t)
	here, ctx := entered(t, d, o.Login, good)
	there, otherCtx := entered(t, d, o.Login, good)
	_, strange := entered(t, d, stranger.Login, good)
	list := func(ctx context.Context) []org.Session {
		l, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (feature.List[org.Session], error) {
			return listSessions(ctx, tx, feature.None{})
		})
		if err != nil {
			t.Fatal(err)
		}
		return l.Items
	}
	end := func(ctx context.Context, id uuid.UUID) error {
		_, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (feature.None, error) { return endSession(ctx, tx, byID{id}) })
		return err
	}
	if mine := list(ctx); len(mine) != 2 || mine[0].Current == mine[1].Current {
		t.Fatalf("sessions = %+v, want two, one of them current", mine)
	}
	actor, err := tenant.Operating(otherCtx)
	if err != nil {
		t.Fatal(err)
	}
	other := actor.Session
	if err := end(strange, other); !errors.Is(err, org.ErrNoSession) {
		t.Errorf("another operator's = %v, want ErrNoSession", err)
	}
	if err := end(ctx, uuid.New()); !errors.Is(err, org.ErrNoSession) {
		t.Errorf("none = %v, want ErrNoSession", err)
	}
	if err := end(ctx, other); err != nil {
		t.Fatal(err)
	}
	if err := end(ctx, other); !errors.Is(err, org.ErrNoSession) {
		t.Errorf("again = %v, want ErrNoSession", err)
	}
	d.Sessions.Drop()
	if _, err := d.Sessions.Identify(context.Background(), there); !errors.Is(err, tenant.ErrNoActor) {
		t.Errorf("the ended one = %v, want ErrNoActor", err)
	}
	if _, err := d.Sessions.Identify(context.Background(), here); err != nil {
		t.Errorf("the one that ended it = %v", err)
	}
	if mine := list(ctx); len(mine) != 1 || !mine[0].Current {
		t.Errorf("sessions = %+v, want the current one", mine)
	}
}
