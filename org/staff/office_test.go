package staff

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
)

// The principal takes office by a document; whom the administrator names for the
// unit or a department, the principal or the head of the department approves
// first (R234, R235, R238, R239, R369). A department's administrator manages its
// people then, and no longer than that (R268).
func TestOffices(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	boss, bosses := b.member(t, "boss", b.office, true)
	oa, oas := b.member(t, "oa", b.office, false)
	far, _ := other.member(t, "far", other.office, false)
	name := func(in naming) (o Office, err error) {
		if err := in.Validate(); err != nil {
			return o, err
		}
		err = b.write(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error { o, err = b.name(ctx, tx, in); return err })
		return o, err
	}
	decide := func(ctx context.Context, id uuid.UUID, yes bool) error {
		return b.write(t, ctx, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := b.decide(ctx, tx, deciding{ID: id, Approve: yes, Reason: "另有安排"})
			return err
		})
	}
	if _, err := name(naming{Office: "oa_admin", Member: oa.Member}); !errors.Is(err, ErrPrincipal) {
		t.Errorf("with nobody to approve = %v, want ErrPrincipal", err)
	}
	for n, c := range map[string]struct {
		in    naming
		field string
	}{
		"without a document":      {naming{Office: "principal", Member: boss.Member}, "basis"},
		"another tenant's":        {naming{Office: "principal", Member: far.Member, Basis: "青盐人〔2026〕3号"}, "member_id"},
		"a department for a unit": {naming{Office: "oa_admin", Member: oa.Member, Department: &b.office}, "department_id"},
		"no department":           {naming{Office: "dept_admin", Member: oa.Member}, "department_id"},
	} {
		if _, err := name(c.in); fault.Of(err).Field != c.field {
			t.Errorf("%s = %v, want a fault at %s", n, err, c.field)
		}
	}
	if o, err := name(naming{Office: "principal", Member: boss.Member, Basis: "青盐人〔2026〕3号"}); err != nil || o.State != "approved" {
		t.Fatalf("principal = %+v, %v", o, err)
	}
	o, err := name(naming{Office: "oa_admin", Member: oa.Member})
	if err != nil || o.State != "named" {
		t.Fatalf("named = %+v, %v", o, err)
	}
	if _, err := name(naming{Office: "oa_admin", Member: boss.Member}); !errors.Is(err, ErrNamed) {
		t.Errorf("a second naming = %v, want ErrNamed", err)
	}
	for n, ctx := range map[string]context.Context{"who named": b.ctx, "who is named": oas} {
		if err := decide(ctx, o.ID, true); !errors.Is(err, ErrNotDecider) {
			t.Errorf("%s decides = %v, want ErrNotDecider", n, err)
		}
	}
	if err := decide(other.ctx, o.ID, true); !errors.Is(err, ErrNoOffice) {
		t.Errorf("another tenant decides = %v, want ErrNoOffice", err)
	}
	if err := decide(bosses, o.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := decide(bosses, o.ID, false); !errors.Is(err, ErrDecided) {
		t.Errorf("decided twice = %v, want ErrDecided", err)
	}
	d, err := name(naming{Office: "dept_admin", Member: oa.Member, Department: &b.office})
	if err != nil {
		t.Fatal(err)
	}
	holds := func() int {
		return b.count(t, `select count(*) from grants where subject_id = $1 and permission = $2 and scope_id = $3`, oa.Member, string(org.Manage), b.office)
	}
	if holds() != 0 {
		t.Error("named is not approved")
	}
	if err := decide(bosses, d.ID, true); err != nil || holds() != 1 {
		t.Fatalf("approved: %v, %d grants", err, holds())
	}
	b.read(t, bosses, func(ctx context.Context, tx *tenant.Tx) error {
		all, err := listOffices(ctx, tx, feature.None{})
		if len(all.Items) != 3 || all.Departments != 1 || all.Complete != 0 {
			t.Errorf("offices = %+v", all)
		}
		return err
	})
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error { _, err := endOffice(ctx, tx, byID{d.ID}); return err })
	if holds() != 0 {
		t.Error("the right outlived the office")
	}
	// Whoever is let go without a hand-over holds none either, and is named for none.
	if _, err := name(naming{Office: "personnel", Member: oa.Member}); err != nil {
		t.Fatal(err)
	}
	b.lots[oa.Member] = 1
	gone := func() error {
		return b.write(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error { return b.Going(ctx, tx, oa.Member) })
	}
	if err := gone(); !errors.Is(err, ErrOpenItems) {
		t.Errorf("with things open = %v, want ErrOpenItems", err)
	}
	b.lots[oa.Member] = 0
	if err := gone(); err != nil || b.count(t, `select count(*) from staff_offices where member_id = $1 and state in ('named', 'approved')`, oa.Member) != 0 {
		t.Errorf("a leaver answers for something still, %v", err)
	}
}

