package assess

import (
	"archive/zip"
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"hetu/attachment"
	"hetu/fault"
	"hetu/progress/progresstest"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// press are the endpoints of bulletins with a store of their own.
func (p *place) press() press {
	p.t.Helper()
	l, store := p.longWorksIn()
	staging, err := storage.NewStaging(p.t.TempDir())
	if err != nil {
		p.t.Fatal(err)
	}
	made := press{l, attachment.New(store, staging, attachment.Options{})}
	made.offer()
	return made
}

func (p *place) gazette(r Round) BulletinPage {
	p.t.Helper()
	return must(p, draftBulletin, newBulletin{r.ID, "第一季度目标管理考核情况通报"})
}

// A bulletin begins with the text that comes with the product, says what the
// round says now, and refuses placeholders nobody knows (R308).
func TestABulletinIsDrafted(t *testing.T) {
	t.Parallel()
	p, r := ranked3(t)
	if _, err := do(p.as("甲"), p.db, draftBulletin, newBulletin{r.ID, "通报"}); !errors.Is(err, ErrRoundNotFound) {
		t.Errorf("another tenant = %v, want ErrRoundNotFound", err)
	}
	wantFault(t, (&newBulletin{r.ID, "  "}).Validate(), fault.New(fault.Invalid, "request.missing"), "title")
	b := p.gazette(r)
	text := tenant.JSON(b.Blocks)
	for _, want := range []string{"本期共考核下级单位3个，平均得分20分，最高40分", "一类甲（40分）、乙（15分）；二类丙（5分）", `["1","甲","40","","优秀"]`, `["采用","20","40","5","甲"]`, "本期没有更正和加扣分。"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q: %s", want, text)
		}
	}
	if b.Blocks[0].Kind != "title" || b.Blocks[1].Kind != "subtitle" || b.Blocks[len(b.Blocks)-1].Kind != "right" || strings.ContainsAny(text, "｛｝") {
		t.Errorf("blocks = %s", text)
	}
	if _, err := do(p.as("甲"), p.db, bulletin, ref{b.ID}); !errors.Is(err, ErrBulletinNotFound) {
		t.Errorf("another tenant's = %v, want ErrBulletinNotFound", err)
	}
	edit := bulletinEdit{b.ID, b.Title, "# 通报\n{第一名的单位}得分最高", 1}
	wantFault(t, errOf(do(p.ctx, p.db, editBulletin, edit)), ErrPlaceholder, "text")
	edit.Text = "# 通报\n共{单位数}个，<b>最高</b>{最高分}分\n{排名表}"
	if _, err := do(p.as("甲"), p.db, editBulletin, edit); !errors.Is(err, ErrBulletinNotFound) {
		t.Errorf("another tenant changes it = %v, want ErrBulletinNotFound", err)
	}
	got := must(p, editBulletin, edit)
	if got.Version != 2 || got.Blocks[1].Text != "共3个，<b>最高</b>40分" || len(got.Blocks) != 6 {
		t.Errorf("changed = %+v", got)
	}
	err := errOf(do(p.ctx, p.db, editBulletin, edit))
	if f := fault.Of(err); !errors.Is(err, ErrStale) || f.Meta["version"] != 2 {
		t.Errorf("an old version = %v, want ErrStale", err)
	}
	if _, err := do(p.as("甲"), p.db, dropBulletin, bulletinDrop{b.ID, 2}); !errors.Is(err, ErrBulletinNotFound) {
		t.Errorf("another tenant drops it = %v, want ErrBulletinNotFound", err)
	}
	if _, err := do(p.ctx, p.db, dropBulletin, bulletinDrop{b.ID, 1}); !errors.Is(err, ErrStale) {
		t.Errorf("dropping an old version = %v, want ErrStale", err)
	}
	must(p, dropBulletin, bulletinDrop{b.ID, 2})
	if _, err := do(p.ctx, p.db, bulletin, ref{b.ID}); !errors.Is(err, ErrBulletinNotFound) {
		t.Errorf("dropped = %v, want ErrBulletinNotFound", err)
	}
}

