package factor

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"hetu/org"
)

// A totpKey is the secret an authenticator app shares with us.
type totpKey struct {
	Secret string    `json:"secret"` // in base32, as the app takes it
	Last   int64     `json:"last"`   // the step of the last code that was taken
	Since  time.Time `json:"since"`
}

const (
	period = 30 // seconds a code lasts
	issuer = "Hetu"
)

var codes = totp.ValidateOpts{Period: period, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// step returns the step of the code, the last one, this one or the next, as
// clocks differ; 0 if it is none of them.
func step(secret, code string, now time.Time) (int64, error) {
	code = strings.Map(digits, code)
	found := int64(0)
	for _, off := range []int64{-1, 0, 1} {
		at := now.Unix()/period + off
		want, err := totp.GenerateCodeCustom(secret, time.Unix(at*period, 0), codes)
		if err != nil {
			return 0, fmt.Errorf("factor: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = at
		}
	}
	return found, nil
}

func digits(r rune) rune {
	if r >= '０' && r <= '９' { // as a Chinese keyboard may write them
		return r - '０' + '0'
	}
	if r >= '0' && r <= '9' {
		return r
	}
	if r == ' ' || r == '-' {
		return -1
	}
	return 'x'
}

// checkTOTP takes a code and no code of the same step or before it again (AN-09).
func (s *record) checkTOTP(code string, now time.Time) error {
	if s.TOTP == nil {
		return org.ErrSecondWrong
	}
	at, err := step(s.TOTP.Secret, code, now)
	if err != nil {
		return err
	}
	if at <= s.TOTP.Last {
		return org.ErrSecondWrong
	}
	s.TOTP.Last = at
	return nil
}

// newTOTP returns a secret, and the address an app reads it from.
func newTOTP(person string) (secret, address string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: person, Period: period, SecretSize: 20, Digits: codes.Digits, Algorithm: codes.Algorithm, Rand: rand.Reader})
	if err != nil {
		return "", "", fmt.Errorf("factor: %w", err)
	}
	u, err := url.Parse(key.URL())
	if err != nil {
		return "", "", fmt.Errorf("factor: %w", err)
	}
	return key.Secret(), u.String(), nil
}

// Recovery codes: ten, each good once, of 79 random bits.
const recoveryCodes = 10

// newRecovery replaces the recovery codes and returns them, as only their hashes
// are kept.
func (s *record) newRecovery() (codes []string) {
	s.Recovery = nil
	for range recoveryCodes {
		code := org.OneTime()
		codes, s.Recovery = append(codes, code), append(s.Recovery, recoveryHash(code))
	}
	return codes
}

func recoveryHash(code string) string {
	code = strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(code))
	return hex.EncodeToString(org.TokenHash("recovery " + code))
}

// checkRecovery uses a recovery code up.
func (s *record) checkRecovery(code string) error {
	i := slices.Index(s.Recovery, recoveryHash(code))
	if i < 0 {
		return org.ErrSecondWrong
	}
	s.Recovery = slices.Delete(s.Recovery, i, i+1)
	return nil
}

// A passkey is a key pair of an authenticator, of which we have the public half.
type passkey struct {
	Name       string              `json:"name"`
	Created    time.Time           `json:"created"`
	Used       *time.Time          `json:"used,omitempty"`
	Credential webauthn.Credential `json:"credential"`
}

func (p passkey) id() string { return base64.RawURLEncoding.EncodeToString(p.Credential.ID) }

// A bearer is a record as the WebAuthn library wants to see a person.
type bearer struct {
	*record
	name string
}

func (b bearer) WebAuthnID() []byte          { id := b.holder; return id[:] }
func (b bearer) WebAuthnName() string        { return b.name }
func (b bearer) WebAuthnDisplayName() string { return b.name }

func (b bearer) WebAuthnCredentials() (all []webauthn.Credential) {
	for _, p := range b.Passkeys {
		all = append(all, p.Credential)
	}
	return all
}

// challenge returns what a passkey is to sign, as JSON for the browser and for
// the ticket.
func (d *Desk) challenge(s *record) (options, remembered json.RawMessage, err error) {
	asked, session, err := d.site.BeginLogin(bearer{s, ""})
	if err != nil {
		return nil, nil, fmt.Errorf("factor: %w", err)
	}
	return both(asked.Response, session)
}

func both(options, session any) (a, b json.RawMessage, err error) {
	if a, err = json.Marshal(options); err != nil {
		return nil, nil, fmt.Errorf("factor: %w", err)
	}
	if b, err = json.Marshal(session); err != nil {
		return nil, nil, fmt.Errorf("factor: %w", err)
	}
	return a, b, nil
}

// checkPasskey checks what an authenticator has signed. One whose counter went
// back may have been copied: it is refused.
func (d *Desk) checkPasskey(s *record, t ticket, answer string, now time.Time) error {
	var session webauthn.SessionData
	if d.site == nil || len(t.Auth) == 0 || json.Unmarshal(t.Auth, &session) != nil {
		return org.ErrSecondWrong
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return org.ErrSecondWrong
	}
	used, err := d.site.ValidateLogin(bearer{s, ""}, session, parsed)
	if err != nil || used.Authenticator.CloneWarning {
		return org.ErrSecondWrong
	}
	for i, p := range s.Passkeys {
		if bytes.Equal(p.Credential.ID, used.ID) {
			s.Passkeys[i].Credential, s.Passkeys[i].Used = *used, &now
			return nil
		}
	}
	return org.ErrSecondWrong
}

// maxPasskeys is how many one person may have.
const maxPasskeys = 10

// newPasskey returns what a new passkey is to be made by.
func (d *Desk) newPasskey(s *record, person string) (options, remembered json.RawMessage, err error) {
	var has []protocol.CredentialDescriptor
	for _, p := range s.Passkeys {
		has = append(has, p.Credential.Descriptor())
	}
	asked, session, err := d.site.BeginRegistration(bearer{s, person}, webauthn.WithExclusions(has))
	if err != nil {
		return nil, nil, fmt.Errorf("factor: %w", err)
	}
	return both(asked.Response, session)
}

// addPasskey takes a new passkey.
func (d *Desk) addPasskey(s *record, t ticket, name, answer string, now time.Time) error {
	var session webauthn.SessionData
	if d.site == nil || len(t.Auth) == 0 || json.Unmarshal(t.Auth, &session) != nil {
		return ErrPasskey
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return ErrPasskey
	}
	made, err := d.site.CreateCredential(bearer{s, ""}, session, parsed)
	if err != nil {
		return ErrPasskey
	}
	if slices.ContainsFunc(s.Passkeys, func(p passkey) bool { return bytes.Equal(p.Credential.ID, made.ID) }) {
		return ErrPasskey
	}
	made.Attestation = webauthn.CredentialAttestation{} // we asked for none and ask nobody about it
	s.Passkeys = append(s.Passkeys, passkey{Name: name, Created: now, Credential: *made})
	return nil
}

// drop removes the passkey with an id.
func (s *record) drop(id string) (name string, ok bool) {
	i := slices.IndexFunc(s.Passkeys, func(p passkey) bool { return p.id() == id })
	if i < 0 {
		return "", false
	}
	name = s.Passkeys[i].Name
	s.Passkeys = slices.Delete(s.Passkeys, i, i+1)
	return name, true
}