// The address book shows of a person what its reader may see, and finds nobody
// by what they may not (AZ-05).
func TestBook(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	var far org.Department
	b.must(t, func(ctx context.Context, tx *tenant.Tx) (err error) {
		far, err = org.AddDepartment(ctx, tx, org.NewDepartment{Name: "督查室", Kind: "dept", Sort: 20})
		return err
	})
	_, near := b.member(t, "near", b.office, false)
	_, away := b.member(t, "away", far.ID, false)
	_, heads := b.member(t, "chief", far.ID, true)
	lina, linas := b.member(t, "lina", b.office, false)
	set := func(ctx context.Context, c Card) error {
		if err := c.Validate(); err != nil {
			return err
		}
		return b.write(t, ctx, func(ctx context.Context, tx *tenant.Tx) error { _, err := setCard(ctx, tx, c); return err })
	}
	for n, c := range map[string]struct {
		card  Card
		field string
	}{"no number": {Card{Phone: "call me"}, "phone"}, "no mobile": {Card{Mobile: "=1+1"}, "mobile"}, "no address": {Card{Email: "lina"}, "email"}} {
		if err := set(linas, c.card); fault.Of(err).Field != c.field {
			t.Errorf("%s = %v, want a fault at %s", n, err, c.field)
		}
	}
	if err := set(linas, Card{Phone: "0871-6300转12", Mobile: "13800001111", Email: "lina@example.org", Room: "301"}); err != nil {
		t.Fatal(err)
	}
	if err := set(linas, Card{}); !errors.Is(err, ErrStale) {
		t.Errorf("an older version = %v, want ErrStale", err)
	}
	sees := func(ctx context.Context, q string) (seen string) {
		b.read(t, ctx, func(ctx context.Context, tx *tenant.Tx) error {
			l, err := book(ctx, tx, bookQuery{Q: q})
			for _, e := range l.Items {
				if e.ID == lina.Member {
					seen = strings.Join([]string{e.Phone, e.Mobile, e.Email, e.Room}, ",")
				}
			}
			return err
		})
		return seen
	}
	const whole, public = "0871-6300转12,13800001111,lina@example.org,301", "0871-6300转12,,lina@example.org,301"
	for n, c := range map[string]struct {
		ctx  context.Context
		want string
	}{"a colleague": {near, whole}, "somebody elsewhere": {away, public}, "a head": {heads, whole}, "themself": {linas, whole}, "who manages": {b.ctx, whole}} {
		if got := sees(c.ctx, ""); got != c.want {
			t.Errorf("%s sees %q, want %q", n, got, c.want)
		}
	}
	if sees(away, "13800001111") != "" || sees(near, "13800001111") == "" {
		t.Error("who may not see a number finds people by it, or who may does not")
	}
	rules := BookRules{Phone: "nobody", Mobile: "nobody", Email: "heads", Room: "all", Hidden: tenant.IDs{b.office}}
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error { _, err := setBookRules(ctx, tx, rules); return err })
	for n, c := range map[string]struct {
		ctx  context.Context
		want string
	}{"a colleague": {near, ",,,301"}, "somebody elsewhere": {away, ""}, "a head": {heads, ",,lina@example.org,301"}, "themself": {linas, whole}} {
		if got := sees(c.ctx, ""); got != c.want {
			t.Errorf("of a hidden department %s sees %q, want %q", n, got, c.want)
		}
	}
	rules.Version, rules.Hidden = 1, tenant.IDs{uuid.New()}
	if err := b.write(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error { _, err := setBookRules(ctx, tx, rules); return err }); fault.Of(err).Field != "hidden" {
		t.Errorf("a department there is not = %v", err)
	}
}

// The register names everybody who has an account, with department and position (R229).
func TestRegister(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.member(t, "lina", b.office, true)
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		r, err := register(ctx, tx, registerQuery{})
		if len(r.Items) != 2 || r.Items[0].Login != "lina" || !r.Items[0].Head || r.More {
			t.Errorf("register = %+v", r)
		}
		return err
	})
}
