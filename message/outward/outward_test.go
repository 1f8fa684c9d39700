package outward_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"hetu/feature"
	"hetu/tenant/tenanttest"
)

const send = "/cgi-bin/message/send"

func TestFeature(t *testing.T) {
	t.Parallel()
	if err := feature.Check(newUnit(t).house.Feature()); err != nil {
		t.Fatal(err)
	}
}

// R383: what the unit lets out reaches whoever is linked, once, with a title and the
// way to the page; what it does not let out never leaves.
func TestDelivery(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.open("title", "approval")
	u.tell("approval.task_arrived", map[string]string{"title": "防汛值班安排"}, 0, 1, 2)
	u.tell("publish.published", map[string]string{"title": "内部通报"}, 0, 1)
	u.deliver()
	u.deliver()
	u.stand(map[string]int{"sent": 2, "skipped/unlinked": 1})
	if n := u.wecom.Calls(send); n != 1 {
		t.Errorf("%d calls for one text to two people, want 1", n)
	}
	for _, id := range []string{"linzhiyuan", "zhouqinghe"} {
		box := u.wecom.Got(id)
		if len(box) != 1 || box[0].Title != "审批" || !strings.Contains(box[0].Description, "《防汛值班安排》等待您办理") {
			t.Fatalf("%s got %+v", id, box)
		}
		link, err := url.Parse(box[0].Link)
		if err != nil || link.Host != "oa.example.org" || link.Path != "/open" || !strings.HasPrefix(link.Query().Get("to"), "/approval/tasks/") || link.Query().Get("t") == "" {
			t.Errorf("the link is %s, %v", box[0].Link, err)
		}
	}
}

// A channel that is off, or not asked for, costs a notice nothing.
func TestOff(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.plant(`update outward_channels set is_on = false where tenant_id = $1`)
	u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0)
	u.deliver()
	u.stand(map[string]int{})
	if n := u.wecom.Calls(send); n != 0 {
		t.Errorf("%d calls by a channel that is off", n)
	}
}

// R357, R368: of a notice a title leaves the house, or not even that; what a person
// has written stays inside, and no title is more than text over there.
func TestContent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wording, code string
		params        map[string]string
		want, never   string
	}{
		"the title":              {"title", "approval.task_arrived", map[string]string{"title": "用印申请", "opinion": "内情"}, "《用印申请》等待您办理", "内情"},
		"an answer stays inside": {"title", "publish.takedown_refused", map[string]string{"title": "通报", "answer": "涉及某案"}, "《通报》未予撤下：……", "某案"},
		"only that there is one": {"kind", "approval.task_arrived", map[string]string{"title": "用印申请"}, "您有一条新消息", "用印"},
		"a code without words":   {"title", "approval.new_thing", map[string]string{"title": "用印申请"}, "您有一条新消息", "用印"},
		"marks are text":         {"title", "approval.task_arrived", map[string]string{"title": `<a href="https://evil.example">点我</a>`}, "&lt;a href=", "<a"},
		"a long title":           {"title", "approval.task_arrived", map[string]string{"title": strings.Repeat("关于<印发>", 60)}, "关于&lt;印发&gt;", "等待您办理"},
		"a title that is a form": {"title", "approval.task_arrived", map[string]string{"title": "{answer}", "answer": "某案"}, "《{answer}》", "某案"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUnit(t)
			u.open(tt.wording, "approval", "publish")
			u.tell(tt.code, tt.params, 0)
			u.deliver()
			if got := u.got("linzhiyuan"); !strings.Contains(got, tt.want) || strings.Contains(got, tt.never) {
				t.Errorf("got %s: want %q in it and %q nowhere", got, tt.want, tt.never)
			}
			u.stand(map[string]int{"sent": 1})
		})
	}
}

