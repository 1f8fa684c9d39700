package trial

import (
	"strings"
	"testing"
	"time"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// While a run goes on, data is backed up at regular intervals (R338): a week apart
// unless the plan says otherwise. Who supports the run writes each one down; when
// the next is due it waits for them, and they are told once.
func TestBackups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.begun(false, "业务科")
	if r.BackupDays != usualBackups {
		t.Fatalf("%d days apart", r.BackupDays)
	}
	now := time.Now()
	sum := strings.Repeat("0a", 32)
	in := newBackup{ID: r.ID, TakenAt: now.Add(-time.Minute), Covers: "数据库和附件", Kept: "机房备份盘二号", Digest: " " + strings.ToUpper(sum), Checked: "restored"}
	with := func(change func(*newBackup)) newBackup { b := in; change(&b); return b }
	fails(w.clerk, w, backups, ref{r.ID}, ErrNotYours, "")
	fails(w.above, w, backUp, in, ErrNotFound, "")
	fails(w.above, w, backups, ref{r.ID}, ErrNotFound, "")
	fails(w.keeper, w, backUp, with(func(b *newBackup) { b.Covers = " " }), feature.ErrMissing, "covers")
	fails(w.keeper, w, backUp, with(func(b *newBackup) { b.Kept = "" }), feature.ErrMissing, "kept")
	fails(w.keeper, w, backUp, with(func(b *newBackup) { b.Digest = "没有" }), ErrDigest, "digest")
	fails(w.keeper, w, backUp, with(func(b *newBackup) { b.TakenAt = now.Add(time.Hour) }), ErrFuture, "taken_at")
	fails(w.keeper, w, backUp, with(func(b *newBackup) { b.TakenAt = now.AddDate(0, 0, -2) }), ErrDays, "taken_at")
	if l := does(w.chief, w, backups, ref{r.ID}); l.EveryDays != 7 || l.DueOn != w.today(7) || l.Overdue || len(l.Items) != 0 {
		t.Errorf("at first: %+v", l)
	}
	if n := w.waits(w.keeper, ToBackUp); n != 0 {
		t.Errorf("%d wait at once", n)
	}

	w.sql(`update trial_runs set begun_at = begun_at - interval '9 days' where id = $1`, r.ID)
	if l := does(w.keeper, w, backups, ref{r.ID}); !l.Overdue || l.DueOn != w.today(-2) {
		t.Errorf("after nine days: %+v", l)
	}
	for range 2 {
		w.ok(watch(w.system(), w.db))
	}
	if n := w.count(`select count(*) from notices where tenant_id = $1 and code = 'trial.backup_due'`, w.bureau); n != 3 {
		t.Errorf("%d people were told, want each of the three who support once", n)
	}
	for want, n := range map[int]int{1: w.waits(w.keeper, ToBackUp), 0: w.waits(w.clerk, ToBackUp)} {
		if n != want {
			t.Errorf("%d wait, want %d", n, want)
		}
	}
	l := does(w.keeper, w, backUp, in)
	if len(l.Items) != 1 || l.Items[0].Digest != sum || l.Items[0].ByName != "陈工" || l.Overdue || l.DueOn != w.today(7) {
		t.Errorf("written down: %+v", l)
	}
	if n := w.waits(w.keeper, ToBackUp); n != 0 {
		t.Errorf("%d wait afterwards", n)
	}
	if n := w.count(`select count(*) from audit_entries where tenant_id = $1 and action = 'trial.backed_up'`, w.bureau); n != 1 {
		t.Errorf("%d stand in the audit", n)
	}

	// A run may ask for none, or for one every few days; one that is over takes no more.
	p := does(w.office, w, edit, replan{Versioned{r.ID, r.Version}, Plan{Name: r.Name, StartsOn: r.StartsOn, EndsOn: r.EndsOn, BackupDays: new(0)}})
	if l := does(w.office, w, backups, ref{r.ID}); l.EveryDays != 0 || l.DueOn != "" || l.Overdue {
		t.Errorf("none is asked for: %+v", l)
	}
	does(w.office, w, names(kindsOf).evaluate, newEvaluation{Versioned{r.ID, p.Version}, "可以推广"})
	does(w.chief, w, decide, newDecision{Versioned{r.ID, p.Version + 1}, "formal", "同意", w.today(0), ""})
	fails(w.keeper, w, backUp, in, ErrState, "")
}

// What a leaver had to improve is their successor's (R231).
func TestPassImprovements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.begun(false, "业务科")
	for _, title := range []string{"打印模板", "列表导出"} {
		does(w.office, w, improve, newImprovement{ID: r.ID, Title: title, OwnerID: who(w.head), DueOn: w.today(5)})
	}
	over := does(w.office, w, improve, newImprovement{ID: r.ID, Title: "登录提示", OwnerID: who(w.head), DueOn: w.today(5)})
	does(w.head, w, progress, improved{Versioned{over.ID, over.Version}, "done", "已改"})
	both := rbac.With(w.office, rbac.Fixed(everything...))
	w.ok(w.db.Write(both, func(tx *tenant.Tx) error {
		n, err := Improving(both, tx, who(w.head))
		if err == nil && n != 2 {
			t.Errorf("%d lie with them", n)
		}
		if err == nil {
			n, err = PassImprovements(both, tx, who(w.head), who(w.clerk))
		}
		if n != 2 {
			t.Errorf("%d went", n)
		}
		return err
	}))
	if l := does(w.clerk, w, ownImprovements, feature.None{}); len(l.Items) != 2 || l.Items[0].DueOn != w.today(5) {
		t.Errorf("the successor has %+v", l.Items)
	}
	if n := w.waits(w.head, ToImprove); n != 0 {
		t.Errorf("%d still wait for who left", n)
	}
	if n := w.count(`select count(*) from notices where tenant_id = $1 and code = 'trial.improvement_given' and member_id = $2`, w.bureau, who(w.clerk)); n != 2 {
		t.Errorf("the successor was told %d times", n)
	}
}
