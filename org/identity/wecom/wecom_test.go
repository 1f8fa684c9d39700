package wecom_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
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

// One token serves all nodes, and many who find none wait for the one who fetches it.
func TestTokenIsShared(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	var all sync.WaitGroup
	for range 12 {
		node, code := u.node(t), u.wecom.Code("LinZhiyuan")
		all.Go(func() {
			if _, err := node.Finish(context.Background(), u.of, identity.Flow{}, identity.Return{Code: code}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := u.wecom.Calls(gettoken); n != 1 {
		t.Errorf("%d tokens were fetched, want 1", n)
	}
	var sealed []byte
	if err := tenanttest.Admin(t).QueryRow(`select sealed from wecom_tokens where provider_id = $1`, u.of.ID).Scan(&sealed); err != nil || strings.Contains(string(sealed), "token-") {
		t.Errorf("in the table stands %q, %v", sealed, err)
	}
}

// A token that WeCom takes back is fetched anew once; if that is no good either, it
// is over.
func TestTokenIsRenewed(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	comes := func() error { _, err := u.comes(t, u.wecom.Code("LinZhiyuan")); return err }
	if err := comes(); err != nil {
		t.Fatal(err)
	}
	u.wecom.Expire()
	if err := comes(); err != nil {
		t.Errorf("after WeCom took it back (42001): %v", err)
	}
	u.wecom.Fail(userinfo, 40014)
	u.wecom.Expire()
	if err := comes(); err != nil {
		t.Errorf("after it was called invalid (40014): %v", err)
	}
	if n := u.wecom.Calls(gettoken); n != 3 {
		t.Errorf("%d fetched, want 3", n)
	}
	u.wecom.Fail(userinfo, 42001, 42001)
	u.wecom.Expire()
	if err := comes(); err == nil {
		t.Error("twice stale is good")
	}
	if n := u.wecom.Calls(userinfo); n != 7 {
		t.Errorf("%d calls, want 7: once more and not for ever", n)
	}
}

// Before a token is over one node fetches the next, and the others go on meanwhile.
func TestTokenIsRenewedEarly(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.wecom.Live(60) // less than the five minutes
	if _, err := u.comes(t, u.wecom.Code("LinZhiyuan")); err != nil {
		t.Fatal(err)
	}
	release := u.wecom.Hang(gettoken)
	first := make(chan error, 1)
	go func() { _, err := u.comes(t, u.wecom.Code("LinZhiyuan")); first <- err }()
	for u.wecom.Calls(gettoken) < 2 {
		select {
		case err := <-first:
			t.Fatalf("nobody fetched the next token: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	if _, err := u.comes(t, u.wecom.Code("LinZhiyuan")); err != nil {
		t.Errorf("while the next is fetched: %v", err)
	}
	release()
	if err := <-first; err != nil {
		t.Errorf("who fetched it: %v", err)
	}
	if n := u.wecom.Calls(gettoken); n != 2 {
		t.Errorf("%d fetched, want 2", n)
	}
}

// A token that was had with another secret is not used with the new one.
func TestTokenFitsItsSecret(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	if _, err := u.comes(t, u.wecom.Code("LinZhiyuan")); err != nil {
		t.Fatal(err)
	}
	u.of.Secret = "mistyped"
	if _, err := u.comes(t, u.wecom.Code("LinZhiyuan")); fault.Of(err).Code != "identity.refused" {
		t.Errorf("with a wrong secret: %v", err)
	}
}

// Who fetches the token and dies does not keep the others out for ever.
func TestTokenTurnIsOver(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	if _, err := tenanttest.Admin(t).Exec(`insert into wecom_tokens (tenant_id, provider_id, fits, renewing_until) values ($1, $2, '', now() - interval '1 second')`, u.of.Tenant, u.of.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := u.comes(t, u.wecom.Code("LinZhiyuan")); err != nil {
		t.Error(err)
	}
}

// A card reaches whom it is for, once, and those who cannot have it are named.
func TestSend(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.wecom.Employ("nobody-sees", false)
	card := wecom.Card{Title: "审批", Body: "《用印申请》等待您办理\n2026-11-23 09:30", Link: "https://oa.example.org/open", To: []string{"linzhiyuan", "nobody-sees"}}
	for range 2 {
		refused, err := u.node(t).Send(context.Background(), u.of, card)
		if err != nil || len(refused) != 1 || refused["nobody-sees"] != "not_visible" {
			t.Errorf("refused %v, %v", refused, err)
		}
	}
	if box := u.wecom.Got("linzhiyuan"); len(box) != 1 {
		t.Errorf("%d arrived, want 1", len(box))
	}
}

// What a failure of sending means.
func TestTrouble(t *testing.T) {
	t.Parallel()
	for code, tt := range map[int]struct {
		reason string
		again  bool
		known  bool
		rest   time.Duration
	}{
		-1:     {"busy", true, false, 0},
		45009:  {"too_often", true, true, 5 * time.Minute},
		60020:  {"address", true, true, 10 * time.Minute},
		81013:  {"not_visible", false, true, 0},
		301002: {"agent", true, true, 10 * time.Minute},
		40008:  {"errcode_40008", false, true, 0},
	} {
		u := newUnit(t)
		u.wecom.Fail(send, code)
		_, err := u.node(t).Send(context.Background(), u.of, wecom.Card{Title: "一", Body: "二", Link: "https://x", To: []string{"linzhiyuan"}})
		got, ok := errors.AsType[*wecom.Trouble](err)
		if !ok || got.Reason != tt.reason || errors.Is(err, wecom.ErrBusy) != tt.again || errors.Is(err, wecom.ErrRefused) == tt.again || got.Known != tt.known || got.Rest != tt.rest {
			t.Errorf("%d: %+v, want %+v", code, err, tt)
		}
	}
}

// IN-04: a redirect is not followed, wherever it leads.
func TestRedirect(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	asked := false
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer trap.Close()
	fence := httptest.NewServer(http.RedirectHandler(trap.URL, http.StatusFound))
	defer fence.Close()
	u.of.Settings["api"] = fence.URL
	if _, err := u.comes(t, "code"); !errors.Is(err, identity.ErrUnreachable) || asked {
		t.Errorf("= %v, followed %v", err, asked)
	}
}
