package feature

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
)

type paper struct {
	ID    uuid.UUID
	Title string
	Pages int
	Made  time.Time
	Sent  *time.Time
}

var papers = NewOrder("-made", "p.id", func(p paper) uuid.UUID { return p.ID },
	ByTime("made", "p.made", func(p paper) time.Time { return p.Made }),
	ByText("title", "p.title", func(p paper) string { return p.Title }),
	ByNumber("pages", "p.pages", func(p paper) int { return p.Pages }),
	ByTimeOrNull("sent", "p.sent", func(p paper) *time.Time { return p.Sent }),
	ByAge("age", "p.id", func(p paper) uuid.UUID { return p.ID }))

var sample = paper{
	ID: uuid.MustParse("018f3a5e-0000-7000-8000-000000000001"), Title: "关于值班的通知", Pages: 3,
	Made: time.Date(2026, 11, 22, 9, 30, 0, 123456000, time.UTC),
}

// TestOrder holds the statement's part of every kind of key (UI4): the first
// page has no condition, the next begins after the cursor's row, equals go by
// id, and nulls stand last both ways.
func TestOrder(t *testing.T) {
	t.Parallel()
	sent := sample
	at := sample.Made
	sent.Sent = &at
	for name, tt := range map[string]struct {
		sort        string
		last        paper
		by, after   string
		parameter   any // the value's
		withoutTime bool
	}{
		"the usual":     {"", sample, "p.made desc, p.id desc", "(p.made, p.id) < ($1::timestamptz, $2::uuid)", sample.Made, false},
		"up":            {"made", sample, "p.made, p.id", "(p.made, p.id) > ($1::timestamptz, $2::uuid)", sample.Made, false},
		"by sound":      {"title", sample, `p.title collate "zh-x-icu", p.id`, `(p.title collate "zh-x-icu", p.id) > ($1::text, $2::uuid)`, sample.Title, false},
		"a number":      {"-pages", sample, "p.pages desc, p.id desc", "(p.pages, p.id) < ($1::bigint, $2::uuid)", int64(3), false},
		"by age":        {"-age", sample, "p.id desc", "p.id < $1::uuid", sample.ID, false},
		"may be null":   {"-sent", sent, "p.sent desc nulls last, p.id desc", "((p.sent, p.id) < ($1::timestamptz, $2::uuid) or p.sent is null)", at, false},
		"among nulls":   {"-sent", sample, "p.sent desc nulls last, p.id desc", "(p.sent is null and p.id < $1::uuid)", sample.ID, false},
		"nulls last up": {"sent", sample, "p.sent nulls last, p.id", "(p.sent is null and p.id > $1::uuid)", sample.ID, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin, err := papers.Read(Page{Sort: tt.sort})
			if err != nil || begin.After(nil) != "true" || begin.By() != tt.by {
				t.Fatalf("the beginning: %v %q, want %q", err, begin.By(), tt.by)
			}
			next, err := papers.Read(Page{Sort: tt.sort, After: begin.Cursor(tt.last)})
			var as Args
			if got := next.After(as.Add); err != nil || got != tt.after || next.By() != tt.by {
				t.Errorf("the next page: %v %q by %q, want %q", err, got, next.By(), tt.after)
			}
			if fmt.Sprint(as[0]) != fmt.Sprint(tt.parameter) || as[len(as)-1] != tt.last.ID {
				t.Errorf("parameters = %v, want %v and the id", as, tt.parameter)
			}
		})
	}
}

