package wecom_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"hetu/fault"
	"hetu/feature"
	"hetu/org/identity"
	"hetu/org/identity/wecom"
	"hetu/org/identity/wecom/wecomtest"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
	"hetu/vault"
)

const (
	gettoken = "/cgi-bin/gettoken"
	userinfo = "/cgi-bin/auth/getuserinfo"
	send     = "/cgi-bin/message/send"
)

// A unit has a WeCom and is known to it.
type unit struct {
	wecom *wecomtest.Server
	of    identity.Provider
	key   vault.Key
	net   *identity.Network
}

func newUnit(t *testing.T) *unit {
	t.Helper()
	s := wecomtest.New()
	t.Cleanup(s.Close)
	ctx, a := tenanttest.Actor(t)
	u := &unit{wecom: s, key: vault.Fresh(), net: identity.NewNetwork([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}),
		of: identity.Provider{ID: tenant.NewID(), Tenant: a.Tenant, Kind: wecom.Name, Name: "企业微信", Secret: s.Secret, Settings: s.Settings()}}
	err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `insert into identity_providers (id, kind, name, enabled, settings) values ($1, 'wecom', '企业微信', true, '{}')`, u.of.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Employ("LinZhiyuan", true)
	return u
}

// node is the unit's WeCom as one server sees it: each keeps nothing.
func (u *unit) node(t *testing.T) *wecom.Kind {
	t.Helper()
	return wecom.New(u.net, wecom.NewTokens(tenanttest.DB(t), u.key))
}

// comes brings a code back.
func (u *unit) comes(t *testing.T, code string) (identity.Person, error) {
	t.Helper()
	return u.node(t).Finish(context.Background(), u.of, identity.Flow{}, identity.Return{Code: code})
}

func TestFeature(t *testing.T) {
	t.Parallel()
	if err := feature.Check(wecom.Feature()); err != nil {
		t.Fatal(err)
	}
	var _ identity.Redirecting = wecom.New(nil, nil)
}

// R383, AN-07: WeCom says who came; whoever it does not say to be of this corp is
// refused, and a code is good once.
func TestFinish(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	p, err := u.comes(t, u.wecom.Code("LinZhiyuan"))
	if err != nil || p.Subject != "linzhiyuan" || p.Login != "linzhiyuan" || p.Label != "LinZhiyuan" {
		t.Errorf("an employee: %+v, %v", p, err)
	}
	used := u.wecom.Code("LinZhiyuan")
	if _, err := u.comes(t, used); err != nil {
		t.Error(err)
	}
	for name, code := range map[string]string{
		"no code":                  "",
		"a code nobody gave":       "code-of-somebody",
		"a code for the 2nd time":  used,
		"somebody of no corp":      u.wecom.Outsider(),
		"of a corp that is linked": u.wecom.Code("wwother/zhang"),
		"an id that is no id":      u.wecom.Code("张三"),
		"a code too long":          strings.Repeat("x", 513),
	} {
		p, err := u.comes(t, code)
		if f := fault.Of(err); f.Kind != fault.Unauthenticated || f.Code != "identity.refused" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// What is no answer is nobody's fault but WeCom's, and says nothing of a secret.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*unit){
		"not JSON":               func(u *unit) { u.wecom.Answer(userinfo, "<html>bad gateway</html>") },
		"no errcode":             func(u *unit) { u.wecom.Answer(userinfo, `{"userid":"linzhiyuan"}`) },
		"a body without end":     func(u *unit) { u.wecom.Answer(userinfo, `{"errcode":0,"userid":"`+strings.Repeat("x", 2<<20)+`"}`) },
		"busy":                   func(u *unit) { u.wecom.Fail(userinfo, -1) },
		"no token in the answer": func(u *unit) { u.wecom.Answer(gettoken, `{"errcode":0,"access_token":"","expires_in":7200}`) },
		"nobody listens":         func(u *unit) { u.wecom.Close() },
		"not ours to reach":      func(u *unit) { u.net = identity.NewNetwork(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUnit(t)
			code := u.wecom.Code("LinZhiyuan")
			spoil(u)
			_, err := u.comes(t, code)
			if !errors.Is(err, identity.ErrUnreachable) {
				t.Fatalf("= %v, want ErrUnreachable (IN-04)", err)
			}
			if text := fmt.Sprintf("%v %+v", err, err); strings.Contains(text, u.of.Secret) || strings.Contains(text, "corpsecret") || strings.Contains(text, "access_token") {
				t.Errorf("the error says %s", text)
			}
		})
	}
}

// A slow answer is given up after five seconds, and the call that began it ends with
// its caller (IN-04).
func TestSlow(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	release := u.wecom.Hang(gettoken)
	defer release()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := u.node(t).Finish(ctx, u.of, identity.Flow{}, identity.Return{Code: u.wecom.Code("LinZhiyuan")})
	if !errors.Is(err, identity.ErrUnreachable) || time.Since(began) > 4*time.Second {
		t.Errorf("= %v after %v", err, time.Since(began))
	}
}

