package publish

import (
	"testing"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// What people do most: open a column, open an item.
func BenchmarkReading(b *testing.B) {
	h := open(b)
	it := h.named(h.column, "题 0", "正文")
	h.copies(it, h.column, 5000)
	ctx, db := h.as(h.reader), tenanttest.DB(b)
	b.Run("column list of 20", func(b *testing.B) {
		for b.Loop() {
			err := db.Read(ctx, func(tx *tenant.Tx) error {
				l, err := List(ctx, tx, Query{Column: &h.column.ID})
				if err == nil && len(l.Items) != 20 {
					b.Fatal(len(l.Items))
				}
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("item", func(b *testing.B) {
		for b.Loop() {
			err := db.Read(ctx, func(tx *tenant.Tx) error { _, err := h.desk.look(ctx, tx, ref{it.ID}); return err })
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
