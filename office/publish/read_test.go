package publish

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/wordcheck"
)

// rules has the Office set the rules of a column.
func (h *house) rules(c Column, s ruleSpec) {
	h.t.Helper()
	var v int
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Get(ctx, &v, `select version from columns where id = $1`, c.ID)
	})
	must[Column](h.t)(do(h, h.office, changeColumn, columnChange{ID: c.ID, Rules: &s, Version: v}))
}

// closes has nobody read a column who was not given the right to.
func (h *house) closes() {
	h.t.Helper()
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `delete from grants where subject_kind = 'everyone'`)
		return err
	})
}

// readerNames are the names of readers.
func readerNames(l feature.List[Reader]) (names []string) {
	for _, r := range l.Items {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	return names
}

// R037: who has read an item and who has not is shown by person to those who
// have the right to know, and those who have not are reminded, once an hour.
func TestR037Readers(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.closes()
	h.may(h.reader, "read", h.column)
	h.may(h.second, "read", h.column)
	h.rules(h.column, ruleSpec{Receipts: "on"})
	it := h.publishes(h.reviewed(h.column))
	plain := h.joins("无关人员")
	h.may(plain, "read", h.column)
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update posts set head = false where member_id = $1`, plain.Member)
		return err
	})
	list := func(p member, q readerQuery) ([]string, error) {
		q.ID = it.ID
		l, err := see(h, p, listReaders, q)
		return readerNames(l), err
	}
	_, err := list(plain, readerQuery{})
	want(t, err, rbac.ErrDenied, "somebody who heads nothing looks")
	stranger := open(t)
	_, err = see(stranger, stranger.office, listReaders, readerQuery{ID: it.ID})
	want(t, err, ErrNotFound, "another tenant looks")
	_, err = see(h, h.drafter, listReaders, readerQuery{ID: h.drafts(h.column).ID})
	want(t, err, ErrState, "of a draft")
	_, err = list(h.drafter, readerQuery{State: "half"})
	want(t, err, feature.ErrChoice, "a state there is not")

	must[feature.None](t)(do(h, h.reader, markRead, ref{it.ID}))
	everybody, err := list(h.drafter, readerQuery{})
	if err != nil || !slices.Contains(everybody, "读者") || !slices.Contains(everybody, "二审") || !slices.Contains(everybody, "无关人员") || slices.Contains(everybody, "三审") {
		t.Errorf("the audience is %v, %v", everybody, err)
	}
	for name, tt := range map[string]struct {
		who  member
		q    readerQuery
		has  string
		not  string
		want error
	}{
		"the drafter, who has":           {h.drafter, readerQuery{State: "read"}, "读者", "二审", nil},
		"the publisher, who has not":     {h.publisher, readerQuery{State: "unread"}, "二审", "读者", nil},
		"the inspector, one department":  {h.auditor, readerQuery{Department: &h.second.dept}, "二审", "读者", nil},
		"the head of another department": {h.reader, readerQuery{}, "读者", "二审", nil},
		"a head asks for another's":      {h.reader, readerQuery{Department: &h.second.dept}, "", "", rbac.ErrDenied},
		"confirmed is more than opened":  {h.drafter, readerQuery{State: "unconfirmed"}, "读者", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := list(tt.who, tt.q)
			want(t, err, tt.want, "list")
			if tt.has != "" && !slices.Contains(got, tt.has) || tt.not != "" && slices.Contains(got, tt.not) {
				t.Errorf("got %v, want %s and not %s", got, tt.has, tt.not)
			}
		})
	}
	if first, err := see(h, h.drafter, listReaders, readerQuery{ID: it.ID, Page: feature.Page{Limit: 1}}); err != nil || len(first.Items) != 1 || first.Next == "" {
		t.Errorf("a page of one: %+v, %v", first, err)
	}

	must[feature.None](t)(do(h, h.reader, confirmRead, ref{it.ID}))
	must[feature.None](t)(do(h, h.reader, confirmRead, ref{it.ID})) // again changes nothing
	g := must[Reading](t)(see(h, h.drafter, reading, ref{it.ID}))
	if g.Total == nil || g.Total.Audience != len(everybody) || g.Total.Read != 1 || g.Total.Confirmed != 1 || !slices.Contains(g.May, "remind") {
		t.Errorf("reading: %+v %+v", g, g.Total)
	}
	if g := must[Reading](t)(see(h, plain, reading, ref{it.ID})); g.Total != nil || !slices.Equal(g.May, []string{"confirm", "takedown"}) {
		t.Errorf("to somebody else: %+v", g)
	}

	_, err = do(h, plain, remind, reminding{ID: it.ID})
	want(t, err, rbac.ErrDenied, "somebody without the right reminds")
	done := must[Reminded](t)(do(h, h.publisher, remind, reminding{ID: it.ID}))
	if done.Told == 0 || h.heard(h.second, "publish.read_reminder") != 1 || h.heard(h.reader, "publish.read_reminder") != 0 {
		t.Errorf("%d reminded; the second reviewer %d times, the reader %d", done.Told, h.heard(h.second, "publish.read_reminder"), h.heard(h.reader, "publish.read_reminder"))
	}
	_, err = do(h, h.drafter, remind, reminding{ID: it.ID})
	want(t, err, ErrRemindedRecently, "again within the hour")
	if until, ok := meta(err, "until").(time.Time); !ok || time.Until(until) < 50*time.Minute {
		t.Errorf("until = %v", meta(err, "until"))
	}
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update item_reminders set at = at - interval '1 hour' where item_id = $1`, it.ID)
		return err
	})
	must[Reminded](t)(do(h, h.drafter, remind, reminding{ID: it.ID}))
	other := h.publishes(h.reviewed(h.opens2()))
	_, err = do(h, h.reader, confirmRead, ref{other.ID})
	want(t, err, ErrNoReceipts, "confirm where the column does not ask")
}

