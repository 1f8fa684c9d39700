package identity

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// patience is how long a house may take for one answer.
const patience = 5 * time.Second

// rest is how long a connection is kept for the next question: less than servers
// commonly keep one (five seconds and more). A question that may not be asked
// twice, such as the exchange of a code, must not meet one that is just being
// closed: it would be lost, and with it the sign-in.
const rest = 2 * time.Second

// MaxAnswer is how long an answer of a house may be, in bytes.
const MaxAnswer = 1 << 20

// A Network is how we reach houses. An address that a tenant's administrator has
// named must not be a way into the network the server stands in: the address is
// looked at when the connection is made, after its name was resolved (IN-04).
// Make one with NewNetwork.
type Network struct {
	inside []netip.Prefix
	client *http.Client
}

// NewNetwork returns a network that reaches public addresses and, of those that
// are not public, the ones inside the prefixes. Link-local and multicast
// addresses are never reached.
func NewNetwork(inside []netip.Prefix) *Network {
	n := &Network{inside: inside}
	n.client = n.dialler(nil)
	return n
}

// dialler returns a client that trusts the certificates of these authorities; of
// those the machine trusts if nil.
func (n *Network) dialler(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout: patience,
		Transport: bounded{&http.Transport{
			Proxy: nil, DialContext: n.Dial, ForceAttemptHTTP2: true,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout: patience, ResponseHeaderTimeout: patience, IdleConnTimeout: rest,
			MaxIdleConns: 64, MaxIdleConnsPerHost: 8, MaxConnsPerHost: 32, MaxResponseHeaderBytes: 64 << 10,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Trusting returns a network whose client trusts the authorities of these
// certificates, in PEM, and no others; the network itself if the text is empty.
func (n *Network) Trusting(pem string) (*Network, error) {
	roots, err := Roots(pem)
	if err != nil || roots == nil {
		return n, err
	}
	return &Network{inside: n.inside, client: n.dialler(roots)}, nil
}

// Roots returns the authorities of certificates in PEM; nil if the text is empty.
func Roots(pem string) (*x509.CertPool, error) {
	if strings.TrimSpace(pem) == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(pem)) {
		return nil, errors.New("identity: no certificate in PEM")
	}
	return pool, nil
}

// bounded is a transport whose answers end, with an error, after MaxAnswer bytes.
type bounded struct{ *http.Transport }

// RoundTrip sends a request.
func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := b.Transport.RoundTrip(req)
	if err == nil {
		res.Body = &limited{ReadCloser: res.Body, left: MaxAnswer}
	}
	return res, err
}

type limited struct {
	io.ReadCloser
	left int64
}

var errLong = errors.New("identity: the answer is too long")

// Read reads on, as long as there may be more.
func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLong
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.ReadCloser.Read(p)
	l.left -= int64(n)
	return n, err
}

// Client returns an HTTP client that follows no redirect, gives up after five
// seconds, and reads no answer beyond MaxAnswer.
func (n *Network) Client() *http.Client { return n.client }

// errInside means that an address is not one to be reached.
var errInside = errors.New("identity: not an address that may be reached")

// Dial connects to an address, if it may be reached.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, fmt.Errorf("%w: %s", errInside, network)
	}
	d := net.Dialer{Timeout: patience, Control: func(_, to string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(to)
		if err != nil || !n.reaches(at.Addr()) {
			return fmt.Errorf("%w: %s", errInside, to)
		}
		return nil
	}}
	return d.DialContext(ctx, network, address)
}

// never are addresses that no prefix opens: of the link, where clouds answer with
// the server's own credentials, and of nobody in particular.
var never = prefixes("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "ff00::/8")

// private are addresses that are reached where the installation says so.
var private = prefixes("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
	"192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",
	"2001::/23", "2001:db8::/32", "2002::/16", "fc00::/7", "fec0::/10")

func prefixes(names ...string) (ps []netip.Prefix) {
	for _, name := range names {
		ps = append(ps, netip.MustParsePrefix(name))
	}
	return ps
}

func within(a netip.Addr, ps []netip.Prefix) bool {
	for _, p := range ps {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// reaches reports whether an address may be connected to. An IPv4 address in the
// clothes of an IPv6 one is what it is.
func (n *Network) reaches(a netip.Addr) bool {
	a = a.WithZone("").Unmap()
	switch {
	case !a.IsValid() || within(a, never):
		return false
	case within(a, private):
		return within(a, n.inside)
	}
	return true
}

// Fetch asks for something and returns the status and the body of the answer,
// which is at most the given number of bytes long and never more than MaxAnswer.
// What goes wrong on the way is ErrUnreachable.
func (n *Network) Fetch(ctx context.Context, req *http.Request, most int64) (status int, body []byte, err error) {
	res, err := n.client.Do(req.WithContext(ctx))
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err = Bounded(res.Body, most)
	return res.StatusCode, body, err
}

// Bounded reads all there is, or returns ErrUnreachable if that is more than most
// or more than MaxAnswer.
func Bounded(r io.Reader, most int64) ([]byte, error) {
	most = min(most, MaxAnswer)
	body, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(body)) > most {
		err = errLong
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return body, nil
}

// CheckURL returns the address of a house as it is kept, or ErrAddress. It is
// https; plain http is for addresses that are numbers inside the installation's
// own networks, and for this machine.
func (n *Network) CheckURL(text string) (string, error) {
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" || len(text) > 500:
		return "", ErrAddress
	case u.Scheme == "https":
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && !n.reaches(a) {
			return "", ErrAddress
		}
		return text, nil
	case u.Scheme == "http" && n.plain(u.Hostname()):
		return text, nil
	}
	return "", ErrAddress
}

// plain reports whether a host may be spoken to in the clear.
func (n *Network) plain(host string) bool {
	if host == "localhost" {
		host = "127.0.0.1"
	}
	a, err := netip.ParseAddr(host)
	return err == nil && within(a.WithZone("").Unmap(), n.inside) && n.reaches(a)
}
