package wecom_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hetu/fault"
	"hetu/org/identity"
	"hetu/org/identity/wecom"
	"hetu/tenant/tenanttest"
)

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
