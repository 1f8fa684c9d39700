package assess

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// offered are the kinds of deeds of the first release.
func offered() []feature.Indicator {
	return []feature.Indicator{
		{Kind: "publish.published", Name: "网站信息发布", Good: true},
		{Kind: "exchange.reported", Name: "信息上报", Good: true},
		{Kind: "exchange.received", Name: "收到来稿", Good: true},
		{Kind: "exchange.adopted", Name: "信息采用", Good: true},
		{Kind: "publish.withdrawn", Name: "信息撤回", Good: false},
		{Kind: Recorded, Name: "人工登记", Good: true},
	}
}

var s = schemes{offered}

// A place is a headquarters with tenants below it, made for one test.
type place struct {
	t    testing.TB
	db   *tenant.DB
	ctx  context.Context // the evaluator of the headquarters
	hq   uuid.UUID
	unit map[string]Unit
}

// found makes a headquarters and a tenant below it for each name.
func found(t testing.TB, bureaus ...string) *place {
	t.Helper()
	p := &place{t: t, db: tenanttest.DB(t), hq: tenanttest.Tenant(t, uuid.Nil, "省局"), unit: map[string]Unit{}}
	p.ctx, _ = tenanttest.As(t, p.hq)
	for _, name := range bureaus {
		p.unit[name] = Unit{"tenant", tenanttest.Tenant(t, p.hq, name), name}
	}
	return p
}

// department adds a department to the headquarters.
func (p *place) department(name string) Unit {
	p.t.Helper()
	u := Unit{"department", tenant.NewID(), name}
	p.write(p.ctx, func(tx *tenant.Tx) error {
		_, err := tx.Exec(p.ctx, `insert into departments (id, path, name) values ($1, array[$1]::uuid[], $2)`, u.ID, name)
		return err
	})
	p.unit[name] = u
	return u
}

func (p *place) write(ctx context.Context, fn func(*tenant.Tx) error) {
	p.t.Helper()
	if err := p.db.Write(ctx, fn); err != nil {
		p.t.Fatal(err)
	}
}

// as returns a context of a member of the unit, which is a tenant.
func (p *place) as(name string) context.Context {
	ctx, _ := tenanttest.As(p.t, p.unit[name].ID)
	return ctx
}

