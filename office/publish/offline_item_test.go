package publish

import (
	"context"
	"testing"

	"hetu/feature"
	"hetu/tenant"
)

// R017: the page of an item says to those whose business it is that it is marked
// 不上网, and who may mark or lift; to its readers it says nothing.
func TestR017MarksOfAnItem(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	it := h.publishes(h.submittedText(secretText))
	_, err := see(foreign, foreign.office, foreign.desk.itemOffline, ref{it.ID})
	want(t, err, ErrNotFound, "another tenant's")
	may := func(p member) []string { return must[ItemOffline](t)(see(h, p, h.desk.itemOffline, ref{it.ID})).May }
	if got := may(h.drafter); len(got) != 1 || got[0] != "mark" {
		t.Errorf("the drafter may %v", got)
	}
	if got := may(h.reader); len(got) != 0 {
		t.Errorf("a reader may %v", got)
	}
	m := h.marks(h.drafter, newMark{ItemID: &it.ID})
	for name, tt := range map[string]struct {
		who   member
		marks int
		may   int
	}{"the drafter": {h.drafter, 1, 0}, "the Office": {h.office, 1, 1}, "a reader": {h.reader, 0, 0}} {
		o := must[ItemOffline](t)(see(h, tt.who, h.desk.itemOffline, ref{it.ID}))
		if len(o.Marks) != tt.marks || len(o.May) != 0 || tt.marks > 0 && len(o.Marks[0].May) != tt.may {
			t.Errorf("%s: %+v", name, o)
		}
	}
	must[OfflineMark](t)(do(h, h.office, liftOffline, lifting{ID: m.ID, Reason: "已经公开", Version: m.Version}))
	if got := may(h.drafter); len(got) != 1 {
		t.Errorf("after it was lifted the drafter may %v", got)
	}
}

// submittedText takes an item with this text as far as its publication.
func (h *house) submittedText(text string) Item {
	h.t.Helper()
	it := h.submits(h.writes("<p>" + text + "</p>"))
	if err := h.approves(h.first, it); err != nil {
		h.t.Fatal(err)
	}
	return h.seen(h.drafter, it.ID)
}

// I12: an attempt to put online what is marked 不上网 counts against the
// department of who tried, once a day for the same item.
func TestI12OfflineAttempts(t *testing.T) {
	t.Parallel()
	h := open(t)
	it, other := h.writes("<p>"+secretText+"</p>"), h.drafts(h.column)
	h.marks(h.office, newMark{Text: secretText})
	_, err := do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version})
	want(t, err, ErrOffline, "submit what is marked")
	attempt := func(x Item, code string) {
		h.write(h.drafter, func(ctx context.Context, tx *tenant.Tx) error {
			return offlineRefused(ctx, tx, feature.Refusal{Route: "POST /publish/items/{id}/submit", Path: "/api/publish/items/" + x.ID.String() + "/submit",
				Code: code, Param: func(string) string { return x.ID.String() }})
		})
	}
	attempt(other, "rbac.denied") // a refusal as any other
	for range 3 {
		attempt(it, ErrOffline.Code)
	}
	if n := count(h, `select count(*) from deeds where kind = $1`, OfflineAttempt); n != 1 {
		t.Errorf("%d attempts counted, want 1", n)
	}
	if n := count(h, `select count(*) from deeds where kind = $1 and item = $2 and unit_id = $3 and unit_kind = 'department'`,
		OfflineAttempt, objectOf(it.ID), h.drafter.dept); n != 1 {
		t.Error("it is not counted against the drafter's department")
	}
	if n := count(h, `select count(*) from audit_entries where action = 'refused' and member_id = $1`, h.drafter.Member); n != 4 {
		t.Errorf("%d refusals recorded, want 4", n)
	}
	for _, r := range h.desk.Feature().Routes {
		if r.Path == "/publish/items/{id}/submit" || r.Path == "/publish/items/{id}/publish" {
			if r.Endpoint.Refused == nil || len(r.Endpoint.RefusedCodes) != 1 || r.Endpoint.RefusedCodes[0] != ErrOffline.Code {
				t.Errorf("%s does not record refusals", r.Path)
			}
		}
	}
}
