package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"hetu/app"
	"hetu/audit"
	"hetu/console"
	"hetu/fault"
	"hetu/tenant"
)

// withNode runs fn with everything a server has open, except that nothing
// listens and no job runs.
func withNode(ctx context.Context, fn func(*app.Node) error) (err error) {
	cfg, err := app.Load()
	if err != nil {
		return err
	}
	n, err := app.NewNode(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	return fn(n)
}

type operatorCmd struct {
	Create       operatorCreate `cmd:"" help:"Make an operator; prints a first password, once, which they replace when they come in."`
	Password     operatorReset  `cmd:"" help:"Give an operator who forgot the password another; prints it, once. They replace it when they come in."`
	ForgetFactor operatorForget `cmd:"" help:"Take away the second factor of an operator who has lost it, and end their sessions."`
}

type operatorReset struct {
	Login string `required:"" help:"Sign-in name."`
}

// Run replaces the password.
func (o operatorReset) Run(ctx context.Context) error {
	return withNode(ctx, func(n *app.Node) error {
		password, err := console.ResetOperator(ctx, n.Operator, o.Login)
		if err != nil {
			return err
		}
		fmt.Printf("%s\t%s\n", o.Login, password)
		return nil
	})
}

type operatorForget struct {
	Login string `required:"" help:"Sign-in name."`
}

// Run takes the second factor away.
func (o operatorForget) Run(ctx context.Context) error {
	return withNode(ctx, func(n *app.Node) error {
		return console.ForgetFactor(ctx, n.Operator, o.Login)
	})
}

type operatorCreate struct {
	Login string `required:"" help:"Sign-in name."`
	Name  string `required:"" help:"The person's name."`
}

// Run makes the operator.
func (o operatorCreate) Run(ctx context.Context) error {
	return withNode(ctx, func(n *app.Node) error {
		password, err := console.InviteOperator(ctx, n.Operator, o.Login, o.Name)
		if err != nil {
			return err
		}
		fmt.Printf("%s\t%s\n", o.Login, password)
		return nil
	})
}

type tenantCmd struct {
	Create tenantCreate `cmd:"" help:"Make a tenant; prints its first administrator's one-time link."`
	Export tenantExport `cmd:"" help:"Write all a tenant has into a file, in open formats."`
	Import tenantImport `cmd:"" help:"Put the tenant of such a file into this installation."`
	Erase  tenantErase  `cmd:"" help:"Remove a suspended tenant and prove that nothing of it is left."`

	Admit   tenantAdmit   `cmd:"" help:"Let an administrator in again whom nobody of the tenant can help; prints a one-time link."`
	Unheard tenantUnheard `cmd:"" help:"List what tenants are asked about shared accounts and cannot answer: closed, or with nobody who could."`
	Consent tenantConsent `cmd:"" help:"Answer for such a tenant what another asks about a shared account."`
}

type tenantCreate struct {
	Group      string `required:"" help:"Slug of the group; it is made if there is none."`
	GroupName  string `help:"Name of the group, if it is to be made."`
	Parent     string `help:"Slug of the tenant above; empty for the root of the group."`
	Slug       string `required:"" help:"Address of the tenant: lower-case letters, digits and dashes."`
	Name       string `required:"" help:"Full name."`
	ShortName  string `help:"Short name; the full name if empty."`
	Kind       string `enum:"hq,bureau,subsidiary,department" default:"bureau" help:"What kind of unit it is."`
	AdminLogin string `required:"" help:"Sign-in name of the first administrator."`
	AdminName  string `required:"" help:"Name of the first administrator."`
}

// Run makes the tenant.
func (t tenantCreate) Run(ctx context.Context) error {
	return withNode(ctx, func(n *app.Node) error {
		link, err := t.make(ctx, n.Operator)
		if err != nil {
			return err
		}
		fmt.Printf("%s/activate#%s\n", n.Config.BaseURL, link)
		return nil
	})
}

// make finds the group and the parent by their slugs, makes the group if there
// is none, and then the tenant.
func (t tenantCreate) make(ctx context.Context, db *tenant.DB) (link string, err error) {
	group, err := console.GroupBySlug(ctx, db, t.Group)
	if errors.Is(err, console.ErrNoGroup) && t.GroupName != "" {
		group, err = console.CreateGroup(ctx, db, console.NewGroup{Slug: t.Group, Name: t.GroupName})
	}
	if err != nil {
		return "", err
	}
	n := console.NewTenant{GroupID: group.ID, Slug: t.Slug, Name: t.Name, ShortName: cmp.Or(t.ShortName, t.Name),
		Kind: t.Kind, AdminName: t.AdminName, AdminLogin: t.AdminLogin}
	if t.Parent != "" {
		parent, err := console.TenantBySlug(ctx, db, t.Parent)
		if err != nil {
			return "", err
		}
		n.ParentID = &parent.ID
	}
	_, link, err = console.CreateTenant(ctx, db, n)
	return link, err
}

type doctorCmd struct {
	Audit   doctorAudit   `cmd:"" help:"Check the audit chain of every tenant; names the first bad row."`
	Export  doctorExport  `cmd:"" help:"Check an exported part of the audit: that it was signed here and is as it was."`
	Assess  doctorAssess  `cmd:"" help:"Work a frozen round out again from its package alone; says the first difference."`
	Objects doctorObjects `cmd:"" help:"Find objects in the store that no row names; with --delete remove them."`
	Check   doctorCheck   `cmd:"" default:"1" help:"Check database, roles and object store."`
}

type doctorCheck struct{}

// Run checks what the server needs; NewNode refuses unsafe roles itself.
func (doctorCheck) Run(ctx context.Context) error {
	return withNode(ctx, func(n *app.Node) error {
		if err := n.Store.Ping(ctx); err != nil {
			return err
		}
		fmt.Println("ok: database roles, schema, object store")
		return nil
	})
}

type doctorAudit struct {
	Rebase bool   `help:"After a restore into another cluster and before the server starts: make new entries come after the sealed ones. Needs HETU_OWNER_URL."`
	Reason string `help:"Why, for the operators' record; asked for if empty."`
}

var errBadChain = errors.New("the audit chain is broken")

// Run checks every tenant, suspended ones too, and says of each up to when its
// chain is sealed.
func (d doctorAudit) Run(ctx context.Context) error {
	if d.Rebase {
		if err := d.rebase(ctx); err != nil {
			return err
		}
	}
	return withNode(ctx, func(n *app.Node) error {
		all, err := tenants(ctx, n.Operator)
		if err != nil {
			return err
		}
		var bad error
		for _, t := range all {
			id := t.ID
			r, err := audit.Verify(tenant.As(ctx, tenant.Actor{Tenant: id, Name: "doctor"}), n.DB)
			if err != nil {
				return err
			}
			fmt.Printf("%s\tsealed up to %s\tentries %d\tnot yet sealed %d\n", id, r.Sealed.Format(time.DateTime), r.Entries, r.Unsealed)
			if r.First != nil {
				fmt.Printf("%s\tFIRST BAD: %s, entry %s of %s, seal %d\n", id, r.First.Kind, r.First.ID, r.First.At.Format(time.DateTime), r.First.Seq)
				bad = errBadChain
			}
			noted, err := n.Notary.Check(tenant.As(ctx, tenant.Actor{Tenant: id, Name: "doctor"}), n.DB)
			if err != nil {
				return err
			}
			fmt.Printf("%s\tnotes in the object store %d\tnewest %s\n", id, noted.Notes, noted.At.Format(time.DateTime))
			if noted.First != nil {
				fmt.Printf("%s\tFIRST BAD: %s, of %s, seal %d\n", id, noted.First.Kind, noted.First.At.Format(time.DateTime), noted.First.Seq)
				bad = errBadChain
			}
		}
		return bad
	})
}

// rebase is done before anything else connects: the server must be down.
func (d doctorAudit) rebase(ctx context.Context) error {
	cfg, err := app.Load()
	if err != nil {
		return err
	}
	if cfg.OwnerURL == "" {
		return errors.New("HETU_OWNER_URL is not set: the address of a superuser of the database")
	}
	reason := strings.TrimSpace(d.Reason)
	if reason == "" {
		fmt.Fprint(os.Stderr, "Reason, for the operators' record: ")
		line, _ := bufio.NewReader(os.Stdin).ReadString('\n') // none: Rebase refuses
		reason = strings.TrimSpace(line)
	}
	r, err := audit.Rebase(ctx, cfg.OwnerURL, "command line", reason)
	switch f := fault.Of(err); {
	case errors.Is(err, audit.ErrWorking):
		return fmt.Errorf("%v connections of a server: stop it first", f.Meta["connections"])
	case errors.Is(err, audit.ErrNoReason):
		return errors.New("a reason is needed: --reason")
	case err != nil:
		return err
	case r.Before == r.After:
		fmt.Println("nothing to rebase: this cluster's transactions come after the sealed ones")
	default:
		fmt.Printf("rebased: %s -> %s\n", r.Before, r.After)
	}
	return nil
}
