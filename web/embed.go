// Package web carries the built browser app inside the binary.
package web

import (
	"embed"
	"io/fs"
)

// The folder holds only .gitkeep until `npm run build` has filled it, so that
// the server also builds on a machine without Node.
//
//go:embed all:dist
var files embed.FS

// Dist returns the built app, rooted at index.html. It has no index.html if
// the app was not built before the binary was.
func Dist() fs.FS {
	dist, err := fs.Sub(files, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path: only a changed directive above gets here
	}
	return dist
}
