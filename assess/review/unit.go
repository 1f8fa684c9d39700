package review

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/attachment"
	"hetu/feature"
	"hetu/storage"
	"hetu/tenant"
)

// An Answer is what a unit says of one indicator.
type Answer struct {
	Code     string           `json:"code"`
	Points   *decimal.Decimal `json:"points"` // what it gives itself; null: nothing
	Text     string           `json:"text"`
	Evidence []Evidence       `json:"evidence"`
}

// Evidence is a file, or a deed of the unit's own on an item.
type Evidence struct {
	Kind   string     `json:"kind" enum:"file,deed"`
	ID     uuid.UUID  `json:"id"` // of the file or the deed
	Name   string     `json:"name"`
	Size   int64      `json:"size"`   // of a file, in bytes
	Type   string     `json:"type"`   // of a file
	SHA256 string     `json:"sha256"` // of a file
	Item   string     `json:"item"`   // of a deed: "publish/item/<id>"
	At     *time.Time `json:"at"`     // of a deed
}

// kept is evidence as it is kept: with where the bytes of a file are.
type kept struct {
	Evidence
	Key     string `json:"key,omitempty"`
	Version string `json:"version,omitempty"`
}

type keptAnswer struct {
	Code     string           `json:"code"`
	Points   *decimal.Decimal `json:"points"`
	Text     string           `json:"text"`
	Evidence []kept           `json:"evidence"`
}

func (a keptAnswer) shown() Answer {
	out := Answer{Code: a.Code, Points: a.Points, Text: a.Text, Evidence: make([]Evidence, len(a.Evidence))}
	for i, e := range a.Evidence {
		out.Evidence[i] = e.Evidence
	}
	return out
}

func answerTo(all []keptAnswer, code string) keptAnswer {
	for _, a := range all {
		if a.Code == code {
			return a
		}
	}
	return keptAnswer{Code: code}
}

// A unitRow is a unit that was called, with the last thing it submitted.
type unitRow struct {
	ID        uuid.UUID               `db:"id"`
	Caller    uuid.UUID               `db:"tenant_id"`
	Call      uuid.UUID               `db:"call_id"`
	Subject   uuid.UUID               `db:"subject_tenant_id"`
	Kind      string                  `db:"unit_kind"`
	Unit      uuid.UUID               `db:"unit_id"`
	Name      string                  `db:"unit_name"`
	CallName  string                  `db:"call_name"`
	Note      string                  `db:"note"`
	Scheme    string                  `db:"scheme_name"`
	RoundName string                  `db:"round_name"`
	CalledBy  string                  `db:"caller_name"`
	From      string                  `db:"from_day"`
	To        string                  `db:"to_day"`
	Due       string                  `db:"due_day"`
	Permit    *string                 `db:"permit"`
	Lines     tenant.Rows[Line]       `db:"lines"`
	Returned  int                     `db:"returned"`
	Because   string                  `db:"return_reason"`
	State     string                  `db:"state"`
	Result    tenant.Rows[Result]     `db:"result"`
	Version   int                     `db:"version"`
	N         int                     `db:"n"` // of the last submission; 0: none
	Answers   tenant.Rows[keptAnswer] `db:"answers"`
	Digest    string                  `db:"digest"`
	Late      bool                    `db:"late"`
	By        string                  `db:"by_name"`
	At        *time.Time              `db:"at"`
	Editors   tenant.IDs              `db:"editors"`
}

// Only what the subject itself wrote counts as its submission: a row of any
// other tenant that names the form is nothing.
const unitQuery = `
	select u.id, u.tenant_id, u.call_id, u.subject_tenant_id, u.unit_kind, u.unit_id, u.unit_name, u.call_name, u.note, u.scheme_name, u.round_name,
	       u.caller_name, to_char(u.from_day, 'YYYY-MM-DD') as from_day, to_char(u.to_day, 'YYYY-MM-DD') as to_day,
	       to_char(u.due_day, 'YYYY-MM-DD') as due_day, u.lines, u.returned, u.return_reason, u.state, u.result, u.version,
	       (select to_char(max(p.until), 'YYYY-MM-DD') from review_permits p where p.tenant_id = u.tenant_id and p.unit_row = u.id) as permit,
	       coalesce(s.n, 0) as n, s.answers, coalesce(s.digest, '') as digest, coalesce(s.late, false) as late, coalesce(s.by_name, '') as by_name,
	       s.at, coalesce(s.editors, '{}') as editors
	  from review_units u
	  left join lateral (
	    select x.n, x.answers, x.digest, x.late, x.by_name, x.at, x.editors from review_submissions x
	     where x.tenant_id = u.subject_tenant_id and x.caller_id = u.tenant_id and x.form_id = u.id
	     order by x.n desc limit 1) s on true`

// submitted reports whether the unit has submitted what was not sent back.
func (u unitRow) submitted() bool { return u.N > u.Returned }

// open reports whether the unit may still submit on a day.
func (u unitRow) open(day string) bool { return day <= u.Due || u.Permit != nil && day <= *u.Permit }

// stands says where the unit is: "submitted", "returned", "waiting" or "overdue".
func (u unitRow) stands(day string) string {
	switch {
	case u.submitted():
		return "submitted"
	case !u.open(day):
		return "overdue"
	case u.Returned > 0:
		return "returned"
	}
	return "waiting"
}

func (u unitRow) unit() assess.Unit { return assess.Unit{Kind: u.Kind, ID: u.Unit, Name: u.Name} }

func (u unitRow) place(code string) assess.Place {
	return assess.Place{UnitKind: u.Kind, UnitID: u.Unit, Rule: code}
}

// self returns what the unit said of a line in what it submitted and was not
// sent back.
func (u unitRow) self(code string) keptAnswer {
	if !u.submitted() {
		return keptAnswer{Code: code}
	}
	return answerTo(u.Answers, code)
}

// unitsOf returns the units of a call of the actor's tenant.
func unitsOf(ctx context.Context, tx *tenant.Tx, call uuid.UUID) (us []unitRow, err error) {
	err = tx.Select(ctx, &us, unitQuery+` where u.tenant_id = app_tenant() and u.call_id = $1 order by u.seq`, call)
	return us, err
}

// unitOf returns a unit the actor's tenant called.
func unitOf(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (u unitRow, err error) {
	err = tx.Get(ctx, &u, unitQuery+` where u.tenant_id = app_tenant() and u.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrUnitNotFound
	}
	return u, err
}

type fileRef struct {
	ID   uuid.UUID `json:"-" path:"id"`
	File uuid.UUID `json:"-" path:"file"`
}

// content hands out a file that was submitted, as it was then.
func (u unitRow) content(files *attachment.Attachments, id uuid.UUID) (c feature.Content, err error) {
	for _, a := range u.Answers {
		for _, e := range a.Evidence {
			if e.Kind == "file" && e.ID == id {
				digest, err := storage.ParseDigest(e.SHA256)
				if err != nil {
					return c, err
				}
				f := attachment.File{ID: e.ID, Name: e.Name, Size: e.Size, Type: e.Type, SHA256: digest, Key: e.Key, Version: e.Version}
				return files.Content(attachment.Of(u.Subject, f), e.Name), nil
			}
		}
	}
	return c, ErrFileNotFound
}
