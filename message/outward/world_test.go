package outward_test

import (
	"context"
	"database/sql"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/message"
	"hetu/message/outward"
	"hetu/org/identity"
	"hetu/org/identity/wecom"
	"hetu/org/identity/wecom/wecomtest"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
	"hetu/vault"
)

// A unit is a tenant with three people, two of whom WeCom knows, and a WeCom.
type unit struct {
	t      *testing.T
	id     uuid.UUID
	ctx    context.Context // of the first
	people []tenant.Actor
	wecom  *wecomtest.Server
	house  *outward.House
	way    *way
	rules  rules
}

// rules are what the unit's tests set.
type rules struct {
	opens func(time.Time) time.Time
	over  atomic.Bool
}

// A way is WeCom as a channel: the real client over real HTTP.
type way struct {
	kind    *wecom.Kind
	of      identity.Provider
	known   map[uuid.UUID]string
	batch   int
	absent  atomic.Bool // it is not set up
	dies    atomic.Bool // whoever hands a parcel over dies before they can say so
	service time.Duration
}

func (w *way) Name() string          { return "wecom" }
func (w *way) Batch() int            { return w.batch }
func (w *way) Memory() time.Duration { return w.service }

func (w *way) Open(context.Context, *tenant.Tx) (outward.Line, error) {
	if w.absent.Load() {
		return nil, nil //nolint:nilnil // that is what a channel says that is not set up
	}
	return w, nil
}

func (w *way) Addresses(_ context.Context, _ *tenant.Tx, members []uuid.UUID) (map[uuid.UUID]string, error) {
	to := map[uuid.UUID]string{}
	for _, m := range members {
		if id := w.known[m]; id != "" {
			to[m] = id
		}
	}
	return to, nil
}

func (w *way) Send(ctx context.Context, p outward.Parcel) (outward.Receipt, error) {
	refused, err := w.kind.Send(ctx, w.of, wecom.Card{Title: p.Title, Body: p.Body, Link: p.Link, To: p.To})
	if w.dies.Swap(false) {
		runtime.Goexit()
	}
	if trouble, ok := err.(*wecom.Trouble); ok { //nolint:errorlint // it is one as it is
		err = &outward.Failure{Reason: trouble.Reason, Again: trouble.Is(wecom.ErrBusy), Sure: trouble.Known, Rest: trouble.Rest}
	}
	return outward.Receipt{Refused: refused}, err
}

var words = map[string]string{
	"approval.task_arrived": "《{title}》等待您办理", "approval.urged": "《{title}》被催办，请尽快办理", "publish.published": "《{title}》已发布",
	"publish.takedown_refused": "《{title}》未予撤下：{answer}", "unknown": "您有一条新消息", "test": "这是一条测试消息",
}

