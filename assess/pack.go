package assess

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/google/uuid"
)

// packFormat names how a package is laid out. A package of another format is
// refused and never guessed at.
const (
	packFormat  = "hetu-assess-round/2"
	firstFormat = "hetu-assess-round/1" // before there were editions: its result is worked out by the first
)

// The files of a package, in this order.
const (
	givenFile    = "given.json"        // the round, its units and rules
	factsFile    = "facts.jsonl"       // every deed and how it counts
	adjustedFile = "adjustments.jsonl" // every correction and event, with the digests of its proof
	resultFile   = "result.jsonl"      // the result, canonical
	bookFile     = "evidence.xlsx"     // the same for people, with the titles of the items
	sheetsFile   = "sheets.html"       // the list and a score sheet per unit, for A4 paper
	paperFile    = "result.pdf"        // the same as a PDF that looks alike everywhere
	manifestFile = "manifest.json"
)

// A Manifest says what lies in a package.
type Manifest struct {
	Format  string       `json:"format"`
	Tenant  uuid.UUID    `json:"tenant"`
	Round   uuid.UUID    `json:"round"`
	Name    string       `json:"name"`
	At      time.Time    `json:"at"`
	By      string       `json:"by"`
	Digest  string       `json:"digest"` // SHA-256 of result.jsonl
	Units   int          `json:"units"`
	Deeds   int          `json:"deeds"`
	Adjusts int          `json:"adjustments"`
	Files   []PackedFile `json:"files"`
}

