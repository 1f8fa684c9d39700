// Package web carries the built browser app inside the binary.
package web

import (
	"embed"
	"encoding/json"
	"io/fs"
	"strings"
)

// The folder holds only .gitkeep until `npm run build` has filled it, so that
// the server also builds on a machine without Node.
//
//go:embed all:dist
var files embed.FS

//go:embed src/i18n/zh-CN.json src/i18n/en.json
var locales embed.FS

// Words returns what a locale ("zh-CN", "en") has under the keys that begin with
// prefix, by the rest of the key.
func Words(locale, prefix string) map[string]string {
	all, words := map[string]string{}, map[string]string{}
	b, err := locales.ReadFile("src/i18n/" + locale + ".json")
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		panic(err) // the files are part of the binary, and the web app's own tests read them
	}
	for key, word := range all {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			words[rest] = word
		}
	}
	return words
}

// Dist returns the built app, rooted at index.html. It has no index.html if
// the app was not built before the binary was.
func Dist() fs.FS {
	dist, err := fs.Sub(files, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path: only a changed directive above gets here
	}
	return dist
}
