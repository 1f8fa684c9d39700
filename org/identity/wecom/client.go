package wecom

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"hetu/org/identity"
)

// most is the longest answer that is read, in bytes.
const most = 256 << 10

// A client calls the application of one unit.
type client struct {
	net    *identity.Network
	tokens *Tokens
	p      identity.Provider
}

func (k *Kind) client(p identity.Provider) client { return client{k.net, k.tokens, p} }

// An apiError is WeCom's saying no. Its text is kept nowhere: it holds addresses.
type apiError struct{ code int }

func (e *apiError) Error() string { return fmt.Sprintf("wecom: errcode %d", e.code) }

// stale means that the token is no good any more.
func (e *apiError) stale() bool { return e.code == 40014 || e.code == 42001 || e.code == 41001 }

// busy means that the same call may do later.
func (e *apiError) busy() bool {
	switch e.code {
	case -1, 45009, 45033, 6000:
		return true
	}
	return false
}

// reasons are what codes are called where people read them.
var reasons = map[int]string{
	-1: "busy", 6000: "busy", 45009: "too_often", 45033: "too_often",
	40001: "secret", 40091: "secret", 42001: "token", 40014: "token", 41001: "token",
	40013: "corp", 40056: "agent", 301002: "agent", 60020: "address", 48002: "forbidden", 60011: "forbidden", 50001: "domain",
	40029: "code", 81013: "not_visible", 40003: "no_such_user", 60111: "no_such_user",
}

func (e *apiError) reason() string {
	if r, ok := reasons[e.code]; ok {
		return r
	}
	if e.code < 0 {
		return fmt.Sprintf("errcode_minus_%d", -e.code)
	}
	return fmt.Sprintf("errcode_%d", e.code)
}

// call asks WeCom as the application, with a token that is renewed once if it turns
// out to be stale.
func (c client) call(ctx context.Context, path string, q url.Values, body, out any) error {
	token, err := c.tokens.token(ctx, c, "")
	if err != nil {
		return err
	}
	q.Set("access_token", token)
	err = c.once(ctx, path, q, body, out)
	if e, ok := err.(*apiError); !ok || !e.stale() { //nolint:errorlint // it comes from once as it is
		return err
	}
	if token, err = c.tokens.token(ctx, c, token); err != nil {
		return err
	}
	q.Set("access_token", token)
	return c.once(ctx, path, q, body, out)
}

// fetch asks for a token.
func (c client) fetch(ctx context.Context) (token string, life time.Duration, err error) {
	var got struct {
		Token string `json:"access_token"`
		Life  int    `json:"expires_in"`
	}
	err = c.once(ctx, "/cgi-bin/gettoken", url.Values{"corpid": {c.p.Settings["corp_id"]}, "corpsecret": {c.p.Secret}}, nil, &got)
	if err == nil && (got.Token == "" || len(got.Token) > 1024) {
		err = identity.ErrUnreachable
	}
	return got.Token, time.Duration(min(max(got.Life, 0), 7200)) * time.Second, err
}

// once makes one call: a GET, or a POST if there is a body. What is no answer of
// WeCom's is identity.ErrUnreachable.
func (c client) once(ctx context.Context, path string, q url.Values, body, out any) error {
	method, raw := http.MethodGet, []byte(nil)
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, c.p.Settings["api"]+path+"?"+q.Encode(), bytes.NewReader(raw))
	if err != nil {
		return identity.ErrUnreachable // its text holds the address, and with it the secret
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	status, answer, err := c.net.Fetch(ctx, req, most)
	if err != nil {
		return identity.ErrUnreachable // see above
	}
	var head struct {
		Code *int `json:"errcode"`
	}
	if status != http.StatusOK || json.Unmarshal(answer, &head) != nil || head.Code == nil {
		return identity.ErrUnreachable
	}
	if *head.Code != 0 {
		return &apiError{*head.Code}
	}
	if json.Unmarshal(answer, out) != nil {
		return identity.ErrUnreachable
	}
	return nil
}
