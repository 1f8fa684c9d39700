package exchange

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// forge writes a row straight into p's envelopes, as the application's role.
func (w *world) forge(t *testing.T, p person, direction string, peer, theirs uuid.UUID, hash string) uuid.UUID {
	t.Helper()
	return w.forgeAs(t, p, tenant.NewID(), direction, peer, theirs, hash)
}

func (w *world) forgeAs(t *testing.T, p person, id uuid.UUID, direction string, peer, theirs uuid.UUID, hash string) uuid.UUID {
	t.Helper()
	err := w.db.Write(p, func(tx *tenant.Tx) error {
		_, err := tx.Exec(p, `
			insert into envelopes (id, direction, peer_id, peer_name, peer_envelope, item, content, hash, sent_at, state)
			     values           ($1, $2, $3, '冒名', $4, $5, $6, $7, $8, $9)`,
			id, direction, peer, theirs, tenant.NewID(), tenant.JSON(news("伪造")), hash, tx.Now,
			map[string]string{Out: Sent, In: Received}[direction])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// try calls a function in a savepoint and makes sure that whatever came of it
// the transaction still sees its own tenant and no other.
func (w *world) try(t *testing.T, p person, query string, args ...any) (err error) {
	t.Helper()
	werr := w.db.Write(p, func(tx *tenant.Tx) error {
		if _, err := tx.Exec(p, `savepoint attempt`); err != nil {
			return err
		}
		_, err = tx.Exec(p, query, args...)
		if err != nil {
			if _, err := tx.Exec(p, `rollback to savepoint attempt`); err != nil {
				return err
			}
		}
		var foreign int
		if err := tx.Get(p, &foreign, `
			select count(*) from envelopes where tenant_id <> $1 or app_tenant() <> $1`, p.Tenant); err != nil {
			return err
		}
		if foreign != 0 {
			t.Errorf("%s as %s: %d rows of others visible afterwards", query, p.Name, foreign)
		}
		var now uuid.UUID
		if err := tx.Get(p, &now, `select app_tenant()`); err != nil || now != p.Tenant {
			t.Errorf("%s as %s: the transaction is now %s, %v", query, p.Name, now, err)
		}
		return nil
	})
	if werr != nil {
		t.Fatal(werr)
	}
	return err
}

// Whatever the application's role calls with whatever ids, no other tenant's
// row changes unless it is the twin of one of its own (TI-03).
func TestForgedCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, in := w.send(t, "真信封")
	fromCounty, err := do(w.db, w.county, w.x.report, report{ItemID: w.press.publish(w.county.Tenant, news("县里的")), To: &w.hq.Tenant})
	fromCounty = must(t, fromCounty, err)
	zero := strings.Repeat("0", 64)
	closed := tenanttest.Tenant(t, w.hq.Tenant, "将停用单位")
	under := newPerson(t, tenanttest.Tenant(t, closed, "其下单位"), "冯小溪")
	if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set state = 'suspended' where id = $1`, closed); err != nil {
		t.Fatal(err)
	}
	calls := []struct {
		name  string
		as    person
		query string
		args  []any
		want  string // constraint, or "" where the call only answers false
	}{
		{"deliver another's envelope", w.stranger, `select exchange_deliver($1)`, []any{out.ID}, "exchange_not_yours"},
		{"deliver the receiver's copy", w.hq, `select exchange_deliver($1)`, []any{in.ID}, "exchange_not_yours"},
		{"deliver twice", w.bureau, `select exchange_deliver($1)`, []any{out.ID}, "envelopes_pkey"},
		{"deliver to another group", w.bureau, `select exchange_deliver($1)`,
			[]any{w.forge(t, w.bureau, Out, w.stranger.Tenant, tenant.NewID(), zero)}, "exchange_not_a_target"},
		{"deliver to a tenant below", w.bureau, `select exchange_deliver($1)`,
			[]any{w.forge(t, w.bureau, Out, w.county.Tenant, tenant.NewID(), zero)}, "exchange_not_a_target"},
		{"deliver to itself", w.bureau, `select exchange_deliver($1)`,
			[]any{w.forge(t, w.bureau, Out, w.bureau.Tenant, tenant.NewID(), zero)}, "exchange_not_a_target"},
		{"deliver to a suspended tenant", under, `select exchange_deliver($1)`,
			[]any{w.forge(t, under, Out, closed, tenant.NewID(), zero)}, "exchange_not_a_target"},
		{"deliver over the receiver's row", w.bureau, `select exchange_deliver($1)`,
			[]any{w.forge(t, w.bureau, Out, w.hq.Tenant, w.twin(t, fromCounty.ID).ID, zero)}, "envelopes_pkey"},
		{"answer another's envelope", w.stranger, `select exchange_answer($1)`, []any{in.ID}, "exchange_not_yours"},
		{"answer one's own report", w.bureau, `select exchange_answer($1)`, []any{out.ID}, "exchange_not_yours"},
		{"answer before anything was decided", w.hq, `select exchange_answer($1)`, []any{in.ID}, "exchange_not_yours"},
		{"answer as a stranger who claims to have it", w.stranger, `select exchange_answer($1)`,
			[]any{w.forge(t, w.stranger, In, w.bureau.Tenant, out.ID, out.Hash)}, "exchange_unknown_to_sender"},
		{"answer as another ancestor would", w.county, `select exchange_answer($1)`,
			[]any{w.forge(t, w.county, In, w.bureau.Tenant, out.ID, out.Hash)}, "exchange_unknown_to_sender"},
		{"answer with a row of the same id", under, `select exchange_answer($1)`,
			[]any{w.forgeAs(t, under, in.ID, In, w.bureau.Tenant, out.ID, out.Hash)}, "exchange_unknown_to_sender"},
		{"answer with a row the sender never named", w.hq, `select exchange_answer($1)`,
			[]any{w.forge(t, w.hq, In, w.bureau.Tenant, tenant.NewID(), out.Hash)}, "exchange_unknown_to_sender"},
		{"recall another's envelope", w.stranger, `select exchange_recall($1, 1, 'x')`, []any{out.ID}, ""},
		{"recall the receiver's copy", w.hq, `select exchange_recall($1, 1, 'x')`, []any{in.ID}, ""},
		{"recall with a forged twin", w.county, `select exchange_recall($1, 1, 'x')`,
			[]any{w.forge(t, w.county, Out, w.hq.Tenant, in.ID, out.Hash)}, ""},
		{"say another's file was copied", w.stranger, `select exchange_copied($1, $1, '', '')`, []any{out.ID}, ""},
		{"say a file was copied to the sender", w.bureau, `select exchange_copied($1, $1, $2, 'v')`,
			[]any{out.ID, strings.ReplaceAll(w.bureau.Tenant.String(), "-", "") + "/x"}, "exchange_foreign_key"},
	}
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			err := w.try(t, c.as, c.query, c.args...)
			if got := tenant.Constraint(err); got != c.want || (err == nil) != (c.want == "") {
				t.Errorf("= %v (constraint %q), want %q", err, got, c.want)
			}
		})
	}
	if a, b := w.page(t, w.bureau, out.ID), w.page(t, w.hq, in.ID); a.State != Sent || a.Version != 1 || b.State != Sent || b.Version != 1 {
		t.Errorf("after all that: %+v and %+v", a.Envelope, b.Envelope)
	}
	var n int
	if err := tenanttest.Admin(t).QueryRow(`select count(*) from envelopes where tenant_id = $1 and direction = 'in' and peer_name <> '冒名'`,
		w.hq.Tenant).Scan(&n); err != nil || n != 2 {
		t.Errorf("%d envelopes reached HQ, %v; want the two that were sent", n, err)
	}
}

// The application has no statement for what only the functions do.
func TestForgedStatements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, in := w.send(t, "真信封")
	for name, query := range map[string]string{
		"change what was sent":      `update envelopes set content = '{"title":"x"}'`,
		"change the hash":           `update envelopes set hash = ''`,
		"change the feedback":       `update envelopes set feedback = '[]'`,
		"change where it came from": `update envelopes set peer_id = id`,
		"delete an envelope":        `delete from envelopes`,
		"delete an adoption":        `delete from adoptions`,
		"say where bytes lie":       `update envelope_files set key = 'x'`,
		"write into another tenant": `insert into journals (tenant_id, id, name, level) values ('` + w.hq.Tenant.String() + `', gen_random_uuid(), 'x', 'own')`,
		"post a copy into a tenant": `insert into envelopes (tenant_id, id, direction, peer_id, peer_name, peer_envelope, item, content, hash, sent_at)
			select '` + w.hq.Tenant.String() + `', gen_random_uuid(), 'in', peer_id, peer_name, gen_random_uuid(), item, content, hash, sent_at from envelopes`,
		"take over the function":     `create or replace function exchange_deliver(sent uuid) returns void language sql as ''`,
		"write another's audit":      `select exchange_log('某人', 'exchange.delivered', gen_random_uuid(), '{}')`,
		"become the functions' role": `set role hetu_owner`,
	} {
		err := w.try(t, w.bureau, query)
		if err == nil || !strings.Contains(err.Error(), "permission denied") && !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("%s = %v, want a refusal", name, err)
		}
	}
	err := w.db.Write(w.stranger, func(tx *tenant.Tx) error {
		n, err := tx.Exec(w.stranger, `update envelopes set state = 'adopted' where id in ($1, $2)`, out.ID, in.ID)
		if n != 0 {
			t.Errorf("a stranger changed %d envelopes", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// After a delivery and after an answer the rest of the transaction is still
// the tenant's own.
func TestTenantIsRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	item := w.press.publish(w.bureau.Tenant, news("设置还原"))
	err := w.db.Write(w.bureau, func(tx *tenant.Tx) error {
		if _, err := w.x.report(w.bureau, tx, report{ItemID: item}); err != nil {
			return err
		}
		var seen []uuid.UUID
		if err := tx.Select(w.bureau, &seen, `select tenant_id from envelopes union all select app_tenant()`); err != nil {
			return err
		}
		if len(seen) != 2 || seen[0] != w.bureau.Tenant || seen[1] != w.bureau.Tenant {
			t.Errorf("after the delivery the transaction sees %v", seen)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := do(w.db, w.hq, inbox, box{})
	in := must(t, l, err).Items[0]
	err = w.db.Write(w.hq, func(tx *tenant.Tx) error {
		if _, err := receive(w.hq, tx, Versioned{ref{in.ID}, 1}); err != nil {
			return err
		}
		var id uuid.UUID
		if err := tx.Get(w.hq, &id, `select tenant_id from envelopes`); err != nil || id != w.hq.Tenant {
			t.Errorf("after the answer the transaction sees %v, %v", id, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A copy that was changed in the receiver's tables is not signed for, not even
// if whoever changed it wrote the matching hash beside it.
func TestTampering(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := tenanttest.Admin(t)
	for name, change := range map[string]string{
		"body":   `update envelopes set content = jsonb_set(content, '{body_html}', '"<p>改</p>"') where id = $1`,
		"title":  `update envelopes set content = jsonb_set(content, '{title}', '"改"') where id = $1`,
		"note":   `update envelopes set note = '改' where id = $1`,
		"sender": `update envelopes set peer_id = '` + w.stranger.Tenant.String() + `' where id = $1`,
		"hash":   `update envelopes set hash = repeat('0', 64) where id = $1`,
	} {
		_, in := w.send(t, "被改的"+name)
		if _, err := admin.Exec(change, in.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 1}); !errors.Is(err, ErrTampered) {
			t.Errorf("%s: receive = %v, want ErrTampered", name, err)
		}
		if _, err := do(w.db, w.hq, decline, refusal{Versioned{ref{in.ID}, 1}, "无"}); !errors.Is(err, ErrTampered) {
			t.Errorf("%s: decline = %v, want ErrTampered", name, err)
		}
	}
	_, in := w.send(t, "连散列一起改")
	c := w.carried(t, in.ID)
	c.BodyHTML = "<p>改</p>"
	if _, err := admin.Exec(`update envelopes set content = $2, hash = $3 where id = $1`, in.ID, tenant.JSON(c),
		c.Hash(w.bureau.Tenant, w.hq.Tenant, "")); err != nil {
		t.Fatal(err)
	}
	if _, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 1}); !errors.Is(err, ErrTampered) {
		t.Errorf("with a matching hash: receive = %v, want ErrTampered: the sender knows another", err)
	}
	if got := w.page(t, w.hq, in.ID); got.State != Sent {
		t.Errorf("state = %s, want sent", got.State)
	}
}

func (w *world) carried(t *testing.T, id uuid.UUID) Content {
	t.Helper()
	var v tenant.Doc[Content]
	w.get(t, w.hq, &v, `select content from envelopes where id = $1`, id)
	return v.V
}

// The receiver adopts while the sender recalls: one of them wins, both sides
// agree on who, and the deeds follow.
func TestAdoptAgainstRecall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.journal(t, w.hq, "竞态", "own")
	won := map[string]int{}
	for range 24 {
		out, in := w.send(t, "竞态"+tenant.NewID().String())
		if _, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 1}); err != nil {
			t.Fatal(err)
		}
		var adopted, recalled error
		var wg sync.WaitGroup
		wg.Go(func() {
			_, adopted = do(w.db, w.hq, w.x.adopt, uptake{Versioned: Versioned{ref{in.ID}, 2}, JournalID: j.ID})
		})
		wg.Go(func() { _, recalled = do(w.db, w.bureau, recall, Versioned{ref{out.ID}, 2}) })
		wg.Wait()
		want := Adopted
		if recalled == nil {
			want = Recalled
		}
		if (adopted == nil) == (recalled == nil) {
			t.Fatalf("adopt = %v and recall = %v: want exactly one to win", adopted, recalled)
		}
		for _, loser := range []error{adopted, recalled} {
			if loser != nil && !errors.Is(loser, ErrStale) && !errors.Is(loser, ErrState) {
				t.Errorf("the loser got %v", loser)
			}
		}
		if a, b := w.page(t, w.bureau, out.ID).State, w.page(t, w.hq, in.ID).State; a != want || b != want {
			t.Errorf("the sender sees %s, the receiver %s, want %s", a, b, want)
		}
		var score, reported int
		w.get(t, w.hq, &score, `select coalesce(sum(n), 0) from deeds where kind = 'exchange.adopted' and item = $1`, object(in.ID))
		w.get(t, w.bureau, &reported, `select coalesce(sum(n), 0) from deeds where kind = 'exchange.reported' and item = $1`, object(out.ID))
		if want == Adopted && (score != 1 || reported != 1) || want == Recalled && (score != 0 || reported != 0) {
			t.Errorf("%s: adopted %d times, reported %d times", want, score, reported)
		}
		won[want]++
	}
	t.Logf("winners: %v", won)
}

// Two clerks act on one envelope at once: one of them does.
func TestTwoClerks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j, k := w.journal(t, w.hq, "甲刊", "own"), w.journal(t, w.hq, "乙刊", "own")
	_, in := w.send(t, "两人同办")
	if _, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 1}); err != nil {
		t.Fatal(err)
	}
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			in := uptake{Versioned: Versioned{ref{in.ID}, 2}, JournalID: []uuid.UUID{j.ID, k.ID}[i%2]}
			_, errs[i] = do(w.db, w.hq, w.x.adopt, in)
		})
	}
	wg.Wait()
	done := 0
	for _, err := range errs {
		switch {
		case err == nil:
			done++
		case !errors.Is(err, ErrStale):
			t.Errorf("a loser got %v, want ErrStale", err)
		}
	}
	if done != 1 {
		t.Errorf("%d of 8 adoptions at one version took effect, want 1", done)
	}
}

func TestHashCoversEverything(t *testing.T) {
	t.Parallel()
	whole := func() Content {
		c := news("散列")
		c.Attachments = []Attachment{{ID: uuid.MustParse("0198c000-0000-7000-8000-000000000001"), Name: "图", Summary: "说明", FileName: "a.pdf", Size: 3, Type: "application/pdf", SHA256: "ab"}}
		return c
	}
	a, b := uuid.MustParse("0198c000-0000-7000-8000-00000000000a"), uuid.MustParse("0198c000-0000-7000-8000-00000000000b")
	base := whole().Hash(a, b, "附言")
	for name, other := range map[string]string{
		"receiver": whole().Hash(a, a, "附言"),
		"sender":   whole().Hash(b, b, "附言"),
		"note":     whole().Hash(a, b, "附"),
	} {
		if other == base {
			t.Errorf("the hash does not cover the %s", name)
		}
	}
	for name, change := range map[string]func(*Content){
		"kind": func(c *Content) { c.Kind += "x" }, "subject": func(c *Content) { c.Subject[0]++ },
		"title": func(c *Content) { c.Title += "x" }, "body": func(c *Content) { c.BodyHTML += "x" },
		"plain text": func(c *Content) { c.PlainText += "x" }, "source": func(c *Content) { c.Source += "x" },
		"drafter": func(c *Content) { c.Drafter += "x" }, "publisher": func(c *Content) { c.Publisher += "x" },
		"reviewer":       func(c *Content) { c.Reviewers[0] += "x" },
		"fewer":          func(c *Content) { c.Reviewers = c.Reviewers[:1] },
		"moved boundary": func(c *Content) { c.Title, c.BodyHTML = c.Title+c.BodyHTML[:1], c.BodyHTML[1:] },
		"time":           func(c *Content) { c.PublishedAt = c.PublishedAt.Add(time.Microsecond) },
		"unit":           func(c *Content) { c.Unit += "x" }, "content hash": func(c *Content) { c.ContentHash += "x" },
		"attachments": func(c *Content) { c.Attachments = nil }, "file id": func(c *Content) { c.Attachments[0].ID[0]++ },
		"file name": func(c *Content) { c.Attachments[0].FileName += "x" }, "display name": func(c *Content) { c.Attachments[0].Name += "x" },
		"summary": func(c *Content) { c.Attachments[0].Summary += "x" }, "size": func(c *Content) { c.Attachments[0].Size++ },
		"type": func(c *Content) { c.Attachments[0].Type += "x" }, "digest": func(c *Content) { c.Attachments[0].SHA256 += "x" },
	} {
		c := whole()
		change(&c)
		if c.Hash(a, b, "附言") == base {
			t.Errorf("the hash does not cover: %s", name)
		}
	}
	r := Receipt{Hash: base, Receiver: b, ReceiverName: "省局", By: "何承宣", At: time.Unix(1, 0)}.sign()
	if !r.Valid(base) {
		t.Error("a fresh receipt is not valid")
	}
	forged := r
	forged.By = "别人"
	if forged.Valid(base) || r.Valid("other") {
		t.Error("a changed receipt is valid")
	}
}
