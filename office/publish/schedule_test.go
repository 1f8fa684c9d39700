package publish

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
	"hetu/wordcheck"
)

// schedules has p schedule the item an hour from now.
func (h *house) schedules(p member, it Item) (Item, error) {
	h.t.Helper()
	return do(h, p, h.desk.setSchedule, scheduling{ID: it.ID, At: h.now().Add(time.Hour), Version: it.Version})
}

func (h *house) now() (now time.Time) {
	h.t.Helper()
	h.write(h.office, func(_ context.Context, tx *tenant.Tx) error { now = tx.Now; return nil })
	return now
}

// comes makes the time of what was scheduled come, and has the work done that
// the queue holds for it, as often as given.
func (h *house) comes(it Item, times int) {
	h.t.Helper()
	var id uuid.UUID
	if err := tenanttest.Admin(h.t).QueryRow(`
		update item_schedules set at = now() - interval '1 second', set_at = now() - interval '1 hour'
		 where item_id = $1 and tenant_id = $2 and state = 'waiting' returning id`, it.ID, h.id).Scan(&id); err != nil {
		h.t.Fatal(err)
	}
	h.works(id, times)
}

func (h *house) works(schedule uuid.UUID, times int) {
	h.t.Helper()
	args, err := json.Marshal(dueItem{schedule})
	if err != nil {
		h.t.Fatal(err)
	}
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: h.id, Name: "system", Request: "job:" + scheduledWork})
	for range times {
		if err := h.desk.publishDue(ctx, tenanttest.DB(h.t), args); err != nil {
			h.t.Fatal(err)
		}
	}
}

// WF-04, R006, R035: what is scheduled is published when its time comes, once,
// and that is the act of who scheduled it.
func TestWF04Schedule(t *testing.T) {
	t.Parallel()
	h := open(t)
	draft := h.drafts(h.column)
	_, err := h.schedules(h.drafter, draft)
	want(t, err, rbac.ErrDenied, "who may not publish")
	_, err = h.schedules(h.publisher, draft)
	want(t, err, ErrNotFound, "a draft, which a publisher does not see")
	passing := h.submits(draft)
	_, err = h.schedules(h.publisher, passing)
	want(t, err, ErrState, "what is under review")
	it := h.reviewed(h.column)
	stranger := open(t)
	_, err = stranger.schedules(stranger.publisher, it)
	want(t, err, ErrNotFound, "another tenant's")
	for name, at := range map[string]time.Duration{"past": -time.Minute, "too far": 400 * 24 * time.Hour} {
		_, err = do(h, h.publisher, h.desk.setSchedule, scheduling{ID: it.ID, At: h.now().Add(at), Version: it.Version})
		want(t, err, ErrScheduleTime, name)
	}
	_, err = do(h, h.publisher, h.desk.setSchedule, scheduling{ID: it.ID, At: h.now().Add(time.Hour), Version: it.Version - 1})
	want(t, err, ErrStale, "an older version")
	set := must[Item](t)(h.schedules(h.publisher, it))
	if set.Schedule == nil || set.Schedule.State != "waiting" || set.Schedule.By.ID != h.publisher.Member || set.State != "approved" {
		t.Fatalf("schedule = %+v", set.Schedule)
	}
	h.works(set.Schedule.ID, 1) // too early
	if h.sees(h.reader, it.ID) {
		t.Fatal("published before its time")
	}
	again := must[Item](t)(h.schedules(h.publisher, set)) // another time takes the place of the first
	if n := count(h, `select count(*) from item_schedules where item_id = $1 and state = 'waiting'`, it.ID); n != 1 || again.Schedule.ID == set.Schedule.ID {
		t.Errorf("%d wait", n)
	}
	h.comes(it, 3)
	shown := h.seen(h.reader, it.ID)
	if shown.State != "published" || shown.Publisher == nil || shown.Publisher.ID != h.publisher.Member || shown.Publisher.Name != "发布员" {
		t.Fatalf("published = %+v", shown.Line)
	}
	for what, query := range map[string]string{
		"deeds":   `select count(*) from deeds where kind = 'publish.published' and item = 'publish/item/' || $1::uuid and member_id = '` + h.publisher.Member.String() + `'`,
		"audits":  `select count(*) from audit_entries where action = 'publish.published' and object = 'publish/item/' || $1::uuid and member_id = '` + h.publisher.Member.String() + `'`,
		"done":    `select count(*) from item_schedules where item_id = $1 and state = 'done'`,
		"entries": `select count(*) from audit_entries where action = 'publish.on_schedule' and object = 'publish/item/' || $1::uuid`,
	} {
		if n := count(h, query, it.ID); n != 1 {
			t.Errorf("%d %s, want 1", n, what)
		}
	}
}

