package wecom

import (
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org/identity"
	"hetu/tenant"
	"hetu/vault"
)

//go:embed migrations
var files embed.FS

// Feature is what WeCom adds to the system besides a kind of provider: the table of
// its tokens.
func Feature() feature.Feature { return feature.Feature{Name: Name, Migrations: files} }

// Tokens keep the tokens of all units, for all nodes. They are safe for concurrent use.
type Tokens struct {
	db  *tenant.DB
	key vault.Key
}

// NewTokens returns Tokens that lie in the database, sealed with a key.
func NewTokens(db *tenant.DB, key vault.Key) *Tokens { return &Tokens{db, key} }

const (
	early   = 5 * time.Minute       // before a token is over the next is fetched
	turn    = 20 * time.Second      // how long one node has for fetching it
	pause   = 50 * time.Millisecond // between two looks at whether it has come
	patient = 10 * time.Second      // how long somebody waits for it
)

// A kept token as the table has it.
type kept struct {
	Fits    []byte     `db:"fits"`
	Sealed  []byte     `db:"sealed"`
	Expires *time.Time `db:"expires_at"`
}

// token returns a token that is not the bad one. Whoever finds that one has to be
// fetched takes the turn to do so, on whatever node; others go on with the old one
// while it lasts, and else wait.
func (t *Tokens) token(ctx context.Context, c client, bad string) (string, error) {
	ctx = tenant.As(ctx, tenant.Actor{Tenant: c.p.Tenant, Name: "system", Request: tenant.Request(ctx)})
	ctx, done := context.WithTimeout(ctx, patient)
	defer done()
	for {
		token, seen, fresh, err := t.look(ctx, c, bad)
		if err != nil || fresh {
			return token, err
		}
		mine, err := t.take(ctx, c, seen)
		if err != nil {
			return "", err
		}
		if mine {
			return t.renew(ctx, c)
		}
		if token != "" {
			return token, nil
		}
		select {
		case <-ctx.Done():
			return "", identity.ErrUnreachable
		case <-time.After(pause):
		}
	}
}

// look returns the token there is, if it may still be used, when the one that is
// kept is over, and whether it will be good for a while.
func (t *Tokens) look(ctx context.Context, c client, bad string) (token string, seen *time.Time, fresh bool, err error) {
	var k kept
	var now time.Time
	err = t.db.Read(ctx, func(tx *tenant.Tx) error {
		now, k = tx.Now, kept{}
		return tx.Get(ctx, &k, `select fits, sealed, expires_at from wecom_tokens where provider_id = $1`, c.p.ID)
	})
	if errors.Is(err, tenant.ErrNoRows) {
		return "", nil, false, nil
	}
	if err != nil || k.Expires == nil || !k.Expires.After(now) || string(k.Fits) != string(c.fits()) {
		return "", k.Expires, false, err
	}
	plain, err := t.key.Open(k.Sealed, c.about())
	if err != nil || string(plain) == bad {
		return "", k.Expires, false, nil //nolint:nilerr // sealed with another key: it is fetched anew
	}
	return string(plain), k.Expires, k.Expires.After(now.Add(early)), nil
}

// take takes the turn to fetch the next token, unless somebody has it, or has had it
// since the one that was seen was looked at.
func (t *Tokens) take(ctx context.Context, c client, seen *time.Time) (mine bool, err error) {
	err = t.db.Write(ctx, func(tx *tenant.Tx) error {
		n, err := tx.Exec(ctx, `
			insert into wecom_tokens as k (provider_id, fits, renewing_until) values ($1, $2, $3)
			on conflict on constraint wecom_tokens_pkey do update set renewing_until = excluded.renewing_until
			 where (k.renewing_until is null or k.renewing_until <= $4) and k.expires_at is not distinct from $5`,
			c.p.ID, []byte{}, tx.Now.Add(turn), tx.Now, seen)
		mine = n == 1
		return err
	})
	return mine, err
}

// renew fetches a token and gives the turn back, also when there was none to be had.
func (t *Tokens) renew(ctx context.Context, c client) (token string, err error) {
	token, life, failed := c.fetch(ctx)
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), patient)
	defer done()
	var sealed []byte
	if failed == nil {
		if sealed, err = t.key.Seal([]byte(token), c.about()); err != nil {
			return "", err
		}
	}
	err = t.db.Write(ctx, func(tx *tenant.Tx) error {
		if failed != nil {
			_, err := tx.Exec(ctx, `update wecom_tokens set renewing_until = null where provider_id = $1`, c.p.ID)
			return err
		}
		_, err := tx.Exec(ctx, `
			update wecom_tokens set fits = $2, sealed = $3, expires_at = $4, renewing_until = null
			 where provider_id = $1`, c.p.ID, c.fits(), sealed, tx.Now.Add(life))
		return err
	})
	return token, errors.Join(failed, err)
}

// fits is the hash of what a token was had with: another secret wants another token.
func (c client) fits() []byte {
	h := sha256.New()
	for _, s := range []string{c.p.Settings["api"], c.p.Settings["corp_id"], c.p.Settings["agent_id"], c.p.Secret} {
		_, _ = h.Write([]byte(s + "\x00"))
	}
	return h.Sum(nil)
}

func (c client) about() string { return about(c.p.Tenant, c.p.ID) }

func about(of, provider uuid.UUID) string {
	return "wecom_token/" + of.String() + "/" + provider.String()
}
