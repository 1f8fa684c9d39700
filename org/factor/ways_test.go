package factor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"hetu/org"
	"hetu/rbac"
	"hetu/vault"
)

var noon = time.Date(2026, 6, 1, 12, 0, 10, 0, time.UTC)

func desk(site string) *Desk { return Members(Options{Key: vault.Fresh(), Site: site}) }

// A code is good for its half minute and the ones beside it, once, and none
// before it any more (AN-09, R355).
func TestCodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	secret, _, err := newTOTP("李娜")
	if err != nil {
		t.Fatal(err)
	}
	at := func(off time.Duration) string {
		code, err := totp.GenerateCodeCustom(secret, noon.Add(off), codes)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	s := &record{TOTP: &totpKey{Secret: secret}}
	for _, tt := range []struct {
		name, code string
		want       error
	}{
		{"two steps ago", at(-time.Minute), org.ErrSecondWrong},
		{"two steps ahead", at(time.Minute), org.ErrSecondWrong},
		{"letters", "abcdef", org.ErrSecondWrong},
		{"nothing", "", org.ErrSecondWrong},
		{"the last one", at(-30 * time.Second), nil},
		{"this one, with a space", at(0)[:3] + " " + at(0)[3:], nil},
		{"this one again", at(0), org.ErrSecondWrong},
		{"the last one, after it", at(-30 * time.Second), org.ErrSecondWrong},
		{"the next one", at(30 * time.Second), nil},
	} {
		if err := s.checkTOTP(tt.code, noon); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if err := (&record{}).checkTOTP(at(0), noon); !errors.Is(err, org.ErrSecondWrong) {
		t.Errorf("a code of somebody who has no app: %v", err)
	}
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	s := &record{}
	given := s.newRecovery()
	if len(given) != recoveryCodes || len(s.Recovery) != recoveryCodes {
		t.Fatalf("%d codes given, %d kept", len(given), len(s.Recovery))
	}
	for _, kept := range s.Recovery {
		for _, code := range given {
			if kept == code {
				t.Error("a recovery code is kept as it is")
			}
		}
	}
	if len(s.ways()) != 0 {
		t.Errorf("recovery codes alone are the ways %v, want none", s.ways())
	}
	if err := s.checkRecovery("  " + given[4] + " "); err != nil {
		t.Error(err)
	}
	for name, code := range map[string]string{"used": given[4], "made up": "aaaa-aaaa-aaaa-aaaa", "nothing": ""} {
		if err := s.checkRecovery(code); !errors.Is(err, org.ErrSecondWrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
	before := given[0]
	s.newRecovery()
	if err := s.checkRecovery(before); !errors.Is(err, org.ErrSecondWrong) {
		t.Errorf("a code from before they were renewed: %v", err)
	}
}

// A ticket is of one realm and for one thing, over after five minutes, and spent
// after one use.
func TestTicket(t *testing.T) {
	t.Parallel()
	o := Options{Key: vault.Fresh()}
	members, operators, elsewhere := Members(o), Operators(o), desk("")
	tick := ticket{ID: uuid.New(), Until: noon.Add(lives), Claim: org.Claim{Account: uuid.New(), How: "password"}}
	text, err := members.seal(tick, entrance)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := members.Read(text); err != nil || c.Account != tick.Claim.Account {
		t.Errorf("Read = %v %v", c, err)
	}
	enrols, err := members.seal(tick, enrolment)
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() (org.Claim, error){
		"at the operators' door": func() (org.Claim, error) { return operators.Read(text) },
		"under another key":      func() (org.Claim, error) { return elsewhere.Read(text) },
		"one for setting up":     func() (org.Claim, error) { return members.Read(enrols) },
		"bent":                   func() (org.Claim, error) { return members.Read("A" + text[1:]) },
		"not in base64":          func() (org.Claim, error) { return members.Read("…") },
		"nothing":                func() (org.Claim, error) { return members.Read("") },
		"a session token":        func() (org.Claim, error) { return members.Read(org.NewToken()) },
	} {
		if _, err := read(); !errors.Is(err, org.ErrTicket) {
			t.Errorf("%s: %v, want ErrTicket", name, err)
		}
	}
	if tick.over(noon.Add(lives)) || !tick.over(noon.Add(lives+time.Second)) {
		t.Error("a ticket is over after five minutes")
	}
	s := &record{}
	if !s.spend(tick, noon) || s.spend(tick, noon) {
		t.Error("a ticket is spent once")
	}
	if s.spend(ticket{ID: uuid.New(), Until: noon.Add(2 * lives)}, noon.Add(lives+time.Minute)); len(s.Spent) != 1 {
		t.Errorf("%d spent tickets are remembered, want the one that is not over", len(s.Spent))
	}
}

func TestDemands(t *testing.T) {
	t.Parallel()
	o := Options{Admin: []rbac.Permission{"org.manage"}}
	admin, plain, scoped := rbac.Fixed("org.manage"), rbac.Fixed("publish.read"), rbac.FixedOn(uuid.New(), "org.manage")
	for demand, want := range map[Demand][4]bool{"": {}, Off: {}, Admins: {true, false, true, true}, All: {true, true, true, true}} {
		o.Demand = demand
		got := [4]bool{Members(o).Demands(admin), Members(o).Demands(plain), Members(o).Demands(scoped), Operators(o).Demands(nil)}
		if got != want {
			t.Errorf("%q demands it of admin, plain, an administrator of a department, an operator: %v, want %v", demand, got, want)
		}
	}
}

func TestRelyingParty(t *testing.T) {
	t.Parallel()
	for site, want := range map[string][2]string{
		"https://oa.example.cn":      {"oa.example.cn", "https://oa.example.cn"},
		"https://oa.example.cn:8443": {"oa.example.cn", "https://oa.example.cn:8443"},
		"http://127.0.0.1:8080":      {"localhost", "http://localhost:8080"},
		"http://[::1]:8080":          {"localhost", "http://localhost:8080"},
		"http://10.1.2.3:8080":       {},
		"":                           {},
	} {
		name, origin, _ := relying(site)
		if [2]string{name, origin} != want {
			t.Errorf("%s: %s %s, want %v", site, name, origin, want)
		}
	}
}

// A software authenticator, as the browser's is reached through its own API.
type device struct {
	key     *ecdsa.PrivateKey
	id      []byte
	counter uint32
	origin  string
	site    string
}

func newDevice(t *testing.T, origin, site string) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := uuid.New()
	return &device{key: key, id: id[:], origin: origin, site: site}
}

func (d *device) data(flags byte) []byte {
	d.counter++
	party := sha256.Sum256([]byte(d.site))
	return binary.BigEndian.AppendUint32(append(party[:], flags), d.counter)
}

func (d *device) client(t *testing.T, what, challenge string) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{"type": what, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (d *device) answer(t *testing.T, response map[string]any) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// create makes a key pair: CBOR by hand, as there is so little of it.
func (d *device) create(t *testing.T, challenge string) string {
	t.Helper()
	point, err := d.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	cose := append([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 32), point[33:]...)
	data := append(d.data(0x45), make([]byte, 16)...)
	data = append(append(data, 0, byte(len(d.id))), d.id...)
	data = append(data, cose...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	return d.answer(t, map[string]any{"attestationObject": b64(append(object, data...)), "clientDataJSON": b64(d.client(t, "webauthn.create", challenge))})
}

func (d *device) sign(t *testing.T, challenge string) string {
	t.Helper()
	client, data := d.client(t, "webauthn.get", challenge), d.data(0x05)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(data, hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return d.answer(t, map[string]any{"authenticatorData": b64(data[:37]), "clientDataJSON": b64(client), "signature": b64(signature)})
}

func challengeOf(t *testing.T, options json.RawMessage) string {
	t.Helper()
	var o struct{ Challenge string }
	if err := json.Unmarshal(options, &o); err != nil || o.Challenge == "" {
		t.Fatalf("no challenge in %s: %v", options, err)
	}
	return o.Challenge
}

// A passkey signs the challenge of its ticket, at its address, with its key, and
// a counter that goes on.
func TestPasskey(t *testing.T) {
	t.Parallel()
	d := desk("https://oa.example.cn")
	s := &record{holder: uuid.New()}
	key := newDevice(t, "https://oa.example.cn", "oa.example.cn")
	options, remembered, err := d.newPasskey(s, "李娜")
	if err != nil {
		t.Fatal(err)
	}
	making := ticket{Auth: remembered}
	for name, answer := range map[string]string{
		"not JSON":          "x",
		"of another page":   newDevice(t, "https://evil.example.cn", "oa.example.cn").create(t, challengeOf(t, options)),
		"for another name":  newDevice(t, "https://oa.example.cn", "evil.example.cn").create(t, challengeOf(t, options)),
		"another challenge": newDevice(t, "https://oa.example.cn", "oa.example.cn").create(t, b64(make([]byte, 32))),
		"signed, not made":  key.sign(t, challengeOf(t, options)),
	} {
		if err := d.addPasskey(s, making, "x", answer, noon); !errors.Is(err, ErrPasskey) {
			t.Errorf("%s: %v, want ErrPasskey", name, err)
		}
	}
	made := key.create(t, challengeOf(t, options))
	if err := d.addPasskey(s, making, "办公室电脑", made, noon); err != nil {
		t.Fatal(err)
	}
	if err := d.addPasskey(s, making, "再来一次", made, noon); !errors.Is(err, ErrPasskey) || len(s.Passkeys) != 1 {
		t.Errorf("the same passkey again: %v", err)
	}
	ask := func() (string, ticket) {
		options, remembered, err := d.challenge(s)
		if err != nil {
			t.Fatal(err)
		}
		return challengeOf(t, options), ticket{Auth: remembered}
	}
	wanted, entering := ask()
	foreign := newDevice(t, "https://oa.example.cn", "oa.example.cn")
	foreign.id, foreign.counter = key.id, 50
	phish := *key
	phish.origin = "https://0a.example.cn"
	for name, answer := range map[string]string{
		"not JSON":                   "{}",
		"another key under its id":   foreign.sign(t, wanted),
		"at a page that looks alike": phish.sign(t, wanted),
		"an older challenge":         key.sign(t, b64(make([]byte, 32))),
	} {
		if err := d.checkPasskey(s, entering, answer, noon); !errors.Is(err, org.ErrSecondWrong) {
			t.Errorf("%s: %v, want ErrSecondWrong", name, err)
		}
	}
	if err := d.checkPasskey(s, entering, key.sign(t, wanted), noon); err != nil || s.Passkeys[0].Used == nil {
		t.Fatalf("its own: %v", err)
	}
	wanted, entering = ask()
	key.counter = 1
	if err := d.checkPasskey(s, entering, key.sign(t, wanted), noon); !errors.Is(err, org.ErrSecondWrong) {
		t.Errorf("a counter that went back: %v, want ErrSecondWrong", err)
	}
	if _, ok := s.drop(b64([]byte("another"))); ok {
		t.Error("a passkey nobody has was dropped")
	}
	if name, ok := s.drop(b64(key.id)); !ok || name != "办公室电脑" || len(s.ways()) != 0 {
		t.Errorf("dropped %q %v, ways left %v", name, ok, s.ways())
	}
	if desk("http://10.1.2.3").site != nil {
		t.Error("passkeys are offered at a number")
	}
}
