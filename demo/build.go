package demo

import (
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/google/uuid"

	"hetu/app"
	"hetu/calendar"
	"hetu/console"
	"hetu/org"
	"hetu/tenant"
)

// A world is an organisation that can be shown.
type world struct {
	group, slug string // what the customer is called
	tell        func(context.Context, *maker) error
}

var worlds = map[string]world{
	"province": {"青川省水务系统", "qingchuan", tellProvince},
	"t1":       {"扎兰屯市政务信息", "zhalantun", tellT1},
	"t2":       {"霍林郭勒市政务信息", "huolinguole", tellT2},
}

// A maker makes a world by visiting a server that lives in the world's time.
type maker struct {
	o        Options
	node     *app.Node
	site     *site
	clock    *clock
	diary    diary
	begin    time.Time // of the year the story is about
	end      time.Time // the last working minute before now
	password string
	hash     string
	operator *visit
	group    uuid.UUID
	houses   map[string]*house // by slug
	signIns  []SignIn
}

// build makes the world of o.Case through a server of its own, which is gone
// when it returns.
func build(ctx context.Context, o Options, cfg app.Config) (s state, err error) {
	c, err := newClock(ctx, cfg.OwnerURL)
	if err != nil {
		return s, err
	}
	m := &maker{o: o, clock: c, diary: diary{calendar.Default()}, houses: map[string]*house{}}
	m.begin, m.end = m.span(c.now)
	err = m.serving(ctx, cfg, func(ctx context.Context) error {
		if err := m.tell(ctx, worlds[o.Case]); err != nil {
			return err
		}
		return m.measure(ctx)
	})
	if err != nil {
		return s, errors.Join(err, c.owner.Close())
	}
	return state{SignIns: m.signIns}, c.remove(ctx, m.begin.AddDate(0, 0, -20))
}

// span is the time of the story: from the first working hour of a year to the
// last one before now. In the first hundred days of a year it is the year
// before that it begins with, for there would be little to tell.
func (m *maker) span(now time.Time) (begin, end time.Time) {
	now = now.In(calendar.Location)
	year := now.Year()
	if now.YearDay() <= 100 {
		year--
	}
	begin = m.diary.later(calendar.On(year, time.January, 1).At(0), time.Minute)
	end, _ = m.diary.cal.AddWorkTime(now, -time.Minute)
	return begin, end
}

// serving runs fn while a server that keeps the story's time answers on a port
// of its own.
func (m *maker) serving(ctx context.Context, cfg app.Config, fn func(context.Context) error) (err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = ln.Close() }()                    // the server has closed it, if there was one
	cfg.Listen, cfg.AdminListen = ln.Addr().String(), "" // what it says of its address is what will be true
	if cfg.DatabaseURL, err = told(cfg.DatabaseURL); err != nil {
		return err
	}
	if m.node, err = app.NewNode(ctx, cfg); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.node.Close()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := m.node.Start(ctx); err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() {
		defer cancel()
		served <- m.node.Serve(ctx, ln)
	}()
	m.site = newSite("http://" + ln.Addr().String())
	err = fn(ctx)
	m.site.http.CloseIdleConnections()
	cancel()
	return errors.Join(err, <-served)
}

// tell sets the platform up and lets the world's own story begin.
func (m *maker) tell(ctx context.Context, w world) (err error) {
	if m.password, err = password(); err != nil {
		return err
	}
	if m.hash, err = org.Hash(m.password); err != nil {
		return err
	}
	m.operator = m.visit("", "yunwei")
	if err := console.CreateOperator(ctx, m.node.Operator, m.operator.login, "运维管理员", m.password); err != nil {
		return err
	}
	m.show("/console", "平台运维", "河图平台", m.operator)
	if err := m.newGroup(ctx, w.group, w.slug); err != nil {
		return err
	}
	return w.tell(ctx, m)
}

// measure has every unit count what it holds, as it does once an hour.
func (m *maker) measure(ctx context.Context) error {
	for _, h := range m.houses {
		if err := console.Measure(tenant.As(ctx, tenant.Actor{Tenant: h.id, Name: "system", Request: "demo"}), m.node.DB); err != nil {
			return err
		}
	}
	return nil
}

// password is made at random, easy to read out.
func password() (string, error) {
	for range 100 {
		p := org.OneTime()[:14]
		if org.CheckPassword(p, "") == nil {
			return p, nil
		}
	}
	return "", errors.New("no password came out well")
}

// show offers a visitor to be somebody.
func (m *maker) show(door, role, where string, v *visit) {
	if door == "" {
		door = "/sign-in?t=" + v.tenant
	}
	m.signIns = append(m.signIns, SignIn{Door: door, Role: role, Tenant: where, Login: v.login, Password: v.password})
}

func (m *maker) present(h *house, role string, who *member) {
	m.show("", role, h.name+" "+who.department+" "+who.name, who.visit)
}

// random returns numbers that are the same every time.
func (m *maker) random(of string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(of))                        // a hash takes everything
	return rand.New(rand.NewPCG(20260101, h.Sum64())) //nolint:gosec // a story, not a secret
}

// settle opens the units one after the other: those above come first.
func (m *maker) settle(ctx context.Context, units ...unit) error {
	for _, u := range units {
		h, err := m.open(ctx, u)
		if err != nil {
			return err
		}
		m.houses[u.slug] = h
	}
	return nil
}

// together does things at the same time, as many as there are cores or two,
// and stops at the first that fails.
func together(ctx context.Context, fns ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	free := make(chan struct{}, max(2, runtime.GOMAXPROCS(0))+1)
	for _, fn := range fns {
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			if ctx.Err() != nil {
				return
			}
			if err := fn(ctx); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

func (m *maker) say(format string, args ...any) { m.o.say("  "+format, args...) }
