package assess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"hetu/fault"
	"hetu/feature"
	"hetu/progress"
	"hetu/storage"
	"hetu/tenant"
)

const freezeWork = "assess.freeze"

// Retained is how many years the package of a frozen round is kept in the
// object store, where nobody can delete it before.
const Retained = 10

// What can go wrong with freezing.
var (
	ErrNotClosed = fault.New(fault.Conflict, "assess.round_not_closed")
	ErrFrozen    = fault.New(fault.Conflict, "assess.round_frozen")
	ErrNotFrozen = fault.New(fault.NotFound, "assess.round_not_frozen")
)

// A Freeze says what became of a round for good.
type Freeze struct {
	RoundID     uuid.UUID  `db:"round_id" json:"round_id"`
	Digest      string     `db:"digest" json:"digest"` // SHA-256 of the result
	SHA256      string     `db:"sha256" json:"sha256"` // of the package
	Size        int64      `db:"size" json:"size"`     // of the package, in bytes
	Deeds       int        `db:"deeds" json:"deeds"`
	RetainUntil time.Time  `db:"retain_until" json:"retain_until"`
	RetainedAt  *time.Time `db:"retained_at" json:"retained_at"` // null for the moment until the store has been told
	ByName      string     `db:"by_name" json:"by_name"`
	At          time.Time  `db:"at" json:"at"`
}

type frozen struct {
	Freeze
	Key     string `db:"package_key"`
	Version string `db:"package_version"`
}

func (f frozen) object(of uuid.UUID) (o storage.Object, err error) {
	o.SHA256, err = storage.ParseDigest(f.SHA256)
	o.Ref, o.Size, o.Type = storage.Ref{Tenant: of, Key: f.Key, Version: f.Version}, f.Size, "application/zip"
	return o, err
}

func findFreeze(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (f frozen, err error) {
	err = tx.Get(ctx, &f, `
		select round_id, digest, sha256, size, deeds, retain_until, retained_at, by_name, at, package_key, package_version
		  from assess_freezes where round_id = $1`, round)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNotFrozen
	}
	return f, err
}

// freezeOf returns the freeze of a round.
func freezeOf(ctx context.Context, tx *tenant.Tx, q ref) (Freeze, error) {
	if _, err := findRound(ctx, tx, q.ID); err != nil {
		return Freeze{}, err
	}
	f, err := findFreeze(ctx, tx, q.ID)
	return f.Freeze, err
}

// freeze has a closed round frozen.
func (l long) freeze(ctx context.Context, tx *tenant.Tx, q ref) (s Started, err error) {
	r, err := findRound(ctx, tx, q.ID)
	switch {
	case err != nil:
		return s, err
	case r.State != "closed":
		return s, ErrNotClosed
	}
	f, err := findFreeze(ctx, tx, r.ID)
	switch {
	case err == nil && f.RetainedAt != nil:
		return s, ErrFrozen
	case err != nil && !errors.Is(err, ErrNotFrozen):
		return s, err
	}
	return l.start(ctx, tx, r, progress.Order{Kind: freezeWork, Alone: true})
}

// content sends the package of a frozen round.
func (l long) content(ctx context.Context, tx *tenant.Tx, q ref) (c feature.Content, err error) {
	r, err := findRound(ctx, tx, q.ID)
	if err != nil {
		return c, err
	}
	f, err := findFreeze(ctx, tx, q.ID)
	if err != nil {
		return c, err
	}
	o, err := f.object(tx.Actor.Tenant)
	return feature.Content{
		Size: o.Size, Headers: storage.Headers(o, r.Name+" 固化包.zip"),
		Open: func(ctx context.Context) (io.ReadCloser, error) { return l.store.Open(ctx, o.Ref, o.Want()) },
	}, err
}

// doFreeze makes the package, freezes the round with it, and has the store keep
// it. What was done before the work was interrupted is not done again.
func (l long) doFreeze(ctx context.Context, db *tenant.DB, t *progress.Task) error {
	var o order
	if err := t.Args(&o); err != nil {
		return err
	}
	step := func(done int) error { return t.Step(ctx, db, done, 4) }
	if err := step(0); err != nil {
		return err
	}
	f, err := l.frozen(ctx, db, o, signs{step, func() error { return t.Beat(ctx, db) }})
	if err != nil {
		return err
	}
	a, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	object, err := f.object(a.Tenant)
	if err != nil {
		return err
	}
	if err := l.store.SetRetention(ctx, object.Ref, f.RetainUntil); err != nil {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		if _, err := tx.Exec(ctx, `update assess_freezes set retained_at = $2 where round_id = $1 and retained_at is null`, o.Round, tx.Now); err != nil {
			return err
		}
		return t.Done(ctx, tx, "/assess/rounds/"+o.Round.String(),
			progress.Facts{"deeds": strconv.Itoa(f.Deeds), "digest": f.Digest, "sha256": f.SHA256})
	})
}

// signs are those of life that freezing gives: how many of its parts are done,
// and, all along, that it is at one.
type signs struct {
	step func(done int) error
	beat func() error
}

// A beating gives a sign of life for whatever is read or written through it.
type beating struct {
	io.ReadWriter
	beat func() error
}

func (b beating) Read(p []byte) (int, error) {
	if err := b.beat(); err != nil {
		return 0, err
	}
	return b.ReadWriter.Read(p)
}

func (b beating) Write(p []byte) (int, error) {
	if err := b.beat(); err != nil {
		return 0, err
	}
	return b.ReadWriter.Write(p)
}

