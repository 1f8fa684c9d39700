package feature

import (
	"errors"
	"io"
	"mime"
	"testing"
)

// IN-06: a document goes out under its name, whatever stands in it, and no
// browser runs it, guesses its type or keeps it.
func TestDocument(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"2026 年中考核.xlsx":   "2026 年中考核.xlsx",
		"甲/乙: \"一\"?.xlsx": "甲-乙- -一--.xlsx",
		"it's (1).xlsx":    "it's (1).xlsx",
		"a\r\nX: 1.xlsx":   "download",
	} {
		c := Document(name, "application/pdf", func(w io.Writer) error { _, err := io.WriteString(w, "text"); return err })
		_, params, err := mime.ParseMediaType(c.Headers["Content-Disposition"])
		if err != nil || params["filename"] != want {
			t.Errorf("%q is saved as %q, %v, want %q", name, params["filename"], err, want)
		}
		for h, v := range map[string]string{"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"} {
			if c.Headers[h] != v {
				t.Errorf("%s = %q, want %q", h, c.Headers[h], v)
			}
		}
		r, err := c.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); err != nil || string(b) != "text" {
			t.Errorf("body = %q %v", b, err)
		}
	}
	if c := Made("a.pdf", "application/pdf", []byte("text")); c.Size != 4 {
		t.Errorf("a document of four bytes has %d", c.Size)
	}
	broken := errors.New("no room")
	if _, err := Document("a.pdf", "application/pdf", func(io.Writer) error { return broken }).Open(t.Context()); !errors.Is(err, broken) {
		t.Errorf("a document that cannot be written = %v, want %v", err, broken)
	}
}
