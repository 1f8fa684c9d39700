// Package oidc recognises people by OpenID Connect: the authorization code flow
// with PKCE, state and nonce, at a provider that the tenant has named by its
// issuer.
package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"hetu/org/identity"
)

// algorithms are those by which an ID token may be signed. All of them are
// asymmetric: a token "signed" with what everybody knows is none (AN-07).
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

// Kind is OpenID Connect. Make one with New.
type Kind struct {
	net    *identity.Network
	houses *lru.Cache[uuid.UUID, *house]
	asking singleflight.Group
}

// New returns the kind, which reaches providers over a network.
func New(net *identity.Network) *Kind {
	houses, _ := lru.New[uuid.UUID, *house](256) // fails for a size below one only
	return &Kind{net: net, houses: houses}
}

// Fields of the form.
const (
	issuer     = "issuer"
	clientID   = "client_id"
	scopes     = "scopes"
	auth       = "client_auth"
	loginClaim = "login_claim"
	labelClaim = "label_claim"
	roots      = "roots"
)

// About is what an administrator fills in.
func (*Kind) About() identity.About {
	return identity.About{Name: "oidc", Form: identity.Redirect, Secret: "optional", Fields: []identity.Field{
		{Name: issuer, Type: "url", Required: true},
		{Name: clientID, Type: "text", Required: true, Max: 255},
		{Name: auth, Type: "choice", Default: "basic", Choices: []string{"basic", "post"}},
		{Name: scopes, Type: "text", Default: "openid profile"},
		{Name: labelClaim, Type: "text", Default: "name", Max: 60},
		{Name: loginClaim, Type: "text", Default: "preferred_username", Max: 60},
		{Name: roots, Type: "lines", Max: 16384},
	}}
}

// Check returns the settings as they are kept. The issuer is compared to the
// letter: a stroke at its end is part of it.
func (k *Kind) Check(s identity.Settings, _ string) (identity.Settings, error) {
	at, err := k.net.CheckURL(s[issuer])
	if err != nil || strings.ContainsAny(at, "?#") {
		return nil, identity.ErrAddress.On("settings." + issuer)
	}
	s[issuer] = at
	asked := strings.Fields(s[scopes])
	if !slices.Contains(asked, oidc.ScopeOpenID) {
		asked = append([]string{oidc.ScopeOpenID}, asked...)
	}
	s[scopes] = strings.Join(asked, " ")
	if _, err := k.net.Trusting(s[roots]); err != nil {
		return nil, identity.ErrSetting.On("settings." + roots)
	}
	return s, nil
}

// Realm is the issuer and who we are to it: a provider may call the same person
// otherwise to another client.
func (*Kind) Realm(s identity.Settings) string { return s[issuer] + " " + s[clientID] }

// A house is what a provider has said of itself.
type house struct {
	version  int
	until    time.Time
	err      error // it could not be asked, or is none
	provider *oidc.Provider
	client   *http.Client
	named    bool // it says who it is when it sends somebody back (RFC 9207)
}

const (
	lasts  = 10 * time.Minute // how long a provider's word on itself is believed
	failed = 10 * time.Second // how long one that failed is left alone
)

// house returns what a provider says of itself, from memory for some minutes.
// Whoever asks at the same time shares one question.
func (k *Kind) house(ctx context.Context, p identity.Provider) (*house, error) {
	if h, ok := k.houses.Get(p.ID); ok && h.version == p.Version && time.Now().Before(h.until) {
		return h, h.err
	}
	key := fmt.Sprintf("%s/%d", p.ID, p.Version)
	got, err, _ := k.asking.Do(key, func() (any, error) {
		h := k.discover(context.WithoutCancel(ctx), p)
		h.version, h.until = p.Version, time.Now().Add(lasts)
		if h.err != nil {
			h.until = time.Now().Add(failed)
		}
		k.houses.Add(p.ID, h)
		return h, h.err
	})
	h, _ := got.(*house)
	return h, err
}

