package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// wayCookie is where a browser keeps the way it is on: sealed, so that nothing of
// it can be read or made up, and never sent by another site's form.
const wayCookie = "__Host-hetu-way"

// away is how long somebody may stay at a house before they come back.
const away = 10 * time.Minute

// A voyage is the way of one browser to a house and back: of this tenant, to this
// provider, to come in or to link what is recognised to a member.
type voyage struct {
	ID       uuid.UUID `json:"i"`
	Tenant   uuid.UUID `json:"t"`
	Provider uuid.UUID `json:"p"`
	Flow     Flow      `json:"f"`
	Until    time.Time `json:"u"`
	Member   uuid.UUID `json:"m,omitzero"` // who links; the nil id: somebody wants in
	Session  uuid.UUID `json:"s,omitzero"` // and in which session
}

const sealedFor = "identity/voyage"

func secret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// depart begins a voyage to a provider and returns where the browser goes.
func (h *House) depart(ctx context.Context, deps feature.Deps, cl *feature.Client, p Provider, who tenant.Actor) (string, error) {
	kind, ok := h.kinds[p.Kind].(Redirecting)
	if !ok {
		return "", ErrNotThatForm
	}
	v := voyage{ID: tenant.NewID(), Tenant: p.Tenant, Provider: p.ID, Member: who.Member, Session: who.Session,
		Flow: Flow{State: secret(), Nonce: secret(), Verifier: secret(), RedirectURI: h.returnTo(cl.Host), Agent: clip(cl.UserAgent, 300)}}
	err := deps.DB.Read(ctx, func(tx *tenant.Tx) error {
		v.Until = tx.Now.Add(away)
		return nil
	})
	if err != nil {
		return "", err
	}
	to, err := kind.Begin(ctx, p, v.Flow)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sealed, err := h.Key.Seal(body, sealedFor)
	if err != nil {
		return "", err
	}
	cl.SetSession(wayCookie, base64.RawURLEncoding.EncodeToString(sealed))
	return to, nil
}

// returnTo is exactly where browsers come back to that know us by a name.
func (h *House) returnTo(host string) string {
	u, err := url.Parse(h.Site)
	if err != nil {
		return ""
	}
	if host != "" && host != u.Hostname() {
		if port := u.Port(); port != "" {
			host = net.JoinHostPort(host, port)
		}
		u.Host = host
	}
	return u.Scheme + "://" + u.Host + "/sign-in/return"
}

// back is what a browser brings back from a house.
type back struct {
	State string `json:"state" minLength:"1" maxLength:"128"`
	Code  string `json:"code,omitempty" maxLength:"2048"`
	Iss   string `json:"iss,omitempty" maxLength:"500"`
	Error string `json:"error,omitempty" maxLength:"100"` // what the house says instead of a code
}

// arrive returns the voyage that a browser is on, which it uses up whatever comes
// of it: ErrBegin if it is on none, or on another. The voyage is returned besides
// if it was ours, so that whoever tries something is known by their tenant.
func (h *House) arrive(ctx context.Context, deps feature.Deps, cl *feature.Client, in back) (v voyage, ours bool, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(cl.Cookie(wayCookie))
	if err != nil || len(sealed) == 0 {
		return v, false, ErrBegin
	}
	cl.SetSession(wayCookie, "")
	body, err := h.Key.Open(sealed, sealedFor)
	if err != nil || json.Unmarshal(body, &v) != nil {
		return voyage{}, false, ErrBegin
	}
	at := tenant.As(ctx, tenant.Actor{Tenant: v.Tenant, IP: cl.IP, Request: tenant.Request(ctx)})
	err = deps.DB.Write(at, func(tx *tenant.Tx) error {
		n, err := tx.Exec(at, `insert into identity_spent (id, at) values ($1, $2) on conflict on constraint identity_spent_pkey do nothing`, v.ID, tx.Now)
		if err != nil {
			return err
		}
		if n == 0 {
			return errSpent
		}
		if tx.Now.After(v.Until) {
			return errLate
		}
		_, err = tx.Exec(at, `delete from identity_spent where at < $1`, tx.Now.Add(-2*away))
		return err
	})
	switch {
	case err != nil:
		return v, true, err
	case subtle.ConstantTimeCompare([]byte(v.Flow.State), []byte(in.State)) != 1:
		return v, true, errState
	}
	return v, true, nil
}

// Why a browser has to begin again, as the audit keeps it.
var (
	errSpent = errors.Join(ErrBegin, Refuse("used_before"))
	errLate  = errors.Join(ErrBegin, Refuse("too_late"))
	errState = errors.Join(ErrBegin, Refuse("state"))
	errOther = errors.Join(ErrBegin, Refuse("other_purpose"))
)
