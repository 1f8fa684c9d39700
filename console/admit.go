package console

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/message"
	"hetu/org"
	"hetu/org/factor"
	"hetu/rbac"
	"hetu/tenant"
)

// atServer is whom a tenant's audit names for what a command on the server did.
const atServer = "平台运维（服务器命令）"

// inside is a context in which a command acts in a tenant, as nobody of it.
func inside(ctx context.Context, id uuid.UUID) context.Context {
	return tenant.As(ctx, tenant.Actor{Tenant: id, Name: atServer, Request: "command"})
}

// An Admission lets an administrator of a tenant in whom nobody of it can help.
type Admission struct {
	Slug   string
	Login  string
	Lost   string // org.ResetPassword or org.ResetSecond
	How    string // how they asked for another password: person, phone, written; empty if they did at the door
	Reason string
}

// An Admitted is what came of it: a link's token if a password was lost, or how
// many other units of the account have been asked to consent.
type Admitted struct {
	Name   string
	Token  string
	Sought *org.Sought
}

// Admit does what another administrator would, for a tenant that has none who
// could: makes the one-time link for another password upon the person's request
// (see org.Admit), or takes a lost second factor away (see factor.Admit). It is a
// command on the server, which stands in the tenant's audit and the operators',
// and which everybody of the tenant is told who administers it or reads its
// audit. Nothing is done in a tenant that is closed: org.ErrSuspended. operators
// is opened as the operators' role, db as the application's.
func Admit(ctx context.Context, operators, db *tenant.DB, in Admission) (out Admitted, err error) {
	if err := feature.Trim(&in.Reason, "reason", 200); err != nil {
		return out, err
	}
	t, err := TenantBySlug(ctx, operators, in.Slug)
	if err != nil {
		return out, err
	}
	if t.State == "suspended" {
		return out, org.ErrSuspended
	}
	token := org.NewToken()
	there := inside(ctx, t.ID)
	var a org.Admitted
	err = db.Write(there, func(tx *tenant.Tx) (err error) {
		if in.Lost == org.ResetSecond {
			a, err = factor.Admit(there, tx, in.Login, in.Reason)
		} else {
			a, err = org.Admit(there, tx, org.Admission{Login: in.Login, How: in.How, Reason: in.Reason}, token)
		}
		if err != nil {
			return err
		}
		return tellPowers(there, tx, "org.admitted", message.Params{"name": a.Name, "reason": in.Reason})
	})
	if err != nil {
		return out, err
	}
	out = Admitted{Name: a.Name, Sought: a.Sought}
	if a.Sought == nil && in.Lost == org.ResetPassword {
		out.Token = token
	}
	// Nothing is shown before the operators' record has it, too.
	return out, wrote(ctx, operators, "console.tenant_admitted", t.ID,
		map[string]any{"login": in.Login, "what": in.Lost, "reason": in.Reason, "asked": a.Sought != nil})
}

// tellPowers sends a notice to whoever has one of the powers of an administrator:
// to each with the page they may open.
func tellPowers(ctx context.Context, tx *tenant.Tx, code string, params message.Params) error {
	href := map[rbac.Permission]string{org.Manage: "/org/accounts", org.Grant: "/access/manage"}
	told := map[uuid.UUID]bool{}
	var all []message.Notice
	for _, p := range org.Powers {
		people, err := rbac.Holders(ctx, tx, p, nil)
		if err != nil {
			return err
		}
		n := message.Notice{Code: code, Params: params, Href: href[p]}
		if n.Href == "" {
			n.Href = "/audit"
		}
		for _, m := range people {
			if !told[m] {
				told[m] = true
				n.To = append(n.To, m)
			}
		}
		all = append(all, n)
	}
	return message.Send(ctx, tx, all...)
}

func wrote(ctx context.Context, operators *tenant.DB, act string, id uuid.UUID, detail map[string]any) error {
	ctx = commandLine(ctx)
	return operators.Operate(ctx, func(tx *tenant.Tx) error {
		tx.Audit(act, object(id), detail)
		return nil
	})
}

// An Unheard is what a tenant is asked about a shared account and cannot answer.
type Unheard struct {
	Slug string
	org.Unheard
}

// Unanswered returns what operators may answer for tenants by Speak.
func Unanswered(ctx context.Context, operators, db *tenant.DB) (all []Unheard, err error) {
	var ts []struct {
		ID   uuid.UUID `db:"id"`
		Slug string    `db:"slug"`
	}
	asOperator := commandLine(ctx)
	err = operators.Operate(asOperator, func(tx *tenant.Tx) error {
		return tx.Select(asOperator, &ts, `select id, slug from platform.tenants order by slug`)
	})
	if err != nil {
		return nil, err
	}
	for _, t := range ts {
		there := inside(ctx, t.ID)
		err := db.Read(there, func(tx *tenant.Tx) error {
			found, err := org.Unanswered(there, tx, factor.Help)
			if errors.Is(err, tenant.ErrNoRows) { // it was removed a moment ago
				return nil
			}
			for _, u := range found {
				all = append(all, Unheard{t.Slug, u})
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// A Word is an operator's answer for a tenant.
type Word struct {
	Slug string
	org.Word
}

// Speak answers for a tenant that is closed or has nobody who could (see
// org.Speak), in its audit and the operators', and tells its administrators.
func Speak(ctx context.Context, operators, db *tenant.DB, w Word) (name, unit string, err error) {
	if err := feature.Trim(&w.Reason, "reason", 200); err != nil {
		return "", "", err
	}
	if w.Yes && w.How == "" {
		return "", "", feature.ErrMissing.On("how")
	}
	t, err := TenantBySlug(ctx, operators, w.Slug)
	if err != nil {
		return "", "", err
	}
	p := org.Manage
	if w.What == org.ResetSecond {
		p = factor.Help
	}
	there := inside(ctx, t.ID)
	var c org.Consent
	err = db.Write(there, func(tx *tenant.Tx) (err error) {
		if c, err = org.Speak(there, tx, p, w.Word); err != nil {
			return err
		}
		return tellPowers(there, tx, "org.consent_spoken", message.Params{"name": c.Name, "unit": c.Unit, "reason": w.Reason})
	})
	if err != nil {
		return "", "", err
	}
	return c.Name, c.Unit, wrote(ctx, operators, "console.consent_spoken", t.ID,
		map[string]any{"login": w.Login, "what": w.What, "yes": w.Yes, "how": w.How, "reason": w.Reason})
}
