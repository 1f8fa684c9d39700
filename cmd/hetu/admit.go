package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"hetu/app"
	"hetu/console"
	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/org/factor"
	"hetu/tenant"
)

// lost are what people lose, by what the commands call it.
var lost = map[string]string{"password": org.ResetPassword, "factor": org.ResetSecond}

type tenantAdmit struct {
	Slug   string `arg:"" help:"Address of the tenant."`
	Login  string `required:"" help:"Sign-in name of the administrator."`
	Lost   string `enum:"password,factor" default:"password" help:"What they lost: the password, for which a one-time link is printed, or the second factor, which is taken away (password, factor)."`
	How    string `enum:",person,phone,written" default:"" help:"How they asked for another password, if not at the sign-in page (person, phone, written)."`
	Reason string `required:"" help:"Why, and how you made sure who it is; it stands in the tenant's audit."`
}

// Run lets them in.
func (t tenantAdmit) Run(ctx context.Context) error {
	return withNode(ctx, func(n *app.Node) error {
		return t.admit(ctx, n.Operator, n.DB, n.Config.BaseURL, os.Stdout)
	})
}

func (t tenantAdmit) admit(ctx context.Context, operators, db *tenant.DB, base string, out io.Writer) error {
	t.Login = strings.ToLower(strings.TrimSpace(t.Login))
	a, err := console.Admit(ctx, operators, db, console.Admission{Slug: t.Slug, Login: t.Login,
		Lost: lost[t.Lost], How: t.How, Reason: t.Reason})
	if err != nil {
		return say(err)
	}
	switch {
	case a.Sought != nil:
		_, err = fmt.Fprintf(out, "%s\tasked %d other tenants of the account to consent, until %s: run this again when all have\n",
			t.Login, a.Sought.Units, a.Sought.Until.Format(time.DateTime))
	case a.Token != "":
		_, err = fmt.Fprintf(out, "%s\t%s/reset#%s\n", t.Login, base, a.Token)
	default:
		_, err = fmt.Fprintf(out, "%s\tthe second factor is gone; the password lets them in to set up another\n", t.Login)
	}
	return err
}

type tenantUnheard struct{}

// Run lists what waits for an operator.
func (tenantUnheard) Run(ctx context.Context) error {
	return withNode(ctx, func(n *app.Node) error { return unheard(ctx, n.Operator, n.DB, os.Stdout) })
}

func unheard(ctx context.Context, operators, db *tenant.DB, out io.Writer) error {
	all, err := console.Unanswered(ctx, operators, db)
	if err != nil {
		return err
	}
	for _, u := range all {
		what := "password"
		if u.What == org.ResetSecond {
			what = "factor"
		}
		if _, err := fmt.Fprintf(out, "%s\t%s\t%s (%s)\tasked by %s: %s\tuntil %s\n",
			u.Slug, what, u.Name, u.Login, u.Unit, u.Note, u.Until.Format(time.DateTime)); err != nil {
			return err
		}
	}
	return nil
}

type tenantConsent struct {
	Slug   string `arg:"" help:"Address of the tenant you answer for."`
	Login  string `required:"" help:"Sign-in name of the person in that tenant, as hetu tenant unheard lists it."`
	Lost   string `enum:"password,factor" default:"password" help:"What they lost (password, factor)."`
	How    string `enum:",person,phone,written" default:"" help:"How you asked the person; needed to consent (person, phone, written)."`
	Reason string `required:"" help:"In which words the person agreed, or why you refuse; it stands in the tenant's audit."`
	Refuse bool   `help:"Refuse instead."`
}

// Run answers.
func (t tenantConsent) Run(ctx context.Context) error {
	return withNode(ctx, func(n *app.Node) error { return t.consent(ctx, n.Operator, n.DB, os.Stdout) })
}

func (t tenantConsent) consent(ctx context.Context, operators, db *tenant.DB, out io.Writer) error {
	t.Login = strings.ToLower(strings.TrimSpace(t.Login))
	name, unit, err := console.Speak(ctx, operators, db, console.Word{Slug: t.Slug,
		Word: org.Word{What: lost[t.Lost], Login: t.Login, How: t.How, Reason: strings.TrimSpace(t.Reason), Yes: !t.Refuse}})
	if err != nil {
		return say(err)
	}
	did := "consented"
	if t.Refuse {
		did = "refused"
	}
	_, err = fmt.Fprintf(out, "%s for %s (%s), asked by %s\n", did, name, t.Login, unit)
	return err
}

// say says in a sentence what a fault of letting somebody in means.
func say(err error) error {
	for f, text := range map[*fault.Error]string{
		console.ErrNoTenant:    "there is no such tenant",
		org.ErrSuspended:       "the tenant is closed: nobody comes in; let it work again first",
		org.ErrNoMember:        "the tenant has nobody with that sign-in name",
		org.ErrState:           "that person is not active",
		org.ErrNoAdmin:         "that person administers nothing: an administrator of the tenant helps them",
		org.ErrOthersDecide:    "others of the tenant can decide it: ask them",
		org.ErrNotAsked:        "they have not asked for another password: say how they asked you, with --how",
		org.ErrConsentsOpen:    "the other tenants of the account have been asked and have not all consented",
		org.ErrSoughtElsewhere: "another tenant of the account asks for the same",
		org.ErrNoConsent:       "the tenant is asked nothing about a person with that sign-in name",
		org.ErrConsentOver:     "what was asked is over",
		org.ErrConsentAnswered: "the tenant has answered",
		org.ErrSpeaks:          "the tenant can answer for itself",
		factor.ErrNone:         "that person has no second factor",
		feature.ErrMissing:     "this is needed",
	} {
		if errors.Is(err, f) {
			e := fault.Of(err)
			if e.Field != "" {
				text += ": " + e.Field
			}
			if people, ok := e.Meta["people"].([]string); ok && len(people) > 0 {
				text += ": " + strings.Join(people, ", ")
			}
			return fmt.Errorf("%s (%w)", text, err)
		}
	}
	return err
}
