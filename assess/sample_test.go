package assess

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// published makes what the publishing of an item leaves for those above, and
// returns what takes it away like its withdrawal does.
func (p *place) published(unit, title string) (d tenant.Deed, withdraw func()) {
	p.t.Helper()
	ctx, id := p.as(unit), tenant.NewID()
	d = tenant.Deed{Kind: "publish.published", Unit: tenant.NewID(), Item: "publish/item/" + id.String(), Title: title, Content: id.String()}
	p.write(ctx, func(tx *tenant.Tx) error { tx.Deed(d); return nil })
	p.unchecked(`
		insert into published_copies (tenant_id, item_id, title, kind, column_name, body_html, source, drafter_name, reviewers,
		                              publisher_name, editor_name, department_name, published_at, content_hash, attachments)
		     values ($1, $2, $3, 'news', '工作动态', '<p>正文</p>', '防汛办', '张三', '{李四,王五}', '赵六', '', '办公室', now(), 'x',
		             '[{"name": "附表", "summary": "各站水位"}]')`, p.unit[unit].ID, id, title)
	return d, func() {
		p.write(ctx, func(tx *tenant.Tx) error {
			_, err := tx.Exec(ctx, `delete from published_copies where item_id = $1`, id)
			return err
		})
	}
}

// unchecked runs a statement as the superuser, without foreign keys: the item
// itself is another package's to make.
func (p *place) unchecked(query string, args ...any) {
	p.t.Helper()
	tx, err := tenanttest.Admin(p.t).Begin()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, s := range []struct {
		query string
		args  []any
	}{{`set local session_replication_role = replica`, nil}, {query, args}} {
		if _, err := tx.Exec(s.query, s.args...); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		p.t.Fatal(err)
	}
}

// entryOf returns the one entry of a unit and its deeds.
func (p *place) entryOf(r Round, u Unit) (uuid.UUID, []Deed) {
	p.t.Helper()
	entry := must(p, unitScore, unitQuery{r.ID, u.ID}).Entries[0].ID
	return entry, must(p, entryDeeds, deedQuery{ID: r.ID, Entry: entry}).Items
}

func TestAnItemOfATenantBelowIsSampled(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	office := p.department("办公室")
	done, withdraw := p.published("甲", "汛情快报")
	p.published("乙", "水情简报")
	p.write(p.as("甲"), func(tx *tenant.Tx) error { // of something that is no item
		tx.Deed(tenant.Deed{Kind: "publish.published", Unit: tenant.NewID(), Item: "exchange/envelope/" + tenant.NewID().String(), Title: "来稿", Content: "e"})
		return nil
	})
	p.write(p.ctx, func(tx *tenant.Tx) error { tx.Deed(deed(office, "own")); return nil })
	round := p.round(p.scheme(publishing()), "一")
	must(p, recompute, ref{round.ID})
	entry, deeds := p.entryOf(round, p.unit["甲"])
	_, others := p.entryOf(round, p.unit["乙"])
	ownEntry, own := p.entryOf(round, office)
	if len(deeds) != 2 || deeds[0].Item.Note != "elsewhere" || deeds[0].Item.Href != "" {
		t.Fatalf("deeds = %+v, want two that lie elsewhere", deeds)
	}
	stranger, _ := tenanttest.Actor(t)
	for name, tt := range map[string]struct {
		ctx  context.Context
		in   newSample
		want *fault.Error
	}{
		"the unit itself":             {p.as("甲"), newSample{entry, deeds[0].ID}, ErrEntryNotFound},
		"a sibling":                   {p.as("乙"), newSample{entry, deeds[0].ID}, ErrEntryNotFound},
		"a stranger":                  {stranger, newSample{entry, deeds[0].ID}, ErrEntryNotFound},
		"an entry that never was":     {p.ctx, newSample{tenant.NewID(), deeds[0].ID}, ErrEntryNotFound},
		"a deed of another entry":     {p.ctx, newSample{entry, others[0].ID}, ErrDeedNotFound},
		"a deed that never was":       {p.ctx, newSample{entry, tenant.NewID()}, ErrDeedNotFound},
		"a deed of the reader's own":  {p.ctx, newSample{ownEntry, own[0].ID}, ErrDeedNotFound},
		"what is no published item":   {p.ctx, newSample{entry, deeds[1].ID}, ErrSampleGone},
		"a deed in place of an entry": {p.ctx, newSample{deeds[0].ID, deeds[0].ID}, ErrEntryNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := do(tt.ctx, p.db, sample, tt.in)
			wantFault(t, err, tt.want, "")
		})
	}

	got := must(p, sample, newSample{entry, deeds[0].ID})
	if got.Title != "汛情快报" || got.BodyHTML != "<p>正文</p>" || got.Drafter != "张三" || !slices.Equal(got.Reviewers, []string{"李四", "王五"}) ||
		got.Publisher != "赵六" || got.Department != "办公室" || got.ColumnName != "工作动态" || got.PublishedAt.IsZero() || got.SampledAt.IsZero() ||
		!slices.Equal(got.Attachments, []SampleFile{{"附表", "各站水位"}}) {
		t.Errorf("sample = %+v, want the text and everybody named (R303)", got)
	}
	p.seenBy(t, "甲", done.Item)
	var audits int
	err := p.db.Read(p.ctx, func(tx *tenant.Tx) error {
		return tx.Get(p.ctx, &audits, `select count(*) from audit_entries where action = 'assess.sampled' and object = $1`, done.Item)
	})
	if err != nil || audits != 1 {
		t.Errorf("%d audit rows %v, want 1: a refusal leaves none", audits, err)
	}

	withdraw()
	_, err = do(p.ctx, p.db, sample, newSample{entry, deeds[0].ID})
	wantFault(t, err, ErrSampleGone, "")
	p.seenBy(t, "甲", done.Item) // the record of the look stays, and there is no second
}