// WF-03, WF-04, R033: whatever has changed until its time comes stands in the
// way, nothing is shown, and who scheduled it and who drafted it are told.
func TestWF04ScheduleFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*house, Item)
		want   *fault.Error
	}{
		"the right was taken back": {func(h *house, it Item) {
			h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
				_, err := tx.Exec(ctx, `delete from grants where subject_id = $1 and permission = 'publish.publish'`, h.publisher.Member)
				if err == nil {
					err = rbac.Changed(ctx, tx)
				}
				return err
			})
		}, rbac.ErrDenied},
		"the publisher has left": {func(h *house, it Item) {
			h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
				_, err := tx.Exec(ctx, `update members set state = 'left' where id = $1`, h.publisher.Member)
				return err
			})
		}, ErrPublisher},
		"the column was disabled": {func(h *house, it Item) {
			must[Column](t)(do(h, h.office, disable, versioned{h.column.ID, h.column.Version}))
		}, ErrColumnDisabled},
		"the content was changed": {func(h *house, it Item) {
			title := "改了题目"
			must[Item](t)(do(h, h.drafter, h.desk.edit, revision{ID: it.ID, Version: it.Version, Title: &title}))
		}, ErrContentChanged},
		"the content was changed and passed again": {func(h *house, it Item) {
			title := "改了题目"
			it = h.submits(must[Item](t)(do(h, h.drafter, h.desk.edit, revision{ID: it.ID, Version: it.Version, Title: &title})))
			if err := h.approves(h.first, it); err != nil {
				t.Fatal(err)
			}
		}, ErrContentChanged},
		"it was marked not to be put online": {func(h *house, it Item) {
			must[OfflineMark](t)(do(h, h.office, h.desk.markOffline, newMark{Title: "某文", Reason: "涉密", Text: "各单位立即行动，全市统一开展汛前检查"}))
			h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
				_, err := tx.Exec(ctx, `insert into offline_hashes (mark_id, hash, kind) select m.id, i.text_hash, 'text' from offline_marks m, items i where i.id = $1`, it.ID)
				return err
			})
		}, ErrOffline},
		"the dictionary blocks a word of it": {func(h *house, it Item) { h.learns("汛前检查", "block", "") }, wordcheck.ErrBlocked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			it := must[Item](t)(h.schedules(h.publisher, h.reviewed(h.column)))
			c.change(h, it)
			h.comes(it, 2)
			if h.sees(h.reader, it.ID) {
				t.Fatal("it is shown")
			}
			if n := count(h, `select count(*) from item_schedules where item_id = $1 and state = 'failed' and reason = '`+c.want.Code+`'`, it.ID); n != 1 {
				var why string
				h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
					return tx.Get(ctx, &why, `select state || ' ' || reason from item_schedules where item_id = $1`, it.ID)
				})
				t.Errorf("schedule = %s, want %s", why, c.want.Code)
			}
			people := 2
			if errors.Is(c.want, ErrPublisher) {
				people = 1
			}
			if n := count(h, `select count(*) from notices where code = 'publish.schedule_failed' and href = '/publish/items/' || $1::uuid`, it.ID); n != people {
				t.Errorf("%d were told, want %d", n, people)
			}
			if n := count(h, `select count(*) from deeds where kind = 'publish.published' and item = 'publish/item/' || $1::uuid`, it.ID); n != 0 {
				t.Errorf("%d deeds of what did not happen", n)
			}
		})
	}
}

