// Package identitytest has stand-ins for the houses that recognise people: a
// provider of OpenID Connect and a directory. They hold to their standards where
// it matters, and can be told to lie.
package identitytest

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Claims are what an ID token says.
type Claims = map[string]any

// An Issuer is a provider of OpenID Connect on a port of this machine.
type Issuer struct {
	URL, Client, Secret string
	Redirect            string // the one address people are sent back to

	// Lie, if it is set, changes the claims and says how the token is signed: one of
	// "RS256", "none", "HS256" (with the public key as the secret), "other" (a key
	// that is not published).
	Lie func(Claims) (sign string)
	// Named says who it is when it sends somebody back (RFC 9207).
	Named bool
	// Endpoints, if it is set, replaces what it says of itself.
	Endpoints func(said map[string]any)

	mu    sync.Mutex
	codes map[string]grant
	key   *rsa.PrivateKey
	asked int
}

type grant struct {
	redirect, challenge, nonce, subject string
	claims                              Claims
}

// oneKey is the key of every issuer: they are told apart by their names, and must
// be.
var oneKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// NewIssuer starts an issuer that ends with the test.
func NewIssuer(t testing.TB, redirect string) *Issuer {
	t.Helper()
	key, err := oneKey()
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{Client: "hetu", Secret: "stand-in-secret", Redirect: redirect, codes: map[string]grant{}, key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /keys", i.keys)
	mux.HandleFunc("POST /token", i.token)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	i.URL = srv.URL
	return i
}

// Asked returns how often its description was asked for.
func (i *Issuer) Asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	i.asked++
	i.mu.Unlock()
	said := map[string]any{"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}}
	if i.Named {
		said["authorization_response_iss_parameter_supported"] = true
	}
	if i.Endpoints != nil {
		i.Endpoints(said)
	}
	write(w, http.StatusOK, said)
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig",
		"n": b64(i.key.N.Bytes()), "e": b64(big.NewInt(int64(i.key.E)).Bytes())}}})
}

// Recognise is what happens in a browser that was sent to an address of the
// issuer's: somebody is recognised there and sent back. It returns what the
// browser brings back. The test fails if the address asks for something that the
// issuer would not do.
func (i *Issuer) Recognise(t testing.TB, address, subject string, claims Claims) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	switch {
	case u.Scheme+"://"+u.Host+u.Path != i.URL+"/authorize", q.Get("client_id") != i.Client, q.Get("response_type") != "code":
		t.Fatalf("the browser is sent to %s", address)
	case q.Get("redirect_uri") != i.Redirect:
		t.Fatalf("it would come back to %q, and not to %q", q.Get("redirect_uri"), i.Redirect)
	case q.Get("code_challenge_method") != "S256", q.Get("code_challenge") == "", q.Get("nonce") == "", q.Get("state") == "":
		t.Fatalf("without PKCE, nonce or state: %s", address)
	}
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = grant{q.Get("redirect_uri"), q.Get("code_challenge"), q.Get("nonce"), subject, claims}
	i.mu.Unlock()
	back := url.Values{"state": {q.Get("state")}, "code": {code}}
	if i.Named {
		back.Set("iss", i.URL)
	}
	return back
}

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	i.mu.Lock()
	g, ok := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	i.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch {
	case id != i.Client || subtle.ConstantTimeCompare([]byte(secret), []byte(i.Secret)) != 1:
		write(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
	case !ok || r.PostFormValue("redirect_uri") != g.redirect || b64(sum[:]) != g.challenge:
		write(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
	default:
		write(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 60, "id_token": i.idToken(g)})
	}
}

func (i *Issuer) idToken(g grant) string {
	now := time.Now().Unix()
	c := Claims{"iss": i.URL, "aud": i.Client, "sub": g.subject, "nonce": g.nonce, "iat": now, "exp": now + 300}
	maps.Copy(c, g.claims)
	sign := "RS256"
	if i.Lie != nil {
		sign = i.Lie(c)
	}
	alg := sign
	if sign == "other" {
		alg = "RS256"
	}
	text := b64(asJSON(map[string]string{"alg": alg, "kid": "one", "typ": "JWT"})) + "." + b64(asJSON(c))
	return text + "." + b64(i.signature(sign, text))
}

func (i *Issuer) signature(how, text string) []byte {
	sum, key := sha256.Sum256([]byte(text)), i.key
	switch how {
	case "none":
		return nil
	case "HS256":
		mac := hmac.New(sha256.New, i.key.N.Bytes())
		_, _ = mac.Write([]byte(text))
		return mac.Sum(nil)
	case "other":
		key, _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	s, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(fmt.Sprintf("identitytest: %v", err))
	}
	return s
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(asJSON(v))
}

func asJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("identitytest: %v", err))
	}
	return b
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
