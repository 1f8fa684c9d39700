package relocation

import (
	"embed"

	"hetu/feature"
)

//go:embed migrations
var files embed.FS

// Feature is what relocation adds to the system: the record of who was removed.
// Its acts are the installation's keeper's, from a shell; no door leads to them.
func Feature() feature.Feature {
	return feature.Feature{Name: "relocation", Migrations: files}
}
