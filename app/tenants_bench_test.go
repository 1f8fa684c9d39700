package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"hetu/app"
	"hetu/console"
	"hetu/console/template"
	"hetu/org"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// BenchmarkThousandTenants makes a thousand tenants from one list, and opens each
// with the built-in template as its first administrator would: the goal is five
// minutes on two cores, and a second for one. Run it once:
//
//	go test ./app -run none -bench ThousandTenants -benchtime 1x
func BenchmarkThousandTenants(b *testing.B) {
	const many = 1000
	ops, db := tenanttest.Operators(b), tenanttest.DB(b)
	hash, err := argon2id.CreateHash(password, &quick)
	if err != nil {
		b.Fatal(err)
	}
	features := app.Features(app.Tools{})
	seed := func(ctx context.Context, tx *tenant.Tx) error { return app.Seed(ctx, tx, features) }
	for b.Loop() {
		mark := "b" + tenant.NewID().String()[24:]
		g, err := console.CreateGroup(b.Context(), ops, console.NewGroup{Name: "青川省水务厅", Slug: mark})
		if err != nil {
			b.Fatal(err)
		}
		var list bytes.Buffer
		_, _ = io.WriteString(&list, "全称,简称,代码,类别,上级代码,管理员姓名,管理员账号,人数上限\n")
		for i := range many {
			above := mark + "-0"
			if i == 0 {
				above = ""
			}
			fmt.Fprintf(&list, "第%d水务局,%d局,%s-%d,局,%s,张敏,zhangmin,80\n", i, i, mark, i, above)
		}
		began := time.Now()
		ids, err := console.MakeList(b.Context(), ops, g.ID, &template.Standard, &list)
		if err != nil || len(ids) != many {
			b.Fatal(len(ids), err)
		}
		made := time.Now()
		slowest := openAll(b, db, ids, hash, seed)
		b.ReportMetric(made.Sub(began).Seconds(), "s/list")
		b.ReportMetric(time.Since(made).Seconds(), "s/open")
		b.ReportMetric(slowest.Seconds(), "s/slowest")
	}
}

// openAll opens tenants two at a time and returns how long the slowest took.
func openAll(b *testing.B, db *tenant.DB, ids []uuid.UUID, hash string, seed org.Seeder) (slowest time.Duration) {
	b.Helper()
	var mu sync.Mutex
	var hands sync.WaitGroup
	next := make(chan uuid.UUID)
	for range 2 {
		hands.Go(func() {
			for id := range next {
				began := time.Now()
				_, err := org.OpenTenant(b.Context(), db, id, org.AdminSpec{Login: "zhangmin", Name: "张敏", Hash: hash}, seed)
				mu.Lock()
				slowest = max(slowest, time.Since(began))
				mu.Unlock()
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, id := range ids {
		next <- id
	}
	close(next)
	hands.Wait()
	return slowest
}
