package identitytest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// An Entry is somebody in a directory.
type Entry struct {
	DN, Password string
	Attributes   map[string]string
}

// A Directory is an LDAP server on a port of this machine. Like many it takes a
// bind without a password for no wish to prove anything, and says yes.
type Directory struct {
	Address string
	Roots   string // the certificate of its TLS, in PEM
	Entries []Entry
	Refer   string // if it is set, every search is sent elsewhere

	cert tls.Certificate
	mu   sync.Mutex
	said []string // what it was asked, in order
}

// NewDirectory starts a directory that ends with the test. With encrypted it
// speaks TLS from the first byte; else on request.
func NewDirectory(t testing.TB, encrypted bool, entries ...Entry) *Directory {
	t.Helper()
	d := &Directory{Entries: entries}
	d.certify(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if encrypted {
		ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{d.cert}, MinVersion: tls.VersionTLS12})
	}
	t.Cleanup(func() { _ = ln.Close() })
	d.Address = ln.Addr().String()
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go d.serve(c)
		}
	}()
	return d
}

func (d *Directory) certify(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	like := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, like, like, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	d.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	d.Roots = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// Said returns what the directory was asked, like "bind cn=x" and "search
// (uid=x)".
func (d *Directory) Said() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.said...)
}

func (d *Directory) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.said = append(d.said, what)
}

func (d *Directory) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	bound := false
	for {
		p, err := ber.ReadPacket(in)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id, _ := p.Children[0].Value.(int64)
		op := p.Children[1]
		switch op.Tag {
		case ldap.ApplicationBindRequest:
			bound = d.bind(c, id, op)
		case ldap.ApplicationSearchRequest:
			d.search(c, id, op, bound)
		case ldap.ApplicationExtendedRequest: // StartTLS is all there is
			d.note("starttls")
			answer(c, id, ldap.ApplicationExtendedResponse, ldap.LDAPResultSuccess)
			inside := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{d.cert}, MinVersion: tls.VersionTLS12})
			c, in = inside, bufio.NewReader(inside)
		default:
			return
		}
	}
}

func (d *Directory) bind(c net.Conn, id int64, op *ber.Packet) bool {
	dn, _ := op.Children[1].Value.(string)
	password := op.Children[2].Data.String()
	d.note("bind " + dn)
	result := uint16(ldap.LDAPResultInvalidCredentials)
	for _, e := range d.Entries {
		if strings.EqualFold(e.DN, dn) && (password == "" || password == e.Password) {
			result = ldap.LDAPResultSuccess
		}
	}
	answer(c, id, ldap.ApplicationBindResponse, result)
	return result == ldap.LDAPResultSuccess
}

func (d *Directory) search(c net.Conn, id int64, op *ber.Packet, bound bool) {
	base, _ := op.Children[0].Value.(string)
	scope, _ := op.Children[1].Value.(int64)
	most, _ := op.Children[3].Value.(int64)
	filter, err := ldap.DecompileFilter(op.Children[6])
	d.note("search " + filter)
	if d.Refer != "" {
		answer(c, id, ldap.ApplicationSearchResultDone, ldap.LDAPResultReferral, d.Refer)
		return
	}
	if err != nil || !bound {
		answer(c, id, ldap.ApplicationSearchResultDone, ldap.LDAPResultInsufficientAccessRights)
		return
	}
	result, n := uint16(ldap.LDAPResultSuccess), int64(0)
	for _, e := range d.Entries {
		dn, base := strings.ToLower(e.DN), strings.ToLower(base)
		if scope == 0 && dn != base || !strings.HasSuffix(dn, base) || !matches(e, op.Children[6]) {
			continue
		}
		if n++; most > 0 && n > most {
			result = ldap.LDAPResultSizeLimitExceeded
			break
		}
		entry(c, id, e)
	}
	answer(c, id, ldap.ApplicationSearchResultDone, result)
}

// matches reports whether an entry is one that a filter is for.
func matches(e Entry, f *ber.Packet) bool {
	value := func(name string) (string, bool) {
		for k, v := range e.Attributes {
			if strings.EqualFold(k, name) {
				return v, true
			}
		}
		return "", strings.EqualFold(name, "objectClass")
	}
	switch f.Tag {
	case ldap.FilterAnd:
		for _, c := range f.Children {
			if !matches(e, c) {
				return false
			}
		}
		return true
	case ldap.FilterOr:
		for _, c := range f.Children {
			if matches(e, c) {
				return true
			}
		}
		return false
	case ldap.FilterNot:
		return !matches(e, f.Children[0])
	case ldap.FilterPresent:
		_, there := value(f.Data.String())
		return there
	case ldap.FilterEqualityMatch:
		name := f.Children[0].Data.String()
		got, there := value(name)
		return there && (strings.EqualFold(name, "objectClass") || strings.EqualFold(got, f.Children[1].Data.String()))
	}
	got, there := value(f.Children[0].Data.String()) // with a star: its beginning is enough here
	first := f.Children[1].Children[0].Data.String()
	return there && strings.Contains(strings.ToLower(got), strings.ToLower(first))
}

func envelope(id int64) *ber.Packet {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "message")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, "id"))
	return p
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "octets")
}

func answer(c net.Conn, id int64, tag ber.Tag, result uint16, referral ...string) {
	p := envelope(id)
	r := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "result")
	r.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(result), "code"))
	r.AppendChild(octets(""))
	r.AppendChild(octets(""))
	if len(referral) > 0 {
		refs := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "referral")
		for _, to := range referral {
			refs.AppendChild(octets(to))
		}
		r.AppendChild(refs)
	}
	p.AppendChild(r)
	_, _ = c.Write(p.Bytes())
}

func entry(c net.Conn, id int64, e Entry) {
	p := envelope(id)
	r := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "entry")
	r.AppendChild(octets(e.DN))
	all := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "attributes")
	for name, v := range e.Attributes {
		one := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "attribute")
		one.AppendChild(octets(name))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "values")
		set.AppendChild(octets(v))
		one.AppendChild(set)
		all.AppendChild(one)
	}
	r.AppendChild(all)
	p.AppendChild(r)
	_, _ = c.Write(p.Bytes())
}
