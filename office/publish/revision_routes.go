package publish

import (
	"hetu/feature"
	"hetu/rbac"
)

// revisionRoutes: who sees the revisions of an item, and who may write in it,
// the item decides.
func (d *Desk) revisionRoutes() []feature.Route {
	const item = "/publish/items/{id}"
	const one = item + "/revisions/{number}"
	return []feature.Route{
		feature.GET(item+"/revisions", rbac.Member, feature.Read(d.revisions)),
		feature.GET(one, rbac.Member, feature.Read(d.revisionText)),
		feature.GET(one+"/changes", rbac.Member, feature.Read(d.compare)),
		feature.POST(one+"/restore", Draft, feature.Write(d.restore)),
		feature.GET(item+"/lock", rbac.Member, feature.Read(lockOf)),
		feature.POST(item+"/lock", Draft, feature.Write(acquire)),
		feature.DELETE(item+"/lock", rbac.Member, feature.Write(release)),
	}
}
