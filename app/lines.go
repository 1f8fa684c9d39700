package app

import (
	"io/fs"
	"os"
	"path"

	"hetu/migrate"
)

// Lines temp
func Lines() (lines []migrate.Line) {
	for _, dir := range []string{"rbac", "org", "calendar", "message", "audit", "approval", "attachment", "exchange",
		"office/publish", "portal", "assess", "console"} {
		if _, err := fs.Stat(os.DirFS(".."), dir+"/migrations"); err == nil {
			lines = append(lines, migrate.Line{Name: path.Base(dir), Files: os.DirFS("../" + dir)})
		}
	}
	return lines
}