// opens2 is a column like the first, of which nothing is asked.
func (h *house) opens2() Column {
	h.t.Helper()
	c := h.opens("普通栏目", 1, &h.drafter.dept)
	h.may(h.drafter, "draft", c)
	h.may(h.publisher, "publish", c)
	h.may(h.first, "review", c)
	h.may(h.reader, "read", c)
	return c
}

// R037: the head of a department sees what it should read, and how many have.
func TestR037DepartmentReading(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.closes()
	h.may(h.reader, "read", h.column)
	one, two := h.publishes(h.reviewed(h.column)), h.publishes(h.reviewed(h.column))
	must[feature.None](t)(do(h, h.reader, markRead, ref{one.ID}))
	_, err := see(h, h.reader, departmentReading, departmentQuery{Department: &h.second.dept})
	want(t, err, ErrNotHead, "of a department one does not head")
	l := must[feature.List[DepartmentItem]](t)(see(h, h.reader, departmentReading, departmentQuery{}))
	if len(l.Items) != 2 || l.Items[0].ID != two.ID || l.Items[0].Read != 0 || l.Items[1].Read != 1 || l.Items[1].Audience != 1 {
		t.Errorf("the reader's department: %+v", l.Items)
	}
	l = must[feature.List[DepartmentItem]](t)(see(h, h.reader, departmentReading, departmentQuery{Unread: true}))
	if len(l.Items) != 1 || l.Items[0].ID != two.ID {
		t.Errorf("unread by somebody: %+v", l.Items)
	}
	if l := must[feature.List[DepartmentItem]](t)(see(h, h.third, departmentReading, departmentQuery{})); len(l.Items) != 0 {
		t.Errorf("a department that may not read the column: %+v", l.Items)
	}
	if l := must[feature.List[DepartmentItem]](t)(see(h, h.auditor, departmentReading, departmentQuery{Department: &h.reader.dept})); len(l.Items) != 2 {
		t.Errorf("to the inspector: %+v", l.Items)
	}
	unknown := tenant.NewID()
	_, err = see(h, h.auditor, departmentReading, departmentQuery{Department: &unknown})
	want(t, err, ErrDepartment, "of a department there is not")
	h.withdraws(two)
	if l := must[feature.List[DepartmentItem]](t)(see(h, h.reader, departmentReading, departmentQuery{})); len(l.Items) != 1 {
		t.Errorf("after a withdrawal: %+v", l.Items)
	}
}