// TestOrderRefuses holds that what a list is not sorted by, and a cursor of
// another list, sort or of nonsense, are refused at their fields.
func TestOrderRefuses(t *testing.T) {
	t.Parallel()
	cursor := func(sort string) string {
		p, err := papers.Read(Page{Sort: sort})
		if err != nil {
			t.Fatal(err)
		}
		return p.Cursor(sample)
	}
	raw := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, tt := range map[string]struct {
		page  Page
		want  error
		field string
	}{
		"no such key":         {Page{Sort: "secret"}, ErrChoice, "sort"},
		"SQL":                 {Page{Sort: "made; drop table papers"}, ErrChoice, "sort"},
		"two signs":           {Page{Sort: "--made"}, ErrChoice, "sort"},
		"only a sign":         {Page{Sort: "-"}, ErrChoice, "sort"},
		"not base64":          {Page{After: "%%"}, ErrCursor, "after"},
		"not JSON":            {Page{After: raw("x")}, ErrCursor, "after"},
		"another sort's":      {Page{After: cursor("title")}, ErrCursor, "after"},
		"the other way round": {Page{After: cursor("made")}, ErrCursor, "after"},
		"a null that is none": {Page{After: raw(`{"s":"-made","v":null,"i":"018f3a5e-0000-7000-8000-000000000001"}`)}, ErrCursor, "after"},
		"no time":             {Page{After: raw(`{"s":"-made","v":"soon","i":"018f3a5e-0000-7000-8000-000000000001"}`)}, ErrCursor, "after"},
		"before all time":     {Page{After: raw(`{"s":"-made","v":"0000-01-01T00:00:00Z","i":"018f3a5e-0000-7000-8000-000000000001"}`)}, ErrCursor, "after"},
		"no number":           {Page{Sort: "pages", After: raw(`{"s":"pages","v":"99999999999999999999","i":"018f3a5e-0000-7000-8000-000000000001"}`)}, ErrCursor, "after"},
		"no id":               {Page{After: raw(`{"s":"-made","v":"2026-01-01T00:00:00Z","i":"x"}`)}, ErrCursor, "after"},
		"what no text holds":  {Page{Sort: "title", After: raw("{\"s\":\"title\",\"v\":\"\\u0000\",\"i\":\"018f3a5e-0000-7000-8000-000000000001\"}")}, ErrCursor, "after"},
		"endless":             {Page{Sort: "title", After: raw(`{"s":"title","v":"` + strings.Repeat("长", 4000) + `","i":"018f3a5e-0000-7000-8000-000000000001"}`)}, ErrCursor, "after"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := papers.Read(tt.page)
			if f := fault.Of(err); !errors.Is(err, tt.want) || f.Field != tt.field || f.Kind != fault.Invalid {
				t.Errorf("Read = %v on %q, want %v on %q", err, f.Field, tt.want, tt.field)
			}
		})
	}
}

func TestNewOrderRefusesMistakes(t *testing.T) {
	t.Parallel()
	id := func(p paper) uuid.UUID { return p.ID }
	for name, fn := range map[string]func(){
		"an unknown first": func() { NewOrder("-made", "p.id", id) },
		"a key twice":      func() { NewOrder("age", "p.id", id, ByAge("age", "p.id", id), ByAge("age", "p.id", id)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("it was taken")
				}
			}()
			fn()
		})
	}
}

// FuzzCursor holds that whatever stands in "after" is refused at its field or
// is a place in the list, and that a place's own cursor leads back to it.
func FuzzCursor(f *testing.F) {
	for _, sort := range []string{"-made", "title", "pages", "sent", "-age"} {
		p, err := papers.Read(Page{Sort: sort})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sort, p.Cursor(sample), "通知", 7)
	}
	f.Add("-sent", "e30", "", -1)
	f.Fuzz(func(t *testing.T, sort, after, title string, pages int) {
		p, err := papers.Read(Page{Sort: sort, After: after})
		if err != nil {
			if field := fault.Of(err).Field; fault.Of(err).Kind != fault.Invalid || field != "sort" && field != "after" {
				t.Fatalf("Read = %v on %q", err, field)
			}
			return
		}
		var as Args
		if after != "" && p.After(as.Add) == "true" {
			t.Error("a cursor leads to the beginning")
		}
		row := sample
		if clean(title) && len(title) < 1000 {
			row.Title = title
		}
		row.Pages = pages
		again, err := papers.Read(Page{Sort: sort, After: p.Cursor(row)})
		if err != nil || again.id != row.ID {
			t.Fatalf("a list refuses its own cursor: %v", err)
		}
		if want := p.key.of(row); fmt.Sprint(again.value) != fmt.Sprint(want) && want != nil {
			t.Errorf("the cursor of %v leads to %v", want, again.value)
		}
	})
}
