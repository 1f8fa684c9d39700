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
	"hetu/assess/verdict"
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
		_, err = recheck(f, d.SHA256)
		return err
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
	all, err := tenants(ctx, n.Operator)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp("", "hetu-doctor-*")
	if err != nil {
		return err
	}
	defer func() { _, _ = f.Close(), os.Remove(f.Name()) }()
	for _, t := range all {
		as := tenant.As(ctx, tenant.Actor{Tenant: t.ID, Name: "doctor", Request: "doctor:assess"})
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
		c, err := recheck(f, fz.Audited)
		if err != nil {
			return err
		}
		return filed(as, n, round, fz.SHA256, c)
	}
	return errors.New("no tenant has such a round")
}

// recheck says what is in a package, and whether its result comes out again.
func recheck(f *os.File, want string) (c assess.Rechecked, err error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return c, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, size)); err != nil {
		return c, err
	}
	is := hex.EncodeToString(sum.Sum(nil))
	fmt.Printf("package SHA-256 %s, %d bytes\n", is, size)
	if want != "" && !strings.EqualFold(want, is) {
		return c, fmt.Errorf("%w: the package's SHA-256 has to be %s", errNotSame, want)
	}
	if c, err = assess.Recheck(f, size, verdict.Beside().Appendix); err != nil {
		return c, err
	}
	fmt.Printf("round %s %q: %d units, %d deeds, %d adjustments\n", c.Round, c.Name, c.Units, c.Deeds, c.Adjusts)
	if c.Difference != "" {
		return c, fmt.Errorf("%w: %s", errNotSame, c.Difference)
	}
	fmt.Printf("ok: worked out again, byte for byte; result %s\n", c.Again)
	if s := c.Said; s["decision"] != "" {
		fmt.Printf("ok: %s notices, %s appeals, grades worked out again; decision %s of %s\n", s["notices"], s["appeals"], s["decision"], s["held_on"])
	}
	return c, nil
}

// filed checks that what was filed is this package and this decision.
func filed(ctx context.Context, n *app.Node, round uuid.UUID, sum string, c assess.Rechecked) error {
	f, err := verdict.Filed(ctx, n.DB, round)
	switch {
	case err != nil || f == nil:
		return err
	case f.Package != sum:
		return fmt.Errorf("%w: filed as %s is the package %s", errNotSame, f.Number, f.Package)
	case c.Said["decision"] != "" && f.Decision != c.Said["decision"]:
		return fmt.Errorf("%w: filed as %s is the decision %s", errNotSame, f.Number, f.Decision)
	}
	fmt.Printf("ok: filed as %s on %s\n", f.Number, f.At.UTC().Format("2006-01-02"))
	return nil
}