// What waits for its time can be called off by who scheduled it and by whoever
// publishes there; published by hand, it waits no longer.
func TestScheduleCalledOff(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := must[Item](t)(h.schedules(h.publisher, h.reviewed(h.column)))
	_, err := do(h, h.reader, h.desk.dropSchedule, ref{it.ID})
	want(t, err, ErrNotFound, "who does not see it")
	_, err = do(h, h.drafter, h.desk.dropSchedule, ref{it.ID})
	want(t, err, rbac.ErrDenied, "the drafter")
	off := must[Item](t)(do(h, h.publisher, h.desk.dropSchedule, ref{it.ID}))
	if off.Schedule != nil || off.State != "approved" {
		t.Errorf("called off = %+v", off.Schedule)
	}
	_, err = do(h, h.publisher, h.desk.dropSchedule, ref{it.ID})
	want(t, err, ErrNoSchedule, "again")
	h.works(it.Schedule.ID, 1)
	if h.sees(h.reader, it.ID) {
		t.Error("published although it was called off")
	}
	it = must[Item](t)(h.schedules(h.publisher, off))
	it = h.publishes(it)
	h.works(it.ID, 1) // nothing the queue could hold
	if n := count(h, `select count(*) from item_schedules where item_id = $1 and state = 'waiting'`, it.ID); n != 0 {
		t.Error("published by hand, it still waits")
	}
	past := h.days(0)
	valid := must[Item](t)(h.revises(h.drafts(h.column), FieldSpec{ValidUntil: &past}))
	valid = h.submits(valid)
	if err := h.approves(h.first, valid); err != nil {
		t.Fatal(err)
	}
	valid = h.seen(h.drafter, valid.ID)
	_, err = do(h, h.publisher, h.desk.setSchedule, scheduling{ID: valid.ID, At: h.now().Add(48 * time.Hour), Version: valid.Version})
	want(t, err, ErrValidPast, "for a day on which it does not hold any more")
}

