package audit

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
)

const (
	update = `update audit_entries set %s where tenant_id = $1 and id = $2`
	late   = `insert into audit_entries (tenant_id, id, txid, at, actor_name, action, object, detail, request, ip)
	          select tenant_id, $2, txid, at, '', 'x', 'x', '{}', '', '' from audit_entries where tenant_id = $1 and id = $3`
	inSeal = `update audit_seals set %s where tenant_id = $1 and seq = $2`
)

// slipped is the id of an entry an attacker slips in.
var slipped = tenant.NewID()

// tamperings are what an attacker may do, and what must be named.
var tamperings = map[string]struct {
	do   func(t *testing.T, d diary, ids []uuid.UUID)
	kind string
	at   int // index of the entry that is named; -1 for a seal, -2 for the one slipped in
}{
	"action": {func(t *testing.T, d diary, ids []uuid.UUID) { d.tamper(t, fmt.Sprintf(update, `action = 'x'`), ids[7]) }, Changed, 7},
	"detail": {func(t *testing.T, d diary, ids []uuid.UUID) {
		d.tamper(t, fmt.Sprintf(update, `detail = detail || '{"n": 99}'`), ids[11])
	}, Changed, 11},
	"who": {func(t *testing.T, d diary, ids []uuid.UUID) {
		d.tamper(t, fmt.Sprintf(update, `member_id = null`), ids[0])
	}, Changed, 0},
	"when": {func(t *testing.T, d diary, ids []uuid.UUID) {
		d.tamper(t, fmt.Sprintf(update, `at = at + interval '1 microsecond'`), ids[3])
	}, Changed, 3},
	"a shifted edge": {func(t *testing.T, d diary, ids []uuid.UUID) {
		d.tamper(t, fmt.Sprintf(update, `request = request || left(ip, 1), ip = substr(ip, 2)`), ids[4])
	}, Changed, 4},
	"removed": {func(t *testing.T, d diary, ids []uuid.UUID) {
		d.tamper(t, `delete from audit_entries where tenant_id = $1 and id = $2`, ids[9])
	}, Removed, 9},
	"slipped in": {func(t *testing.T, d diary, ids []uuid.UUID) { d.tamper(t, late, slipped, ids[12]) }, Inserted, -2},
	"back-dated": {func(t *testing.T, d diary, ids []uuid.UUID) {
		d.tamper(t, `insert into audit_entries (tenant_id, id, at, actor_name, action, object, detail, request, ip)
		             values ($1, $2, now() - interval '2 hours', '', 'x', 'x', '{}', '', '')`, slipped)
	}, Inserted, -2},
	"two swapped": {func(t *testing.T, d diary, ids []uuid.UUID) {
		d.tamper(t, `update audit_entries e set action = o.action, object = o.object, detail = o.detail, at = o.at
		               from audit_entries o where e.tenant_id = $1 and o.tenant_id = $1 and (e.id, o.id) in (($2, $3), ($3, $2))`, ids[2], ids[6])
	}, Changed, 2},
	"two in another order": {func(t *testing.T, d diary, ids []uuid.UUID) {
		d.tamper(t, `update audit_entries e set txid = o.txid
		               from audit_entries o where e.tenant_id = $1 and o.tenant_id = $1 and (e.id, o.id) in (($2, $3), ($3, $2))`, ids[5], ids[6])
	}, Changed, 6},
	"moved to a later seal": {func(t *testing.T, d diary, ids []uuid.UUID) {
		d.tamper(t, `update audit_entries set txid = (select txid from audit_entries where tenant_id = $1 and id = $3) where tenant_id = $1 and id = $2`, ids[1], ids[18])
	}, Removed, 1},
	"a seal's count": {func(t *testing.T, d diary, _ []uuid.UUID) { d.tamper(t, fmt.Sprintf(inSeal, `n = n - 1`), 2) }, Broken, -1},
	"a seal's reach": {func(t *testing.T, d diary, _ []uuid.UUID) {
		d.tamper(t, fmt.Sprintf(inSeal, `upto = (upto::text::numeric - 1)::text::xid8`), 1)
	}, Broken, -1},
	"a seal's rows": {func(t *testing.T, d diary, _ []uuid.UUID) {
		d.tamper(t, fmt.Sprintf(inSeal, `rows = substr(rows, 49), n = n - 1`), 2)
	}, Broken, -1},
	"a seal's hash": {func(t *testing.T, d diary, _ []uuid.UUID) { d.tamper(t, fmt.Sprintf(inSeal, `hash = sha256(hash)`), 3) }, Broken, -1},
	"the first seal": {func(t *testing.T, d diary, _ []uuid.UUID) {
		d.tamper(t, `delete from audit_seals where tenant_id = $1 and seq = 1`)
	}, Broken, -1},
	"a seal in between": {func(t *testing.T, d diary, _ []uuid.UUID) {
		d.tamper(t, `delete from audit_seals where tenant_id = $1 and seq = 2`)
	}, Broken, -1},
	"the last seal": {func(t *testing.T, d diary, _ []uuid.UUID) {
		d.tamper(t, `delete from audit_seals where tenant_id = $1 and seq = (select max(seq) from audit_seals where tenant_id = $1)`)
	}, Broken, -1},
	"the last seal, set anew over a changed entry": {func(t *testing.T, d diary, ids []uuid.UUID) {
		d.tamper(t, `delete from audit_seals where tenant_id = $1 and seq = (select max(seq) from audit_seals where tenant_id = $1)`)
		d.tamper(t, fmt.Sprintf(update, `action = 'x'`), ids[len(ids)-1])
		last, err := sealOnceForged(d)
		if err != nil || last == 0 {
			t.Fatalf("forged seal %d, %v", last, err)
		}
	}, Broken, -1},
	"all seals": {func(t *testing.T, d diary, _ []uuid.UUID) {
		d.tamper(t, `delete from audit_seals where tenant_id = $1`)
	}, Broken, -1},
}

