package publish

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// tellPatterns tells the Office of versions of the pattern of columns that were
// issued above, each once; of several versions of one issuer only of the newest
// (R025). It runs as the tenant that is told, because nobody writes a notice
// into another.
func tellPatterns(ctx context.Context, db *tenant.DB) error {
	const news = `from column_patterns p where p.tenant_id <> app_tenant() and not exists (select from pattern_told t where t.pattern_id = p.id)`
	var waiting bool
	err := db.Read(ctx, func(tx *tenant.Tx) error { return tx.Get(ctx, &waiting, `select exists (select `+news+`)`) })
	if err != nil || !waiting {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		var told []uuid.UUID
		err := tx.Select(ctx, &told, `insert into pattern_told (pattern_id) select p.id `+news+` on conflict do nothing returning pattern_id`)
		if err != nil || len(told) == 0 {
			return err
		}
		var issued []struct {
			ID      uuid.UUID `db:"id"`
			Issuer  string    `db:"issuer_name"`
			Version int       `db:"version"`
		}
		err = tx.Select(ctx, &issued, `
			select distinct on (p.issuer_id) p.id, p.issuer_name, p.version from column_patterns p
			 where p.id = any ($1) and not exists (select from pattern_adoptions a where a.issuer_id = p.issuer_id and a.version >= p.version)
			 order by p.issuer_id, p.version desc`, tenant.Array(told))
		if err != nil {
			return err
		}
		office, err := rbac.Holders(ctx, tx, Manage, []uuid.UUID{})
		if err != nil {
			return err
		}
		notices := make([]message.Notice, len(issued))
		for i, p := range issued {
			notices[i] = message.Notice{To: office, Code: "publish.pattern_issued", Href: "/publish/columns?tab=patterns&pattern=" + p.ID.String(),
				Params: map[string]string{"peer": p.Issuer, "version": strconv.Itoa(p.Version)}}
		}
		return message.Send(ctx, tx, notices...)
	})
}
