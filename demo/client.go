package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
)

// A visit is one person at a browser: everything they do goes through the
// product's own interface, with a session, a CSRF token and idempotency keys.
// A visit serves one goroutine at a time.
type visit struct {
	site                    *site
	tenant, login, password string // no tenant: an operator
	cookie, csrf            string
	me                      me
}

// me is what a person learns of themself when they sign in.
type me struct {
	Account struct {
		ID uuid.UUID `json:"id"`
	} `json:"account"`
	Member struct {
		ID   uuid.UUID `json:"id"`
		Name string    `json:"name"`
	} `json:"member"`
	Tenant struct {
		ID uuid.UUID `json:"id"`
	} `json:"tenant"`
	CSRF string `json:"csrf"`
}

// A site is a server to visit.
type site struct {
	base string // http://127.0.0.1:port
	http *http.Client
}

func newSite(base string) *site {
	return &site{base, &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
}

// A problem is what the server answers when it refuses.
type problem struct {
	feature.Problem
	call string
}

func (p *problem) Error() string {
	b, err := json.Marshal(p.Meta)
	if err != nil {
		b = []byte(err.Error())
	}
	return fmt.Sprintf("%s: %d %s %s %s", p.call, p.Status, p.Code, p.Field, b)
}

// do sends in and reads the answer into out; either may be nil. Whoever is not
// signed in yet does so first.
func (v *visit) do(ctx context.Context, method, path string, in, out any) error {
	if v.csrf == "" {
		if err := v.signIn(ctx); err != nil {
			return err
		}
	}
	return v.send(ctx, method, path, in, out)
}

func (v *visit) get(ctx context.Context, path string, out any) error {
	return v.do(ctx, http.MethodGet, path, nil, out)
}

func (v *visit) post(ctx context.Context, path string, in, out any) error {
	return v.do(ctx, http.MethodPost, path, in, out)
}

func (v *visit) signIn(ctx context.Context) error {
	in := map[string]string{"login": v.login, "password": v.password}
	path := "/console/sign-in"
	if v.tenant != "" {
		in["tenant"], path = v.tenant, "/org/sign-in"
	}
	return v.enter(ctx, path, in)
}

// enter begins a session: by signing in, or by a one-time link.
func (v *visit) enter(ctx context.Context, path string, in any) error {
	if err := v.send(ctx, http.MethodPost, path, in, &v.me); err != nil {
		return err
	}
	v.csrf = v.me.CSRF
	return nil
}

// send is one request. The server may be busy: then it is sent again, which
// under the same key cannot take effect twice.
func (v *visit) send(ctx context.Context, method, path string, in, out any) (err error) {
	body := []byte("{}")
	if raw, ok := in.([]byte); ok {
		body = raw
	} else if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	key := uuid.NewString()
	for tries := 1; ; tries++ {
		err = v.once(ctx, method, path, key, body, out)
		var p *problem
		busy := errors.As(err, &p) && (p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests)
		if !busy || tries == 6 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(tries) * 200 * time.Millisecond):
		}
	}
}

func (v *visit) once(ctx context.Context, method, path, key string, body []byte, out any) error {
	res, err := v.exchange(ctx, method, path, key, body)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	for _, c := range res.Cookies() {
		if c.Name == feature.SessionCookie || c.Name == feature.OperatorCookie {
			v.cookie = c.Name + "=" + c.Value
		}
	}
	if res.StatusCode != http.StatusOK {
		p := &problem{call: v.login + ": " + method + " " + path}
		if err := json.Unmarshal(answer, &p.Problem); err != nil {
			p.Status = res.StatusCode
		}
		return p
	}
	if raw, ok := out.(*[]byte); ok {
		*raw = answer
		return nil
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

func (v *visit) exchange(ctx context.Context, method, path, key string, body []byte) (*http.Response, error) {
	var r io.Reader
	if method != http.MethodGet {
		r = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, v.site.base+"/api"+path, r)
	if err != nil {
		return nil, err
	}
	if method != http.MethodGet {
		req.Header.Set("Idempotency-Key", key)
		req.Header.Set("Content-Type", "application/json")
		if strings.HasPrefix(path, "/attachment/uploads/") {
			req.Header.Set("Content-Type", "application/octet-stream")
		}
		req.Header.Set("X-CSRF-Token", v.csrf)
	}
	if v.cookie != "" {
		req.Header.Set("Cookie", v.cookie)
	}
	req.Header.Set("User-Agent", "Hetu demo")
	return v.site.http.Do(req)
}
