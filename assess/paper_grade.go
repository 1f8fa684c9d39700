package assess

import (
	"slices"

	"github.com/google/uuid"
)

// decidedMark stands behind a grade that a meeting decided and that is not the
// one by line; decidedNote says so once below.
const (
	decidedMark = "※"
	decidedNote = decidedMark + " 等次由会议决定，与按得分确定的等次不同。"
)

// grade is a unit's grade with its mark.
func (p paper) grade(s Score) string {
	if p.byLine[s.Unit.ID] != "" {
		return s.Grade + decidedMark
	}
	return s.Grade
}

// graded reports whether there are grades: by the scheme, or decided.
func (p paper) graded() bool {
	return len(p.res.Version.Plan.Grades) > 0 || slices.ContainsFunc(p.res.Scores, func(s Score) bool { return s.Grade != "" })
}

// explain says below a table what the mark in it means.
func (p paper) explain(d *printing, l list) {
	if slices.ContainsFunc(l.Scores, func(s Score) bool { return p.byLine[s.Unit.ID] != "" }) {
		d.skip(1)
		d.para(decidedNote, 9, toLeft, 0.3)
	}
}

// paper returns a result as the package of a frozen round prints it, with the
// grades that were decided in place of those by line.
func (m Manifest) paper(res Result, decided map[Unit]string) paper {
	byLine := map[uuid.UUID]string{}
	res.Scores = slices.Clone(res.Scores)
	for i := range res.Scores {
		s := &res.Scores[i]
		g, ok := decided[s.Unit.key()]
		if !ok || g == s.Grade {
			continue
		}
		if s.Grade != "" {
			byLine[s.Unit.ID] = s.Grade
		}
		s.Grade = g
	}
	return paper{res: res, byLine: byLine, name: m.Name, digest: m.Digest, note: "固化于 " + m.At.In(shanghai).Format("2006-01-02 15:04") + "　固化人 " + m.By}
}
