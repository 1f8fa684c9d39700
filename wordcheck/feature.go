package wordcheck

import (
	"context"
	"embed"
	"time"

	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
	"hetu/tenant"
)

// Manage is the right to keep the tenant's dictionary and to settle what was
// found with it.
const Manage rbac.Permission = "wordcheck.manage"

//go:embed migrations
var files embed.FS

// Feature is what the word check adds to the system.
func (k *Keeper) Feature() feature.Feature {
	return feature.Feature{
		Name:   "wordcheck",
		Rights: []rbac.Right{{Permission: Manage, Roles: []rbac.Role{rbac.Office}}},
		Routes: []feature.Route{
			// Whoever writes may know what the dictionary says of the text.
			feature.POST("/wordcheck/check", rbac.Member, feature.Door(look)),

			feature.GET("/wordcheck/dictionary", Manage, feature.Read(showState)),
			feature.GET("/wordcheck/words", Manage, feature.Read(listWords)),
			feature.POST("/wordcheck/words", Manage, feature.Write(addWord)),
			feature.PATCH("/wordcheck/words/{id}", Manage, feature.Write(changeWord)),
			feature.DELETE("/wordcheck/words/{id}", Manage, feature.Write(removeWord)),
			feature.POST("/wordcheck/import", Manage, feature.Receive(maxFile, receive)),
			feature.GET("/wordcheck/allowed", Manage, feature.Read(listPhrases)),
			feature.POST("/wordcheck/allowed", Manage, feature.Write(addPhrase)),
			feature.DELETE("/wordcheck/allowed/{id}", Manage, feature.Write(removePhrase)),
			feature.GET("/wordcheck/versions", Manage, feature.Read(listVersions)),
			feature.GET("/wordcheck/versions/{version}/changes", Manage, feature.Read(listChanges)),
			feature.GET("/wordcheck/findings", Manage, feature.Read(listFindings)),
			feature.PATCH("/wordcheck/findings/{id}", Manage, feature.Write(settle)),
			feature.POST("/wordcheck/recheck", Manage, feature.Write(recheck)),
		},
		Works:      []job.Work{{Name: stockWork, Run: k.work}},
		Rounds:     []job.Round{{Name: "wordcheck.nightly", Every: time.Hour, Run: k.nightly}},
		Migrations: files,
		Seed:       seed,
	}
}

// A Text is one of what is to be checked.
type Text struct {
	Name string `json:"name" minLength:"1" maxLength:"60"`
	Text string `json:"text" maxLength:"300000"`
	HTML bool   `json:"html,omitempty"` // it is formatted: its places count in the text without markup
}

type texts struct {
	Parts []Text `json:"parts" minItems:"1" maxItems:"100"`
}

// look checks texts that are nowhere yet. It is a Door because it must carry a
// body and changes nothing: as a Write it would leave an audit entry each time
// somebody looks, and a copy of the words found beside its idempotency key. No
// session is touched.
func look(ctx context.Context, d feature.Deps, _ *feature.Client, in texts) (r Result, err error) {
	var parts []Part
	for _, t := range in.Parts {
		if t.HTML {
			parts = append(parts, HTML(t.Name, t.Text)...)
		} else {
			parts = append(parts, Part{t.Name, t.Text})
		}
	}
	var dict *Dictionary
	err = d.DB.Read(ctx, func(tx *tenant.Tx) (err error) {
		dict, err = Load(ctx, tx)
		return err
	})
	if err != nil {
		return r, err
	}
	return dict.Check(parts), nil // the connection is not held while we search
}
