package app_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// sources calls fn with every file of the product, by its path from the root,
// that has one of the endings: neither tests nor what was built.
func sources(t *testing.T, fn func(name, text string), endings ...string) {
	t.Helper()
	n := 0
	must(t, filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); base == "node_modules" || base == "dist" || base != ".." && strings.HasPrefix(base, ".") || base == "testdata" || base == "journeys" {
				return fs.SkipDir
			}
			return nil
		}
		name = strings.TrimPrefix(filepath.ToSlash(name), "../")
		if !slices.Contains(endings, filepath.Ext(name)) || strings.HasSuffix(name, "_test.go") || strings.Contains(name, ".test.") {
			return nil
		}
		b, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		n++
		fn(name, string(b))
		return err
	}))
	if n < 50 {
		t.Fatalf("only %d files were read", n)
	}
}

// callers are the packages that open connections, and to where: what the
// configuration of the server says, this machine, or, in org/identity, what
// that package's own guard lets through.
var callers = []string{"storage/", "tenant/", "migrate/", "job/", "deploy/embedded/", "cmd/", "bench/", "demo/", "org/identity/", "torture/"}

// TestNobodyDials: no other part of the product can reach out at all, so that
// no field anybody fills in becomes an address that is called (IN-04).
func TestNobodyDials(t *testing.T) {
	t.Parallel()
	dials := regexp.MustCompile(`\bhttp\.(Client|Transport|NewRequest|NewRequestWithContext|Get|Post|Head|DefaultClient)\b|\bnet\.(Dial|Dialer|DialTimeout|Resolver|Lookup\w+)\b|\btls\.Dial|\bsmtp\.|\bfasthttp\.(Client|Do|Get|Post)|"os/exec"`)
	sources(t, func(name, text string) {
		if at := dials.FindString(text); at != "" && !slices.ContainsFunc(callers, func(c string) bool { return strings.HasPrefix(name, c) }) {
			t.Errorf("%s holds %s", name, at)
		}
	}, ".go")
}

// TestNobodysPatterns: no text of a person's becomes a pattern of PostgreSQL or
// of the browser: every one that is used stands in the source (IN-08).
func TestNobodysPatterns(t *testing.T) {
	t.Parallel()
	given := regexp.MustCompile(`(?i)(?:!?~\*?|similar to)\s*(?:\$\d|\w+\.pattern)|regexp_\w+\s*\([^)]*,\s*\$\d`)
	sources(t, func(name, text string) {
		for _, at := range given.FindAllString(text, -1) {
			t.Errorf("%s matches by a pattern that is not its own: %s", name, at)
		}
	}, ".go", ".sql")
	made := regexp.MustCompile(`new RegExp\(([^)]*)`)
	sources(t, func(name, text string) {
		for _, m := range made.FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile("^['`\"]").MatchString(strings.TrimSpace(m[1])) {
				t.Errorf("%s makes a pattern of %s", name, m[1])
			}
		}
	}, ".ts", ".tsx")
	compiled := regexp.MustCompile(`regexp\.(?:MustCompile|Compile)(?:POSIX)?\(([^)\n]*)`)
	sources(t, func(name, text string) {
		for _, m := range compiled.FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile("^[`\"]").MatchString(m[1]) {
				t.Errorf("%s compiles a pattern of %s", name, m[1])
			}
		}
	}, ".go")
}

// TestNothingIsPresigned: no address is ever made by which somebody gets an
// object from the store past the product, and none is known to the browser
// (UP-07).
func TestNothingIsPresigned(t *testing.T) {
	t.Parallel()
	leads := regexp.MustCompile(`(?i)presign|x-amz-(signature|credential|algorithm)|awsaccesskeyid`)
	sources(t, func(name, text string) {
		if at := leads.FindString(text); at != "" {
			t.Errorf("%s holds %s", name, at)
		}
	}, ".go", ".ts", ".tsx")
}

// trap is a document type that would have a reader fetch a file of the server's.
const trap = `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd">%p;<!ENTITY a "CNRYENTITY"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`

