package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/approval"
	"hetu/calendar"
	"hetu/message/outward"
	"hetu/office/publish"
	"hetu/org/identity"
	"hetu/org/identity/wecom"
	"hetu/tenant"
	"hetu/web"
)

// newOutward makes the ways out of the house: WeCom, so far. What they say is what
// the desktop says, in the language of the units.
func newOutward(t Tools, house *identity.House, kind *wecom.Kind) *outward.House {
	words := web.Words("zh-CN", "notice.")
	words["test"] = web.Words("zh-CN", "outward.")["test_text"]
	return outward.New(outward.Options{
		Channels: []outward.Channel{wecomChannel{house, kind}}, Site: t.Factor.Site,
		Words: words, Kinds: web.Words("zh-CN", "outward.kind."),
		Urgent: func(code string) bool { return slices.Contains(urgent, code) },
		Opens:  opens, Over: over,
	})
}

// urgent are the notices that do not wait for working time: who gets one is asked to
// act at once, or their account or their words are in danger.
var urgent = []string{
	"approval.urged", "approval.overdue", "publish.takedown_requested", "publish.takedown_ordered", "publish.withdrawn",
	"publish.schedule_failed", "exchange.recalled", "exchange.solicitation_urged", "org.alarm", "org.account_stolen", "glass.asked",
	"org.admitted", "org.consent_spoken",
}

// opens returns when the unit works: at, or the next moment after it.
func opens(ctx context.Context, tx *tenant.Tx, at time.Time) (time.Time, error) {
	days, err := calendar.Load(ctx, tx)
	if err != nil {
		return at, err
	}
	next, _ := days.AddWorkTime(at, time.Second)
	if next = next.Add(-time.Second); next.After(at) {
		return next, nil
	}
	return at, nil
}

// over returns which notices are about something that is done or was taken back: a
// task that is not open any more, an item that was withdrawn after the notice.
func over(ctx context.Context, tx *tenant.Tx, notices []outward.Ref) ([]bool, error) {
	about := func(prefix string) (ids []uuid.UUID) {
		for _, n := range notices {
			if id, ok := idIn(n.Href, prefix); ok {
				ids = append(ids, id)
			}
		}
		return ids
	}
	const task, item = "/approval/tasks/", "/publish/items/"
	closed, err := approval.Over(ctx, tx, about(task))
	if err != nil {
		return nil, err
	}
	gone, err := publish.Withdrawn(ctx, tx, about(item))
	if err != nil {
		return nil, err
	}
	all := make([]bool, len(notices))
	for i, n := range notices {
		if id, ok := idIn(n.Href, task); ok {
			all[i] = slices.Contains(closed, id) && n.Code != "approval.withdrawn" && n.Code != "approval.voided"
		} else if id, ok := idIn(n.Href, item); ok {
			at, withdrawn := gone[id]
			all[i] = withdrawn && n.At.Before(at)
		}
	}
	return all, nil
}

func idIn(href, prefix string) (uuid.UUID, bool) {
	rest, ok := strings.CutPrefix(href, prefix)
	if !ok {
		return uuid.Nil, false
	}
	rest, _, _ = strings.Cut(rest, "?")
	id, err := uuid.Parse(rest)
	return id, err == nil
}

// wecomChannel is WeCom as a way out: the first provider of that kind which the unit
// has enabled, and whoever is linked to it.
type wecomChannel struct {
	house *identity.House
	kind  *wecom.Kind
}

func (wecomChannel) Name() string          { return wecom.Name }
func (wecomChannel) Batch() int            { return wecom.Batch }
func (wecomChannel) Memory() time.Duration { return wecom.Memory - 10*time.Minute }

func (c wecomChannel) Open(ctx context.Context, tx *tenant.Tx) (outward.Line, error) {
	all, err := c.house.Enabled(ctx, tx, wecom.Name)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return wecomLine{c, all[0]}, nil
}

// A wecomLine is the application of one unit.
type wecomLine struct {
	wecomChannel
	of identity.Provider
}

func (l wecomLine) Addresses(ctx context.Context, tx *tenant.Tx, members []uuid.UUID) (map[uuid.UUID]string, error) {
	return l.house.Subjects(ctx, tx, l.of.ID, members)
}

func (l wecomLine) Send(ctx context.Context, p outward.Parcel) (outward.Receipt, error) {
	refused, err := l.kind.Send(ctx, l.of, wecom.Card{Title: p.Title, Body: p.Body, Link: p.Link, To: p.To})
	if t, ok := errors.AsType[*wecom.Trouble](err); ok {
		err = &outward.Failure{Reason: t.Reason, Again: errors.Is(err, wecom.ErrBusy), Sure: t.Known, Rest: t.Rest}
	}
	return outward.Receipt{Refused: refused}, err
}