// Comments: text only, where the column lets readers, checked for words (R031),
// deleted by who wrote them for ten minutes, hidden with a reason, gone with the item (R015).
func TestComments(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.may(h.reader, "read", h.column)
	h.may(h.second, "read", h.column)
	it := h.publishes(h.reviewed(h.column))
	_, err := do(h, h.reader, comment, newComment{ID: it.ID, Text: "很好"})
	want(t, err, ErrNoComments, "where the column does not let readers comment")
	h.rules(h.column, ruleSpec{Comments: "on"})
	stranger := open(t)
	_, err = do(stranger, stranger.reader, comment, newComment{ID: it.ID, Text: "很好"})
	want(t, err, ErrNotFound, "from another tenant")
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error { return wordcheck.New(nil).Feature().Seed(ctx, tx) })
	h.calledBad(t)
	for name, tt := range map[string]struct {
		text string
		want error
	}{
		"nothing":       {" \n ", ErrTextMissing},
		"too long":      {strings.Repeat("长", 501), feature.ErrLong},
		"a word blocks": {"这里写了禁 用词语", wordcheck.ErrBlocked},
	} {
		_, err := do(h, h.reader, comment, newComment{ID: it.ID, Text: tt.text})
		want(t, err, tt.want, name)
	}
	k := must[Comment](t)(do(h, h.reader, comment, newComment{ID: it.ID, Text: "<b>很好</b>\n第二行"}))
	if k.Text != "<b>很好</b>\n第二行" || k.Name != h.reader.Name || k.DepartmentName == "" || !slices.Equal(k.May, []string{"delete"}) {
		t.Errorf("commented: %+v", k)
	}
	old := must[Comment](t)(do(h, h.reader, comment, newComment{ID: it.ID, Text: strings.Repeat("长", 500)}))
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update item_comments set at = at - interval '10 minutes' where id = $1`, old.ID)
		return err
	})
	_, err = do(h, h.second, deleteComment, ref{k.ID})
	want(t, err, ErrNotCommenter, "delete another's")
	_, err = do(stranger, stranger.reader, deleteComment, ref{k.ID})
	want(t, err, ErrCommentNotFound, "delete another tenant's")
	_, err = do(h, h.reader, deleteComment, ref{old.ID})
	want(t, err, ErrCommentSettled, "delete after ten minutes")
	must[feature.None](t)(do(h, h.reader, deleteComment, ref{k.ID}))
	_, err = do(h, h.reader, deleteComment, ref{k.ID})
	want(t, err, ErrCommentNotFound, "delete again")

	_, err = do(h, h.second, hideComment, hiding{old.ID, "不当"})
	want(t, err, rbac.ErrDenied, "a reader hides")
	_, err = do(h, h.publisher, hideComment, hiding{old.ID, " "})
	want(t, err, ErrReasonMissing, "hide without a reason")
	must[feature.None](t)(do(h, h.publisher, hideComment, hiding{old.ID, "与内容无关"}))
	_, err = do(h, h.office, hideComment, hiding{old.ID, "再次"})
	want(t, err, ErrCommentGone, "hide again")
	seen := func(p member) int {
		return len(must[feature.List[Comment]](t)(see(h, p, listComments, commentQuery{ID: it.ID})).Items)
	}
	if seen(h.second) != 0 || seen(h.reader) != 1 || seen(h.publisher) != 1 || h.heard(h.reader, "publish.comment_hidden") != 1 {
		t.Errorf("a reader sees %d, its author %d, the publisher %d", seen(h.second), seen(h.reader), seen(h.publisher))
	}
	for range 3 {
		must[Comment](t)(do(h, h.second, comment, newComment{ID: it.ID, Text: "收到"}))
	}
	if l := must[feature.List[Comment]](t)(see(h, h.second, listComments, commentQuery{ID: it.ID, Page: feature.Page{Limit: 2}})); len(l.Items) != 2 || l.Next == "" {
		t.Errorf("a page of two: %+v", l)
	}
	h.withdraws(it)
	if seen(h.publisher) != 0 || seen(h.auditor) != 0 {
		t.Error("a withdrawn item shows comments")
	}
	_, err = do(h, h.publisher, comment, newComment{ID: it.ID, Text: "撤了"})
	want(t, err, ErrState, "comment on what is withdrawn")
}

// calledBad has the tenant's dictionary block a word.
func (h *house) calledBad(t *testing.T) {
	t.Helper()
	f := wordcheck.New(nil).Feature()
	if err := h.calls(h.office, f, "POST", "/wordcheck/words", map[string]any{"word": "禁用词语", "class": "other", "level": "block"}); err != nil {
		t.Fatal(err)
	}
}

// Pins: who publishes in a column, and the Office, put up to three items first, until a day.
func TestPins(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.may(h.reader, "read", h.column)
	day := func(n int) string {
		return time.Now().In(time.FixedZone("", 8*3600)).AddDate(0, 0, n).Format(time.DateOnly)
	}
	it := h.publishes(h.reviewed(h.column))
	_, err := do(h, h.reader, pin, pinning{it.ID, day(1)})
	want(t, err, rbac.ErrDenied, "a reader pins")
	stranger := open(t)
	_, err = do(stranger, stranger.office, pin, pinning{it.ID, day(1)})
	want(t, err, ErrNotFound, "another tenant pins")
	for name, until := range map[string]string{"a day that is over": day(-1), "more than a year": day(400), "no day": "明天"} {
		_, err := do(h, h.publisher, pin, pinning{it.ID, until})
		want(t, err, ErrPinUntil, name)
	}
	_, err = do(h, h.office, pin, pinning{h.submits(h.drafts(h.column)).ID, day(1)})
	want(t, err, ErrState, "what is not published")
	pins := func(p member) (ids []string) {
		for _, l := range must[feature.List[Line]](t)(see(h, p, listPins, ref{h.column.ID})).Items {
			ids = append(ids, l.ID.String())
		}
		return ids
	}
	all := []Item{it}
	must[Pin](t)(do(h, h.publisher, pin, pinning{it.ID, day(0)}))
	for range 2 {
		next := h.publishes(h.reviewed(h.column))
		all = append(all, next)
		must[Pin](t)(do(h, h.office, pin, pinning{next.ID, day(7)}))
	}
	if got := pins(h.reader); !slices.Equal(got, []string{all[2].ID.String(), all[1].ID.String(), all[0].ID.String()}) {
		t.Errorf("pinned: %v", got)
	}
	fourth := h.publishes(h.reviewed(h.column))
	_, err = do(h, h.publisher, pin, pinning{fourth.ID, day(1)})
	want(t, err, ErrPinsFull, "a fourth")
	must[Pin](t)(do(h, h.publisher, pin, pinning{it.ID, day(2)})) // once more moves its day
	must[feature.None](t)(do(h, h.publisher, unpin, ref{all[1].ID}))
	_, err = do(h, h.publisher, unpin, ref{all[1].ID})
	want(t, err, ErrNoPin, "unpin again")
	must[Pin](t)(do(h, h.publisher, pin, pinning{fourth.ID, day(1)}))
	h.withdraws(fourth)
	if got := pins(h.reader); len(got) != 2 || slices.Contains(got, fourth.ID.String()) {
		t.Errorf("after a withdrawal: %v", got)
	}
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update column_pins set until = until - 30`)
		return err
	})
	if got := pins(h.reader); len(got) != 0 {
		t.Errorf("after their day: %v", got)
	}
}