// seenBy checks that the unit, and nobody else, reads of one look into its item.
func (p *place) seenBy(t *testing.T, unit, item string) {
	t.Helper()
	l, err := do(p.as(unit), p.db, samples, sampleList{})
	if err != nil || len(l.Items) != 1 || l.Items[0].TenantName != "省局" || l.Items[0].ByName != "测试员" || l.Items[0].At.IsZero() ||
		l.Items[0].Item.Title != "汛情快报" || l.Items[0].Item.Href != "/publish/items/"+item[len("publish/item/"):] {
		t.Errorf("the unit reads %+v %v, want who looked at what", l.Items, err)
	}
	stranger, _ := tenanttest.Actor(t)
	for who, ctx := range map[string]context.Context{"who looked": p.ctx, "a sibling": p.as("乙"), "a stranger": stranger} {
		if l, err := do(ctx, p.db, samples, sampleList{}); err != nil || len(l.Items) != 0 {
			t.Errorf("%s reads of looks into itself: %+v %v", who, l.Items, err)
		}
		var rows int
		if err := p.db.Read(ctx, func(tx *tenant.Tx) error {
			return tx.Get(ctx, &rows, `select count(*) from assess_samples where subject_tenant_id = $1`, p.unit[unit].ID)
		}); err != nil || (rows > 0) != (who == "who looked") {
			t.Errorf("%s: %d rows %v", who, rows, err)
		}
	}
}

