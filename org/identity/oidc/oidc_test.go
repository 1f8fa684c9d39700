package oidc_test

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/org/identity"
	"hetu/org/identity/identitytest"
	"hetu/org/identity/oidc"
)

const back = "https://oa.example.cn/sign-in/return"

var machine = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func provider(t *testing.T, k *oidc.Kind, i *identitytest.Issuer) identity.Provider {
	t.Helper()
	s := identity.Settings{"issuer": i.URL, "client_id": i.Client, "client_auth": "basic", "scopes": "profile", "label_claim": "name", "login_claim": "preferred_username"}
	s, err := k.Check(s, i.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return identity.Provider{ID: uuid.New(), Tenant: uuid.New(), Kind: "oidc", Name: "统一认证", Settings: s, Secret: i.Secret, Version: 1}
}

var flow = identity.Flow{State: strings.Repeat("a", 64), Nonce: strings.Repeat("b", 64), Verifier: strings.Repeat("c", 64), RedirectURI: back}

func begin(t *testing.T, k *oidc.Kind, p identity.Provider) string {
	t.Helper()
	address, err := k.Begin(t.Context(), p, flow)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// TestAN07 sends back what no honest provider sends.
func TestAN07(t *testing.T) {
	t.Parallel()
	ago := time.Now().Add(-time.Hour).Unix()
	for name, tt := range map[string]struct {
		lie    func(*identitytest.Issuer, identitytest.Claims) string
		flow   func(*identity.Flow)
		back   func(url.Values)
		secret string
		why    string
	}{
		"bad nonce": {lie: func(_ *identitytest.Issuer, c identitytest.Claims) string { c["nonce"] = "x"; return "RS256" }, why: "nonce"},
		"no nonce":  {lie: func(_ *identitytest.Issuer, c identitytest.Claims) string { delete(c, "nonce"); return "RS256" }, why: "nonce"},
		"bad aud":   {lie: func(_ *identitytest.Issuer, c identitytest.Claims) string { c["aud"] = "another"; return "RS256" }, why: "aud"},
		"for another client and us": {lie: func(i *identitytest.Issuer, c identitytest.Claims) string {
			c["aud"] = []string{"another", i.Client}
			return "RS256"
		}, why: "azp"},
		"made for another client": {lie: func(_ *identitytest.Issuer, c identitytest.Claims) string { c["azp"] = "another"; return "RS256" }, why: "azp"},
		"bad iss": {lie: func(_ *identitytest.Issuer, c identitytest.Claims) string {
			c["iss"] = "https://evil.example"
			return "RS256"
		}, why: "iss"},
		"expired": {lie: func(_ *identitytest.Issuer, c identitytest.Claims) string {
			c["exp"], c["iat"] = ago, ago
			return "RS256"
		}, why: "expired"},
		"alg=none":                       {lie: func(*identitytest.Issuer, identitytest.Claims) string { return "none" }, why: "alg"},
		"HS256 signed with public key":   {lie: func(*identitytest.Issuer, identitytest.Claims) string { return "HS256" }, why: "alg"},
		"a key nobody has published":     {lie: func(*identitytest.Issuer, identitytest.Claims) string { return "other" }, why: "signature"},
		"no subject":                     {lie: func(_ *identitytest.Issuer, c identitytest.Claims) string { c["sub"] = ""; return "RS256" }, why: ""},
		"a code of another's making":     {back: func(q url.Values) { q.Set("code", "stolen") }, why: "code"},
		"another verifier":               {flow: func(f *identity.Flow) { f.Verifier = strings.Repeat("d", 64) }, why: "code"},
		"redirect_uri with a suffix":     {flow: func(f *identity.Flow) { f.RedirectURI += "/../evil" }, why: "code"},
		"sent back in another's name":    {back: func(q url.Values) { q.Set("iss", "https://evil.example") }, why: "iss_returned"},
		"a client that has not the word": {secret: "wrong", why: "code"},
		"none of that":                   {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, k := identitytest.NewIssuer(t, back), oidc.New(identity.NewNetwork(machine))
			if tt.lie != nil {
				i.Lie = func(c identitytest.Claims) string { return tt.lie(i, c) }
			}
			p := provider(t, k, i)
			q := i.Recognise(t, begin(t, k, p), "u-1", identitytest.Claims{"name": "张伟", "preferred_username": "zhangwei", "email": "admin@example.cn", "email_verified": true})
			f := flow
			if tt.flow != nil {
				tt.flow(&f)
			}
			if tt.back != nil {
				tt.back(q)
			}
			if tt.secret != "" {
				p.Secret = tt.secret
			}
			who, err := k.Finish(t.Context(), p, f, identity.Return{Code: q.Get("code"), Issuer: q.Get("iss")})
			switch {
			case name == "none of that":
				if err != nil || who != (identity.Person{Subject: "u-1", Label: "张伟", Login: "zhangwei"}) {
					t.Fatalf("%+v, %v", who, err)
				}
				if _, err := k.Finish(t.Context(), p, f, identity.Return{Code: q.Get("code")}); !errors.Is(err, identity.Refuse("")) && fault.Of(err).Code != "identity.refused" {
					t.Errorf("the code once more = %v", err)
				}
			case name == "no subject":
				if err == nil && who.Subject != "" {
					t.Errorf("%+v", who)
				}
			case fault.Of(err).Code != "identity.refused" || !strings.Contains(err.Error(), "refused: "+tt.why):
				t.Errorf("%+v, %v; want refused for %s", who, err, tt.why)
			}
		})
	}
}

// TestMixUp (AN-07): a provider that says who it is must do so, and what one
// issuer gave opens nothing at another.
func TestMixUp(t *testing.T) {
	t.Parallel()
	k := oidc.New(identity.NewNetwork(machine))
	honest, other := identitytest.NewIssuer(t, back), identitytest.NewIssuer(t, back)
	honest.Named = true
	p, o := provider(t, k, honest), provider(t, k, other)
	q := honest.Recognise(t, begin(t, k, p), "u-1", nil)
	for name, r := range map[string]identity.Return{"nameless": {Code: q.Get("code")}, "in the other's name": {Code: q.Get("code"), Issuer: other.URL}} {
		if _, err := k.Finish(t.Context(), p, flow, r); fault.Of(err).Code != "identity.refused" {
			t.Errorf("%s = %v", name, err)
		}
	}
	if _, err := k.Finish(t.Context(), o, flow, identity.Return{Code: q.Get("code"), Issuer: q.Get("iss")}); fault.Of(err).Code != "identity.refused" {
		t.Errorf("one's code at the other = %v", err)
	}
	if who, err := k.Finish(t.Context(), p, flow, identity.Return{Code: q.Get("code"), Issuer: q.Get("iss")}); err != nil || who.Subject != "u-1" {
		t.Errorf("where it belongs = %+v, %v", who, err)
	}
}

// TestDiscovery (IN-04): what a provider says of itself is no better than what an
// administrator enters, and is not asked for again and again.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		said map[string]any
		ok   bool
	}{
		"a script for the browser": {said: map[string]any{"authorization_endpoint": "javascript:alert(1)"}},
		"in the clear, elsewhere":  {said: map[string]any{"authorization_endpoint": "http://evil.example/a"}},
		"keys of the cloud's own":  {said: map[string]any{"jwks_uri": "http://169.254.169.254/latest"}},
		"another issuer":           {said: map[string]any{"issuer": "https://accounts.example"}},
		"as it is":                 {ok: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, k := identitytest.NewIssuer(t, back), oidc.New(identity.NewNetwork(machine))
			i.Endpoints = func(said map[string]any) {
				for key, v := range tt.said {
					said[key] = v
				}
			}
			p := provider(t, k, i)
			for range 3 {
				if _, err := k.Begin(t.Context(), p, flow); (err == nil) != tt.ok {
					t.Errorf("begin = %v", err)
				}
			}
			if i.Asked() != 1 {
				t.Errorf("asked %d times", i.Asked())
			}
			if err := k.Test(t.Context(), p); (err == nil) != tt.ok {
				t.Errorf("test = %v", err)
			}
		})
	}
}

// TestUnreachable: nobody is to blame if the provider is not there, or if it is
// where we do not go.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	i := identitytest.NewIssuer(t, back)
	p := provider(t, oidc.New(identity.NewNetwork(machine)), i)
	public := oidc.New(identity.NewNetwork(nil))
	if _, err := public.Begin(t.Context(), p, flow); !errors.Is(err, identity.ErrUnreachable) || i.Asked() != 0 {
		t.Errorf("a provider on this machine, where that is not allowed: %v, asked %d times", err, i.Asked())
	}
	if _, err := public.Check(identity.Settings{"issuer": i.URL}, ""); !errors.Is(err, identity.ErrAddress) {
		t.Errorf("its address = %v", err)
	}
	p.Settings["issuer"] = "http://127.0.0.1:1"
	if _, err := oidc.New(identity.NewNetwork(machine)).Begin(t.Context(), p, flow); !errors.Is(err, identity.ErrUnreachable) {
		t.Errorf("nobody there = %v", err)
	}
}
