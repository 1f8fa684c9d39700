// Package feature defines what a feature is: one directory that adds one
// ability to the system, and the value that lists everything it adds.
//
// The list is data. What it says can be checked before anything runs (see
// Check), and deleting a feature means deleting its directory and one line.
package feature

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/google/uuid"

	"hetu/job"
	"hetu/rbac"
	"hetu/tenant"
)

// A Feature is everything one feature adds. Its name prefixes its routes,
// permissions, jobs, deeds and approval kinds.
type Feature struct {
	Name       string
	Rights     []rbac.Right
	Routes     []Route
	Works      []job.Work  // what it does later, when asked to
	Rounds     []job.Round // what it does again and again, for each tenant
	Watches    []job.Watch // what it looks for again and again, wherever it happens
	Indicators []Indicator
	Approvals  []Approval
	Migrations fs.FS // migrations/*.sql

	// Seed gives a new tenant what the feature needs from the start. It may run
	// again for a tenant that has been seeded before.
	Seed func(context.Context, *tenant.Tx) error
}

// A Route binds a method and a path below /api to an endpoint and the
// permission it needs. Parameters of the path are written {id}.
type Route struct {
	Method, Path string
	Needs        rbac.Permission
	Endpoint     Endpoint
}

// GET makes a route that only reads. Like the others it says what the route
// needs before what it does.
func GET(path string, needs rbac.Permission, e Endpoint) Route { return Route{"GET", path, needs, e} }

// POST makes a route that does something.
func POST(path string, needs rbac.Permission, e Endpoint) Route { return Route{"POST", path, needs, e} }

// PUT makes a route that replaces something.
func PUT(path string, needs rbac.Permission, e Endpoint) Route { return Route{"PUT", path, needs, e} }

// PATCH makes a route that changes something.
func PATCH(path string, needs rbac.Permission, e Endpoint) Route {
	return Route{"PATCH", path, needs, e}
}

// DELETE makes a route that removes something.
func DELETE(path string, needs rbac.Permission, e Endpoint) Route {
	return Route{"DELETE", path, needs, e}
}

// An Indicator is a kind of deed that the assessment may score. The deeds
// themselves are written by the acts (tenant.Tx.Deed).
type Indicator struct {
	Kind string // "publish.published"
	Name string // 网站信息发布
	Good bool   // more is better
	Note string // what somebody should know before they score it; empty: nothing
}

// An Approval is a kind of thing that is submitted to the steps of a flow.
type Approval struct {
	Kind   string   // "publish.item"
	Checks []string // what a person confirms who approves: "true", "wording", …

	// Current returns the content hash the subject has now. An approval of
	// anything else is refused: it would be of a text nobody will publish.
	Current func(ctx context.Context, tx *tenant.Tx, subject uuid.UUID) (hash string, err error)

	// Decided is called in the transaction that ends a case. An error undoes it.
	Decided func(context.Context, *tenant.Tx, Decision) error
}

// A Decision is how a case ended.
type Decision struct {
	Case    uuid.UUID
	Subject uuid.UUID
	Hash    string // of the content that was decided on
	Outcome string // "approved", "returned" or "withdrawn"
	Reason  string
	Passed  []Passed // who approved, in the order of the steps
}

// Passed is one person's approval of one step.
type Passed struct {
	Step   int
	Member uuid.UUID
	Checks []string
}

// Check reports the first way in which the features contradict themselves or
// each other. The server does not start if it returns an error.
func Check(features ...Feature) error {
	c := checker{seen: map[string]string{}}
	for _, f := range features {
		if err := c.feature(f); err != nil {
			return fmt.Errorf("feature %s: %w", f.Name, err)
		}
	}
	return nil
}

type checker struct{ seen map[string]string }

func (c checker) claim(what, name, owner string) error {
	key := what + " " + name
	if prev, taken := c.seen[key]; taken {
		return fmt.Errorf("%s %q is claimed by %s and %s", what, name, prev, owner)
	}
	c.seen[key] = owner
	return nil
}

func (c checker) feature(f Feature) error {
	if f.Name == "" {
		return fmt.Errorf("a feature without a name")
	}
	if err := c.claim("feature", f.Name, f.Name); err != nil {
		return err
	}
	declared := map[rbac.Permission]bool{rbac.Member: true, rbac.Anyone: true, rbac.Operator: true}
	for _, r := range f.Rights {
		if !strings.HasPrefix(string(r.Permission), f.Name+".") {
			return fmt.Errorf("permission %q lacks its prefix", r.Permission)
		}
		for _, role := range r.Roles {
			if !slices.Contains(rbac.Roles, role) {
				return fmt.Errorf("permission %q names the unknown role %q", r.Permission, role)
			}
		}
		if err := c.claim("permission", string(r.Permission), f.Name); err != nil {
			return err
		}
		declared[r.Permission] = true
	}
	for _, r := range f.Routes {
		if err := c.route(f, r, declared); err != nil {
			return err
		}
	}
	return c.names(f)
}

func (c checker) route(f Feature, r Route, declared map[rbac.Permission]bool) error {
	call := r.Method + " " + r.Path
	switch {
	case r.Path != "/"+f.Name && !strings.HasPrefix(r.Path, "/"+f.Name+"/"):
		return fmt.Errorf("route %s lacks its prefix", call)
	case r.Needs == "" || !declared[r.Needs]:
		return fmt.Errorf("route %s needs the undeclared permission %q", call, r.Needs)
	case r.Endpoint.serve == nil:
		return fmt.Errorf("route %s leads nowhere", call)
	case r.Endpoint.Changes == (r.Method == "GET"):
		return fmt.Errorf("route %s: its method and its endpoint disagree on whether it changes something", call)
	case r.Endpoint.recorded != "" && (r.Endpoint.Changes || r.Endpoint.operator || !strings.HasPrefix(r.Endpoint.recorded, f.Name+".")):
		return fmt.Errorf("route %s: %q is no record of a reading", call, r.Endpoint.recorded)
	case (r.Needs == rbac.Operator) != r.Endpoint.operator && !r.Endpoint.door:
		return fmt.Errorf("route %s: operators and members do not share endpoints", call)
	}
	if err := errors.Join(r.Endpoint.plan.matches(r.Path), r.Endpoint.sheet.check(r.Endpoint), visible(r.Endpoint.In, nil), visible(r.Endpoint.Out, nil)); err != nil {
		return fmt.Errorf("route %s: %w", call, err)
	}
	return c.claim("route", call, f.Name)
}

func (c checker) names(f Feature) error {
	var named []string
	for _, w := range f.Works {
		named = append(named, "work "+w.Name)
	}
	for _, r := range f.Rounds {
		named = append(named, "round "+r.Name)
	}
	for _, w := range f.Watches {
		named = append(named, "watch "+w.Name)
	}
	for _, i := range f.Indicators {
		named = append(named, "deed "+i.Kind)
	}
	for _, a := range f.Approvals {
		named = append(named, "approval "+a.Kind)
		if a.Current == nil || a.Decided == nil {
			return fmt.Errorf("approval %s does not say what becomes of it", a.Kind)
		}
	}
	for _, n := range named {
		what, name, _ := strings.Cut(n, " ")
		if !strings.HasPrefix(name, f.Name+".") {
			return fmt.Errorf("%s %q lacks its prefix", what, name)
		}
		if err := c.claim(what, name, f.Name); err != nil {
			return err
		}
	}
	return nil
}
