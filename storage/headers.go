package storage

import "strings"

// Headers returns the headers an object is sent with, so that no browser runs
// it, guesses its type or keeps it (UP-03, IN-06). The name is shown in full to
// whoever understands RFC 5987 and in ASCII to others; one that CleanName
// refuses becomes "download".
func Headers(o Object, displayName string) map[string]string {
	media := o.Type
	if !known(media) {
		media = "application/octet-stream"
	}
	return map[string]string{
		"Content-Type":                 media,
		"Content-Disposition":          disposition(displayName),
		"X-Content-Type-Options":       "nosniff",
		"Content-Security-Policy":      "sandbox; default-src 'none'",
		"Cache-Control":                "private, no-store",
		"Cross-Origin-Resource-Policy": "same-origin",
	}
}

func disposition(name string) string {
	if CleanName(name) != nil {
		name = "download"
	}
	return `attachment; filename="` + ascii(name) + `"; filename*=UTF-8''` + percent(name)
}

const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// ascii replaces what an old reader might misread. A run of it becomes one "_".
func ascii(name string) string {
	var b strings.Builder
	var last rune
	for _, r := range name {
		if !strings.ContainsRune(plain, r) {
			r = '_'
		}
		if r != '_' || last != '_' {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// percent encodes every byte but the plainest (RFC 5987 attr-char and fewer).
func percent(name string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString(string([]byte{'%', digits[c>>4], digits[c&15]}))
		}
	}
	return b.String()
}
