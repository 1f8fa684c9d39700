// Package ldap recognises people by a directory: it looks for their entry and
// then asks the directory whether the password is of that entry. No password is
// kept, and none leaves without encryption unless an administrator has chosen so.
package ldap

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"hetu/org/identity"
)

// Kind is LDAP. Make one with New.
type Kind struct{ net *identity.Network }

// New returns the kind, which reaches directories over a network.
func New(net *identity.Network) *Kind { return &Kind{net} }

// Fields of the form.
const (
	address  = "address"
	security = "security"
	bindDN   = "bind_dn"
	baseDN   = "base_dn"
	filter   = "filter"
	subject  = "subject_attribute"
	login    = "login_attribute"
	roots    = "roots"
)

// typed stands in a filter for what the person has typed.
const typed = "{login}"

// patience is how long a directory may take for everything together.
const patience = 8 * time.Second

// About is what an administrator fills in.
func (*Kind) About() identity.About {
	return identity.About{Name: "ldap", Form: identity.Password, Secret: "optional", Fields: []identity.Field{
		{Name: address, Type: "text", Required: true, Max: 255},
		{Name: security, Type: "choice", Default: "ldaps", Choices: []string{"ldaps", "starttls", "plain"}},
		{Name: bindDN, Type: "text"},
		{Name: baseDN, Type: "text", Required: true},
		{Name: filter, Type: "text", Default: "(&(objectClass=person)(uid={login}))"},
		{Name: subject, Type: "text", Default: "entryUUID", Max: 60},
		{Name: login, Type: "text", Default: "uid", Max: 60},
		{Name: roots, Type: "lines", Max: 16384},
	}}
}

// Check returns the settings as they are kept.
func (k *Kind) Check(s identity.Settings, secret string) (identity.Settings, error) {
	host, port, err := net.SplitHostPort(s[address])
	if err != nil {
		host, port = s[address], "636"
		if s[security] != "ldaps" {
			port = "389"
		}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil || host == "" || strings.ContainsAny(host, "/ @") {
		return nil, identity.ErrSetting.On("settings." + address)
	}
	s[address] = net.JoinHostPort(strings.Trim(host, "[]"), port)
	for _, name := range []string{bindDN, baseDN} {
		if _, err := ldap.ParseDN(s[name]); err != nil {
			return nil, identity.ErrSetting.On("settings." + name)
		}
	}
	if s[bindDN] != "" && secret == "" {
		return nil, identity.ErrSetting.On("secret") // a bind without a password proves nothing
	}
	if !strings.Contains(s[filter], typed) {
		return nil, identity.ErrSetting.On("settings." + filter)
	}
	if _, err := ldap.CompileFilter(strings.ReplaceAll(s[filter], typed, "x")); err != nil {
		return nil, identity.ErrSetting.On("settings." + filter)
	}
	for _, name := range []string{subject, login} {
		if strings.ContainsFunc(s[name], func(r rune) bool {
			return r != '-' && r != ';' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			return nil, identity.ErrSetting.On("settings." + name)
		}
	}
	if _, err := identity.Roots(s[roots]); err != nil {
		return nil, identity.ErrSetting.On("settings." + roots)
	}
	return s, nil
}

// Realm is the directory, where in it, and by what it tells people apart.
func (*Kind) Realm(s identity.Settings) string {
	return strings.ToLower(s[address] + " " + s[baseDN] + " " + s[subject])
}

// A line is a connection that gives up in time and reads no answer without end.
type line struct {
	net.Conn
	left int64
}

// Read reads on, as long as there may be more.
func (l *line) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.Conn.Read(p)
	l.left -= int64(n)
	return n, err
}

// far is ErrUnreachable at a step.
func far(step string, err error) error {
	return fmt.Errorf("%w: %w", identity.ErrUnreachable.With("step", step), err)
}

// call connects to a directory, encrypted as its settings say, and comes in as
// who searches there.
func (k *Kind) call(ctx context.Context, p identity.Provider) (*ldap.Conn, error) {
	pool, err := identity.Roots(p.Settings[roots])
	if err != nil {
		return nil, identity.Refuse("roots")
	}
	host, _, err := net.SplitHostPort(p.Settings[address])
	if err != nil {
		return nil, far("connect", err)
	}
	conn, err := k.net.Dial(ctx, "tcp", p.Settings[address])
	if err != nil {
		return nil, far("connect", err)
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, far("connect", errors.Join(err, conn.Close()))
	}
	conn = &line{conn, identity.MaxAnswer}
	safely := &tls.Config{ServerName: host, RootCAs: pool, MinVersion: tls.VersionTLS12}
	over := p.Settings[security] == "ldaps"
	if over {
		inside := tls.Client(conn, safely)
		if err := inside.HandshakeContext(ctx); err != nil {
			return nil, far("tls", errors.Join(err, conn.Close()))
		}
		conn = inside
	}
	c := ldap.NewConn(conn, over)
	c.SetTimeout(patience)
	c.Start()
	if p.Settings[security] == "starttls" {
		if err := c.StartTLS(safely); err != nil {
			return nil, far("tls", errors.Join(err, c.Close()))
		}
	}
	if p.Settings[bindDN] == "" {
		return c, nil
	}
	if err := c.Bind(p.Settings[bindDN], p.Secret); err != nil {
		if ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
			return nil, errors.Join(far("bind", err), c.Close())
		}
		return nil, far("bind", errors.Join(err, c.Close()))
	}
	return c, nil
}

