package app

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"hetu/fault"
	"hetu/org"
	"hetu/org/factor"
	"hetu/rbac"
)

// errSecond means that nothing else works before a second factor has been set up.
var errSecond = fault.New(fault.Forbidden, "org.second_factor_needed")

// desks are the desks of second factors: of members and of operators.
func desks(o factor.Options) (members, operators *factor.Desk) {
	o.Admin = org.Powers
	return factor.Members(o), factor.Operators(o)
}

// early are routes that serve people before they have all they need: a password
// of their own, a second factor.
var early = map[string]bool{"/api/console/me": true, "/api/console/password": true, "/api/console/sign-out": true}

// settingUp reports whether a route is for setting up what is needed to come in.
func settingUp(path string) bool {
	return exempt[path] || early[path] || strings.HasPrefix(path, "/api/factor/mine") || strings.HasPrefix(path, "/api/console/factor")
}

// lacks returns errSecond if who has to show a second factor and has none.
func lacks(c *fiber.Ctx, d *factor.Desk, who Identity, rights *rbac.Rights) error {
	if who.Second == "" && who.Limits == nil && d.Demands(rights) && !settingUp(c.Route().Path) {
		return errSecond
	}
	return nil
}

// bearer returns the token that a program sends. No browser sends one by itself:
// what carries it needs no other sign that somebody meant it.
func bearer(c *fiber.Ctx) (token string, ok bool) {
	kind, token, ok := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(kind, "bearer")
}
