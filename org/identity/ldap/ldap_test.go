package ldap_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/org/identity"
	"hetu/org/identity/identitytest"
	"hetu/org/identity/ldap"
)

var machine = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

var people = []identitytest.Entry{
	{DN: "cn=hetu,dc=example,dc=cn", Password: "search-word", Attributes: map[string]string{"cn": "hetu"}},
	{DN: "dc=example,dc=cn", Attributes: map[string]string{"dc": "example"}},
	{DN: "uid=zhangwei,ou=people,dc=example,dc=cn", Password: "Weiwei-2026!", Attributes: map[string]string{"uid": "zhangwei", "entryUUID": "0a-1"}},
	{DN: "uid=lina,ou=people,dc=example,dc=cn", Password: "Lina-2026!", Attributes: map[string]string{"uid": "lina", "entryUUID": "0a-2"}},
	{DN: "uid=leer,ou=people,dc=example,dc=cn", Password: "", Attributes: map[string]string{"uid": "leer", "entryUUID": "0a-3"}},
	{DN: "uid=nameless,ou=people,dc=example,dc=cn", Password: "Word-2026!", Attributes: map[string]string{"uid": "nameless"}},
	{DN: "uid=twin,ou=a,dc=example,dc=cn", Password: "Word-2026!", Attributes: map[string]string{"uid": "twin", "entryUUID": "0a-4"}},
	{DN: "uid=twin,ou=b,dc=example,dc=cn", Password: "Word-2026!", Attributes: map[string]string{"uid": "twin", "entryUUID": "0a-5"}},
	{DN: "uid=guid,ou=people,dc=example,dc=cn", Password: "Word-2026!", Attributes: map[string]string{"uid": "guid", "entryUUID": "\x01\xff\x02"}},
}

func provider(t *testing.T, k *ldap.Kind, d *identitytest.Directory, security string) identity.Provider {
	t.Helper()
	s, err := k.Check(identity.Settings{"address": d.Address, "security": security, "bind_dn": "cn=hetu,dc=example,dc=cn", "base_dn": "dc=example,dc=cn",
		"filter": "(&(objectClass=person)(uid={login}))", "subject_attribute": "entryUUID", "login_attribute": "uid", "roots": d.Roots}, "search-word")
	if err != nil {
		t.Fatal(err)
	}
	return identity.Provider{ID: uuid.New(), Kind: "ldap", Settings: s, Secret: "search-word"}
}

// TestProve: whose password it is, over each way of speaking to a directory.
func TestProve(t *testing.T) {
	t.Parallel()
	for _, security := range []string{"ldaps", "starttls", "plain"} {
		t.Run(security, func(t *testing.T) {
			t.Parallel()
			d, k := identitytest.NewDirectory(t, security == "ldaps", people...), ldap.New(identity.NewNetwork(machine))
			p := provider(t, k, d, security)
			for name, tt := range map[string]struct{ login, password, why, subject string }{
				"a wrong password":                       {"zhangwei", "Lina-2026!", "credentials", ""},
				"an empty one (AN-07)":                   {"zhangwei", "", "empty", ""},
				"of an entry that has none":              {"leer", "", "empty", ""},
				"a zero byte":                            {"zhangwei", "\x00", "empty", ""},
				"nobody":                                 {"wangwu", "x", "nobody", ""},
				"everybody, by a star":                   {"*", "Weiwei-2026!", "nobody", ""},
				"the first, by a broken filter":          {"zhangwei)(|(uid=*", "Weiwei-2026!", "nobody", ""},
				"another, by a filter within the filter": {"x)(uid=lina))(|(uid=x", "Lina-2026!", "nobody", ""},
				"a zero byte in the login":               {"zhangwei\x00", "Weiwei-2026!", "nobody", ""},
				"two of the same login":                  {"twin", "Word-2026!", "several", ""},
				"one whom nothing tells apart":           {"nameless", "Word-2026!", "no_subject", ""},
				"the right one":                          {" ZhangWei ", "Weiwei-2026!", "", "0a-1"},
				"one whose subject is no text":           {"guid", "Word-2026!", "", "01ff02"},
			} {
				who, err := k.Prove(t.Context(), p, tt.login, tt.password)
				switch {
				case tt.why == "":
					if err != nil || who.Subject != tt.subject || who.Label != who.Login || who.Login != strings.ToLower(strings.TrimSpace(tt.login)) {
						t.Errorf("%s: %+v, %v", name, who, err)
					}
				case fault.Of(err).Code != "identity.refused" || !strings.Contains(err.Error(), "refused: "+tt.why):
					t.Errorf("%s: %+v, %v; want refused for %s", name, who, err, tt.why)
				}
			}
			if err := k.Test(t.Context(), p); err != nil {
				t.Errorf("test = %v", err)
			}
			for _, said := range d.Said() {
				if strings.Contains(said, "uid=*") || strings.Contains(said, "(|") {
					t.Errorf("the directory was asked %q", said)
				}
			}
		})
	}
}

