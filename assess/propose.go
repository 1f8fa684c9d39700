package assess

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/attachment"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// A proposal is what one person wants to be done about a unit's score. Which of
// the fields from Rule to Day have a meaning depends on Type.
type proposal struct {
	ID        uuid.UUID  `json:"-" path:"id"`
	Type      string     `json:"type" enum:"correction,bonus,penalty,veto"`
	Unit      uuid.UUID  `json:"unit_id"`
	Rule      string     `json:"rule_code,omitempty" maxLength:"32"`                              // of a correction
	Corrected string     `json:"corrected,omitempty" pattern:"^(-?[0-9]{1,6}([.][0-9]{1,4})?)?$"` // of a correction: points
	Points    string     `json:"points,omitempty" pattern:"^([0-9]{1,6}([.][0-9]{1,4})?)?$"`      // of a bonus or a penalty, above zero
	Effect    string     `json:"effect,omitempty" enum:",no_excellent,one_grade_down,fail"`       // of a veto
	Title     string     `json:"title,omitempty" maxLength:"200"`                                 // of an event
	Media     string     `json:"media,omitempty" maxLength:"80"`                                  // where it was reported, or who said so
	Day       string     `json:"day,omitempty" maxLength:"10"`                                    // of an event
	Reason    string     `json:"reason" minLength:"1" maxLength:"500"`
	URL       string     `json:"url,omitempty" maxLength:"500"` // proof that can be looked up
	Upload    *uuid.UUID `json:"upload_id,omitempty"`           // proof in a file
}

// Validate returns the first thing missing or wrong.
func (in *proposal) Validate() error {
	if err := feature.Trim(&in.Reason, "reason", 500); err != nil {
		return err
	}
	if in.Type == correction {
		for _, f := range []struct{ name, is string }{{"rule_code", in.Rule}, {"corrected", in.Corrected}} {
			if f.is == "" {
				return ErrNeeded.On(f.name)
			}
		}
		in.Points, in.Effect, in.Title, in.Media, in.Day = "", "", "", "", ""
		return in.proved()
	}
	in.Rule, in.Corrected = "", ""
	if err := feature.Trim(&in.Title, "title", 200); err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, in.Day); err != nil {
		return ErrDay.On("day")
	}
	switch in.Type {
	case veto:
		in.Points = ""
		if in.Effect == "" {
			return ErrNeeded.On("effect")
		}
	default:
		in.Effect = ""
		if p, err := decimal.NewFromString(in.Points); err != nil || !p.IsPositive() {
			return ErrNeeded.On("points")
		}
	}
	return in.proved()
}

// proved refuses what nothing shows to be so.
func (in *proposal) proved() error {
	if in.URL == "" && in.Upload == nil {
		return ErrProof.On("url")
	}
	if in.URL == "" {
		return nil
	}
	u, err := url.Parse(in.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ErrProofURL.On("url")
	}
	return nil
}

// propose writes down what one person wants done. It counts only when another
// has confirmed it.
func propose(ctx context.Context, tx *tenant.Tx, in proposal) (a Adjustment, err error) {
	if err := holdRound(ctx, tx, in.ID, false); err != nil {
		return a, err
	}
	r, err := adjustable(ctx, tx, in.ID)
	if err != nil {
		return a, err
	}
	row := adjustmentRow{Adjustment: Adjustment{ID: tenant.NewID(), RoundID: r.ID, Type: in.Type, RuleCode: eventRule,
		Effect: in.Effect, Title: in.Title, Media: in.Media, Reason: in.Reason, URL: in.URL}, UnitID: in.Unit}
	err = tx.Get(ctx, &row, `select unit_kind, unit_name from assess_scores where round_id = $1 and unit_id = $2`, r.ID, in.Unit)
	if errors.Is(err, tenant.ErrNoRows) {
		return a, ErrUnitNotFound
	}
	if err == nil {
		err = disinterested(ctx, tx, row.UnitKind, row.UnitID)
	}
	if err != nil {
		return a, err
	}
	if in.Type == correction {
		err = row.corrects(ctx, tx, in)
	} else {
		err = row.happened(tx, in, r)
	}
	if err == nil && in.Upload != nil {
		var f attachment.File
		f, err = attachment.Claim(ctx, tx, *in.Upload, adjustmentOf(row.ID))
		row.FileID, row.FileName, row.Digest = &f.ID, f.Name, f.SHA256.String()
	}
	if err != nil {
		return a, err
	}
	return row.add(ctx, tx)
}

