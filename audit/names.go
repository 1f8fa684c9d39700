package audit

import (
	"context"
	"encoding/json"
	"regexp"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// named are the kinds of things whose names the audit itself knows: what makes
// or changes one records how it is called.
var named = tenant.Texts{
	"approval/case", "assess/bulletin", "assess/round", "assess/scheme", "attachment/upload", "exchange/bulletin", "exchange/envelope",
	"exchange/journal", "exchange/push", "exchange/solicitation", "org/department", "org/member", "publish/application", "publish/column",
	"publish/inspection", "publish/item", "publish/pattern", "publish/template", "rbac/role", "review/call", "review/poll",
	"target/target", "template/set", "trial/run", "trial/training",
}

// mostNames is how many ids of one entry are looked up.
const mostNames = 50

var idForm = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

type nameQuery struct {
	Entry uuid.UUID `json:"-" query:"entry"`
}

// Validate returns the first thing wrong with the query.
func (q *nameQuery) Validate() error {
	if q.Entry == uuid.Nil {
		return feature.ErrMissing.On("entry")
	}
	return nil
}

// A Name is what an id in an entry stands for.
type Name struct {
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
}

// names lists the ids an entry mentions that the audit can name: people as they
// were last called where they did something, things as they were called where
// they were last made or changed. It lists none of an entry that is not there.
func names(ctx context.Context, tx *tenant.Tx, q nameQuery) (l feature.List[Name], err error) {
	l.Items = []Name{}
	var of []struct {
		Object string          `db:"object"`
		Detail json.RawMessage `db:"detail"`
	}
	if err := tx.Select(ctx, &of, `select object, detail from audit_entries where id = $1`, q.Entry); err != nil || len(of) == 0 {
		return l, err
	}
	ids := idsIn(of[0].Object + " " + string(of[0].Detail))
	err = tx.Select(ctx, &l.Items, `
		select id, name from (
		  select i.id, coalesce(
		         (select e.actor_name from audit_entries e where e.member_id = i.id and e.actor_name <> '' order by e.id desc limit 1),
		         (select n.name
		            from unnest($2::text[]) k
		            cross join lateral (
		              select e.id, coalesce(nullif(e.detail ->> 'name', ''), nullif(e.detail ->> 'title', ''), nullif(e.detail #>> '{to,name}', ''), nullif(e.detail ->> 'file_name', '')) as name
		                from audit_entries e
		               where e.object = k || '/' || i.id
		               order by e.id desc limit 20) n
		           where n.name is not null
		           order by n.id desc limit 1)) as name
		    from unnest($1::uuid[]) i (id)) t
		 where name is not null`, ids, named)
	return l, err
}

// idsIn are the ids a text mentions, each once.
func idsIn(text string) tenant.IDs {
	ids, seen := tenant.IDs{}, map[string]bool{}
	for _, found := range idForm.FindAllString(text, -1) {
		if seen[found] || len(ids) == mostNames {
			continue
		}
		seen[found] = true
		ids = append(ids, uuid.MustParse(found))
	}
	return ids
}
