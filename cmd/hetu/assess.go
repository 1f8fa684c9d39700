package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/google/uuid"

	"hetu/app"
	"hetu/assess"
	"hetu/tenant"
)

type doctorAssess struct {
	Round   string `help:"Id of a frozen round of this installation: fetch its package and work its result out again." xor:"what"`
	Package string `help:"A package that was downloaded: work its result out again. Needs neither configuration nor database." type:"existingfile" xor:"what"`
	SHA256  string `name:"sha256" help:"What the package's SHA-256 has to be, as the audit record says it; for --package."`
}

var errNotSame = errors.New("the result is not as recorded")

// Run works a frozen round out from its package alone and says the first
// difference (R310, AS-02).
func (d doctorAssess) Run(ctx context.Context) error {
	switch {
	case d.Package != "":
		f, err := os.Open(d.Package)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // only read
		return recheck(f, d.SHA256)
	case d.Round != "":
		id, err := uuid.Parse(d.Round)
		if err != nil {
			return fmt.Errorf("--round: %w", err)
		}
		return withNode(ctx, func(n *app.Node) error { return d.fetch(ctx, n, id) })
	}
	return errors.New("say which: --round ID or --package FILE")
}

// fetch looks for the round in every tenant, suspended ones too.
func (doctorAssess) fetch(ctx context.Context, n *app.Node, round uuid.UUID) error {
	operator := tenant.As(ctx, tenant.Actor{Operator: commandLine, Name: "command line", Request: "command"})
	var tenants []uuid.UUID
	err := n.Operator.Operate(operator, func(tx *tenant.Tx) error {
		return tx.Select(operator, &tenants, `select id from platform.tenants order by id`)
	})
	if err != nil {
		return err
	}
	f, err := os.CreateTemp("", "hetu-doctor-*")
	if err != nil {
		return err
	}
	defer func() { _, _ = f.Close(), os.Remove(f.Name()) }()
	for _, id := range tenants {
		as := tenant.As(ctx, tenant.Actor{Tenant: id, Name: "doctor", Request: "doctor:assess"})
		fz, err := assess.OpenFrozen(as, n.DB, n.Store, round, f)
		switch {
		case errors.Is(err, assess.ErrRoundNotFound):
			continue
		case errors.Is(err, assess.ErrNotFrozen):
			return errors.New("the round is not frozen: there is no package to work it out from")
		case err != nil:
			return err
		}
		fmt.Printf("frozen %s by %s, kept until %s\n", fz.At.UTC().Format("2006-01-02T15:04:05Z"), fz.ByName, fz.RetainUntil.UTC().Format("2006-01-02"))
		if fz.Audited != fz.SHA256 {
			return fmt.Errorf("%w: the package's SHA-256 is %s, the audit record says %q", errNotSame, fz.SHA256, fz.Audited)
		}
		return recheck(f, fz.Audited)
	}
	return errors.New("no tenant has such a round")
}

// recheck says what is in a package, and whether its result comes out again.
func recheck(f *os.File, want string) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, size)); err != nil {
		return err
	}
	is := hex.EncodeToString(sum.Sum(nil))
	fmt.Printf("package SHA-256 %s, %d bytes\n", is, size)
	if want != "" && !strings.EqualFold(want, is) {
		return fmt.Errorf("%w: the package's SHA-256 has to be %s", errNotSame, want)
	}
	c, err := assess.Recheck(f, size)
	if err != nil {
		return err
	}
	fmt.Printf("round %s %q: %d units, %d deeds, %d adjustments\n", c.Round, c.Name, c.Units, c.Deeds, c.Adjusts)
	if c.Difference != "" {
		return fmt.Errorf("%w: %s", errNotSame, c.Difference)
	}
	fmt.Printf("ok: worked out again, byte for byte; result %s\n", c.Again)
	return nil
}