// The unit takes note of a look into its item: nobody else can, and the first
// to do so counts.
func TestASampleIsNoticed(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	p.published("甲", "汛情快报")
	round := p.round(p.scheme(publishing()), "一")
	must(p, recompute, ref{round.ID})
	entry, deeds := p.entryOf(round, p.unit["甲"])
	must(p, sample, newSample{entry, deeds[0].ID})
	unit := p.as("甲")
	list := func() Sample {
		l, err := do(unit, p.db, samples, sampleList{})
		if err != nil || len(l.Items) != 1 {
			t.Fatalf("samples = %+v %v", l.Items, err)
		}
		return l.Items[0]
	}
	id := list().ID
	stranger, _ := tenanttest.Actor(t)
	for who, ctx := range map[string]context.Context{"who looked": p.ctx, "a sibling": p.as("乙"), "a stranger": stranger} {
		if _, err := do(ctx, p.db, notice, ref{id}); !errors.Is(err, ErrSampleNotFound) {
			t.Errorf("%s takes note: %v, want ErrSampleNotFound", who, err)
		}
	}
	if s := list(); s.NoticedAt != nil || s.NoticedBy != "" {
		t.Errorf("before: %+v, want nobody", s)
	}
	first, err := do(unit, p.db, notice, ref{id})
	if err != nil || first.NoticedAt == nil || first.NoticedBy != "测试员" {
		t.Fatalf("noticed = %+v %v", first, err)
	}
	again, err := do(p.as("甲"), p.db, notice, ref{id})
	if err != nil || !again.NoticedAt.Equal(*first.NoticedAt) {
		t.Errorf("again = %+v %v, want the first time", again, err)
	}
	if s := list(); s.NoticedAt == nil || !s.NoticedAt.Equal(*first.NoticedAt) {
		t.Errorf("afterwards: %+v", s)
	}
}

func TestSamplesHavePages(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	p.published("甲", "汛情快报")
	round := p.round(p.scheme(publishing()), "一")
	must(p, recompute, ref{round.ID})
	entry, deeds := p.entryOf(round, p.unit["甲"])
	for range 3 {
		must(p, sample, newSample{entry, deeds[0].ID})
	}
	ctx := p.as("甲")
	first, err := do(ctx, p.db, samples, sampleList{feature.Page{Limit: 2}})
	if err != nil || len(first.Items) != 2 || first.Next == "" {
		t.Fatalf("first page = %+v %v", first, err)
	}
	rest, err := do(ctx, p.db, samples, sampleList{feature.Page{Limit: 2, After: first.Next}})
	if err != nil || len(rest.Items) != 1 || rest.Next != "" || rest.Items[0].ID == first.Items[1].ID {
		t.Errorf("second page = %+v %v", rest, err)
	}
	if err := (sampleList{feature.Page{After: "x"}}).Validate(); !errors.Is(err, feature.ErrMalformed) {
		t.Errorf("a cursor that is none = %v", err)
	}
}

// What a tenant below reported opens as the copy that was received here.
func TestAReportOpensAsReceived(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	here, sent, lost := tenant.NewID(), tenant.NewID(), tenant.NewID()
	p.write(p.as("甲"), func(tx *tenant.Tx) error {
		for _, id := range []uuid.UUID{sent, lost} {
			tx.Deed(tenant.Deed{Kind: "exchange.reported", Unit: tenant.NewID(), Item: "exchange/envelope/" + id.String(), Title: "水情", Content: id.String()})
		}
		return nil
	})
	for peer, theirs := range map[uuid.UUID]uuid.UUID{p.unit["甲"].ID: sent, p.unit["乙"].ID: lost} { // another unit's of the same id is not it
		id := tenant.NewID()
		if theirs == sent {
			id = here
		}
		p.write(p.ctx, func(tx *tenant.Tx) error {
			_, err := tx.Exec(p.ctx, `
				insert into envelopes (id, direction, peer_id, peer_name, peer_envelope, item, content, hash, sent_at)
				     values ($1, 'in', $2, '甲', $3, $4, '{"title": "水情"}', repeat('0', 64), now())`, id, peer, theirs, tenant.NewID())
			return err
		})
	}
	reported := Spec{Code: "reported", Name: "上报", Type: perItem, DeedKind: "exchange.reported", Levels: []LevelPoints{{Level: "", Points: points("1")}}}
	round := p.round(p.scheme(reported), "一")
	must(p, recompute, ref{round.ID})
	_, deeds := p.entryOf(round, p.unit["甲"])
	if len(deeds) != 2 {
		t.Fatalf("deeds = %+v", deeds)
	}
	for _, d := range deeds {
		want := Item{Kind: "exchange/envelope", ID: lost, Title: "水情", Note: "elsewhere"}
		if d.Item.ID != lost {
			want = Item{Kind: "exchange/envelope", ID: here, Title: "水情", Href: "/exchange/envelopes/" + here.String()}
		}
		if d.Item != want {
			t.Errorf("item = %+v, want %+v", d.Item, want)
		}
	}
}
