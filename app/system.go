// Package app puts the system together: configuration, wiring, the HTTP server.
// It is the only package that knows every feature.
package app

import (
	"context"
	"net/netip"
	"time"

	"hetu/approval"
	"hetu/assess"
	"hetu/assess/attend"
	"hetu/assess/review"
	"hetu/assess/target"
	"hetu/assess/verdict"
	"hetu/attachment"
	"hetu/audit"
	"hetu/calendar"
	"hetu/console"
	"hetu/console/glass"
	"hetu/console/onboard"
	"hetu/console/plan"
	"hetu/console/template"
	"hetu/exchange"
	"hetu/feature"
	"hetu/job"
	"hetu/message"
	"hetu/migrate"
	"hetu/office/publish"
	"hetu/office/trial"
	"hetu/org"
	"hetu/org/access"
	"hetu/org/factor"
	"hetu/org/identity/wecom"
	"hetu/org/token"
	"hetu/portal"
	"hetu/progress"
	"hetu/rbac"
	"hetu/relocation"
	"hetu/storage"
	"hetu/tenant"
	"hetu/wordcheck"
)

// Tools are what the features work with.
type Tools struct {
	Store     storage.Store
	Staging   *storage.Staging
	Scanner   storage.Scanner
	Passwords *org.Passwords
	Sessions  *org.Sessions // of members
	Operators *org.Sessions
	Programs  *org.Sessions  // of tokens, see token.Find
	Factor    factor.Options // of second factors; the zero value: nobody has to show one, and none can be set up
	Networks  []netip.Prefix // in which providers of identities may stand, besides public addresses
	WeCom     *wecom.Tokens  // of all units; nil where nobody calls it
	Guard     *rbac.Guard
	Plans     *plan.Book    // nil: nobody is bound by one
	Notary    *audit.Notary // nil: nothing is noted
}

// Features makes the features of the system, each after those it builds on.
// They can be listed, checked and described with no tools at all.
func Features(t Tools) []feature.Feature {
	var all []feature.Feature
	rights := func() []rbac.Right { return Rights(all) }
	seed := func(ctx context.Context, tx *tenant.Tx) error { return Seed(ctx, tx, all) }
	kinds := func() []feature.Indicator { return Indicators(all) }

	engine := approval.New(approval.Deps{Calendar: calendar.Load, Notify: message.Send})
	files := attachment.New(t.Store, t.Staging, attachment.Options{Scanner: t.Scanner, Quota: plan.Quota})
	items := publish.New(engine, files)
	works := progress.New(t.Store)
	letters := exchange.New(items, exchange.On(t.Store), items, pushes{works})
	pushes{works}.offer(letters)
	verdicts := verdict.New(verdict.Deps{Store: t.Store, Assessors: review.Assessed})
	words := wordcheck.New(func() []wordcheck.Source { return []wordcheck.Source{publish.Stock} })

	second, opSecond := desks(t.Factor)
	people := org.Parts{Passwords: t.Passwords, Sessions: t.Sessions, Guard: t.Guard, Seed: seed, Rights: rights, Alarm: alarm,
		Second: second, Sets: roleSets(rights), Scopes: map[string]org.Naming{publish.ScopeKind: publish.ScopeNames}}
	hands := newStaff(engine)
	people.Leaving, people.Tell = hands.Going, tell
	house, messenger := newHouse(t)
	people.Houses = house
	door := org.NewDoor(people)

	all = []feature.Feature{
		org.Feature(people),
		second.Feature(door),
		token.Feature(door),
		house.Feature(door),
		wecom.Feature(),
		calendar.Feature(engine.Recompute, target.Recompute),
		message.Feature(),
		audit.Feature(auditWords(), t.Notary),
		words.Feature(),
		engine.Feature(),
		access.Feature(accessParts(engine, rights)),
		files.Feature(),
		works.Feature(),
		letters.Feature(),
		items.Feature(),
		newOutward(t, house, messenger).Feature(),
		hands.Feature(),
		trial.Feature(files, kinds),
		portal.Feature(engine, waiting(verdicts)...),
		assess.Feature(kinds, works, t.Store, files, verdict.Beside()),
		target.Feature(t.Store),
		review.Feature(files, works, verdict.Gate),
		verdicts.Feature(),
		attend.Feature(),
		plan.Feature(),
		template.Feature(rights),
		glass.Feature(),
		onboard.Feature(),
		console.Feature(console.Parts{Passwords: t.Passwords, Sessions: t.Operators, Second: opSecond}),
		relocation.Feature(),
	}
	engine.Kinds(all...)
	return all
}

// Lines are the migrations of the system, in order.
func Lines() []migrate.Line {
	lines := []migrate.Line{{Name: "rbac", Files: rbac.Migrations}}
	for _, f := range Features(Tools{}) {
		lines = append(lines, migrate.Line{Name: f.Name, Files: f.Migrations})
	}
	return lines
}

// Rights are all rights the features declare.
func Rights(features []feature.Feature) (rs []rbac.Right) {
	for _, f := range features {
		rs = append(rs, f.Rights...)
	}
	return rs
}

// Indicators are all kinds of deeds the features offer to the assessment.
func Indicators(features []feature.Feature) (is []feature.Indicator) {
	for _, f := range features {
		is = append(is, f.Indicators...)
	}
	return is
}

// Seed gives the tenant of the transaction what every feature needs from the
// start: its roles first.
func Seed(ctx context.Context, tx *tenant.Tx, features []feature.Feature) error {
	if err := rbac.Seed(ctx, tx, Rights(features)); err != nil {
		return err
	}
	for _, f := range features {
		if f.Seed == nil {
			continue
		}
		if err := f.Seed(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// work are the jobs of the features, and the kernel's own.
func work(features []feature.Feature) (works []job.Work, rounds []job.Round) {
	rounds = KernelRounds()
	for _, f := range features {
		works, rounds = append(works, f.Works...), append(rounds, f.Rounds...)
	}
	return works, rounds
}

// watches are those of the features.
func watches(features []feature.Feature) (all []job.Watch) {
	for _, f := range features {
		all = append(all, f.Watches...)
	}
	return all
}

// KernelRounds are what the kernel itself does again and again for each tenant.
func KernelRounds() []job.Round {
	return []job.Round{{Name: "kernel.forget_answers", Every: time.Hour, Run: forgetAnswers}}
}

// forgetAnswers removes the answers whose keys are free again (WF-08).
func forgetAnswers(ctx context.Context, db *tenant.DB) error {
	return db.Write(ctx, func(tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `delete from idempotency_keys where at <= now() - interval '24 hours'`)
		return err
	})
}
