package publish

import (
	"slices"
	"testing"
	"time"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// centre is an administrator of the information centre of the house.
func (h *house) centre(name string) member {
	h.t.Helper()
	p := h.joins(name)
	h.gives(p, rbac.Admin)
	return p
}

func (h *house) heard(p member, code string) int {
	h.t.Helper()
	return count(h, `select count(*) from notices where member_id = $1 and code = $2`, p.Member, code)
}

// R013, R014, R003, W02: who cannot withdraw an item asks; the information
// centre removes it, and can do nothing else to it; everybody is told, and the
// minutes are known.
func TestR013TakedownRequest(t *testing.T) {
	t.Parallel()
	h := open(t)
	centre := h.centre("信息中心")
	it := h.publishes(h.reviewed(h.column))
	ask := newTakedown{ID: it.ID, Reason: "confidential", Note: "含内部电话", NoticedAt: it.PublishedAt}

	_, err := do(h, h.drafter, requestTakedown, ask)
	want(t, err, ErrTakedownYourself, "who may withdraw it asks")
	stranger := open(t)
	_, err = do(stranger, stranger.reader, requestTakedown, ask)
	want(t, err, ErrNotFound, "from another tenant")
	early, late := it.PublishedAt.Add(-time.Hour), it.PublishedAt.Add(time.Hour)
	for name, tt := range map[string]struct {
		in   newTakedown
		want error
	}{
		"another reason without a word":     {newTakedown{ID: it.ID, Reason: "other", Note: " "}, ErrNoteMissing},
		"noticed before it was there":       {newTakedown{ID: it.ID, Reason: "wrong", NoticedAt: &early}, ErrNoticed},
		"noticed in time to come":           {newTakedown{ID: it.ID, Reason: "wrong", NoticedAt: &late}, ErrNoticed},
		"what is not published, to readers": {newTakedown{ID: h.drafts(h.column).ID, Reason: "wrong"}, ErrNotFound},
	} {
		_, err := do(h, h.reader, requestTakedown, tt.in)
		want(t, err, tt.want, name)
	}
	k := must[TakedownRequest](t)(do(h, h.reader, requestTakedown, ask))
	if k.State != "open" || k.Ordered || !slices.Equal(k.May, []string{"cancel"}) || h.heard(centre, "publish.takedown_requested") != 1 {
		t.Errorf("requested: %+v, the centre was told %d times", k, h.heard(centre, "publish.takedown_requested"))
	}
	_, err = do(h, h.reader, requestTakedown, ask)
	want(t, err, ErrTakedownOpen, "ask again")
	other := must[TakedownRequest](t)(do(h, h.first, requestTakedown, newTakedown{ID: it.ID, Reason: "wrong"}))

	if rights := rbac.From(h.as(centre)); rights.Has(Publish) || rights.Has(Review) || rights.Has(Draft) || rights.Has(Manage) || !rights.Has(Takedown) {
		t.Errorf("the information centre may %v (R003)", rights.List())
	}
	_, err = do(h, centre, h.desk.withdraw, withdrawal{ID: it.ID, Reason: "自行撤下", Version: it.Version})
	want(t, err, rbac.ErrDenied, "the centre takes down what nobody asked it to, by itself (R003)")
	_, err = see(h, h.publisher, showTakedown, ref{k.ID})
	want(t, err, ErrTakedownNotFound, "a stranger to the request sees it")
	_, err = do(stranger, stranger.centre("信息中心"), stranger.desk.removeRequested, versioned{k.ID, k.Version})
	want(t, err, ErrTakedownNotFound, "the centre of another tenant removes")
	_, err = do(h, centre, h.desk.removeRequested, versioned{k.ID, k.Version + 1})
	want(t, err, ErrTakedownDecided, "of a version it never had")

	k = must[TakedownRequest](t)(do(h, centre, h.desk.removeRequested, versioned{k.ID, k.Version}))
	if k.State != "removed" || k.DecidedName != centre.Name || k.DecidedAt == nil || k.Minutes < 0 || k.NoticedMinutes < k.Minutes || len(k.May) != 0 {
		t.Errorf("removed: %+v", k)
	}
	now := h.seen(h.drafter, it.ID)
	if now.State != "withdrawn" || now.WithdrawReason != "涉及秘密：含内部电话" || now.WithdrawnBy.ID != centre.Member || !now.NoticedAt.Equal(*it.PublishedAt) {
		t.Errorf("the item: %+v", now)
	}
	if h.sees(h.reader, it.ID) {
		t.Error("readers still see it (R015)")
	}
	for _, p := range []member{h.reader, h.first} {
		if h.heard(p, "publish.takedown_removed") != 1 {
			t.Errorf("%s was not told", p.Name)
		}
	}
	if h.heard(h.drafter, "publish.withdrawn") != 1 || h.heard(h.publisher, "publish.withdrawn") != 1 {
		t.Error("those who answer for it were not told")
	}
	if got := must[TakedownRequest](t)(see(h, h.first, showTakedown, ref{other.ID})); got.State != "removed" {
		t.Errorf("the other request about it is %s", got.State)
	}
	if n := count(h, `select count(*) from deeds where kind = $1 and item = $2 and level = 'confidential' and member_id = $3 and work_minutes >= 0`,
		TakenDown, objectOf(it.ID), h.publisher.Member); n != 1 {
		t.Errorf("%d deeds of the takedown, want 1 (I12)", n)
	}
	_, err = do(h, centre, h.desk.removeRequested, versioned{k.ID, k.Version})
	want(t, err, ErrTakedownDecided, "remove again")
}

// R038: who inspects orders; an order is not refused. R013: any other request
// may be, with a reason, by somebody other than who asked.
func TestR038OrderedAndRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	centre := h.centre("信息中心")
	it := h.publishes(h.reviewed(h.column))
	order := must[TakedownRequest](t)(do(h, h.auditor, requestTakedown, newTakedown{ID: it.ID, Reason: "unlawful"}))
	if !order.Ordered || h.heard(centre, "publish.takedown_ordered") != 1 {
		t.Errorf("ordered: %+v", order)
	}
	_, err := do(h, centre, refuseTakedown, refusedTakedown{order.ID, "不办", order.Version})
	want(t, err, ErrTakedownOrdered, "refuse an order")
	own := must[TakedownRequest](t)(do(h, centre, requestTakedown, newTakedown{ID: it.ID, Reason: "wrong"}))
	_, err = do(h, centre, h.desk.removeRequested, versioned{own.ID, own.Version})
	want(t, err, ErrTakedownOwn, "the centre removes on its own request")
	_, err = do(h, centre, refuseTakedown, refusedTakedown{own.ID, "不办", own.Version})
	want(t, err, ErrTakedownOwn, "and refuses it")
	must[TakedownRequest](t)(do(h, centre, cancelTakedown, versioned{own.ID, own.Version}))

	k := must[TakedownRequest](t)(do(h, h.reader, requestTakedown, newTakedown{ID: it.ID, Reason: "unsuitable"}))
	_, err = do(h, centre, refuseTakedown, refusedTakedown{k.ID, "  ", k.Version})
	want(t, err, ErrAnswerMissing, "refuse without an answer")
	_, err = do(h, centre, cancelTakedown, versioned{k.ID, k.Version})
	want(t, err, ErrNotRequester, "take back what another asked")
	k = must[TakedownRequest](t)(do(h, centre, refuseTakedown, refusedTakedown{k.ID, "内容无误", k.Version}))
	if k.State != "refused" || k.Answer != "内容无误" || h.heard(h.reader, "publish.takedown_refused") != 1 || !h.sees(h.reader, it.ID) {
		t.Errorf("refused: %+v", k)
	}
	_, err = do(h, centre, refuseTakedown, refusedTakedown{k.ID, "再次", k.Version})
	want(t, err, ErrTakedownDecided, "refuse again")
	k = must[TakedownRequest](t)(do(h, h.reader, requestTakedown, newTakedown{ID: it.ID, Reason: "wrong"}))

	// What is open stands first; everybody else sees their own.
	l := must[feature.List[TakedownRequest]](t)(see(h, centre, listTakedowns, takedownQuery{}))
	if len(l.Items) != 4 || l.Items[0].ID != k.ID || l.Items[1].ID != order.ID || !slices.Equal(l.Items[0].May, []string{"remove", "refuse"}) || !slices.Equal(l.Items[1].May, []string{"remove"}) {
		t.Errorf("the centre's list: %+v", l.Items)
	}
	if l := must[feature.List[TakedownRequest]](t)(see(h, h.reader, listTakedowns, takedownQuery{State: "open"})); len(l.Items) != 1 || l.Items[0].ID != k.ID {
		t.Errorf("the reader's list: %+v", l.Items)
	}
	// The department takes it down itself: every request is answered by that.
	must[Item](t)(do(h, h.publisher, h.desk.withdraw, withdrawal{ID: it.ID, Reason: "数据有误", Class: "wrong", Version: it.Version}))
	if n := count(h, `select count(*) from takedown_requests where item_id = $1 and state = 'open'`, it.ID); n != 0 {
		t.Errorf("%d requests about a withdrawn item are open", n)
	}
	_, err = do(h, h.auditor, requestTakedown, newTakedown{ID: it.ID, Reason: "wrong"})
	want(t, err, ErrState, "order what is gone")
	if n := count(h, `select count(*) from deeds where kind = $1 and level = 'wrong' and item = $2`, TakenDown, objectOf(it.ID)); n != 1 {
		t.Errorf("%d deeds of the takedown, want 1 (I10)", n)
	}
}

// R014: two administrators at the same moment take an item down once.
func TestR014RemovedOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	a, b := h.centre("信息中心甲"), h.centre("信息中心乙")
	it := h.publishes(h.reviewed(h.column))
	k := must[TakedownRequest](t)(do(h, h.reader, requestTakedown, newTakedown{ID: it.ID, Reason: "mistake"}))
	var errs [2]error
	done := make(chan struct{})
	for i, p := range []member{a, b} {
		ctx := h.as(p)
		go func() {
			defer func() { done <- struct{}{} }()
			errs[i] = tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
				_, err := h.desk.removeRequested(ctx, tx, versioned{k.ID, k.Version})
				return err
			})
		}()
	}
	<-done
	<-done
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("removed by %v and %v, want one of them", errs[0], errs[1])
	}
	if n := count(h, `select count(*) from deeds where kind = $1 and item = $2`, TakenDown, objectOf(it.ID)); n != 1 {
		t.Errorf("%d deeds, want 1", n)
	}
}