// A PackedFile is one file of a package.
type PackedFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// givenHead is given.json.
type givenHead struct {
	Round   uuid.UUID `json:"round"`
	Name    string    `json:"name"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	Edition Edition   `json:"edition"` // the result is worked out by
	Version Version   `json:"version"`
	Bare    bool      `json:"bare,omitempty"` // the result does not name the deeds; a round of very many
}

// A packer writes the files of a package and notes what they are. It keeps the
// first error.
type packer struct {
	zip   *zip.Writer
	files []PackedFile
	err   error
}

// put writes one file. Nothing of when and where is in it: the same content
// makes the same bytes.
func (p *packer) put(name string, write func(io.Writer) error) {
	if p.err != nil {
		return
	}
	w, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		p.err = err
		return
	}
	c := counter{sum: sha256.New()}
	if p.err = write(io.MultiWriter(w, &c)); p.err != nil {
		p.err = fmt.Errorf("assess: %s: %w", name, p.err)
		return
	}
	p.files = append(p.files, PackedFile{name, c.n, hex.EncodeToString(c.sum.Sum(nil))})
}

type counter struct {
	sum hash.Hash
	n   int64
}

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return c.sum.Write(b)
}

// along is what a package has beside what its result depends on.
type along struct {
	book    func(io.Writer) error // writes the workbook
	decided map[Unit]string       // the grades that a meeting decided, by unit without its name
	extras  []extra
}

// pack writes the package of a round to w: what its result depends on, the
// result, what others have to add, and both again for people to read.
func pack(w io.Writer, m Manifest, g Given, also along) (Manifest, error) {
	res := g.work()
	var err error
	if m.Digest, err = res.Digest(); err != nil {
		return m, err
	}
	m.Format, m.Units, m.Adjusts = packFormat, len(g.Version.Units), len(g.Adjusted)
	p := packer{zip: zip.NewWriter(w)}
	p.put(givenFile, func(w io.Writer) error {
		return encoder(w).Encode(givenHead{m.Round, m.Name, g.From, g.To, res.Edition, g.Version, g.Bare})
	})
	p.put(factsFile, func(w io.Writer) error {
		buf := bufio.NewWriter(w)
		e := encoder(buf)
		err := g.Facts.each(func(l factLine) error { m.Deeds++; return e.Encode(l) })
		return errors.Join(err, buf.Flush())
	})
	p.put(adjustedFile, func(w io.Writer) error {
		e := encoder(w)
		for _, a := range g.Adjusted {
			if err := e.Encode(a); err != nil {
				return err
			}
		}
		return nil
	})
	p.put(resultFile, res.Canonical)
	for _, e := range also.extras {
		p.put(e.name, func(w io.Writer) error { _, err := w.Write(e.body); return err })
	}
	printed := m.paper(res, also.decided)
	p.put(bookFile, also.book)
	p.put(sheetsFile, func(w io.Writer) error { return writeSheets(w, m, printed) })
	p.put(paperFile, func(w io.Writer) error { return printed.write(w, "result") })
	m.Files = p.files
	p.put(manifestFile, func(w io.Writer) error {
		b, err := json.MarshalIndent(m, "", "  ")
		if err == nil {
			_, err = w.Write(append(b, '\n'))
		}
		return err
	})
	return m, errors.Join(p.err, p.zip.Close())
}

func encoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}

// A Rechecked is a package worked out again.
type Rechecked struct {
	Manifest
	Again      string            // the digest its result has when worked out now
	Said       map[string]string // what the appendices say they hold, by names
	Difference string            // the first thing that is not as recorded; empty if all is
}

// ErrPackage means that a file is no package of a frozen round.
var ErrPackage = errors.New("assess: not a package of a frozen round")

// Recheck works the result out from nothing but the package, and says the first
// difference from what it records (R310, AS-02); then it checks the files of
// those appendices that are in it. It needs no database, and the machine, its
// time zone and its locale do not matter.
func Recheck(r io.ReaderAt, size int64, appendices ...Appendix) (c Rechecked, err error) {
	c.Said = map[string]string{}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrPackage, err)
	}
	if err := readJSON(z, manifestFile, &c.Manifest); err != nil {
		return c, err
	}
	if c.Format != packFormat && c.Format != firstFormat {
		return c, fmt.Errorf("%w: its format is %q, this program reads %q", ErrPackage, c.Format, packFormat)
	}
	if c.Difference, err = c.strayed(z); err != nil || c.Difference != "" {
		return c, err
	}
	g, err := c.readGiven(z)
	if err != nil {
		return c, err
	}
	res := g.work()
	if c.Again, err = res.Digest(); err != nil {
		return c, err
	}
	if c.Difference, err = against(z, res); err == nil && c.Difference == "" && c.Again != c.Digest {
		c.Difference = fmt.Sprintf("%s: the digest is %s, the manifest says %s", resultFile, c.Again, c.Digest)
	}
	if err != nil || c.Difference != "" {
		return c, err
	}
	return c, c.recheck(z, Packed{c.Manifest, res, g.Adjusted}, appendices)
}

// strayed returns the first file that is not what the manifest says.
func (m Manifest) strayed(z *zip.Reader) (string, error) {
	known := map[string]bool{manifestFile: true}
	for _, f := range m.Files {
		known[f.Name] = true
		c := counter{sum: sha256.New()}
		r, err := z.Open(f.Name)
		if err != nil {
			return f.Name + ": it is missing", nil //nolint:nilerr // that is the finding
		}
		_, err = io.Copy(&c, r)
		_ = r.Close()
		switch sum := hex.EncodeToString(c.sum.Sum(nil)); {
		case errors.Is(err, zip.ErrChecksum), err == nil && sum != f.SHA256:
			return fmt.Sprintf("%s: its SHA-256 is %s, the manifest says %s", f.Name, sum, f.SHA256), nil
		case err != nil:
			return "", fmt.Errorf("%w: %s: %w", ErrPackage, f.Name, err)
		}
	}
	for _, f := range z.File {
		if !known[f.Name] {
			return f.Name + ": the manifest does not name it", nil
		}
		delete(known, f.Name) // a name twice is found the second time
	}
	return "", nil
}

// against compares the recorded result with res, line by line.
func against(z *zip.Reader, res Result) (string, error) {
	r, err := z.Open(resultFile)
	if err != nil {
		return resultFile + ": it is missing", nil //nolint:nilerr // that is the finding
	}
	defer r.Close() //nolint:errcheck // only read
	out, in := io.Pipe()
	go func() { in.CloseWithError(res.Canonical(in)) }()
	defer out.Close() //nolint:errcheck // ends the writer
	recorded, again := bufio.NewReader(r), bufio.NewReader(out)
	for n := 1; ; n++ {
		a, errA := recorded.ReadBytes('\n')
		b, errB := again.ReadBytes('\n')
		if !bytes.Equal(a, b) {
			return fmt.Sprintf("%s, line %d: recorded %s, worked out %s", resultFile, n, line(a), line(b)), nil
		}
		for _, err := range []error{errA, errB} {
			if err != nil && !errors.Is(err, io.EOF) {
				return "", err
			}
		}
		if errA != nil {
			return "", nil
		}
	}
}

func line(b []byte) string {
	if len(b) == 0 {
		return "nothing"
	}
	return string(bytes.TrimSuffix(b, []byte("\n")))
}

// readGiven reads what the result depends on.
func (m Manifest) readGiven(z *zip.Reader) (g Given, err error) {
	var head givenHead
	if err := readJSON(z, givenFile, &head); err != nil {
		return g, err
	}
	if m.Format == firstFormat {
		head.Edition = InTurn
	}
	if head.Edition < InTurn || head.Edition > present {
		return g, fmt.Errorf("%w: its edition is %d, this program knows %d", ErrPackage, head.Edition, present)
	}
	g = Given{Version: head.Version, From: head.From, To: head.To, Edition: head.Edition, Bare: head.Bare, Facts: make(facts, len(head.Version.Units))}
	for i := range g.Facts {
		g.Facts[i] = map[string][]Fact{}
	}
	err = lines(z, factsFile, func(l factLine) error {
		if l.Unit < 0 || l.Unit >= len(g.Facts) {
			return fmt.Errorf("unit %d of %d", l.Unit, len(g.Facts))
		}
		g.Facts[l.Unit][l.Kind] = append(g.Facts[l.Unit][l.Kind], l.Fact)
		return nil
	})
	if err != nil {
		return g, err
	}
	return g, lines(z, adjustedFile, func(a Adjusted) error { g.Adjusted = append(g.Adjusted, a); return nil })
}

// lines calls fn with every line of a file.
func lines[T any](z *zip.Reader, name string, fn func(T) error) error {
	r, err := z.Open(name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPackage, err)
	}
	defer r.Close() //nolint:errcheck // only read
	d := json.NewDecoder(bufio.NewReader(r))
	for {
		var v T
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = fn(v)
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrPackage, name, err)
		}
	}
}

func readJSON(z *zip.Reader, name string, v any) error {
	r, err := z.Open(name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPackage, err)
	}
	defer r.Close() //nolint:errcheck // only read
	if err := json.NewDecoder(r).Decode(v); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrPackage, name, err)
	}
	return nil
}