// WF-04, WF-07: a copy is a draft of one's own of what one may read, with its
// attachments, says where it is from and goes through review itself.
func TestWF04Copy(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.attaches(h.drafts(h.column))
	it = must[Item](t)(h.covers(it, covering{UploadID: h.sends(h.drafter, "图.png", pictureOf(t, 2)), Alt: "现场"}))
	day := h.days(-3)
	it = must[Item](t)(h.revises(it, FieldSpec{EventDate: &day}))
	_, err := do(h, h.reader, h.desk.copyItem, copying{ID: it.ID})
	want(t, err, ErrNotFound, "a draft of another")
	it = h.submits(it)
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.publishes(h.seen(h.drafter, it.ID))
	_, err = do(h, h.reader, h.desk.copyItem, copying{ID: it.ID})
	want(t, err, rbac.ErrDenied, "who may not draft there")
	stranger := open(t)
	_, err = do(stranger, stranger.drafter, stranger.desk.copyItem, copying{ID: it.ID})
	want(t, err, ErrNotFound, "another tenant's")
	h.may(h.reader, "draft", h.other)
	nowhere := uuid.New()
	_, err = do(h, h.reader, h.desk.copyItem, copying{ID: it.ID, ColumnID: &nowhere})
	want(t, err, ErrColumnUnknown, "into no column")
	c := must[Item](t)(do(h, h.reader, h.desk.copyItem, copying{ID: it.ID, ColumnID: &h.other.ID}))
	if c.State != "draft" || c.Drafter.ID != h.reader.Member || c.ColumnID != h.other.ID || c.Title != it.Title || c.BodyHTML != it.BodyHTML ||
		len(c.Attachments) != 1 || c.Attachments[0].ID == it.Attachments[0].ID || c.Cover == nil || c.Cover.ID == it.Cover.ID || *c.EventDate != day ||
		len(c.Reviewers) != 0 || c.Publisher != nil || c.Origin == nil || c.Origin.ID != it.ID || c.Origin.Name != it.Title {
		t.Fatalf("copy = %+v", c)
	}
	if got, err := h.downloads(h.reader, c); err != nil || got != fileText {
		t.Errorf("the copy's attachment: %q %v", got, err)
	}
	_, err = do(h, h.publisher, h.desk.publish, versioned{c.ID, c.Version})
	want(t, err, rbac.ErrDenied, "published where one may not")
	h.may(h.publisher, "publish", h.other)
	_, err = do(h, h.publisher, h.desk.publish, versioned{c.ID, c.Version})
	want(t, err, ErrNotFound, "published without its own review")
	if err := h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update items set origin_title = 'x' where id = $1`, c.ID)
		return err
	}); tenant.Constraint(err) != "items_changed_after_submission" {
		t.Errorf("where a copy is from changes: %v", err)
	}
	must[OfflineMark](t)(do(h, h.office, h.desk.markOffline, newMark{Title: "某文", Reason: "涉密", Files: []OfflineFile{{Name: "表", SHA256: must[*row](t)(rowOf(h, it.ID)).Attachments[0].SHA256}}}))
	_, err = do(h, h.reader, h.desk.copyItem, copying{ID: it.ID, ColumnID: &h.other.ID})
	want(t, err, ErrOffline, "a copy of what must not be put online")
}

// R022: the Office keeps the templates; whoever drafts in a column begins with
// one that is for it.
func TestTemplates(t *testing.T) {
	t.Parallel()
	h := open(t)
	spec := TemplateSpec{Name: "周报", Kind: "news", ColumnID: &h.column.ID, Title: "{部门}{年}年{月}月工作情况", BodyHTML: `<p>一、完成情况</p><script>x</script>`}
	_, err := do(h, h.office, addTemplate, TemplateSpec{Name: " ", Kind: "news"})
	want(t, err, ErrNameMissing, "no name")
	_, err = do(h, h.office, addTemplate, TemplateSpec{Name: "某", Kind: "news", ColumnID: &uuid.UUID{1}})
	want(t, err, ErrColumnUnknown, "for no column")
	made := must[Template](t)(do(h, h.office, addTemplate, spec))
	if made.BodyHTML != "<p>一、完成情况</p>" || made.ColumnName != h.column.Name {
		t.Errorf("made = %+v", made)
	}
	_, err = do(h, h.office, addTemplate, spec)
	want(t, err, ErrTemplateTaken, "the same name again")
	begin := func(c Column) []Template {
		return must[feature.List[Template]](t)(see(h, h.drafter, listTemplates, templateQuery{Column: c.ID})).Items
	}
	if got := begin(h.column); len(got) != 1 || got[0].TitleNow != h.now().In(time.FixedZone("", 8*3600)).Format("拟稿人处2006年1月工作情况") {
		t.Errorf("templates = %+v", got)
	}
	if got := begin(h.other); len(got) != 0 {
		t.Errorf("another column's drafters begin with %+v", got)
	}
	it := must[Item](t)(do(h, h.drafter, h.desk.create, draft{ColumnID: h.column.ID, Kind: "news", Title: "周报", TemplateID: &made.ID}))
	if it.BodyHTML != made.BodyHTML || it.State != "draft" {
		t.Errorf("begun with it: %q", it.BodyHTML)
	}
	_, err = do(h, h.drafter, h.desk.create, draft{ColumnID: h.column.ID, Kind: "news", Title: "周报", TemplateID: &it.ID})
	want(t, err, ErrTemplateUnknown, "begun with none")
	elsewhere := must[Template](t)(do(h, h.office, addTemplate, TemplateSpec{Name: "财务月报", ColumnID: &h.other.ID, Kind: "news", BodyHTML: "<p>财务口径</p>"}))
	_, err = do(h, h.drafter, h.desk.create, draft{ColumnID: h.column.ID, Kind: "news", Title: "周报", TemplateID: &elsewhere.ID})
	want(t, err, ErrTemplateUnknown, "begun with what is for another column")
	next := templateEdit{ID: made.ID, TemplateSpec: spec, Version: made.Version}
	next.Name = "月报"
	changed := must[Template](t)(do(h, h.office, editTemplate, next))
	_, err = do(h, h.office, editTemplate, next)
	want(t, err, ErrTemplateStale, "from an older version")
	_, err = do(h, h.office, dropTemplate, versionedQuery{made.ID, made.Version})
	want(t, err, ErrTemplateStale, "dropped from an older version")
	other := open(t)
	_, err = do(other, other.office, dropTemplate, versionedQuery{made.ID, changed.Version})
	want(t, err, ErrTemplateNotFound, "another tenant's")
	must[feature.None](t)(do(h, h.office, dropTemplate, versionedQuery{made.ID, changed.Version}))
	_, err = do(h, h.office, editTemplate, next)
	want(t, err, ErrTemplateNotFound, "dropped")
}
