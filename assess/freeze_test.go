package assess

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hetu/progress"
	"hetu/progress/progresstest"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// closed makes a round that is closed, with a correction and an event in it.
func (p *place) closed() Round {
	p.t.Helper()
	p.known()
	p.adopt("甲", 7, "own")
	p.adopt("甲", 2, "upper")
	p.adopt("乙", 3, "own")
	round := p.round(p.scheme(adoption("5", "10.5"), Spec{Code: "task", Name: "采用任务", Type: baseTask, DeedKind: "exchange.adopted",
		Task: 7, BasePoints: limit("50"), BonusPoints: limit("0.5"), Shortfall: "proportional"}), "一")
	p.yesterday(round)
	must(p, recompute, ref{round.ID})
	made := must(p, propose, proposal{ID: round.ID, Type: correction, Unit: p.unit["甲"].ID, Rule: "adopted", Corrected: "50", Reason: "重复报送", URL: "https://example.org/1"})
	must(p.second(), confirm, ref{made.ID})
	must(p, recompute, ref{round.ID})
	must(p, publish, publication{ID: round.ID})
	return must(p, closeRound, ref{round.ID})
}

// second returns the place as another member of the headquarters sees it.
func (p *place) second() *place {
	q := *p
	q.ctx, _ = tenanttest.As(p.t, p.hq)
	return &q
}

