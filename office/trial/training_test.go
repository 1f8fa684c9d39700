package trial

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/feature"
	"hetu/tenant"
)

func (w *world) now() (now time.Time) {
	w.t.Helper()
	w.ok(w.db.Read(w.office, func(tx *tenant.Tx) error { now = tx.Now; return nil }))
	return now
}

func (w *world) session(batch string, hours int, departments ...string) Session {
	w.t.Helper()
	s := Session{Batch: batch, Title: "系统操作培训", Place: "三楼会议室", Topics: []string{"basic", "common", "trouble"}, Goal: "能够独立使用",
		StartsAt: w.now().Add(time.Duration(hours) * time.Hour), EndsAt: w.now().Add(time.Duration(hours+2) * time.Hour)}
	for _, d := range departments {
		s.Departments = append(s.Departments, w.depts[d])
	}
	return s
}

// Training is announced with time, place, audience and content (R325), of the
// topics there are (R327, R328), the leaders before the core users (R326); who
// came is put down, and who can work alone (R333).
func TestTraining(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.begun(false, "业务科")
	bad := w.session("leaders", 1)
	bad.Topics = []string{"cooking"}
	fails(w.keeper, w, plan, bad, feature.ErrMalformed, "topics")
	bad = w.session("leaders", 1)
	bad.EndsAt = bad.StartsAt
	fails(w.keeper, w, plan, bad, ErrDays, "ends_at")
	bad = w.session("leaders", 1)
	bad.People = []uuid.UUID{tenant.NewID()}
	fails(w.keeper, w, plan, bad, ErrPerson, "people")
	bad = w.session("leaders", 1)
	missing := tenant.NewID()
	bad.RunID = &missing
	fails(w.keeper, w, plan, bad, ErrNotFound, "run_id")

	core := w.session("core", 3, "业务科")
	core.RunID = &r.ID
	g := does(w.keeper, w, plan, core).Training
	at := func(add int) Versioned { return Versioned{g.ID, g.Version + add} }
	fails(w.clerk, w, getTraining, ref{g.ID}, ErrNotFound, "") // it is a draft
	fails(w.above, w, getTraining, ref{g.ID}, ErrNotFound, "")
	fails(w.keeper, w, announce, at(0), ErrBatches, "")
	lead := w.session("leaders", 2)
	lead.RunID = &r.ID
	first := does(w.keeper, w, plan, lead).Training
	fails(w.keeper, w, announce, Versioned{first.ID, first.Version}, ErrAudience, "")
	lead.People = []uuid.UUID{who(w.chief)}
	first = does(w.keeper, w, editTraining, resession{Versioned{first.ID, first.Version}, lead}).Training
	does(w.keeper, w, announce, Versioned{first.ID, first.Version})
	p := does(w.keeper, w, announce, at(0))
	if p.Training.Invited != 2 || p.Training.State != "announced" || len(p.Places) != 2 {
		t.Errorf("%+v", p)
	}
	if n := w.count(`select count(*) from notices where tenant_id = $1 and code = 'trial.training_announced'`, w.bureau); n != 3 {
		t.Errorf("%d were told", n)
	}
	if l := does(w.clerk, w, listTrainings, trainingList{}); len(l.Items) != 1 || l.Items[0].Mine != "invited" {
		t.Errorf("the clerk: %+v", l.Items)
	}
	if p := does(w.clerk, w, getTraining, ref{g.ID}); len(p.Places) != 0 {
		t.Error("the clerk sees who is invited")
	}
	w.ok(watch(w.system(), w.db))
	w.ok(watch(w.system(), w.db))
	if n := w.count(`select count(*) from notices where tenant_id = $1 and code = 'trial.training_soon'`, w.bureau); n != 3 {
		t.Errorf("%d were reminded", n)
	}

	places := attending{Versioned: at(1)}
	put := func(id uuid.UUID, state string, alone bool) {
		places.Places = append(places.Places, struct {
			ID          uuid.UUID `json:"id"`
			State       string    `json:"state" enum:"invited,present,absent,excused"`
			Independent bool      `json:"independent,omitempty"`
		}{id, state, alone})
	}
	put(who(w.clerk), "present", true)
	fails(w.keeper, w, attend, places, ErrEarly, "")
	w.sql(`update trial_trainings set starts_at = now() - interval '3 hours', ends_at = now() - interval '1 hour' where id = $1`, g.ID)
	does(w.keeper, w, attend, places)
	fails(w.keeper, w, finish, at(2), ErrOpenPlaces, "")
	places.Places, places.Version = nil, g.Version+2
	put(who(w.head), "absent", true)
	put(who(w.office), "present", false) // came without being invited
	does(w.keeper, w, attend, places)
	p = does(w.keeper, w, finish, at(3))
	if p.Training.State != "held" || p.Training.Present != 2 || p.Training.Independent != 1 {
		t.Errorf("%+v", p.Training)
	}
	fails(w.keeper, w, cancelTraining, reasoned{at(4), "改期"}, ErrState, "")
	for _, tt := range []struct{ unit, level string }{{"业务一组", "independent"}, {"办公室", "core"}} { // I45
		if n := w.count(`select count(*) from deeds where kind = $1 and unit_id = $2 and level = $3`, Trained, w.depts[tt.unit], tt.level); n != 1 {
			t.Errorf("%d deeds of %s", n, tt.unit)
		}
	}
	states := map[string]string{}
	for _, k := range does(w.keeper, w, listSkills, skillList{}).Items {
		states[k.Name] = k.State
		if k.Name == "冯办事员" && (!slices.Equal(k.Topics, []string{"basic", "common", "trouble"}) || k.Trainings != 1) {
			t.Errorf("%+v", k)
		}
		if k.Name == "王科长" && k.Missed != 1 {
			t.Errorf("%+v", k)
		}
	}
	if states["冯办事员"] != "independent" || states["吴主任"] != "trained" || states["王科长"] != "none" || len(states) != 6 {
		t.Errorf("%v", states)
	}
	if l := does(w.keeper, w, listSkills, skillList{Department: ptr(w.depts["业务科"]), State: "none"}); len(l.Items) != 1 {
		t.Errorf("%+v", l.Items)
	}
	f := does(w.office, w, names(kindsOf).figures, ref{r.ID})
	if f.Trained != 1 || f.Independent != 1 {
		t.Errorf("%d trained, %d independent", f.Trained, f.Independent)
	}
}