// find returns the one entry of somebody, or Refuse.
func find(c *ldap.Conn, p identity.Provider, who string) (*ldap.Entry, error) {
	s := p.Settings
	wanted := strings.ReplaceAll(s[filter], typed, ldap.EscapeFilter(who))
	found, err := c.Search(ldap.NewSearchRequest(s[baseDN], ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, int(patience/time.Second), false,
		wanted, []string{s[subject], s[login]}, nil))
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded):
		return nil, identity.Refuse("several")
	case ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject):
		return nil, identity.Refuse("nobody")
	case err != nil: // a referral too: nobody is sent elsewhere with a password
		return nil, far("search", err)
	case len(found.Entries) == 0:
		return nil, identity.Refuse("nobody")
	case len(found.Entries) > 1:
		return nil, identity.Refuse("several")
	case found.Entries[0].DN == "":
		return nil, identity.Refuse("nobody")
	}
	return found.Entries[0], nil
}

// Prove returns whose login and password these are. An empty password is refused
// here: a directory would take it for no wish to prove anything, and say yes.
func (k *Kind) Prove(ctx context.Context, p identity.Provider, who, password string) (identity.Person, error) {
	who = strings.TrimSpace(who)
	if password == "" || who == "" || strings.ContainsRune(password, 0) {
		return identity.Person{}, identity.Refuse("empty")
	}
	c, err := k.call(ctx, p)
	if err != nil {
		return identity.Person{}, err
	}
	defer func() { _ = c.Close() }()
	e, err := find(c, p, who)
	if err != nil {
		return identity.Person{}, err
	}
	err = c.Bind(e.DN, password)
	switch {
	case ldap.IsErrorAnyOf(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultInappropriateAuthentication,
		ldap.LDAPResultConstraintViolation, ldap.LDAPResultInsufficientAccessRights, ldap.ErrorEmptyPassword):
		return identity.Person{}, errors.Join(identity.Refuse("credentials"), err)
	case err != nil:
		return identity.Person{}, far("bind", err)
	}
	return person(e, p.Settings)
}

func person(e *ldap.Entry, s identity.Settings) (who identity.Person, err error) {
	who.Subject = readable(e.GetEqualFoldRawAttributeValue(s[subject]))
	if strings.EqualFold(s[subject], "dn") {
		who.Subject = strings.ToLower(e.DN)
	}
	if who.Subject == "" {
		return who, identity.Refuse("no_subject")
	}
	who.Login = readable(e.GetEqualFoldRawAttributeValue(s[login]))
	who.Label = who.Login
	if who.Label == "" {
		who.Label = e.DN
	}
	return who, nil
}

// readable is the value of an attribute as text: such as are none, like the
// objectGUID of Active Directory, in hexadecimal digits.
func readable(v []byte) string {
	if !utf8.Valid(v) || strings.ContainsFunc(string(v), func(r rune) bool { return r < ' ' }) {
		return hex.EncodeToString(v)
	}
	return string(v)
}

// Test connects, comes in as who searches, and looks for the place to search in.
func (k *Kind) Test(ctx context.Context, p identity.Provider) error {
	c, err := k.call(ctx, p)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	_, err = c.Search(ldap.NewSearchRequest(p.Settings[baseDN], ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, int(patience/time.Second), true,
		"(objectClass=*)", nil, nil))
	if err != nil {
		return far("search", err)
	}
	return nil
}
