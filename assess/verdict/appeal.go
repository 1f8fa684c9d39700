package verdict

import (
	"context"
	"errors"
	"io"
	"net/url"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/attachment"
	"hetu/calendar"
	"hetu/feature"
	"hetu/storage"
	"hetu/tenant"
)

// Grounds are what an appeal rests on.
type Grounds struct {
	Reason string     `json:"reason" minLength:"1" maxLength:"2000"`
	URL    string     `json:"url,omitempty" maxLength:"500"`
	Upload *uuid.UUID `json:"upload_id,omitempty"`
}

// Validate refuses what nothing shows to be so.
func (g *Grounds) Validate() error {
	if err := feature.Trim(&g.Reason, "reason", 2000); err != nil {
		return err
	}
	if g.URL == "" && g.Upload == nil {
		return ErrEvidence.On("url")
	}
	return address(g.URL)
}

// address refuses what is no address of a page.
func address(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ErrURL.On("url")
	}
	return nil
}

type appealIn struct {
	ID      uuid.UUID `json:"-" path:"id"` // the notice
	Unit    uuid.UUID `json:"unit_id"`
	Entry   uuid.UUID `json:"entry_id"`                                                      // the line
	Claimed string    `json:"claimed,omitempty" pattern:"^(-?[0-9]{1,6}([.][0-9]{1,4})?)?$"` // what its points should be
	Grounds
}

// raise appeals against one line of one's own unit in a notice, until the last
// day for that.
func (v *Verdicts) raise(ctx context.Context, tx *tenant.Tx, in appealIn) (a Raised, err error) {
	s, err := findShown(ctx, tx, in.ID, in.Unit)
	switch {
	case err != nil:
		return a, err
	case !s.Last:
		return a, ErrNoticeOld
	case calendar.DateOf(tx.Now).Compare(day(s.appealBy())) > 0:
		return a, ErrAppealLate.With("until", s.appealBy())
	}
	i := slices.IndexFunc(s.Lines, func(l ShownLine) bool { return l.ID == in.Entry })
	switch {
	case i < 0:
		return a, ErrLine.On("entry_id")
	case s.Lines[i].follows():
		return a, ErrLineFixed.On("entry_id")
	}
	l := s.Lines[i]
	row := appealRow{ID: tenant.NewID(), Above: s.Above, Notice: s.ID, Round: s.RoundID, Kind: s.Kind, Unit: s.UnitID, UnitName: s.UnitName,
		Entry: l.ID, Rule: l.RuleCode, Part: l.Part, Line: l.Name, Points: l.Points, Level: 1}
	if in.Claimed != "" {
		d, err := decimal.NewFromString(in.Claimed)
		if err != nil {
			return a, ErrLine.On("claimed")
		}
		row.Claimed = &d
	}
	return row.add(ctx, tx, in.Grounds)
}

// again appeals once more, with other grounds, against what was answered: the
// answer to that is final and somebody else's.
func (v *Verdicts) again(ctx context.Context, tx *tenant.Tx, in againIn) (a Raised, err error) {
	first, err := findOwn(ctx, tx, in.ID)
	if err != nil {
		return a, err
	}
	was, err := findRaised(ctx, tx, in.ID)
	switch {
	case err != nil:
		return a, err
	case was.State == "withdrawn":
		return a, ErrWithdrawn
	case was.State == "waiting":
		return a, ErrNotAnswered
	case was.AgainBy == "":
		return a, ErrFinal
	case calendar.DateOf(tx.Now).Compare(day(was.AgainBy)) > 0:
		return a, ErrAppealLate.With("until", was.AgainBy)
	}
	row := first
	row.ID, row.Level, row.First = tenant.NewID(), 2, &first.ID
	return row.add(ctx, tx, in.Grounds)
}

type againIn struct {
	ID uuid.UUID `json:"-" path:"id"`
	Grounds
}

// withdraw takes back an appeal that nobody has answered yet.
func (v *Verdicts) withdraw(ctx context.Context, tx *tenant.Tx, q ref) (a Raised, err error) {
	if _, err := findOwn(ctx, tx, q.ID); err != nil {
		return a, err
	}
	was, err := findRaised(ctx, tx, q.ID)
	switch {
	case err != nil:
		return a, err
	case was.State == "withdrawn":
		return a, ErrWithdrawn
	case was.State != "waiting":
		return a, ErrAnswered
	}
	n, err := tx.Exec(ctx, `update verdict_appeals set withdrawn_at = $2 where id = $1 and withdrawn_at is null`, q.ID, tx.Now)
	if err == nil && n == 0 {
		err = ErrWithdrawn
	}
	if err != nil {
		return a, err
	}
	tx.Audit("verdict.appeal_withdrawn", appealOf(q.ID), nil)
	return findRaised(ctx, tx, q.ID)
}