// do calls an endpoint in a transaction of its own.
func do[In, Out any](ctx context.Context, db *tenant.DB, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (out Out, err error) {
	err = db.Write(ctx, func(tx *tenant.Tx) (err error) {
		out, err = fn(ctx, tx, in)
		return err
	})
	return out, err
}

func must[In, Out any](p *place, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) Out {
	p.t.Helper()
	out, err := do(p.ctx, p.db, fn, in)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// adopt records that the headquarters adopted n items of a unit at a level.
func (p *place) adopt(unit string, n int, level string) {
	p.t.Helper()
	p.write(p.ctx, func(tx *tenant.Tx) error {
		for range n {
			id := tenant.NewID()
			tx.Deed(tenant.Deed{Kind: "exchange.adopted", UnitKind: "tenant", Unit: p.unit[unit].ID, Level: level,
				Item: "exchange/envelope/" + id.String(), Title: "汛情快报", Content: id.String()})
		}
		return nil
	})
}

// adoption is the rule of T-1 and T-2: points for each adopted item by level.
func adoption(own, upper string) Spec {
	return Spec{Code: "adopted", Name: "采用", Type: perItem, DeedKind: "exchange.adopted",
		Levels: []LevelPoints{{Level: "own", Points: points(own)}, {Level: "upper", Points: points(upper)}}}
}

// scheme makes an active scheme of all units of the place.
func (p *place) scheme(rules ...Spec) Scheme {
	p.t.Helper()
	made := must(p, s.create, newScheme{Year: today().AddDate(0, 0, -5).Year(), Name: "目标考核" + tenant.NewID().String()})
	edit := schemeEdit{ID: made.ID, Name: made.Name, Year: made.Year, Version: made.Version, Rules: rules}
	for _, u := range p.unit {
		edit.Units = append(edit.Units, unitRef{Kind: u.Kind, ID: u.ID})
	}
	made = must(p, s.edit, edit)
	return must(p, s.activate, schemeAct{made.ID, made.Version})
}

// round opens a round over today. In the first days of a year it still is of
// the year before: some tests look back a few days, and a scheme never looks
// back beyond its year.
func (p *place) round(sc Scheme, name string) Round {
	p.t.Helper()
	first := fmt.Sprint(sc.Year, "-01-01")
	r := must(p, openRound, newRound{SchemeID: sc.ID, Name: name, From: first, To: first})
	if _, err := tenanttest.Admin(p.t).Exec(`update assess_rounds set from_day = $2, to_day = $2 where id = $1`, r.ID, today().Format(time.DateOnly)); err != nil {
		p.t.Fatal(err)
	}
	return must(p, findRound, r.ID)
}

// totals works a round out and returns the total of every unit of a kind.
func (p *place) totals(r Round, kind string) map[string]string {
	p.t.Helper()
	must(p, recompute, ref{r.ID})
	got := map[string]string{}
	for _, row := range must(p, ranking, rankingQuery{r.ID, kind}).Rows {
		got[row.Unit.Name] = row.Total.String()
	}
	return got
}

func today() time.Time { return time.Now().In(time.FixedZone("", 8*3600)) }

// move makes deeds of a tenant look as if done some days ago, which no product
// code can do.
func (p *place) move(of uuid.UUID, days int) {
	p.t.Helper()
	if _, err := tenanttest.Admin(p.t).Exec(`update deeds set day = day - $2::int, at = at - make_interval(days => $2) where tenant_id = $1`, of, days); err != nil {
		p.t.Fatal(err)
	}
}

func wantFault(t *testing.T, err error, want *fault.Error, field string) {
	t.Helper()
	if !errors.Is(err, want) || fault.Of(err).Field != field {
		t.Errorf("err = %v on %q, want %v on %q", err, fault.Of(err).Field, want, field)
	}
}

type fixture struct {
	T1 struct {
		Rule struct {
			Own   json.Number `json:"own_site"`
			Upper json.Number `json:"upper_site"`
		} `json:"rule"`
		Rows [][4]any `json:"rows"`
	} `json:"T1_zhalantun_2023Q1"`
	T2 struct {
		Rule struct {
			Adopted  json.Number `json:"own_adoption"`
			Reported json.Number `json:"reported"`
		} `json:"rule"`
		Rows [][8]any `json:"rows"`
	} `json:"T2_huolinguole_2018_01_02"`
}

func fixtures(t *testing.T) (f fixture) {
	t.Helper()
	b, err := os.ReadFile("testdata/assessment.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

// num returns a number of the fixtures; what is none is -1.
func num(v any) int {
	n, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil {
		return -1
	}
	return n
}

func TestT1ZhalantunRecomputes(t *testing.T) {
	t.Parallel()
	f := fixtures(t).T1
	var names []string
	for _, r := range f.Rows {
		names = append(names, r[0].(string))
	}
	p := found(t, names...)
	for _, r := range f.Rows {
		p.adopt(r[0].(string), num(r[1]), "own")
		p.adopt(r[0].(string), num(r[2]), "upper")
	}
	round := p.round(p.scheme(adoption(f.Rule.Own.String(), f.Rule.Upper.String())), "第一季度")
	must(p, recompute, ref{round.ID})
	got := must(p, ranking, rankingQuery{round.ID, "tenant"}).Rows
	if len(got) != len(f.Rows) {
		t.Fatalf("%d rows, want %d", len(got), len(f.Rows))
	}
	for i, r := range f.Rows {
		if got[i].Unit.Name != r[0] || got[i].Total.String() != fmt.Sprint(r[3]) || got[i].Rank != i+1 {
			t.Errorf("rank %d: %s %s, want %s %v", got[i].Rank, got[i].Unit.Name, got[i].Total, r[0], r[3])
		}
	}
	first := must(p, unitScore, unitQuery{round.ID, got[0].Unit.ID})
	if want := "本级采用 35 条 × 5 分 + 上级采用 3 条 × 10 分 = 205 分"; first.Entries[0].Formula != want {
		t.Errorf("formula = %q, want %q", first.Entries[0].Formula, want)
	}
}

func TestT2HuolinguoleRecomputes(t *testing.T) {
	t.Parallel()
	f := fixtures(t).T2
	names := []string{"零报零采街道"} // such units are named too
	for _, r := range f.Rows {
		names = append(names, r[0].(string))
	}
	p := found(t, names...)
	for _, r := range f.Rows {
		name := r[0].(string)
		p.report(name, num(r[1]))
		for _, journal := range r[2:7] { // 普发, 微信, 参阅, 约稿, 上报: all of the own level
			p.adopt(name, num(journal), "own")
		}
	}
	reported := Spec{Code: "reported", Name: "上报", Type: perItem, DeedKind: "exchange.reported", Levels: []LevelPoints{{Level: "", Points: points(f.Rule.Reported.String())}}}
	round := p.round(p.scheme(reported, adoption(f.Rule.Adopted.String(), "10")), "1—2月")
	got := p.totals(round, "tenant")
	for _, r := range f.Rows {
		if got[r[0].(string)] != fmt.Sprint(r[7]) {
			t.Errorf("%s = %s, want %v", r[0], got[r[0].(string)], r[7])
		}
	}
	if got["零报零采街道"] != "0" || len(got) != 6 {
		t.Errorf("totals = %v, want six units and 0 for the one that did nothing", got)
	}
	parts := must(p, ranking, rankingQuery{round.ID, ""}).Rows[0].Parts // 珠斯花街道
	if parts[0].N != 15 || !parts[0].Points.IsZero() || parts[1].N != 5 || parts[1].Points.String() != "25" {
		t.Errorf("parts = %+v, want 15 reported for nothing and 5 adopted for 25", parts)
	}
}

// report records that a tenant below reported n items.
func (p *place) report(unit string, n int) {
	ctx := p.as(unit)
	p.write(ctx, func(tx *tenant.Tx) error {
		for range n {
			id := tenant.NewID()
			tx.Deed(tenant.Deed{Kind: "exchange.reported", Unit: tenant.NewID(), Item: "exchange/envelope/" + id.String(), Title: "水情", Content: id.String()})
		}
		return nil
	})
}
