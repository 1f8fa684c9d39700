package audit

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// BenchmarkMillion checks a chain of a million entries, and then one in which an
// entry of the last tenth was changed: a minute is what it may take (AU-02).
//
//	go test ./audit -run '^$' -bench Million -benchtime 1x
func BenchmarkMillion(b *testing.B) {
	const transactions, each = 200, 5000
	d := newDiary(b)
	for i := range transactions {
		d.tamper(b, `
			insert into audit_entries (tenant_id, id, at, member_id, actor_name, action, object, detail, request, ip)
			select $1, gen_random_uuid(), now(), $2, '测试员', 'test.did', 'test/thing/' || n, jsonb_build_object('n', n, 'title', '汛前检查第' || n || '号'), 'bench', '10.0.0.1'
			  from generate_series($3::int, $3::int + $4::int - 1) n`, uuid.New(), i*each, each)
		d.seal(b, batch) // as it is, minute by minute
	}
	var changed uuid.UUID
	for b.Loop() {
		r := d.verify(b)
		if r.First != nil || r.Entries < transactions*each {
			b.Fatalf("an honest chain: %+v", r)
		}
	}
	err := d.admin.QueryRow(`select id from audit_entries where tenant_id = $1 and action = 'test.did' order by txid desc, id desc offset 50000 limit 1`, d.id).Scan(&changed)
	if err != nil {
		b.Fatal(err)
	}
	d.tamper(b, `update audit_entries set detail = '{}' where tenant_id = $1 and id = $2`, changed)
	began := time.Now()
	if r := d.verify(b); r.First == nil || r.First.ID != changed || r.First.Kind != Changed {
		b.Errorf("found %+v, want the entry %s", r.First, changed)
	}
	b.ReportMetric(time.Since(began).Seconds(), "s/bad-row")
	var counted Statistics
	began = time.Now()
	counted = d.counts(b, statQuery{By: "action"})
	b.ReportMetric(time.Since(began).Seconds(), "s/statistics")
	if counted.Total < transactions*each {
		b.Errorf("counted %d", counted.Total)
	}
}