// TestFar: a directory that cannot be trusted or asked is nobody's failure, and no
// password goes there.
func TestFar(t *testing.T) {
	t.Parallel()
	k := ldap.New(identity.NewNetwork(machine))
	for name, tt := range map[string]struct {
		encrypted bool
		security  string
		change    func(*identity.Provider, *identitytest.Directory)
		step      string
	}{
		"a certificate of nobody we trust": {true, "ldaps", func(p *identity.Provider, _ *identitytest.Directory) { p.Settings["roots"] = "" }, "tls"},
		"the same after StartTLS":          {false, "starttls", func(p *identity.Provider, _ *identitytest.Directory) { p.Settings["roots"] = "" }, "tls"},
		"no TLS where it was promised":     {false, "ldaps", func(*identity.Provider, *identitytest.Directory) {}, "tls"},
		"we may not search":                {true, "ldaps", func(p *identity.Provider, _ *identitytest.Directory) { p.Secret = "wrong" }, "bind"},
		"it sends us elsewhere":            {true, "ldaps", func(_ *identity.Provider, d *identitytest.Directory) { d.Refer = "ldap://127.0.0.1:1/" }, "search"},
		"nobody there":                     {true, "ldaps", func(p *identity.Provider, _ *identitytest.Directory) { p.Settings["address"] = "127.0.0.1:1" }, "connect"},
		"where we do not go (IN-04)":       {true, "ldaps", func(p *identity.Provider, _ *identitytest.Directory) { p.Settings["address"] = "169.254.169.254:636" }, "connect"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := identitytest.NewDirectory(t, tt.encrypted, people...)
			p := provider(t, k, d, tt.security)
			tt.change(&p, d)
			_, err := k.Prove(t.Context(), p, "zhangwei", "Weiwei-2026!")
			if !errors.Is(err, identity.ErrUnreachable) || fault.Of(err).Meta["step"] != tt.step {
				t.Errorf("prove = %v at %v", err, fault.Of(err).Meta)
			}
			if err := k.Test(t.Context(), p); fault.Of(err).Meta["step"] != tt.step {
				t.Errorf("test = %v", err)
			}
			for _, said := range d.Said() {
				if strings.Contains(said, "bind uid=zhangwei") {
					t.Errorf("the password went there: %v", d.Said())
				}
			}
		})
	}
}

// TestCheck: what may be entered.
func TestCheck(t *testing.T) {
	t.Parallel()
	k := ldap.New(identity.NewNetwork(machine))
	for name, tt := range map[string]struct{ field, value, secret, wrong string }{
		"no filter of anybody":    {"filter", "(uid=zhangwei)", "x", "settings.filter"},
		"a filter that is none":   {"filter", "(uid={login}", "x", "settings.filter"},
		"no address":              {"address", "ldap://directory", "x", "settings.address"},
		"no name of a place":      {"base_dn", "example", "x", "settings.base_dn"},
		"a bind without password": {"bind_dn", "cn=hetu", "", "secret"},
		"two attributes in one":   {"subject_attribute", "uid, cn", "x", "settings.subject_attribute"},
		"no certificate":          {"roots", "-----", "x", "settings.roots"},
		"a host alone":            {"address", "directory.example.cn", "x", ""},
	} {
		s := identity.Settings{"address": "127.0.0.1:636", "security": "ldaps", "bind_dn": "cn=hetu,dc=example,dc=cn", "base_dn": "dc=example,dc=cn",
			"filter": "(uid={login})", "subject_attribute": "entryUUID", "login_attribute": "uid"}
		s[tt.field] = tt.value
		got, err := k.Check(s, tt.secret)
		if tt.wrong == "" {
			if err != nil || got["address"] != "directory.example.cn:636" {
				t.Errorf("%s: %v, %v", name, got, err)
			}
			continue
		}
		if fault.Of(err).Kind != fault.Invalid || fault.Of(err).Field != tt.wrong {
			t.Errorf("%s: %v on %q, want it on %q", name, err, fault.Of(err).Field, tt.wrong)
		}
	}
}