func (k *Kind) discover(ctx context.Context, p identity.Provider) *house {
	net, err := k.net.Trusting(p.Settings[roots])
	if err != nil {
		return &house{err: identity.Refuse("roots")}
	}
	h := &house{client: net.Client()}
	h.provider, err = oidc.NewProvider(oidc.ClientContext(ctx, h.client), p.Settings[issuer])
	if err != nil {
		h.err = fmt.Errorf("%w: %w", identity.ErrUnreachable.With("step", "discovery"), err)
		return h
	}
	var said struct {
		Keys  string `json:"jwks_uri"`
		Named bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := h.provider.Claims(&said); err != nil {
		h.err = identity.Refuse("discovery")
		return h
	}
	h.named = said.Named
	// What a provider names is no better than what an administrator enters: the
	// browser is going to be sent to one of these.
	for _, at := range []string{h.provider.Endpoint().AuthURL, h.provider.Endpoint().TokenURL, said.Keys} {
		if _, err := net.CheckURL(at); err != nil {
			h.err = identity.Refuse("endpoints")
		}
	}
	return h
}

func (h *house) config(p identity.Provider, redirect string) *oauth2.Config {
	at := h.provider.Endpoint()
	at.AuthStyle = oauth2.AuthStyleInHeader
	if p.Settings[auth] == "post" || p.Secret == "" {
		at.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: p.Settings[clientID], ClientSecret: p.Secret, Endpoint: at, RedirectURL: redirect,
		Scopes: strings.Fields(p.Settings[scopes])}
}

// Begin returns where the browser goes.
func (k *Kind) Begin(ctx context.Context, p identity.Provider, f identity.Flow) (string, error) {
	h, err := k.house(ctx, p)
	if err != nil {
		return "", err
	}
	return h.config(p, f.RedirectURI).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
}

// Finish returns who came back. The subject is all that counts; no address of
// e-mail does, verified or not (AN-07).
func (k *Kind) Finish(ctx context.Context, p identity.Provider, f identity.Flow, r identity.Return) (who identity.Person, err error) {
	h, err := k.house(ctx, p)
	if err != nil {
		return who, err
	}
	if h.named && r.Issuer == "" || r.Issuer != "" && r.Issuer != p.Settings[issuer] {
		return who, identity.Refuse("iss_returned")
	}
	ctx = oidc.ClientContext(ctx, h.client)
	got, err := h.config(p, f.RedirectURI).Exchange(ctx, r.Code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return who, exchange(err)
	}
	raw, _ := got.Extra("id_token").(string)
	if raw == "" {
		return who, identity.Refuse("no_id_token")
	}
	token, err := h.provider.VerifierContext(ctx, &oidc.Config{ClientID: p.Settings[clientID], SupportedSigningAlgs: algorithms}).Verify(ctx, raw)
	if err != nil {
		return who, verify(err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(f.Nonce)) != 1 {
		return who, identity.Refuse("nonce")
	}
	return k.person(p, token)
}

// exchange says what a failed exchange of the code means.
func exchange(err error) error {
	said, ok := errors.AsType[*oauth2.RetrieveError](err)
	if ok && said.Response != nil && said.Response.StatusCode >= 400 && said.Response.StatusCode < 500 {
		return errors.Join(identity.Refuse("code"), err)
	}
	return fmt.Errorf("%w: %w", identity.ErrUnreachable, err)
}

// verify says what is wrong with an ID token.
func verify(err error) error {
	why := "id_token"
	if _, late := errors.AsType[*oidc.TokenExpiredError](err); late {
		why = "expired"
	}
	for part, code := range map[string]string{"different provider": "iss", "expected audience": "aud", "unsupported algorithm": "alg",
		"unexpected signature algorithm": "alg", "failed to verify signature": "signature"} {
		if strings.Contains(err.Error(), part) {
			why = code
		}
	}
	return errors.Join(identity.Refuse(why), err)
}

func (k *Kind) person(p identity.Provider, token *oidc.IDToken) (who identity.Person, err error) {
	claims := map[string]any{}
	if err := token.Claims(&claims); err != nil {
		return who, identity.Refuse("claims")
	}
	// A token made for another client may name us beside it.
	azp, given := claims["azp"]
	if given && azp != p.Settings[clientID] || !given && len(token.Audience) > 1 {
		return who, identity.Refuse("azp")
	}
	who.Subject = token.Subject
	who.Label = text(claims, p.Settings[labelClaim], p.Settings[loginClaim])
	if who.Label == "" {
		who.Label = token.Subject
	}
	who.Login = text(claims, p.Settings[loginClaim])
	return who, nil
}

// text returns the first of the claims that is a text.
func text(claims map[string]any, names ...string) string {
	for _, n := range names {
		if s, ok := claims[n].(string); ok && s != "" {
			return s
		}
	}
	return ""
}

// Test asks the provider for what it says of itself, and for its keys.
func (k *Kind) Test(ctx context.Context, p identity.Provider) error {
	h := k.discover(ctx, p)
	if h.err != nil {
		return h.err
	}
	var said struct {
		Keys string `json:"jwks_uri"`
	}
	if err := h.provider.Claims(&said); err != nil {
		return identity.Refuse("discovery")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, said.Keys, nil)
	if err != nil {
		return identity.Refuse("keys")
	}
	res, err := h.client.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", identity.ErrUnreachable.With("step", "keys"), err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return identity.ErrUnreachable.With("step", "keys")
	}
	return nil
}
