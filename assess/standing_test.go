package assess

import (
	"errors"
	"strings"
	"testing"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func (p *place) now(unit string) []NowStanding {
	p.t.Helper()
	l, err := do(p.as(unit), p.db, standings, feature.None{})
	if err != nil {
		p.t.Fatal(err)
	}
	return l.Items
}

// R306, AS-04: while a round is running, a unit sees what the tenant above lets
// it see, never the lines of another, and never who did what.
func TestAUnitSeesHowItStands(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	r := p.scored()
	if _, err := do(p.as("甲"), p.db, show, showing{r.ID, "own"}); !errors.Is(err, ErrRoundNotFound) {
		t.Errorf("another tenant = %v, want ErrRoundNotFound", err)
	}
	if got := p.now("甲"); len(got) != 0 {
		t.Errorf("before it is shown: %+v", got)
	}
	must(p, show, showing{r.ID, "own"})
	got := p.now("甲")
	if len(got) != 1 || got[0].Total.String() != "10" || got[0].Rank != nil || got[0].Units != 2 || len(got[0].Peers) != 0 ||
		len(got[0].Entries) != 1 || got[0].DaysLeft != 1 || len(got[0].Ahead) != 2 || got[0].Ahead[0].Points.String() != "5" {
		t.Fatalf("its own score = %+v", got)
	}
	must(p, show, showing{r.ID, "ranking"})
	if got = p.now("乙"); len(got) != 1 || got[0].Rank == nil || *got[0].Rank != 2 || len(got[0].Peers) != 2 || got[0].Peers[0].Unit.Name != "甲" {
		t.Fatalf("with the others = %+v", got)
	}
	if text := tenant.JSON(got); strings.Contains(text, p.unit["甲"].Name+"采用") || strings.Count(text, `"formula"`) != 1 {
		t.Errorf("it shows the lines of another: %s", text)
	}
	stranger, _ := tenanttest.As(t, tenanttest.Tenant(t, p.hq, "丙"))
	if l, err := do(stranger, p.db, standings, feature.None{}); err != nil || len(l.Items) != 0 {
		t.Errorf("a unit that is not scored sees %+v %v", l.Items, err)
	}

	p.adopt("乙", 3, "upper")
	must(p, recompute, ref{r.ID})
	if got = p.now("乙"); got[0].Total.String() != "35" || *got[0].Rank != 1 {
		t.Errorf("after it was worked out anew = %+v", got[0])
	}
	made := must(p, propose, p.corrects(r, "乙", "5"))
	if got = p.now("乙"); len(got[0].Disputed) != 1 || got[0].Disputed[0].Rule != "adopted" || got[0].Disputed[0].Name != "采用" {
		t.Errorf("disputed = %+v", got[0].Disputed)
	}
	if text := tenant.JSON(got); strings.Contains(text, made.ByName) || strings.Contains(text, made.Reason) {
		t.Errorf("it says who disputes it, or why: %s", text)
	}
	if got = p.now("甲"); len(got[0].Disputed) != 0 {
		t.Errorf("disputed of another = %+v", got[0].Disputed)
	}
	must(p.second(), reject, reasoned{made.ID, "没有重复"})
	if got = p.now("乙"); len(got[0].Disputed) != 0 {
		t.Errorf("disputed after it was decided = %+v", got[0].Disputed)
	}

	must(p, publish, publication{ID: r.ID})
	if got = p.now("甲"); len(got) != 0 {
		t.Errorf("after it was published = %+v, want what was published only", got)
	}
	if _, err := do(p.ctx, p.db, show, showing{r.ID, ""}); !errors.Is(err, ErrPublished) {
		t.Errorf("showing a published round = %v, want ErrPublished", err)
	}
	p.yesterday(r)
	p.adopt("甲", 1, "own") // of today: it does not count yesterday
	must(p, recompute, ref{r.ID})
	must(p, show, showing{r.ID, ""})
	if got = p.now("甲"); len(got) != 0 {
		t.Errorf("hidden again = %+v", got)
	}
}

// A department's standing is for those who hold a post in it.
func TestADepartmentSeesHowItStands(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	one, _ := tenanttest.As(t, p.hq)
	p.unit["水情"] = Unit{"department", tenanttest.Member(t, one, "水情"), "水情"}
	r := p.round(p.scheme(adoption("5", "10")), "一")
	must(p, recompute, ref{r.ID})
	must(p, show, showing{r.ID, "own"})
	own, err := do(one, p.db, standings, feature.None{})
	if err != nil || len(own.Items) != 1 || own.Items[0].Unit.Name != "水情处" {
		t.Errorf("who has a post in it = %+v %v", own.Items, err)
	}
	if other := must(p, standings, feature.None{}); len(other.Items) != 0 {
		t.Errorf("who has none = %+v", other.Items)
	}
}
