package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"hetu/app"
	"hetu/audit"
	"hetu/fault"
	"hetu/relocation"
	"hetu/storage"
	"hetu/tenant"
)

type tenantExport struct {
	Slug      string `arg:"" help:"Address of the tenant."`
	Out       string `required:"" help:"File to write; it must not be there yet."`
	Reason    string `required:"" help:"Why, for the tenant's audit."`
	Passwords bool   `help:"Hashes of passwords go along, so that people go on with the ones they have."`
}

// Run writes the parcel beside the file and gives it its name when it is whole.
func (t tenantExport) Run(ctx context.Context) error {
	return withHouse(ctx, func(h relocation.House) (err error) {
		if _, err := os.Stat(t.Out); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s is there already", t.Out)
		}
		f, err := os.OpenFile(t.Out+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		m, err := h.Export(ctx, relocation.Order{Slug: t.Slug, By: "command line", Reason: t.Reason, Passwords: t.Passwords}, f)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return errors.Join(explain(err), os.Remove(t.Out+".part"))
		}
		rows := 0
		for _, table := range m.Tables {
			rows += table.Rows
		}
		fmt.Printf("%s: %d rows of %d tables, %d objects of %d bytes, %d accounts, %d jobs\nto be taken with --key %s\n", t.Out,
			rows, len(m.Tables), m.Objects.Count, m.Objects.Bytes, m.Accounts, m.Jobs, h.Key.Public())
		return os.Rename(t.Out+".part", t.Out)
	})
}

type tenantImport struct {
	File   string   `arg:"" type:"existingfile" help:"The file that was exported."`
	Key    []string `help:"Public key of the installation it comes from, in base64; this one's own is known."`
	Parent string   `help:"Address of the tenant above; empty for the root of its group."`
	Reason string   `required:"" help:"Why, for the audit."`
	Admin  string   `help:"Sign-in name of a person who gets a one-time password, if passwords did not come along."`
}

// Run takes the parcel in.
func (t tenantImport) Run(ctx context.Context) error {
	return withHouse(ctx, func(h relocation.House) error {
		h.Trusted = append(h.Trusted, t.Key...)
		return withParcel(h, t.File, func(p *relocation.Parcel) error {
			err := h.Import(ctx, p, relocation.Arrival{Parent: t.Parent, By: "command line", Reason: t.Reason})
			if err != nil {
				return explain(err)
			}
			fmt.Printf("%s is here: every table is as it was\n", p.Manifest.Tenant.Slug)
			if own := h.Key.Public(); len(t.Key) > 0 && t.Key[0] != own {
				fmt.Printf("add %s to HETU_AUDIT_OLD_KEYS: notes about its audit were signed with it\n", strings.Join(t.Key, ","))
			}
			if t.Admin == "" {
				return nil
			}
			password, err := h.Admit(ctx, p.Manifest.Tenant.ID, t.Admin)
			if err == nil {
				fmt.Printf("%s\t%s\n", t.Admin, password)
			}
			return explain(err)
		})
	})
}

type tenantErase struct {
	Slug   string `arg:"" help:"Address of the tenant, which is suspended."`
	Parcel string `type:"existingfile" help:"What was exported of it after it was suspended."`
	First  string `help:"Sign-in name of an operator."`
	Second string `help:"Sign-in name of another operator. Both passwords are asked for."`
	Reason string `help:"Why."`
	Finish bool   `help:"Go on with a removal that was interrupted, or remove objects whose retention has ended."`
	Out    string `help:"File for the certificate; printed if empty."`
}

// Run removes the tenant.
func (t tenantErase) Run(ctx context.Context) error {
	return withHouse(ctx, func(h relocation.House) error {
		if t.Finish {
			c, err := h.Finish(ctx, t.Slug)
			return t.show(c, err)
		}
		if t.Parcel == "" || t.First == "" || t.Second == "" || strings.TrimSpace(t.Reason) == "" {
			return errors.New("--parcel, --first, --second and --reason are needed")
		}
		in := bufio.NewReader(os.Stdin)
		return withParcel(h, t.Parcel, func(p *relocation.Parcel) error {
			c, err := h.Erase(ctx, relocation.Warrant{Slug: t.Slug, Parcel: p, Reason: t.Reason,
				First: prove(in, t.First), Second: prove(in, t.Second)})
			return t.show(c, err)
		})
	})
}

// prove asks an operator for the password.
func prove(in *bufio.Reader, login string) relocation.Operator {
	fmt.Fprintf(os.Stderr, "Password of %s: ", login)
	line, _ := in.ReadString('\n') // none: it proves nothing
	return relocation.Operator{Login: login, Password: strings.TrimRight(line, "\r\n")}
}

func (t tenantErase) show(c relocation.Certificate, err error) error {
	if err != nil {
		return explain(err)
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if len(c.Kept) > 0 {
		fmt.Fprintf(os.Stderr, "%d objects are kept by law; run this again with --finish when their time is over\n", len(c.Kept))
	}
	if t.Out == "" {
		fmt.Println(string(text))
		return nil
	}
	return os.WriteFile(t.Out, append(text, '\n'), 0o600)
}

// withHouse runs fn with the installation as its keeper sees it.
func withHouse(ctx context.Context, fn func(relocation.House) error) error {
	return withNode(ctx, func(n *app.Node) (err error) {
		if n.Config.OwnerURL == "" {
			return errors.New("HETU_OWNER_URL is not set: the address of a superuser of the database")
		}
		owner, err := tenant.Open(ctx, n.Config.OwnerURL, tenant.Limits{Conns: 2, Statement: time.Hour, IdleInTx: 6 * time.Hour})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, owner.Close()) }()
		staging, err := n.Config.Storage().Staging()
		if err != nil {
			return err
		}
		return fn(relocation.House{Owner: owner, DB: n.DB, Store: n.Store, Staging: staging, Key: n.Notary.Key, Trusted: n.Config.AuditKeys, Version: app.Version})
	})
}

func withParcel(h relocation.House, file string, fn func(*relocation.Parcel) error) (err error) {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	p, err := relocation.Open(f, info.Size(), append(h.Trusted, h.Key.Public())...)
	if err != nil {
		return explain(err)
	}
	return fn(p)
}

// explain says in a sentence what a fault of a relocation means.
func explain(err error) error {
	for f, text := range map[*fault.Error]string{
		relocation.ErrNoTenant:   "there is no such tenant",
		relocation.ErrFile:       "the file is not a whole parcel",
		relocation.ErrSignature:  "nobody this installation trusts signed the parcel: name the key with --key",
		relocation.ErrSchema:     "the parcel was made by another version: bring both installations up to the same one",
		relocation.ErrPresent:    "a tenant with this id or address is here already",
		relocation.ErrParent:     "there is no such tenant to put it below",
		relocation.ErrReferences: "rows of the parcel name rows that it does not hold",
		relocation.ErrActive:     "suspend the tenant first, and export it then",
		relocation.ErrBelow:      "there are tenants below it: remove those first",
		relocation.ErrChanged:    "the tenant is not what the parcel holds: export it again",
		relocation.ErrOperators:  "it takes two operators, each with their own password",
		relocation.ErrLeft:       "something of the tenant is left",
		audit.ErrWorking:         "this cluster has to count its transactions on from the other's: stop the server first",
		storage.ErrIntegrity:     "an object in the store is not what was written: hetu doctor objects",
	} {
		if errors.Is(err, f) {
			return fmt.Errorf("%s (%w %v)", text, err, fault.Of(err).Meta)
		}
	}
	return err
}