// frozen returns the freeze of the round, and makes it if there is none.
func (l long) frozen(ctx context.Context, db *tenant.DB, o order, say signs) (f frozen, err error) {
	err = db.Read(ctx, func(tx *tenant.Tx) (err error) { f, err = findFreeze(ctx, tx, o.Round); return err })
	if !errors.Is(err, ErrNotFrozen) {
		return f, err
	}
	file, err := os.CreateTemp("", "hetu-freeze-*")
	if err != nil {
		return f, err
	}
	defer func() { _, _ = file.Close(), os.Remove(file.Name()) }()
	lively := beating{file, say.beat}
	m, err := l.packRound(ctx, db, lively, o, say)
	if err != nil {
		return f, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return f, err
	}
	a, err := tenant.From(ctx)
	if err != nil {
		return f, err
	}
	object, err := l.store.Put(ctx, a.Tenant, lively, storage.PutOptions{Size: -1, Type: "application/zip"})
	if err != nil {
		return f, err
	}
	if err := say.step(3); err != nil {
		return f, err
	}
	err = db.Write(ctx, func(tx *tenant.Tx) (err error) { f, err = setFrozen(ctx, tx, o, m, object); return err })
	if err != nil && !errors.Is(err, tenant.ErrUnsure) { // else it may be the round's package
		err = errors.Join(err, l.store.Delete(context.WithoutCancel(ctx), object.Ref))
	}
	return f, err
}

// packRound writes the package of a closed round to w. It must come out as it
// was published.
func (l long) packRound(ctx context.Context, db *tenant.DB, w io.Writer, o order, say signs) (m Manifest, err error) {
	var r Round
	var g Given
	b := book{file: excelize.NewFile()}
	also := along{book: func(w io.Writer) error { return b.file.Write(w) }}
	defer func() { _ = b.file.Close() }() // only temporary files
	err = db.Read(ctx, func(tx *tenant.Tx) (err error) {
		if r, err = findRound(ctx, tx, o.Round); err != nil {
			return err
		}
		m = Manifest{Tenant: tx.Actor.Tenant, Round: r.ID, Name: r.Name, At: tx.Now.UTC().Truncate(time.Second), By: tx.Actor.Name}
		if g, err = gather(ctx, tx, r, ""); err != nil {
			return err
		}
		if also.extras, err = l.written(ctx, tx, r.ID); err != nil {
			return err
		}
		if also.decided, err = decidedOf(ctx, tx, r.ID); err != nil {
			return err
		}
		_, _, err = writeEvidence(ctx, tx, &b, r.ID, func(int, int) error { return say.beat() })
		return err
	})
	if err != nil {
		return m, err
	}
	if err := say.step(1); err != nil {
		return m, err
	}
	if m, err = pack(w, m, g, also); err != nil {
		return m, err
	}
	if m.Digest != r.Digest {
		return m, ErrChanged
	}
	return m, say.step(2)
}

// setFrozen freezes the round, with the package it has from now on.
func setFrozen(ctx context.Context, tx *tenant.Tx, o order, m Manifest, object storage.Object) (f frozen, err error) {
	n, err := tx.Exec(ctx, `
		update assess_rounds set frozen_at = $2, version = version + 1
		 where id = $1 and state = 'closed' and frozen_at is null and digest = $3`, o.Round, tx.Now, m.Digest)
	if err != nil {
		return f, err
	}
	if n == 0 {
		if f, err = findFreeze(ctx, tx, o.Round); err == nil {
			err = ErrFrozen
		}
		return f, err
	}
	until := tx.Now.AddDate(Retained, 0, 0).Truncate(time.Second)
	_, err = tx.Exec(ctx, `
		insert into assess_freezes (round_id, digest, sha256, size, deeds, package_key, package_version, retain_until, by_id, by_name, at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		o.Round, m.Digest, object.SHA256.String(), object.Size, m.Deeds, object.Key, object.Version, until, tx.Actor.Member, tx.Actor.Name, tx.Now)
	if err != nil {
		return f, err
	}
	tx.Audit("assess.round_frozen", subjectOf(o.Round), map[string]any{
		"digest": m.Digest, "sha256": object.SHA256.String(), "size": object.Size, "deeds": m.Deeds, "adjustments": m.Adjusts,
		"retain_until": until})
	return findFreeze(ctx, tx, o.Round)
}

// A Frozen is a frozen round of the installation, compared with its audit row.
type Frozen struct {
	Freeze
	Audited string // the SHA-256 that the audit chain says
	Tenant  uuid.UUID
}

// OpenFrozen copies the package of a frozen round of the context's tenant to w.
// It returns ErrRoundNotFound or ErrNotFrozen if there is none.
func OpenFrozen(ctx context.Context, db *tenant.DB, store storage.Store, round uuid.UUID, w io.Writer) (out Frozen, err error) {
	var f frozen
	err = db.Read(ctx, func(tx *tenant.Tx) (err error) {
		if _, err = findRound(ctx, tx, round); err != nil {
			return err
		}
		if f, err = findFreeze(ctx, tx, round); err != nil {
			return err
		}
		out = Frozen{Freeze: f.Freeze, Tenant: tx.Actor.Tenant}
		return tx.Get(ctx, &out.Audited, `
			select coalesce((select detail->>'sha256' from audit_entries
			                  where object = $1 and action = 'assess.round_frozen' order by id limit 1), '')`, subjectOf(round))
	})
	if err != nil {
		return out, err
	}
	o, err := f.object(out.Tenant)
	if err != nil {
		return out, err
	}
	r, err := store.Open(ctx, o.Ref, o.Want())
	if err != nil {
		return out, fmt.Errorf("the package of the round: %w", err)
	}
	_, err = io.Copy(w, r)
	return out, errors.Join(err, r.Close())
}
