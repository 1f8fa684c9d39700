package identity

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// TestIN04Addresses: which addresses are reached, whatever they are dressed as.
func TestIN04Addresses(t *testing.T) {
	t.Parallel()
	bureau := NewNetwork(prefixes("10.20.0.0/16", "127.0.0.0/8", "::1/128", "169.254.0.0/16"))
	public := NewNetwork(nil)
	for address, want := range map[string]struct{ public, bureau bool }{
		"8.8.8.8": {true, true}, "2400:3200::1": {true, true},
		"127.0.0.1": {false, true}, "::1": {false, true}, "::ffff:127.0.0.1": {false, true}, "0.0.0.0": {}, "::": {},
		"169.254.169.254": {}, "::ffff:169.254.169.254": {}, "fe80::1": {},
		"10.20.3.4": {false, true}, "10.21.3.4": {}, "172.16.0.1": {}, "192.168.1.1": {}, "100.64.0.1": {}, "fd00::1": {},
		"224.0.0.1": {}, "255.255.255.255": {}, "64:ff9b::7f00:1": {}, "2002:7f00:1::": {},
	} {
		a := netip.MustParseAddr(address)
		if got := public.reaches(a); got != want.public {
			t.Errorf("%s from a public server: %v", address, got)
		}
		if got := bureau.reaches(a); got != want.bureau {
			t.Errorf("%s from a bureau's: %v", address, got)
		}
	}
}

// TestIN04Connect: the address is looked at when the connection is made, so that
// a name that resolves to the inside, now or a moment later, opens nothing.
func TestIN04Connect(t *testing.T) {
	t.Parallel()
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer srv.Close()
	port := srv.URL[strings.LastIndex(srv.URL, ":"):]
	n := NewNetwork(prefixes("10.20.0.0/16"))
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0177.0.0.1", "0x7f.0.0.1", "127.1"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+port+"/", nil)
		if err != nil {
			continue
		}
		if _, _, err := n.Fetch(t.Context(), req, 100); !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s = %v", host, err)
		}
	}
	for _, address := range []string{"file:///etc/passwd", "gopher://127.0.0.1/"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := n.Fetch(t.Context(), req, 100); !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s = %v", address, err)
		}
	}
	if _, err := n.Dial(t.Context(), "unix", "/tmp/socket"); !errors.Is(err, errInside) {
		t.Errorf("a socket of this machine = %v", err)
	}
	if asked != 0 {
		t.Errorf("the server inside was asked %d times", asked)
	}
}

// TestIN04Answers: no redirect is followed, and no answer read without end.
func TestIN04Answers(t *testing.T) {
	t.Parallel()
	inside := 0
	mux := http.NewServeMux()
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/inside", http.StatusFound) })
	mux.HandleFunc("/inside", func(http.ResponseWriter, *http.Request) { inside++ })
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, io.LimitReader(endless{}, 10<<30)) })
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "ok") })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	n := NewNetwork(prefixes("127.0.0.0/8"))
	fetch := func(path string, most int64) (int, string, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		status, body, err := n.Fetch(t.Context(), req, most)
		return status, string(body), err
	}
	if status, _, err := fetch("/moved", 100); err != nil || status != 302 || inside != 0 {
		t.Errorf("a redirect = %d, %v, followed %d times", status, err, inside)
	}
	if _, body, err := fetch("/long", 1<<40); !errors.Is(err, ErrUnreachable) || len(body) > 0 {
		t.Errorf("10 GiB = %d bytes, %v", len(body), err)
	}
	res, err := n.Client().Get(srv.URL + "/long")
	if err != nil {
		t.Fatal(err)
	}
	read, err := io.Copy(io.Discard, res.Body)
	if err == nil || read > MaxAnswer {
		t.Errorf("a reader without a bound of its own got %d bytes, %v", read, err)
	}
	_ = res.Body.Close()
	if status, body, err := fetch("/short", 2); err != nil || status != 200 || body != "ok" {
		t.Errorf("an answer = %d %q %v", status, body, err)
	}
}

type endless struct{}

// Read fills p.
func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestCheckURL: what may be entered as the address of a house.
func TestCheckURL(t *testing.T) {
	t.Parallel()
	n := NewNetwork(prefixes("10.20.0.0/16", "127.0.0.0/8"))
	for address, ok := range map[string]bool{
		"https://login.example.cn": true, "https://login.example.cn/realms/a": true, "http://10.20.1.2:8080/realms/a": true, "http://localhost:9000": true,
		"http://127.0.0.1:9000": true, "https://10.20.1.2": true,
		"http://login.example.cn": false, "http://10.21.1.2": false, "https://10.21.1.2": false, "http://169.254.169.254": false, "https://169.254.169.254": false,
		"file:///etc/passwd": false, "javascript:alert(1)": false, "https://user:word@login.example.cn": false, "https://login.example.cn/#x": false,
		"": false, "login.example.cn": false, "https://": false, "https://:443": false, "ftp://10.20.1.2": false,
	} {
		if _, err := n.CheckURL(address); (err == nil) != ok {
			t.Errorf("%q = %v", address, err)
		}
	}
}

// TestSecretsDoNotShow: a provider that is printed keeps its secret.
func TestSecretsDoNotShow(t *testing.T) {
	t.Parallel()
	p := Provider{Kind: "oidc", Name: "统一认证", Secret: "word-of-honour"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, p); strings.Contains(text, "honour") {
			t.Errorf("%s shows %s", format, text)
		}
	}
	if strings.Contains(p.LogValue().String(), "honour") {
		t.Error("a log shows it")
	}
}
