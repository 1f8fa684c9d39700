package wecom

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hetu/org/identity"
)

const (
	// Batch is to how many one message may be addressed.
	Batch = 1000
	// Memory is how long WeCom is asked to recognise a message that comes again.
	Memory = 4 * time.Hour
)

// A Card is a message: a title, a text, and the page behind it.
type Card struct {
	Title, Body string // plain text
	Link        string
	To          []string // ids of employees
}

// ErrBusy and ErrRefused are why a message was not taken; see Trouble.
var (
	ErrBusy    = errors.New("wecom: not now")
	ErrRefused = errors.New("wecom: refused")
)

// A Trouble says more of ErrBusy and ErrRefused.
type Trouble struct {
	Reason string        // a short code
	Known  bool          // WeCom has said so: nobody has got it
	Rest   time.Duration // how long to leave WeCom alone
	again  bool
}

func (t *Trouble) Error() string { return "wecom: " + t.Reason }

// Is makes a Trouble ErrBusy or ErrRefused.
func (t *Trouble) Is(target error) bool {
	return target == ErrBusy && t.again || target == ErrRefused && !t.again
}

// Send hands a card to WeCom and returns who does not get it, and why. The same
// card is delivered once, however often it is sent within Memory. The error is a
// Trouble.
func (k *Kind) Send(ctx context.Context, p identity.Provider, m Card) (refused map[string]string, err error) {
	agent, err := strconv.ParseInt(p.Settings["agent_id"], 10, 64)
	if err != nil {
		return nil, &Trouble{Reason: "agent", Known: true}
	}
	var got struct {
		Invalid    string `json:"invaliduser"`
		Unlicensed string `json:"unlicenseduser"`
	}
	err = k.client(p).call(ctx, "/cgi-bin/message/send", url.Values{}, map[string]any{
		"touser": strings.Join(m.To, "|"), "msgtype": "textcard", "agentid": agent,
		"textcard":               map[string]string{"title": clip(m.Title, 120), "description": describe(m.Body), "url": m.Link, "btntxt": "查看"},
		"enable_duplicate_check": 1, "duplicate_check_interval": int(Memory / time.Second),
	}, &got)
	if err != nil {
		return nil, trouble(err)
	}
	refused = map[string]string{}
	for _, to := range m.To {
		for list, reason := range map[string]string{got.Invalid: "not_visible", got.Unlicensed: "unlicensed"} {
			if list != "" && named(list, to) {
				refused[to] = reason
			}
		}
	}
	return refused, nil
}

func named(list, id string) bool {
	for one := range strings.SplitSeq(list, "|") {
		if strings.EqualFold(one, id) {
			return true
		}
	}
	return false
}

// trouble is what a failure means to whoever has something to deliver. What the unit
// can mend - a secret, an address that is not let in - is tried again as well.
func trouble(err error) *Trouble {
	e, ok := errors.AsType[*apiError](err)
	if !ok {
		return &Trouble{Reason: "unreachable", again: true}
	}
	t := &Trouble{Reason: e.reason(), Known: e.code != -1 && e.code != 6000, again: true}
	switch t.Reason {
	case "busy":
	case "too_often":
		t.Rest = 5 * time.Minute
	case "secret", "corp", "agent", "address", "forbidden", "token":
		t.Rest = 10 * time.Minute
	default:
		t.again = false
	}
	return t
}

// describe writes the lines of a text as WeCom shows them: what is in it is text and
// never a mark or a link of its own.
func describe(body string) string {
	first, rest, _ := strings.Cut(body, "\n")
	rest = html.EscapeString(clip(rest, 60))
	most := 400 - len(rest)
	text := html.EscapeString(first)
	for n := len(first); len(text) > most && n > 0; n-- {
		first = clip(first, n-1)
		text = html.EscapeString(first)
	}
	return fmt.Sprintf(`<div class="normal">%s</div><div class="gray">%s</div>`, text, rest)
}

// clip cuts a text to at most so many bytes, between two characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := 0
	for i := range s {
		if i > most-len("…") {
			break
		}
		cut = i
	}
	return s[:cut] + "…"
}