// adjustable returns a round whose scores can still be adjusted.
func adjustable(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (Round, error) {
	r, err := findRound(ctx, tx, id)
	switch {
	case err != nil:
		return r, err
	case r.State == "closed":
		return r, ErrRoundClosed
	case r.Digest == "":
		return r, ErrNotComputed
	}
	return r, nil
}

// system returns what the rules give for a line, without adjustments.
func system(ctx context.Context, tx *tenant.Tx, row adjustmentRow) (name string, points decimal.Decimal, err error) {
	var got struct {
		Name   *string          `db:"name"`
		Points *decimal.Decimal `db:"points"`
	}
	err = tx.Get(ctx, &got, `
		select (array_agg(rule_name order by seq))[1] as name, sum(points) as points from assess_entries
		 where round_id = $1 and unit_kind = $2 and unit_id = $3 and rule_code = $4 and strpos(part, ':') = 0`,
		row.RoundID, row.UnitKind, row.UnitID, row.RuleCode)
	if err == nil && got.Name == nil {
		err = ErrRuleNotFound
	}
	if err != nil {
		return "", points, err
	}
	return *got.Name, *got.Points, nil
}

// corrects fills in both values of a correction.
func (r *adjustmentRow) corrects(ctx context.Context, tx *tenant.Tx, in proposal) error {
	r.RuleCode = in.Rule
	name, is, err := system(ctx, tx, *r)
	if err != nil {
		return err
	}
	to, err := decimal.NewFromString(in.Corrected)
	if err != nil {
		return ErrPoints.On("corrected")
	}
	r.Title, r.RuleName, r.System, r.Corrected, r.Points = name, name+"（更正）", &is, &to, to.Sub(is)
	if r.Points.IsZero() {
		return ErrNothing.On("corrected")
	}
	return nil
}

var eventNames = map[string]string{bonus: "加分：", penalty: "扣分：", veto: "一票否决："}

// happened fills in what an event gives or takes. It counts in the period it
// happened in.
func (r *adjustmentRow) happened(tx *tenant.Tx, in proposal, of Round) error {
	switch {
	case in.Day > tx.Now.In(shanghai).Format(time.DateOnly):
		return ErrFuture.On("day")
	case in.Day < of.From, in.Day > of.To:
		return ErrOutside.On("day")
	}
	if in.Points != "" {
		p, err := decimal.NewFromString(in.Points)
		if err != nil {
			return ErrPoints.On("points")
		}
		r.Points = p
	}
	if r.Type == penalty {
		r.Points = r.Points.Neg()
	}
	r.RuleName, r.Day = eventNames[r.Type]+r.Title, &in.Day
	return nil
}

// add writes the row, by the actor, now.
func (r adjustmentRow) add(ctx context.Context, tx *tenant.Tx) (a Adjustment, err error) {
	var same string
	if r.Type != correction {
		same = sameEvent(r.Title, r.Media, *r.Day)
	}
	err = tx.Get(ctx, &r, `
		insert into assess_adjustments (id, round_id, unit_kind, unit_id, unit_name, type, rule_code, rule_name, points, system_points,
		                                corrected_points, effect, title, media, happened_on, same, reason, proof_url, file_id, file_name,
		                                file_sha256, reverses, by_id, by_account, by_name, at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::date, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
		  returning `+adjustmentColumns,
		r.ID, r.RoundID, r.UnitKind, r.UnitID, r.UnitName, r.Type, r.RuleCode, r.RuleName, r.Points, r.System, r.Corrected, r.Effect, r.Title,
		r.Media, r.Day, same, r.Reason, r.URL, r.FileID, r.FileName, r.Digest, r.Reverses, tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now)
	switch tenant.Constraint(err) {
	case "assess_adjustments_same_uq":
		return a, ErrEventTwice.On("title")
	case "assess_adjustments_line_uq":
		return a, ErrCorrected.On("rule_code")
	case "assess_adjustments_reverses_uq":
		return a, ErrReversed
	}
	if err != nil {
		return a, err
	}
	tx.Audit("assess.adjustment_proposed", adjustmentOf(r.ID), map[string]any{"round": r.RoundID, "type": r.Type, "unit": r.UnitID,
		"rule": r.RuleCode, "points": r.Points, "reverses": r.Reverses, "proof": r.Digest})
	if err := dispute(ctx, tx, r); err != nil {
		return a, err
	}
	return r.shown(tx.Actor), r.ask(ctx, tx)
}

// ask tells those who may confirm it that a proposal waits for one of them.
func (r adjustmentRow) ask(ctx context.Context, tx *tenant.Tx) error {
	who, err := rbac.Holders(ctx, tx, Confirm, nil)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(who, func(m uuid.UUID) bool { return m == tx.Actor.Member })
	return message.Send(ctx, tx, r.notice("proposed", others...))
}

func (r adjustmentRow) notice(what string, to ...uuid.UUID) message.Notice {
	return message.Notice{To: to, Code: "assess.adjustment_" + what, Params: message.Params{"unit": r.UnitName, "title": r.RuleName},
		Href: "/assess/rounds/" + r.RoundID.String() + "/units/" + r.UnitID.String()}
}