// An appealRow is an appeal without its grounds.
type appealRow struct {
	ID       uuid.UUID        `db:"id"`
	Tenant   uuid.UUID        `db:"tenant_id"`
	Above    uuid.UUID        `db:"above_id"`
	Notice   uuid.UUID        `db:"notice_id"`
	Round    uuid.UUID        `db:"round_id"`
	Kind     string           `db:"unit_kind"`
	Unit     uuid.UUID        `db:"unit_id"`
	UnitName string           `db:"unit_name"`
	Entry    uuid.UUID        `db:"entry_id"`
	Rule     string           `db:"rule_code"`
	Part     string           `db:"part"`
	Line     string           `db:"line"`
	Points   decimal.Decimal  `db:"points"`
	Claimed  *decimal.Decimal `db:"claimed"`
	Level    int              `db:"level"`
	First    *uuid.UUID       `db:"first_id"`
}

const appealColumns = `a.id, a.tenant_id, a.above_id, a.notice_id, a.round_id, a.unit_kind, a.unit_id, a.unit_name, a.entry_id, a.rule_code, a.part,
	a.line, a.points, a.claimed, a.level, a.first_id`

// ownUnit is which appeals are those of the reader's own units ($1: the member).
const ownUnit = `a.tenant_id = app_tenant() and (a.unit_kind = 'tenant' or a.unit_id in (select department_id from posts where member_id = $1))`

func findOwn(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r appealRow, err error) {
	err = tx.Get(ctx, &r, `select `+appealColumns+` from verdict_appeals a where `+ownUnit+` and a.id = $2`, tx.Actor.Member, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrAppealNotFound
	}
	return r, err
}

func findRaised(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (a Raised, err error) {
	err = tx.Get(ctx, &a, raisedQuery+` and a.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrAppealNotFound
	}
	return a, err
}

// add writes the appeal, by the actor, now.
func (r appealRow) add(ctx context.Context, tx *tenant.Tx, g Grounds) (a Raised, err error) {
	var f attachment.File
	var fileID *uuid.UUID
	digest := ""
	if g.Upload != nil {
		if f, err = attachment.Claim(ctx, tx, *g.Upload, appealOf(r.ID)); err != nil {
			return a, err
		}
		fileID, digest = &f.ID, f.SHA256.String()
	}
	_, err = tx.Exec(ctx, `
		insert into verdict_appeals (id, above_id, notice_id, round_id, unit_kind, unit_id, unit_name, entry_id, rule_code, part, line, points,
		                             claimed, level, first_id, reason, url, file_id, file_name, file_size, file_type, file_sha256, file_key,
		                             file_version, by_id, by_name, raised_on, at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
		             $27::date, $28)`,
		r.ID, r.Above, r.Notice, r.Round, r.Kind, r.Unit, r.UnitName, r.Entry, r.Rule, r.Part, r.Line, r.Points, r.Claimed, r.Level, r.First,
		g.Reason, g.URL, fileID, f.Name, f.Size, f.Type, digest, f.Key, f.Version, tx.Actor.Member, tx.Actor.Name,
		calendar.DateOf(tx.Now).String(), tx.Now)
	if tenant.Constraint(err) == "verdict_appeals_once_uq" {
		return a, ErrAppealed.On("entry_id")
	}
	if err != nil {
		return a, err
	}
	tx.Audit("verdict.appealed", appealOf(r.ID), map[string]any{"round": r.Round, "unit": r.Unit, "rule": r.Rule, "level": r.Level, "file": digest})
	return findRaised(ctx, tx, r.ID)
}

// A stored is where the evidence of an appeal lies.
type stored struct {
	Tenant  uuid.UUID      `db:"tenant_id"`
	Name    string         `db:"file_name"`
	Size    int64          `db:"file_size"`
	Type    string         `db:"file_type"`
	SHA256  storage.Digest `db:"sha256"`
	Key     string         `db:"file_key"`
	Version string         `db:"file_version"`
}

const storedColumns = `a.tenant_id, a.file_name, a.file_size, a.file_type, decode(a.file_sha256, 'hex') as sha256, a.file_key, a.file_version`

// ownFile sends the evidence of an appeal of the reader's own unit.
func (v *Verdicts) ownFile(ctx context.Context, tx *tenant.Tx, q ref) (feature.Content, error) {
	var s stored
	err := tx.Get(ctx, &s, `select `+storedColumns+` from verdict_appeals a where `+ownUnit+` and a.id = $2 and a.file_id is not null`, tx.Actor.Member, q.ID)
	return v.content(s, err)
}

// file sends the evidence of an appeal to the tenant that gave the notice: the
// unit shows it by its appeal.
func (v *Verdicts) file(ctx context.Context, tx *tenant.Tx, q ref) (feature.Content, error) {
	var s stored
	err := tx.Get(ctx, &s, `select `+storedColumns+` from verdict_appeals a where a.above_id = app_tenant() and a.id = $1 and a.file_id is not null`, q.ID)
	return v.content(s, err)
}

func (v *Verdicts) content(s stored, err error) (feature.Content, error) {
	if errors.Is(err, tenant.ErrNoRows) {
		return feature.Content{}, ErrAppealNotFound
	}
	o := storage.Object{Ref: storage.Ref{Tenant: s.Tenant, Key: s.Key, Version: s.Version}, Size: s.Size, SHA256: s.SHA256, Type: s.Type}
	return feature.Content{Size: s.Size, Headers: storage.Headers(o, s.Name), ETag: `"` + s.SHA256.String() + `"`,
		Open: func(ctx context.Context) (io.ReadCloser, error) { return v.d.Store.Open(ctx, o.Ref, o.Want()) }}, err
}
