package audit

import (
	"context"
	"embed"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
	"hetu/tenant"
)

// Read is the permission to look into the audit.
const Read rbac.Permission = "audit.read"

//go:embed migrations
var files embed.FS

// Feature is what the audit adds to the system.
func Feature() feature.Feature {
	return feature.Feature{
		Name:   "audit",
		Rights: []rbac.Right{{Permission: Read, Roles: []rbac.Role{rbac.Auditor}}},
		Routes: []feature.Route{
			feature.GET("/audit/entries", Read, feature.Read(list)),
			feature.GET("/audit/state", Read, feature.Read(state)),
		},
		Rounds:     []job.Round{Round()},
		Migrations: files,
	}
}

// A Record is an entry as the auditor sees it.
type Record struct {
	ID       uuid.UUID       `db:"id" json:"id"`
	At       time.Time       `db:"at" json:"at"`
	MemberID *uuid.UUID      `db:"member_id" json:"member_id"` // nil for the system and for who was not known
	Name     string          `db:"actor_name" json:"name"`
	Action   string          `db:"action" json:"action"`
	Object   string          `db:"object" json:"object"`
	Detail   json.RawMessage `db:"detail" json:"detail"`
	Request  string          `db:"request" json:"request"`
	IP       string          `db:"ip" json:"ip"`
}

type query struct {
	feature.Page
	Object string     `json:"-" query:"object"`
	Member *uuid.UUID `json:"-" query:"member"`
}

var errCursor = fault.New(fault.Invalid, "request.malformed").On("after")

// list returns entries, the newest first. Those about seals are left out unless
// asked for by their object.
func list(ctx context.Context, tx *tenant.Tx, in query) (feature.List[Record], error) {
	var after *uuid.UUID
	if in.After != "" {
		id, err := uuid.Parse(in.After)
		if err != nil {
			return feature.List[Record]{}, errCursor
		}
		after = &id
	}
	var rs []Record
	err := tx.Select(ctx, &rs, `
		select id, at, member_id, actor_name, action, object, detail, request, ip
		  from audit_entries
		 where ($1::uuid is null or id < $1)
		   and ($2 = '' and action <> '`+sealed+`' or object = $2)
		   and ($3::uuid is null or member_id = $3)
		 order by id desc
		 limit $4`, after, in.Object, in.Member, in.Size()+1)
	return feature.Cut(rs, in.Size(), func(r Record) string { return r.ID.String() }), err
}

// A State is how far the audit is sealed.
type State struct {
	Seals    int64      `db:"seals" json:"seals"`
	SealedAt *time.Time `db:"sealed_at" json:"sealed_at"` // of the newest entry a seal covers
	Unsealed int        `db:"unsealed" json:"unsealed"`   // entries newer than that
	Head     string     `db:"head" json:"head"`           // hash of the last seal
}

func state(ctx context.Context, tx *tenant.Tx, _ feature.None) (s State, err error) {
	err = tx.Get(ctx, &s, `
		with l as (select seq, upto, upto_at, hash from audit_seals order by seq desc limit 1)
		select coalesce((select seq from l), 0) as seals, (select upto_at from l) as sealed_at,
		       coalesce((select encode(hash, 'hex') from l), '') as head,
		       (select count(*) from audit_entries
		         where txid > coalesce((select upto from l), '0') and action <> '`+sealed+`') as unsealed`)
	return s, err
}