// Where the browser is sent: WeCom's own page inside it, the code to scan elsewhere.
func TestBegin(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	f := identity.Flow{State: strings.Repeat("0a", 32), RedirectURI: "https://oa.example.org/sign-in/return"}
	for agent, path := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0":                                                 "/wwlogin/sso/login",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) MicroMessenger/8.0 wxwork/4.1.28 MicroMessenger/7.0.1":         "/connect/oauth2/authorize",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 WXWork/4.1.30 WindowsWechat MicroMessenger/7.0 Safari": "/connect/oauth2/authorize",
		"": "/wwlogin/sso/login",
	} {
		f.Agent = agent
		to, err := u.node(t).Begin(context.Background(), u.of, f)
		if err != nil {
			t.Fatal(err)
		}
		at, err := url.Parse(to)
		if err != nil || at.Path != path {
			t.Errorf("%s: sent to %s, %v, want %s", agent, to, err, path)
		}
		q := at.Query()
		for name, want := range map[string]string{"appid": u.wecom.Corp, "agentid": fmt.Sprint(u.wecom.Agent), "redirect_uri": f.RedirectURI, "state": f.State} {
			if q.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, q.Get(name), want)
			}
		}
		if strings.Contains(to, u.of.Secret) {
			t.Errorf("the secret goes to the browser: %s", to)
		}
	}
}

// The whole way of a browser: to WeCom and back with a code that is theirs.
func TestWay(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	f := identity.Flow{State: "s1", RedirectURI: "https://oa.example.org/sign-in/return"}
	to, err := u.node(t).Begin(context.Background(), u.of, f)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(to + "&as=LinZhiyuan")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	back, err := res.Location()
	if err != nil || back.Query().Get("state") != f.State {
		t.Fatalf("came back to %v, %v", back, err)
	}
	if p, err := u.comes(t, back.Query().Get("code")); err != nil || p.Subject != "linzhiyuan" {
		t.Errorf("%+v, %v", p, err)
	}
}

// What an administrator fills in is looked at.
func TestCheck(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	k := u.node(t)
	for name, tt := range map[string]struct {
		set   map[string]string
		field string
	}{
		"as it should be":        {map[string]string{"corp_id": " ww5a3c0d91b7e24f68 ", "agent_id": "1000007"}, ""},
		"no corp":                {map[string]string{"agent_id": "1000007"}, "settings.corp_id"},
		"a corp with a question": {map[string]string{"corp_id": "ww1?x=1", "agent_id": "1000007"}, "settings.corp_id"},
		"no application":         {map[string]string{"corp_id": "ww5a3c"}, "settings.agent_id"},
		"an application of none": {map[string]string{"corp_id": "ww5a3c", "agent_id": "-1"}, "settings.agent_id"},
		"in the clear (IN-04)":   {map[string]string{"corp_id": "ww5a3c", "agent_id": "1", "api": "http://qyapi.example.org"}, "settings.api"},
		"our own machine":        {map[string]string{"corp_id": "ww5a3c", "agent_id": "1", "qr": "https://169.254.169.254/"}, "settings.qr"},
		"no address at all":      {map[string]string{"corp_id": "ww5a3c", "agent_id": "1", "page": "file:///etc/passwd"}, "settings.page"},
	} {
		s, err := k.Check(tt.set, "secret")
		if got := fault.Of(err); tt.field == "" && err != nil || tt.field != "" && (got.Kind != fault.Invalid || got.Field != tt.field) {
			t.Errorf("%s: %v on %s, want %s", name, err, got.Field, tt.field)
		}
		if err == nil && (s["api"] != "https://qyapi.weixin.qq.com" || s["corp_id"] != "ww5a3c0d91b7e24f68" || k.Realm(s) != s["corp_id"]) {
			t.Errorf("%s: kept %v", name, s)
		}
	}
}

// The test button says whether it would do, and why not.
func TestTest(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	if err := u.node(t).Test(context.Background(), u.of); err != nil {
		t.Errorf("as it should be: %v", err)
	}
	wrong := u.of
	wrong.Secret = "another"
	if err := u.node(t).Test(context.Background(), wrong); fault.Of(err).Code != "identity.refused" || !strings.Contains(err.Error(), "secret") {
		t.Errorf("another secret: %v", err)
	}
	other := u.of
	other.Settings = u.wecom.Settings()
	other.Settings["agent_id"] = "1000008"
	if err := u.node(t).Test(context.Background(), other); !strings.Contains(fmt.Sprint(err), "agent") {
		t.Errorf("another application: %v", err)
	}
	u.wecom.Close()
	if err := u.node(t).Test(context.Background(), u.of); !errors.Is(err, identity.ErrUnreachable) {
		t.Errorf("nobody there: %v", err)
	}
}