func TestTampering(t *testing.T) {
	t.Parallel()
	for name, tt := range tamperings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDiary(t)
			d.write(t, 24)
			d.seal(t, 10)
			ids := d.entries(t)
			tt.do(t, d, ids)
			r := d.verify(t)
			if r.First == nil {
				t.Fatal("was not found (AU-02)")
			}
			want := uuid.Nil
			switch {
			case tt.at == -2:
				want = slipped
			case tt.at >= 0:
				want = ids[tt.at]
			}
			if r.First.Kind != tt.kind || r.First.ID != want || tt.at == -1 && r.First.Seq == 0 {
				t.Errorf("first bad = %+v, want %s of %s", r.First, tt.kind, want)
			}
		})
	}
}

// sealOnceForged sets a seal as an attacker would: without the entry about it.
func sealOnceForged(d diary) (seq int64, err error) {
	err = d.db.Write(d.ctx, func(tx *tenant.Tx) error {
		last, err := lastSeal(d.ctx, tx)
		if err != nil {
			return err
		}
		next := seal{Seq: last.Seq + 1, Prev: last.Hash}
		if next.Upto, _, err = reach(d.ctx, tx, last.Upto, batch); err != nil || next.Upto == 0 {
			return err
		}
		if err := next.cover(d.ctx, tx, last); err != nil {
			return err
		}
		next.Hash, seq = next.sum(), next.Seq
		_, err = tx.Exec(d.ctx, `insert into audit_seals (seq, upto, upto_at, n, rows, prev, hash) values ($1, $2::xid8, $3, $4, $5, $6, $7)`,
			next.Seq, next.Upto.parameter(), next.UptoAt, next.N, next.Rows, next.Prev, next.Hash)
		return err
	})
	return seq, err
}

// TestRandomTampering: whatever single entry is changed, removed or slipped in,
// it is the one that is named; ten thousand times under HETU_TORTURE (AU-02).
func TestRandomTampering(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	d.write(t, 60)
	d.seal(t, 9)
	ids := d.entries(t)
	times := 30
	if os.Getenv("HETU_TORTURE") != "" {
		times = 10000
	}
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for range times {
		i := r.IntN(len(ids))
		want, kind, back := ids[i], Changed, func() {
			d.tamper(t, `delete from audit_entries where tenant_id = $1 and id = $2`, ids[i])
		}
		keep := d.keep(t, ids[i])
		switch r.IntN(8) {
		case 0:
			kind = Removed
			d.tamper(t, `delete from audit_entries where tenant_id = $1 and id = $2`, ids[i])
			back = func() {}
		case 1:
			want, kind = tenant.NewID(), Inserted
			d.tamper(t, late, want, ids[i])
			back = func() {
				d.tamper(t, `delete from audit_entries where tenant_id = $1 and id in ($2, $3)`, want, ids[i])
			}
		case 2:
			d.tamper(t, fmt.Sprintf(update, `at = at + interval '1 microsecond' * $3`), ids[i], 1+r.IntN(1e6))
		case 3:
			d.tamper(t, fmt.Sprintf(update, `detail = detail || jsonb_build_object($3::text, $4::int)`), ids[i], fmt.Sprint("k", r.IntN(1e6)), r.IntN(9))
		default:
			column := []string{"actor_name", "action", "object", "request", "ip"}[r.IntN(5)]
			d.tamper(t, fmt.Sprintf(update, column+` = overlay(`+column+` placing $3::text from $4::int for 1)`), ids[i], string(rune(0x4e00+r.IntN(5000))), 1+r.IntN(3))
		}
		if got := d.verify(t).First; got == nil || got.Kind != kind || got.ID != want {
			t.Errorf("entry %d, %s: found %+v, want it to be named", i, kind, got)
		}
		back()
		d.tamper(t, `insert into audit_entries select (jsonb_populate_record(null::audit_entries, $2::jsonb)).* where $1::uuid is not null`, keep)
	}
	if r := d.verify(t); r.First != nil {
		t.Errorf("put back as it was: %+v", r.First)
	}
}

// keep returns an entry to be put back later.
func (d diary) keep(t *testing.T, id uuid.UUID) (row string) {
	t.Helper()
	if err := d.admin.QueryRow(`select to_jsonb(e)::text from audit_entries e where tenant_id = $1 and id = $2`, d.id, id).Scan(&row); err != nil {
		t.Fatal(err)
	}
	return row
}
