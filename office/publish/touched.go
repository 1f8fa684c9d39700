package publish

import "hetu/tenant"

// touched says at which version each field last changed.
type touched struct {
	tenant.Doc[map[string]int]
}

// since returns the fields that changed after version.
func (t touched) since(version int) []string {
	fields := []string{}
	for f, v := range t.V {
		if v > version {
			fields = append(fields, f)
		}
	}
	return fields
}

// marks returns what to merge into a column of changes: the fields, at version.
func marks(fields []string, version int) string {
	m := map[string]int{}
	for _, f := range fields {
		m[f] = version
	}
	return tenant.JSON(m)
}