// Issued, it stays as it was with the documents made of it, whatever becomes of
// the round and whoever asks; the next one begins with its text (R308, I11).
func TestABulletinIsIssued(t *testing.T) {
	t.Parallel()
	p, r := ranked3(t)
	w := p.press()
	b := p.gazette(r)
	b = must(p, editBulletin, bulletinEdit{b.ID, b.Title, "# 通报\n共{单位数}个，最高{最高分}分\n{排名表}\n{更正表}", 1})
	if _, err := do(p.as("甲"), p.db, w.issue, bulletinAct{b.ID, 2}); !errors.Is(err, ErrBulletinNotFound) {
		t.Errorf("another tenant = %v, want ErrBulletinNotFound", err)
	}
	if _, err := do(p.ctx, p.db, w.issue, bulletinAct{b.ID, 1}); !errors.Is(err, ErrStale) {
		t.Errorf("an old version = %v, want ErrStale", err)
	}
	wantFault(t, bulletinFile{b.ID, "html"}.Validate(), ErrPaper, "as")
	draft := must(p, w.file, bulletinFile{b.ID, "docx"})
	if !strings.Contains(draft.Headers["Content-Disposition"], "%E8%8D%89%E7%A8%BF") { // 草稿
		t.Errorf("a draft is sent as %q", draft.Headers["Content-Disposition"])
	}
	asked := must(p, w.issue, bulletinAct{b.ID, 2})
	if err := progresstest.Drain(t, p.ctx, w.works.Feature())[asked.WorkID]; err != nil {
		t.Fatal(err)
	}
	if e := p.ended(asked.WorkID); e.State != "done" {
		t.Fatalf("work = %+v", e)
	}
	got := must(p, bulletin, ref{b.ID})
	if got.State != "issued" || got.Digest == "" || got.IssuedAt == nil || got.IssuedBy != "王芳" || len(got.Placeholders) != 0 {
		t.Fatalf("issued = %+v", got.Bulletin)
	}
	p.adopt("丙", 9, "upper")
	must(p, recompute, ref{r.ID})
	if again := must(p, bulletin, ref{b.ID}); again.Blocks[1].Text != "共3个，最高40分" {
		t.Errorf("after the round has changed = %+v", again.Blocks[1])
	}
	docx, pdf := p.sent(must(p, w.file, bulletinFile{b.ID, "docx"})), p.sent(must(p, w.file, bulletinFile{b.ID, "pdf"}))
	if body := string(read(t, member(t, docx, "word/document.xml"))); !strings.Contains(body, "共3个，最高40分") || !strings.Contains(body, "仿宋_GB2312") {
		t.Errorf("document = %s", body)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-1.")) {
		t.Errorf("pdf = %.20q", pdf)
	}
	var kept int
	if err := tenanttest.Admin(t).QueryRow(`select count(*) from files where owner = $1`, "assess/bulletin/"+b.ID.String()).Scan(&kept); err != nil || kept != 2 {
		t.Errorf("%d files are kept, %v, want 2", kept, err)
	}
	for _, err := range []error{
		errOf(do(p.ctx, p.db, w.issue, bulletinAct{b.ID, 3})), errOf(do(p.ctx, p.db, dropBulletin, bulletinDrop{b.ID, 3})),
		errOf(do(p.ctx, p.db, editBulletin, bulletinEdit{b.ID, "x", "x", 3})),
	} {
		if !errors.Is(err, ErrBulletinIssued) {
			t.Errorf("changing what was issued = %v, want ErrBulletinIssued", err)
		}
	}
	for _, stmt := range []string{`update assess_bulletins set title = 'x' where id = $1`, `delete from assess_bulletins where id = $1`} {
		if _, err := tenanttest.Admin(t).Exec(stmt, b.ID); err == nil || !strings.Contains(err.Error(), "assessment:") {
			t.Errorf("%s = %v, want it refused", stmt, err)
		}
	}
	if next := p.gazette(r); next.Text != b.Text || next.Blocks[1].Text != "共3个，最高95分" {
		t.Errorf("the next one begins with %q", next.Text)
	}
	l := must(p, bulletins, bulletinList{Round: &r.ID})
	if len(l.Items) != 2 || l.Items[1].State != "issued" || l.Items[0].RoundName != "第一季度" {
		t.Errorf("list = %+v", l.Items)
	}
	if l, err := do(p.as("甲"), p.db, bulletins, bulletinList{}); err != nil || len(l.Items) != 0 {
		t.Errorf("another tenant's list = %+v %v", l.Items, err)
	}
}

func TestReadingATextWithPlaceholders(t *testing.T) {
	t.Parallel()
	s := saying{words: []Placeholder{{Name: "单位数", Value: "8"}, {Name: "方案", Value: "甲{单位数}"}},
		tables: []tableWord{{"排名表", func() []Block { return []Block{{Kind: "table", Head: []string{"单位"}}} }}}}
	for text, want := range map[string]string{
		"": "",
		"# 通报\n（一季度）\n\n## 一\n正文": "title:通报|subtitle:（一季度）|heading:一|text:正文",
		"（括号）":                      "text:（括号）",
		"共{单位数}个｛单位数｝":              "text:共8个8",
		"{方案}":                      "text:甲{单位数}", // what is shown is not read again
		" {排名表} \n> 办公室":            "table:|right:办公室",
		"花括号 { 不成对":                 "text:花括号 { 不成对",
		"<script>alert(1)</script>": "text:<script>alert(1)</script>",
	} {
		all, err := s.blocks(text)
		var got []string
		for _, b := range all {
			got = append(got, b.Kind+":"+b.Text)
		}
		if strings.Join(got, "|") != want || err != nil {
			t.Errorf("%q = %v %v, want %s", text, got, err, want)
		}
	}
	for text, name := range map[string]string{"共{单位}个": "单位", "见{排名表}。": "排名表", "{x}{单位数}{y}": "x"} {
		_, err := s.blocks(text)
		if f := fault.Of(err); !errors.Is(err, ErrPlaceholder) || f.Field != "text" || f.Meta["name"] != name {
			t.Errorf("%q = %v, want it to name %s", text, err, name)
		}
	}
}

// The document opens as one: its parts are there, and what people write is text.
func TestDocx(t *testing.T) {
	t.Parallel()
	blocks := []Block{{Kind: "title", Text: "A<b>&\"通报"}, {Kind: "subtitle", Text: "（一）"}, {Kind: "text", Text: "正文"},
		{Kind: "table", Head: []string{"名次", "单位"}, Rows: [][]string{{"1", "甲"}, {"2", "乙"}}}, {Kind: "right", Text: "今日"}}
	var first, again bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &again} {
		if err := writeDocx(b, "通报", blocks); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), again.Bytes()) {
		t.Error("the same blocks make other bytes")
	}
	body := string(read(t, member(t, first.Bytes(), "word/document.xml")))
	if !strings.Contains(body, "A&lt;b&gt;&amp;&#34;通报") || strings.Count(body, "<w:tr>") != 3 || strings.Count(body, "<w:tc>") != 6 {
		t.Errorf("document = %s", body)
	}
	z, err := zip.NewReader(bytes.NewReader(first.Bytes()), int64(first.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	if want := []string{"[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels", "word/footer1.xml", "word/document.xml"}; !slices.Equal(names, want) {
		t.Errorf("parts = %v", names)
	}
}