// workbooks are lists to import in which the XML is not what it seems.
func workbooks(t *testing.T) map[string][]byte {
	t.Helper()
	const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	made := map[string][]byte{}
	for name, parts := range map[string][2]string{
		"a document type in the sheet":   {trap + `<worksheet ` + ns + `><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&f;&b;</t></is></c></row></sheetData></worksheet>`, `<sst ` + ns + `><si><t>a</t></si></sst>`},
		"a document type in the strings": {`<worksheet ` + ns + `><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>`, trap + `<sst ` + ns + `><si><t>&f;&b;</t></si></sst>`},
		"another file taken in":          {`<worksheet ` + ns + ` xmlns:xi="http://www.w3.org/2001/XInclude"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t><xi:include href="file:///etc/passwd" parse="text"/></t></is></c></row></sheetData></worksheet>`, `<sst ` + ns + `/>`},
		"many attributes":                {`<worksheet ` + ns + strings.Repeat(` a="1"`, 200000) + `><sheetData/></worksheet>`, `<sst ` + ns + `/>`},
		"a deep tree":                    {`<worksheet ` + ns + `>` + strings.Repeat("<a>", 100000) + `</worksheet>`, `<sst ` + ns + `/>`},
	} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, p := range [][2]string{
			{"[Content_Types].xml", `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>`},
			{"_rels/.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
			{"xl/workbook.xml", `<?xml version="1.0"?><workbook ` + ns + ` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`},
			{"xl/_rels/workbook.xml.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`},
			{"xl/worksheets/sheet1.xml", parts[0]}, {"xl/sharedStrings.xml", parts[1]},
		} {
			f, err := z.Create(p[0])
			must(t, err)
			_, err = f.Write([]byte(p[1]))
			must(t, err)
		}
		must(t, z.Close())
		made[name] = b.Bytes()
	}
	return made
}

// TestWorkbooksNameNothing brings such lists to every route that takes a file
// in: none of them reads a file, asks anybody, or takes long about it (IN-07).
func TestWorkbooksNameNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.private(t)
	group := text(t, w.operator.does(t, "GET /api/console/tenants/"+w.a.id.String(), nil), "group", "id")
	books := workbooks(t)
	tried := 0
	for _, f := range w.features {
		for _, r := range f.Routes {
			if !r.Endpoint.Changes || !r.Endpoint.Streams {
				continue
			}
			path, _ := fill(r.Path, func(prefix string) (string, bool) { return ids[prefix], true })
			for name, book := range books {
				at := path
				if r.Path == "/attachment/uploads/{id}" {
					at = "/attachment/uploads/" + text(t, w.a.chief.does(t, "POST /api/attachment/uploads", fields{"name": "a.xlsx", "size": len(book)}), "id")
				}
				began := time.Now()
				res, body := w.who(r).send(t, r.Method, "/api"+at+"?offset=0&dry_run=true&version=2&name=a.xlsx&group="+group, book, nil)
				took := time.Since(began)
				if tried++; res.StatusCode >= 500 || strings.Contains(string(body), "root:") || strings.Contains(string(body), "CNRYENTITY") || took > 5*time.Second {
					t.Errorf("%s with %s = %d after %v %.300s", r.Path, name, res.StatusCode, took, body)
				}
			}
		}
	}
	if tried < 4*len(books) {
		t.Errorf("only %d lists were brought", tried)
	}
}

// TestOneLineOneHeader gives things names that end a line, a header or a cell,
// and looks at every header that comes back where the name is said again
// (IN-06).
func TestOneLineOneHeader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	column := w.a.column(t, "附件栏目", 1)
	item := text(t, w.a.chief.does(t, "POST /api/publish/items", fields{"column_id": column, "kind": "news", "title": "有附件", "body_html": "<p>文</p>"}), "id")
	for i, name := range []string{"a\r\nX-Injected: 1", "a\nb", "a\u2028b", "a\u0085b", "\x1b[31mred", "a\x00b", `a"; filename="b.exe`, "a;b,c", "图\u202Egpj.exe", "=1+1"} {
		path := "/api/publish/items/" + item + "/attachments"
		made, body := w.a.chief.send(t, "POST", path, fields{"upload_id": w.a.chief.upload(t, fmt.Sprint("a", i, ".png"), png), "name": name, "summary": "概要"}, nil)
		if made.StatusCode != 200 {
			if made.StatusCode != 422 {
				t.Errorf("an attachment called %q = %d %s", name, made.StatusCode, body)
			}
			continue
		}
		page := w.a.chief.does(t, "GET /api/publish/items/"+item, nil)
		files := at(t, page, "attachments").([]any)
		res, _ := w.a.chief.send(t, "GET", path+"/"+text(t, files[len(files)-1], "id")+"/content", nil, nil)
		d := res.Header.Get("Content-Disposition")
		if res.StatusCode != 200 || res.Header.Get("X-Injected") != "" || !strings.HasPrefix(d, "attachment; ") || strings.ContainsAny(d, "\r\n\x00\x1b\u2028\u202E") || strings.Count(d, "filename=") != 1 {
			t.Errorf("%q is sent as %q", name, d)
		}
	}
}