func newUnit(t *testing.T) *unit {
	t.Helper()
	u := &unit{t: t, id: tenanttest.Tenant(t, uuid.Nil, "清江市局"), wecom: wecomtest.New()}
	t.Cleanup(u.wecom.Close)
	u.rules.opens = func(at time.Time) time.Time { return at }
	known := map[uuid.UUID]string{}
	for i, name := range []string{"林知远", "周清和", "沈若水"} {
		ctx, a := tenanttest.As(t, u.id)
		tenanttest.Member(t, ctx, name)
		u.people = append(u.people, a)
		if i == 0 {
			u.ctx = ctx
		}
		if id := []string{"linzhiyuan", "zhouqinghe", ""}[i]; id != "" {
			known[a.Member] = id
			u.wecom.Employ(id, true)
		}
	}
	of := identity.Provider{ID: tenant.NewID(), Tenant: u.id, Kind: "wecom", Secret: u.wecom.Secret, Settings: u.wecom.Settings()}
	u.write(func(tx *tenant.Tx) error {
		_, err := tx.Exec(u.ctx, `insert into identity_providers (id, kind, name, enabled, settings) values ($1, 'wecom', '企业微信', true, '{}')`, of.ID)
		return err
	})
	net := identity.NewNetwork([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	u.way = &way{kind: wecom.New(net, wecom.NewTokens(tenanttest.DB(t), vault.Fresh())), of: of, known: known, batch: 1000, service: 4 * time.Hour}
	u.house = outward.New(outward.Options{
		Channels: []outward.Channel{u.way}, Words: words, Site: "https://oa.example.org/",
		Kinds:  map[string]string{"approval": "审批", "publish": "信息发布", "unknown": "消息", "test": "测试"},
		Urgent: func(code string) bool { return code == "approval.urged" },
		Opens:  func(_ context.Context, _ *tenant.Tx, at time.Time) (time.Time, error) { return u.rules.opens(at), nil },
		Over: func(_ context.Context, _ *tenant.Tx, notices []outward.Ref) ([]bool, error) {
			all := make([]bool, len(notices))
			for i := range all {
				all[i] = u.rules.over.Load()
			}
			return all, nil
		},
	})
	u.open("title", "approval", "publish")
	return u
}

func (u *unit) write(fn func(*tenant.Tx) error) {
	u.t.Helper()
	if err := tenanttest.DB(u.t).Write(u.ctx, fn); err != nil {
		u.t.Fatal(err)
	}
}

// open lets kinds of notices out.
func (u *unit) open(wording string, kinds ...string) {
	u.t.Helper()
	u.write(func(tx *tenant.Tx) error {
		_, err := tx.Exec(u.ctx, `
			insert into outward_channels (channel, is_on, wording, kinds) values ('wecom', true, $1, $2)
			on conflict on constraint outward_channels_pkey do update set is_on = true, wording = excluded.wording, kinds = excluded.kinds`,
			wording, tenant.Array(kinds))
		return err
	})
}

// tell sends a notice to people of the unit, by their place in it.
func (u *unit) tell(code string, params map[string]string, to ...int) {
	u.t.Helper()
	n := message.Notice{Code: code, Params: params, Href: "/approval/tasks/" + tenant.NewID().String()}
	for _, i := range to {
		n.To = append(n.To, u.people[i].Member)
	}
	u.write(func(tx *tenant.Tx) error { return message.Send(u.ctx, tx, n) })
}

// deliver does the work, as the queue would.
func (u *unit) deliver() {
	u.t.Helper()
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: u.id, Name: "system", Request: "job"})
	if err := u.house.Feature().Works[0].Run(ctx, tenanttest.DB(u.t), nil); err != nil {
		u.t.Error(err)
	}
}

// states are how many deliveries stand how: "sent", "skipped/read".
func (u *unit) states() map[string]int {
	u.t.Helper()
	n := map[string]int{}
	rows, err := u.admin().Query(`select state || case when reason = '' then '' else '/' || reason end from outward_deliveries where tenant_id = $1`, u.id)
	if err != nil {
		u.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			u.t.Fatal(err)
		}
		n[s]++
	}
	return n
}

func (u *unit) stand(want map[string]int) {
	u.t.Helper()
	got := u.states()
	if len(got) != len(want) {
		u.t.Errorf("deliveries stand %v, want %v", got, want)
		return
	}
	for s, n := range want {
		if got[s] != n {
			u.t.Errorf("deliveries stand %v, want %v", got, want)
		}
	}
}

func (u *unit) admin() *sql.DB { u.t.Helper(); return tenanttest.Admin(u.t) }

// plant does what no product code may: it moves time.
func (u *unit) plant(statement string) {
	u.t.Helper()
	if _, err := u.admin().Exec(statement, u.id); err != nil {
		u.t.Fatal(err)
	}
}

// later lets everything that waits be due, and every rest be over.
func (u *unit) later() {
	u.t.Helper()
	u.plant(`update outward_deliveries set due_at = now() where tenant_id = $1 and state = 'waiting'`)
	u.plant(`update outward_parcels set next_at = now(), held_until = null where tenant_id = $1 and state = 'open'`)
	u.plant(`update outward_channels set paused_until = null where tenant_id = $1`)
}

// got is what somebody got, as one text.
func (u *unit) got(id string) string {
	var b strings.Builder
	for _, m := range u.wecom.Got(id) {
		b.WriteString(m.Title + "|" + m.Description + "|" + m.Link + "\n")
	}
	return b.String()
}