// Who was invited and has left meanwhile stands in nobody's way: the attendance is
// put down, and the training ends (R325).
func TestInvitedAndGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := does(w.keeper, w, plan, w.session("staff", 1, "业务科")).Training
	does(w.keeper, w, announce, Versioned{g.ID, g.Version})
	w.sql(`update members set state = 'left' where tenant_id = $1 and id = $2`, w.bureau, who(w.clerk))
	w.sql(`update members set state = 'locked' where tenant_id = $1 and id = $2`, w.bureau, who(w.office))
	w.sql(`update trial_trainings set starts_at = now() - interval '3 hours', ends_at = now() - interval '1 hour' where id = $1`, g.ID)
	in := attending{Versioned: Versioned{g.ID, g.Version + 1}}
	for id, state := range map[uuid.UUID]string{who(w.clerk): "absent", who(w.head): "present"} {
		in.Places = append(in.Places, struct {
			ID          uuid.UUID `json:"id"`
			State       string    `json:"state" enum:"invited,present,absent,excused"`
			Independent bool      `json:"independent,omitempty"`
		}{id, state, false})
	}
	stranger := in
	stranger.Places = slices.Clone(in.Places)
	stranger.Places[0].ID = who(w.office) // neither invited nor at work
	fails(w.keeper, w, attend, stranger, ErrPerson, "places")
	does(w.keeper, w, attend, in)
	if p := does(w.keeper, w, finish, Versioned{g.ID, g.Version + 2}); p.Training.State != "held" || p.Training.Present != 1 {
		t.Errorf("%+v", p.Training)
	}
}

func ptr[T any](v T) *T { return &v }

// Security awareness is a batch of its own (R329), with files handed out to
// whoever is invited (R325); a training that is called off is told.
func TestMaterials(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.session("security", 1, "业务科")
	s.Topics = []string{"security", "secrecy"}
	g := does(w.keeper, w, plan, s).Training
	fails(w.keeper, w, hand, newMaterial{g.ID, tenant.NewID()}, attachment.ErrNotFound, "")
	upload := tenant.NewID()
	w.sql(`insert into files (tenant_id, id, owner, name, size, type, sha256, key, version) values ($1, $2, $3, '讲义.pdf', 9, 'application/pdf', sha256('x'), $4 || '/' || encode(sha256('x'), 'hex'), 'v')`,
		w.bureau, upload, trainingOf(g.ID), strings.ReplaceAll(w.bureau.String(), "-", ""))
	does(w.keeper, w, announce, Versioned{g.ID, g.Version})
	if p := does(w.clerk, w, getTraining, ref{g.ID}); len(p.Materials) != 1 || p.Materials[0].Name != "讲义.pdf" {
		t.Errorf("%+v", p.Materials)
	}
	h := handing{}
	fails(w.chief, w, h.material, materialRef{g.ID, upload}, ErrNotFound, "")
	fails(w.clerk, w, h.material, materialRef{g.ID, tenant.NewID()}, ErrNotFound, "")
	if c := does(w.clerk, w, h.material, materialRef{g.ID, upload}); c.Size != 9 {
		t.Errorf("%d bytes", c.Size)
	}
	does(w.keeper, w, cancelTraining, reasoned{Versioned{g.ID, g.Version + 1}, "会议室占用"})
	if n := w.count(`select count(*) from notices where tenant_id = $1 and code = 'trial.training_cancelled'`, w.bureau); n != 2 {
		t.Errorf("%d were told", n)
	}
}