// What does not go out is counted by its reason.
func TestSkipped(t *testing.T) {
	t.Parallel()
	for reason, spoil := range map[string]func(*unit){
		"read": func(u *unit) { u.plant(`update notices set read_at = now() where tenant_id = $1`) },
		"gone": func(u *unit) { u.plant(`update members set state = 'left' where tenant_id = $1`) },
		"over": func(u *unit) { u.rules.over.Store(true) },
		"off":  func(u *unit) { u.way.absent.Store(true) },
		"late": func(u *unit) {
			u.plant(`update outward_deliveries set due_at = now() - interval '80 hours' where tenant_id = $1`)
		},
		"unlinked": func(u *unit) { clear(u.way.known) },
		"unwanted": func(u *unit) {
			u.plant(`insert into outward_wishes (tenant_id, member_id, channel, mode) select $1, id, 'wecom', 'urgent' from members where tenant_id = $1`)
		},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			u := newUnit(t)
			u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0)
			spoil(u)
			u.deliver()
			u.stand(map[string]int{"skipped/" + reason: 1})
			if n := u.wecom.Calls(send); n != 0 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// What was withdrawn after it had been packed does not go out either.
func TestWithdrawnOnTheWay(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.wecom.Fail(send, -1)
	u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0)
	u.deliver()
	u.stand(map[string]int{"packed": 1})
	u.rules.over.Store(true)
	u.later()
	u.deliver()
	u.stand(map[string]int{"skipped/over": 1})
	if n := u.wecom.Everybody(); len(n) != 0 {
		t.Errorf("somebody got it: %v", n)
	}
	var kept int
	if err := u.admin().QueryRow(`select count(*) from outward_parcels where tenant_id = $1 and (body <> '' or cardinality(addresses) > 0)`, u.id).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("what it said is kept %d times, %v", kept, err)
	}
}

// Whose address has changed since it was packed gets it at the new one: the old one
// may be another's by now.
func TestMoved(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.wecom.Fail(send, -1)
	u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0, 1)
	u.deliver()
	u.stand(map[string]int{"packed": 2})
	u.wecom.Employ("lin.zhiyuan", true)
	u.way.known[u.people[0].Member] = "lin.zhiyuan"
	delete(u.way.known, u.people[1].Member)
	u.later()
	u.deliver()
	u.later()
	u.deliver()
	u.stand(map[string]int{"sent": 1, "skipped/unlinked": 1})
	if n := u.wecom.Everybody(); n["lin.zhiyuan"] != 1 || len(n) != 1 {
		t.Errorf("arrived %v, want once at the new address", n)
	}
}

// Outside of working time only what is urgent goes out; the rest waits for it, but
// not for whoever does not want to wait.
func TestQuiet(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	var morning time.Time
	u.rules.opens = func(at time.Time) time.Time { morning = at.Add(9 * time.Hour); return morning }
	u.plant(`insert into outward_wishes (tenant_id, member_id, channel, quiet) select $1, id, 'wecom', name <> '周清和' from members where tenant_id = $1`)
	u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0, 1)
	u.tell("approval.urged", map[string]string{"title": "二"}, 0)
	u.deliver()
	u.stand(map[string]int{"sent": 2, "waiting": 1})
	if got := u.got("linzhiyuan"); !strings.Contains(got, "二") || strings.Contains(got, "一") {
		t.Errorf("at night: %s", got)
	}
	var due time.Time
	if err := u.admin().QueryRow(`select due_at from outward_deliveries where tenant_id = $1 and state = 'waiting'`, u.id).Scan(&due); err != nil || due.Sub(morning).Abs() > time.Second {
		t.Errorf("due at %v, %v, want %v", due, err, morning)
	}
	u.rules.opens = func(at time.Time) time.Time { return at }
	u.plant(`update notices set at = now() - interval '8 days' where tenant_id = $1`) // it was a long holiday
	u.later()
	u.deliver()
	u.stand(map[string]int{"sent": 3})
}

// A suspended unit sends nothing; what waited goes out when it comes back.
func TestSuspended(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0)
	u.plant(`update platform.tenants set state = 'suspended' where id = $1`)
	u.deliver()
	u.stand(map[string]int{"waiting": 1})
	if n := u.wecom.Calls(send); n != 0 {
		t.Errorf("%d calls of a suspended unit", n)
	}
	u.plant(`update platform.tenants set state = 'active' where id = $1`)
	u.sweep()
	u.stand(map[string]int{"sent": 1})
}

func (u *unit) sweep() {
	u.t.Helper()
	if err := u.house.Feature().Rounds[0].Run(u.ctx, tenanttest.DB(u.t)); err != nil {
		u.t.Error(err)
	}
}

// No call is addressed to more than the other side takes.
func TestBatch(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.way.batch = 1
	u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0, 1)
	u.deliver()
	u.stand(map[string]int{"sent": 2})
	if n := u.wecom.Calls(send); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

// One person gets no more in a minute than WeCom delivers.
func TestRate(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	for range 25 {
		u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0)
	}
	u.deliver()
	u.deliver()
	u.stand(map[string]int{"sent": 20, "waiting": 5})
	u.plant(`update outward_deliveries set sent_at = sent_at - interval '2 minutes' where tenant_id = $1 and state = 'sent'`)
	u.later()
	u.deliver()
	u.stand(map[string]int{"sent": 25})
	if n := len(u.wecom.Got("linzhiyuan")); n != 25 {
		t.Errorf("%d arrived", n)
	}
}
