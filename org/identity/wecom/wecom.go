// Package wecom speaks to 企业微信 (WeCom): it recognises a unit's people by it, and
// hands it what they are to be told.
//
// A unit brings a self-built application of its own corp. What is known of it is a
// provider of hetu/org/identity; only the token by which it is called is kept here,
// so that all nodes use one and one node at a time fetches the next.
package wecom

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"

	"hetu/fault"
	"hetu/org/identity"
)

// Name is what the kind is called in providers, and the channel of messages.
const Name = "wecom"

// A Kind is WeCom as a house that recognises people. It is safe for concurrent use.
type Kind struct {
	net    *identity.Network
	tokens *Tokens
}

// New returns the Kind. Tokens may be nil where it is only described.
func New(net *identity.Network, tokens *Tokens) *Kind { return &Kind{net, tokens} }

// Where WeCom is on the public network.
const (
	publicAPI  = "https://qyapi.weixin.qq.com"
	publicPage = "https://open.weixin.qq.com/connect/oauth2/authorize"
	publicQR   = "https://login.work.weixin.qq.com/wwlogin/sso/login"
)

// About implements identity.Kind.
func (k *Kind) About() identity.About {
	return identity.About{Name: Name, Form: "redirect", Secret: "required", Fields: []identity.Field{
		{Name: "corp_id", Type: "text", Required: true, Max: 64},
		{Name: "agent_id", Type: "number", Required: true, Max: 12},
		{Name: "api", Type: "url", Default: publicAPI},
		{Name: "page", Type: "url", Default: publicPage},
		{Name: "qr", Type: "url", Default: publicQR},
	}}
}

var (
	corpForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{4,64}$`)
	agentForm = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)
)

// Check implements identity.Kind.
func (k *Kind) Check(s identity.Settings, _ string) (identity.Settings, error) {
	out := identity.Settings{}
	for _, f := range k.About().Fields {
		out[f.Name] = strings.TrimSpace(s[f.Name])
		if out[f.Name] == "" {
			out[f.Name] = f.Default
		}
	}
	switch {
	case !corpForm.MatchString(out["corp_id"]):
		return nil, identity.ErrSetting.On("settings.corp_id")
	case !agentForm.MatchString(out["agent_id"]):
		return nil, identity.ErrSetting.On("settings.agent_id")
	}
	for _, name := range []string{"api", "page", "qr"} {
		u, err := k.net.CheckURL(out[name])
		if err != nil {
			if f, ok := errors.AsType[*fault.Error](err); ok {
				err = f.On("settings." + name)
			}
			return nil, err
		}
		out[name] = strings.TrimSuffix(u, "/")
	}
	return out, nil
}

// Realm implements identity.Kind: people are known by their corp, and the secret is
// for the servers it was given for.
func (k *Kind) Realm(s identity.Settings) string {
	if s["api"] == publicAPI {
		return s["corp_id"]
	}
	return s["corp_id"] + "@" + s["api"]
}

// Subject returns an id as it is kept: WeCom does not tell capitals from small letters.
func (k *Kind) Subject(typed string) (string, error) {
	id := strings.ToLower(strings.TrimSpace(typed))
	if !userForm.MatchString(id) {
		return "", identity.ErrSetting.On("subject")
	}
	return id, nil
}

// userForm is what ids of employees look like. One with a slash belongs to another
// corp that is linked to this one.
var userForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_.@-]{0,63}$`)

// Test implements identity.Kind: it fetches a token of its own and looks at the
// application.
func (k *Kind) Test(ctx context.Context, p identity.Provider) error {
	c := k.client(p)
	token, _, err := c.fetch(ctx)
	if err == nil {
		var app struct {
			Closed int `json:"close"`
		}
		err = c.once(ctx, "/cgi-bin/agent/get", url.Values{"access_token": {token}, "agentid": {p.Settings["agent_id"]}}, nil, &app)
		if err == nil && app.Closed != 0 {
			err = identity.Refuse("agent_closed")
		}
	}
	return entrance(err)
}

// entrance is what a failure means to somebody at the door.
func entrance(err error) error {
	if e, ok := errors.AsType[*apiError](err); ok {
		if e.busy() {
			return identity.ErrUnreachable
		}
		return identity.Refuse(e.reason())
	}
	return err
}

// Begin implements identity.Redirecting. Inside WeCom its own page knows who is
// there; elsewhere a code is shown that the phone reads.
func (k *Kind) Begin(_ context.Context, p identity.Provider, f identity.Flow) (string, error) {
	q := url.Values{"appid": {p.Settings["corp_id"]}, "agentid": {p.Settings["agent_id"]}, "redirect_uri": {f.RedirectURI}, "state": {f.State}}
	if !strings.Contains(strings.ToLower(f.Agent), "wxwork") {
		q.Set("login_type", "CorpApp")
		return p.Settings["qr"] + "?" + q.Encode(), nil
	}
	q.Set("response_type", "code")
	q.Set("scope", "snsapi_base")
	return p.Settings["page"] + "?" + q.Encode() + "#wechat_redirect", nil
}

// Finish implements identity.Redirecting: it asks whose code came back. A code is
// good for one question, which WeCom holds; who is no employee of this corp is
// nobody here.
func (k *Kind) Finish(ctx context.Context, p identity.Provider, _ identity.Flow, r identity.Return) (identity.Person, error) {
	if r.Code == "" || len(r.Code) > 512 {
		return identity.Person{}, identity.Refuse("no_code")
	}
	var who struct {
		UserID string `json:"userid"` // the older name differs in capitals only, which encoding/json does not mind
		OpenID string `json:"openid"`
	}
	err := k.client(p).call(ctx, "/cgi-bin/auth/getuserinfo", url.Values{"code": {r.Code}}, nil, &who)
	if err != nil {
		return identity.Person{}, entrance(err)
	}
	id, err := k.Subject(who.UserID)
	if err != nil {
		return identity.Person{}, identity.Refuse("not_a_member")
	}
	return identity.Person{Subject: id, Label: who.UserID, Login: id}, nil
}
