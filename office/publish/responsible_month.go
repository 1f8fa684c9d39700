package publish

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// The deeds of being organised to publish, to the account of the unit, once a
// month each.
const (
	ResponsibleNamed  = "publish.responsible_named"   // a department has a head and a publisher (I14)
	ResponsibleNobody = "publish.responsible_missing" // a department lacks one of them (I14)
	OwnRules          = "publish.own_rules"           // rule document, columns with their levels, and all persons (I15)
)

// What can go wrong with rule documents.
var (
	ErrRuleDocument = fault.New(fault.Conflict, "publish.rule_document_named")
	ErrNoDocument   = fault.New(fault.NotFound, "publish.rule_document_not_found")
)

// noteMonth writes down, once in a month, who answers for publishing and whether
// the unit has its own rules, and what the assessment may count of that.
func noteMonth(ctx context.Context, tx *tenant.Tx) error {
	day := calendar.DateOf(tx.Now).String()
	month := day[:8] + "01"
	var done bool
	if err := tx.Get(ctx, &done, `select exists (select from responsible_months where month = $1)`, month); err != nil || done {
		return err
	}
	all, err := responsible(ctx, tx)
	if err != nil || len(all) == 0 {
		return err
	}
	named := 0
	for _, d := range all {
		if d.named() {
			named++
		}
	}
	var has struct {
		Columns   int `db:"columns"`
		Documents int `db:"documents"`
	}
	err = tx.Get(ctx, &has, `
		select (select count(*) from columns where state = 'active') as columns,
		       (select count(*) from rule_documents r join items i on i.id = r.item_id where i.state = 'published') as documents`)
	if err != nil {
		return err
	}
	whole := has.Columns > 0 && has.Documents > 0 && named == len(all)
	n, err := tx.Exec(ctx, `
		insert into responsible_months (month, departments, named, columns, documents, whole, at) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict on constraint responsible_months_pkey do nothing`, month, len(all), named, has.Columns, has.Documents, whole, tx.Now)
	if err != nil || n == 0 {
		return err
	}
	for _, d := range all {
		kind, item := ResponsibleNobody, "org/department/"+d.ID.String()
		if d.named() {
			kind = ResponsibleNamed
		}
		tx.Deed(tenant.Deed{Kind: kind, Unit: tx.Actor.Tenant, UnitKind: "tenant", Item: item, Title: d.Name, Content: item + "/" + month})
	}
	if whole {
		tx.Deed(tenant.Deed{Kind: OwnRules, Unit: tx.Actor.Tenant, UnitKind: "tenant", Item: "publish/rules", Title: month[:7], Content: "publish/rules/" + month})
	}
	tx.Audit("publish.responsible_noted", "publish/responsible", map[string]any{"month": month[:7], "departments": len(all), "named": named, "own_rules": whole})
	return nil
}

// named reports whether it is known who answers for the department: its head
// (R005) and somebody who publishes for it (R006).
func (r Responsible) named() bool { return r.HeadName != "" && len(r.Publishers) > 0 }

// A RuleDocument is a published item that is the unit's own rules for publishing.
type RuleDocument struct {
	ItemID    uuid.UUID `db:"item_id" json:"item_id"`
	Title     string    `db:"title" json:"title"`
	State     string    `db:"state" json:"state" enum:"published,withdrawn"` // withdrawn: it counts no more
	NamedName string    `db:"named_name" json:"named_name"`
	NamedAt   time.Time `db:"named_at" json:"named_at"`
}

// ruleDocuments lists them, the newest first.
func ruleDocuments(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[RuleDocument], err error) {
	l.Items = []RuleDocument{}
	err = tx.Select(ctx, &l.Items, `
		select r.item_id, i.title, i.state, r.named_name, r.named_at
		  from rule_documents r join items i on i.id = r.item_id order by r.named_at desc, r.item_id`)
	return l, err
}

type newRuleDocument struct {
	ItemID uuid.UUID `json:"item_id"`
}

// nameRuleDocument says of a published item that it is the unit's own rules.
func nameRuleDocument(ctx context.Context, tx *tenant.Tx, in newRuleDocument) (l feature.List[RuleDocument], err error) {
	r, err := find(ctx, tx, in.ItemID)
	if errors.Is(err, ErrNotFound) {
		return l, ErrNotFound.On("item_id")
	}
	switch {
	case err != nil:
		return l, err
	case r.State != "published":
		return l, ErrState.With("state", r.State)
	}
	n, err := tx.Exec(ctx, `
		insert into rule_documents (item_id, named_id, named_name, named_at) values ($1, $2, $3, $4)
		on conflict on constraint rule_documents_pkey do nothing`, r.ID, tx.Actor.Member, tx.Actor.Name, tx.Now)
	if err != nil {
		return l, err
	}
	if n == 0 {
		return l, ErrRuleDocument
	}
	tx.Audit("publish.rule_document_named", objectOf(r.ID), nil)
	return ruleDocuments(ctx, tx, feature.None{})
}

// dropRuleDocument takes that back. The item stays where it is.
func dropRuleDocument(ctx context.Context, tx *tenant.Tx, in ref) (none feature.None, err error) {
	n, err := tx.Exec(ctx, `delete from rule_documents where item_id = $1`, in.ID)
	if err == nil && n == 0 {
		err = ErrNoDocument
	}
	tx.Audit("publish.rule_document_dropped", objectOf(in.ID), nil)
	return none, err
}
