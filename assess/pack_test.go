package assess

import (
	"bytes"
	"testing"
)

// AS-02: whatever the rules are, they travel in the package: every template,
// worked out from its package alone, comes out byte for byte.
func TestEveryTemplateTravels(t *testing.T) {
	t.Parallel()
	all, err := templates()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range all {
		g := given(tt, 5)
		var b bytes.Buffer
		m, err := pack(&b, Manifest{Round: id(7), Name: "全年"}, g, along{book: bookless})
		if err != nil {
			t.Errorf("%s: %v", tt.Code, err)
			continue
		}
		res := g.work()
		if want, err := res.Digest(); err != nil || m.Digest != want || m.Deeds == 0 {
			t.Errorf("%s: digest %s of %d deeds, %v, want %s", tt.Code, m.Digest, m.Deeds, err, want)
		}
		c := recheckBytes(t, b.Bytes())
		if c.Difference != "" || c.Again != m.Digest {
			t.Errorf("%s: %s", tt.Code, c.Difference)
		}
		var again bytes.Buffer
		if _, err := pack(&again, Manifest{Round: id(7), Name: "全年"}, g, along{book: bookless}); err != nil || !bytes.Equal(again.Bytes(), b.Bytes()) {
			t.Errorf("%s: packed again, it has other bytes, %v", tt.Code, err)
		}
	}
}

// given makes some units that did the more, the later they come, of everything
// a template counts.
func given(tt Template, units int) Given {
	g := Given{From: "2026-01-01", To: "2026-12-31", Version: Version{Scheme: id(1), Version: 3, Year: 2026, Name: tt.Name, Rules: tt.Rules, Plan: tt.Plan}}
	for u := range units {
		unit := Unit{"tenant", id(100 + u), string(rune('甲' + u))}
		member := Member{Unit: unit.ID, Staff: 10 * (u + 1)}
		if n := len(tt.Plan.Classes); n > 0 {
			member.Class = tt.Plan.Classes[u%n].Code
		}
		g.Version.Units, g.Version.Plan.Members = append(g.Version.Units, unit), append(g.Version.Plan.Members, member)
		var did []entryOf
		for i, r := range tt.Rules {
			level := ""
			if len(r.Levels) > 0 {
				level = r.Levels[u%len(r.Levels)].Level
			}
			did = append(did, entryOf{r.Code, level, (u + i) % 4, 1 + (u+3*i)%12})
		}
		g.Facts = append(g.Facts, tt.did(did))
	}
	return g
}