// frozen freezes a round and returns its package.
func (p *place) frozen(l long, r Round) (Freeze, []byte) {
	p.t.Helper()
	asked := must(p, l.freeze, ref{r.ID})
	if err := progresstest.Drain(p.t, p.ctx, l.works.Feature())[asked.WorkID]; err != nil {
		p.t.Fatal(err)
	}
	if e := p.ended(asked.WorkID); e.State != "done" {
		p.t.Fatalf("work = %+v", e)
	}
	c := must(p, l.content, ref{r.ID})
	body, err := c.Open(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	defer body.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(body)
	if err != nil {
		p.t.Fatal(err)
	}
	return must(p, freezeOf, ref{r.ID}), b
}

func recheckBytes(t *testing.T, b []byte) Rechecked {
	t.Helper()
	c, err := Recheck(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// R310, AS-02, I11: a frozen round lies in one package from which its result
// comes out again, and its digest stands in the audit.
func TestFreezing(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	l, store := p.longWorksIn()
	open := p.round(p.scheme(adoption("1", "2")), "未归档")
	if _, err := do(p.as("甲"), p.db, l.freeze, ref{open.ID}); !errors.Is(err, ErrRoundNotFound) {
		t.Errorf("another tenant = %v, want ErrRoundNotFound", err)
	}
	if _, err := do(p.ctx, p.db, l.freeze, ref{open.ID}); !errors.Is(err, ErrNotClosed) {
		t.Errorf("an open round = %v, want ErrNotClosed", err)
	}
	round := p.closed()
	if _, err := do(p.ctx, p.db, freezeOf, ref{round.ID}); !errors.Is(err, ErrNotFrozen) {
		t.Errorf("before freezing = %v, want ErrNotFrozen", err)
	}
	f, b := p.frozen(l, round)
	if f.Digest != round.Digest || f.Size != int64(len(b)) || f.Deeds != 12 || f.ByName != "王芳" || f.RetainedAt == nil ||
		f.RetainUntil.Sub(f.At) < (Retained*365-1)*24*time.Hour {
		t.Errorf("freeze = %+v", f)
	}
	c := recheckBytes(t, b)
	if c.Difference != "" || c.Again != round.Digest || c.Units != 2 || c.Deeds != 12 || c.Adjusts != 1 || c.By != "王芳" {
		t.Errorf("worked out again = %+v", c)
	}
	var key, version, audited string
	if err := tenanttest.Admin(t).QueryRow(`
		select f.package_key, f.package_version, e.detail->>'sha256' from assess_freezes f
		  join audit_entries e on e.tenant_id = f.tenant_id and e.object = $2 and e.action = 'assess.round_frozen'
		 where f.round_id = $1`, round.ID, "assess/round/"+round.ID.String()).Scan(&key, &version, &audited); err != nil {
		t.Fatal(err)
	}
	if audited != f.SHA256 {
		t.Errorf("the audit says %s, want %s", audited, f.SHA256)
	}
	err := store.Delete(t.Context(), storage.Ref{Tenant: p.hq, Key: key, Version: version})
	if !errors.Is(err, storage.ErrRetained) {
		t.Errorf("deleting the package = %v, want ErrRetained (AR-01)", err)
	}
	var copied bytes.Buffer
	fz, err := OpenFrozen(p.ctx, p.db, store, round.ID, &copied)
	if err != nil || fz.Audited != f.SHA256 || !bytes.Equal(copied.Bytes(), b) {
		t.Errorf("from the installation: %+v %v", fz, err)
	}
	if _, err := do(p.ctx, p.db, l.freeze, ref{round.ID}); !errors.Is(err, ErrFrozen) {
		t.Errorf("freezing twice = %v, want ErrFrozen", err)
	}
	if r := must(p, findRound, round.ID); r.FrozenAt == nil || r.State != "closed" {
		t.Errorf("round = %+v", r)
	}
	for _, name := range []string{bookFile, sheetsFile, paperFile} {
		if f := member(t, b, name); f.UncompressedSize64 == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	page := string(read(t, member(t, b, "sheets.html")))
	for _, want := range []string{"甲", "系统 56 分，更正为 50 分：重复报送", "采用（更正）", round.Digest} {
		if !strings.Contains(page, want) {
			t.Errorf("the sheets do not say %q", want)
		}
	}
}

// A round that does not come out as it was closed is not frozen.
func TestAChangedRoundIsNotFrozen(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	l, store := p.longWorksIn()
	round := p.closed()
	defer p.planted(round, "甲")()
	asked := must(p, l.freeze, ref{round.ID})
	_ = progresstest.Drain(t, p.ctx, l.works.Feature())
	if e := p.ended(asked.WorkID); e.State != "failed" || e.Code != "assess.round_changed" {
		t.Errorf("work = %+v, want it refused", e)
	}
	if page, err := store.List(t.Context(), p.hq, "", 10); err != nil || len(page.Entries) != 0 {
		t.Errorf("left in the store: %+v %v", page.Entries, err)
	}
}

// A freeze that was interrupted after the round was frozen goes on with the
// same package (F13).
func TestAnInterruptedFreezeGoesOn(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	l, store := p.longWorksIn()
	round := p.closed()
	o := order{round.ID, round.Version}
	member, err := tenant.From(p.ctx)
	if err != nil {
		t.Fatal(err)
	}
	first, err := l.frozen(tenant.As(t.Context(), member), p.db, o, signs{func(int) error { return nil }, func() error { return nil }})
	if err != nil || first.RetainedAt != nil {
		t.Fatalf("the first half = %+v %v", first, err)
	}
	f, b := p.frozen(l, round)
	if f.SHA256 != first.SHA256 || f.RetainedAt == nil || recheckBytes(t, b).Difference != "" {
		t.Errorf("the second half = %+v, want the first one's package", f)
	}
	if page, err := store.List(t.Context(), p.hq, "", 10); err != nil || len(page.Entries) != 1 {
		t.Errorf("in the store: %+v %v, want one package", page.Entries, err)
	}
}

// Freezing gives signs of life all along: what takes long is not taken for dead,
// and whoever has lost the turn stops.
func TestFreezingGivesSignsOfLife(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	l, store := p.longWorksIn()
	round := p.closed()
	beats := 0
	freeze := func(most int) error {
		_, err := l.frozen(p.ctx, p.db, order{round.ID, round.Version}, signs{func(int) error { return nil }, func() error {
			if beats++; beats > most {
				return progress.ErrLost
			}
			return nil
		}})
		return err
	}
	for _, most := range []int{0, 3} {
		beats = 0
		if err := freeze(most); !errors.Is(err, progress.ErrLost) {
			t.Errorf("freezing, lost after %d signs = %v, want ErrLost", most, err)
		}
	}
	if page, err := store.List(t.Context(), p.hq, "", 10); err != nil || len(page.Entries) != 0 {
		t.Errorf("left in the store: %+v %v", page.Entries, err)
	}
	if err := freeze(1 << 30); err != nil || beats < 10 {
		t.Errorf("freezing = %v after %d signs", err, beats)
	}
}

// The database has the last word, whoever asks: not even its superuser changes
// a frozen round (AS-04, I11).
func TestAFrozenRoundIsImmutable(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	round := p.closed()
	p.frozen(p.longWorks(), round)
	admin := tenanttest.Admin(t)
	for name, stmt := range map[string]string{
		"open it again":        `update assess_rounds set state = 'open', frozen_at = null where id = $1`,
		"another digest":       `update assess_rounds set digest = 'x' where id = $1`,
		"drop it":              `delete from assess_rounds where id = $1`,
		"another total":        `update assess_scores set total = 99 where round_id = $1`,
		"a score less":         `delete from assess_scores where round_id = $1`,
		"another line":         `update assess_entries set points = 99 where round_id = $1`,
		"a line less":          `delete from assess_entries where round_id = $1`,
		"a line more":          `insert into assess_entries select (e).* from (select e from assess_entries e where round_id = $1 limit 1) x`,
		"what was published":   `update assess_results set total = 99 where round_id = $1`,
		"unpublished":          `delete from assess_results where round_id = $1`,
		"another package":      `update assess_freezes set sha256 = 'x' where round_id = $1`,
		"retention undone":     `update assess_freezes set retained_at = null where round_id = $1`,
		"the freeze dropped":   `delete from assess_freezes where round_id = $1`,
		"an adjustment":        `update assess_adjustments set points = 99 where round_id = $1`,
		"marked as taken back": `update assess_adjustments set reversed = true where round_id = $1`,
		"adjustments dropped":  `delete from assess_adjustments where round_id = $1`,
	} {
		if _, err := admin.Exec(stmt, round.ID); err == nil || !strings.Contains(err.Error(), "assessment:") && name != "a line more" {
			t.Errorf("%s = %v, want it refused", name, err)
		}
	}
}

// Every tampering is found, and the first difference is said.
func TestTamperedPackage(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	_, b := p.frozen(p.longWorks(), p.closed())
	if c := recheckBytes(t, rezip(t, b, nil)); c.Difference != "" {
		t.Fatalf("packed anew and untouched: %s", c.Difference)
	}
	swap := func(old, to string) func([]byte) []byte {
		return func(b []byte) []byte {
			if !bytes.Contains(b, []byte(old)) {
				t.Errorf("there is no %s to tamper with", old)
			}
			return bytes.Replace(b, []byte(old), []byte(to), 1)
		}
	}
	for name, tt := range map[string]struct {
		file    string
		change  func([]byte) []byte
		whole   bool // the manifest is made to fit
		differs string
	}{
		"a byte of the workbook":     {bookFile, swap("PK", "PQ"), false, "evidence.xlsx: its SHA-256 is"},
		"a fact":                     {factsFile, swap(`"own"`, `"upper"`), false, "facts.jsonl: its SHA-256 is"},
		"a fact, manifest made fit":  {factsFile, swap(`"own"`, `"upper"`), true, "result.jsonl, line "},
		"a rule, manifest made fit":  {givenFile, swap(`"10.5"`, `"11"`), true, "result.jsonl, line 2: recorded "},
		"a score, manifest made fit": {resultFile, swap(`"甲"`, `"丙"`), true, "result.jsonl, line 2: recorded "},
		"a correction, made fit":     {adjustedFile, swap(`"points":"-6"`, `"points":"6"`), true, "result.jsonl, line 2: recorded "},
		"a correction left out":      {adjustedFile, func([]byte) []byte { return nil }, true, "result.jsonl, line 2: recorded "},
		"the last line left out":     {resultFile, func(b []byte) []byte { return b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1] }, true, "recorded nothing"},
		"the digest":                 {manifestFile, swap(`"digest": "`, `"digest": "0`), false, "result.jsonl: the digest is"},
	} {
		got := recheckBytes(t, rezip(t, b, func(file string, content []byte) []byte {
			if file == tt.file {
				return tt.change(content)
			}
			return content
		}, tt.whole))
		if !strings.Contains(got.Difference, tt.differs) {
			t.Errorf("%s: %q, want it to say %q", name, got.Difference, tt.differs)
		}
	}
	for name, bad := range map[string][]byte{"no archive": []byte("x"), "cut off": b[:len(b)/2]} {
		if _, err := Recheck(bytes.NewReader(bad), int64(len(bad))); !errors.Is(err, ErrPackage) {
			t.Errorf("%s = %v, want ErrPackage", name, err)
		}
	}
}

// AS-02: the same bytes on another machine, in another time zone and locale.
// The test runs itself again there, without a database.
func TestRecheckElsewhere(t *testing.T) {
	if file := os.Getenv("HETU_RECHECK"); file != "" {
		b, err := os.ReadFile(file) //nolint:gosec // the test's own
		if err != nil {
			t.Fatal(err)
		}
		c := recheckBytes(t, b)
		fmt.Printf("<%s %s %q>", time.Local, c.Again, c.Difference)
		return
	}
	t.Parallel()
	p := found(t, "甲", "乙")
	f, b := p.frozen(p.longWorks(), p.closed())
	file := t.TempDir() + "/round.zip"
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, where := range [][]string{
		{"TZ=America/St_Johns", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8"},
		{"TZ=Pacific/Kiritimati", "LANG=C", "LC_ALL=C"},
		{"TZ=", "LANG=de_DE.UTF-8", "LC_NUMERIC=de_DE.UTF-8"},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestRecheckElsewhere$") //nolint:gosec // the test's own
		cmd.Env = append(where, "HETU_RECHECK="+file, "HOME=/nowhere")
		out, err := cmd.CombinedOutput()
		if want := fmt.Sprintf("%s %q>", f.Digest, ""); err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v: %s %v, want %s", where, out, err, want)
		}
	}
}

func member(t *testing.T, b []byte, name string) *zip.File {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

func read(t *testing.T, f *zip.File) []byte {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// rezip packs a package anew with some files changed; with fit, the manifest
// says of each what it now is.
func rezip(t *testing.T, b []byte, change func(string, []byte) []byte, fit ...bool) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p := packer{zip: zip.NewWriter(&out)}
	for _, f := range z.File {
		content := read(t, f)
		if change != nil {
			content = change(f.Name, content)
		}
		if f.Name == manifestFile && len(fit) > 0 && fit[0] {
			var m Manifest
			if err := readJSON(z, manifestFile, &m); err != nil {
				t.Fatal(err)
			}
			m.Files = p.files
			content = []byte(tenant.JSON(m))
		}
		p.put(f.Name, func(w io.Writer) error { _, err := w.Write(content); return err })
	}
	if err := errors.Join(p.err, p.zip.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
