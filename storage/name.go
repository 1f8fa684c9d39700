package storage

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"hetu/fault"
)

// ErrName says that a file's name cannot be shown or saved safely.
var ErrName = fault.New(fault.Invalid, "storage.name")

// MaxName is the longest name of a file, in bytes: what common file systems
// take.
const MaxName = 255

// scripts are the extensions that some server or desktop runs. None may stand
// inside a name, because there are servers that run "a.jsp.pdf". As the last
// one they fall to the allow-list.
var scripts = set(`asp aspx asa ashx asmx cer bat bin cgi chm cmd com cpl dll exe hta htm html xhtml shtml
	jar js jse mjs jsp jspx jspf lnk msc msi msp mht mhtml php php3 php4 php5 php7 phtml phar pif pl ps1 psm1
	py pyw rb reg scf scr sct sh so svg svgz swf url vb vbe vbs war wsf wsh xml xsl xslt`)

// devices are names that Windows keeps for itself, with any extension.
var devices = set(`con prn aux nul com0 com1 com2 com3 com4 com5 com6 com7 com8 com9
	lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 conin$ conout$ clock$`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// CleanName returns ErrName unless name is fit to be a file's display name: one
// line of valid UTF-8 that means the same wherever it is read. It refuses what
// names a place (UP-02), hides what it is (UP-01) or ends a header (IN-06). A
// name is never repaired: the person sees which name was refused.
func CleanName(name string) error {
	switch {
	case name == "", len(name) > MaxName, !utf8.ValidString(name),
		strings.ContainsFunc(name, unfit),
		strings.ContainsAny(name[:1], ". "), strings.ContainsAny(name[len(name)-1:], ". "),
		strings.HasPrefix(name, "　"), strings.HasSuffix(name, "　"),
		escapes(name), disguised(name):
		return ErrName
	}
	return nil
}

// unfit are separators and wildcards of some file system, controls, and what
// is not seen or turns the direction of what is seen.
func unfit(r rune) bool {
	switch {
	case strings.ContainsRune(`/\:*?"<>|`, r):
		return true
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.In(r, unicode.Zl, unicode.Zp):
		return true // Cf holds U+202E, U+2066 and the zero-width family
	}
	// Private use and variation selectors stay: rare names are written so.
	return r == utf8.RuneError || r&0xFFFE == 0xFFFE
}

// escapes finds an escaped control, dot or separator that some later layer
// might undo.
func escapes(name string) bool {
	low := strings.ToLower(name)
	for _, s := range []string{
		"%00", "%0a", "%0d", "%2e", "%2f", "%5c", "%2500", "%252e", "%252f", "%255c", "%c0%a", "%u00", "%u20",
	} {
		if strings.Contains(low, s) {
			return true
		}
	}
	return false
}

// disguised finds a runnable extension before the last one, and device names.
func disguised(name string) bool {
	parts := strings.Split(strings.ToLower(name), ".")
	if devices[strings.TrimSpace(parts[0])] {
		return true
	}
	for i, p := range parts {
		if i > 0 && i < len(parts)-1 && scripts[strings.TrimSpace(p)] {
			return true
		}
	}
	return false
}

// extension returns the last extension of a name in lower case, without its dot.
func extension(name string) string {
	return strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
}
