package attachment

import (
	"time"

	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
)

// Feature is what attachments add to the system.
func (a *Attachments) Feature() feature.Feature {
	return feature.Feature{
		Name: "attachment",
		Routes: []feature.Route{
			// Any member may send a file; nobody but they can use it, and what
			// it is attached to decides whether it may be.
			feature.POST("/attachment/uploads", rbac.Member, feature.Write(a.begin)),
			feature.GET("/attachment/uploads/{id}", rbac.Member, feature.Read(a.look)),
			feature.PUT("/attachment/uploads/{id}", rbac.Member, feature.Receive(ChunkSize, a.take)),
		},
		Works:      []job.Work{{Name: dropWork, Run: a.drop}, {Name: resumeWork, Run: a.resume}},
		Rounds:     []job.Round{{Name: "attachment.tidy", Every: time.Hour, Run: a.tidy}},
		Migrations: files,
	}
}
