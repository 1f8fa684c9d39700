package audit

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// How many entries one export holds: as many as a program reads, and as many as a
// workbook opens with.
const (
	mostJSON = 200_000
	mostXLSX = 50_000
)

// What can go wrong with an export.
var (
	ErrTooMany = fault.New(fault.Invalid, "audit.too_many").On("from") // meta: most
	ErrUnarmed = fault.New(fault.Conflict, "audit.no_key")             // the installation has no key to sign with
)

// An Export is what a signed export says of itself: whoever has it can tell that
// the records are those that were taken, by whom, when, and how far the chain had
// gone then.
type Export struct {
	Tenant  uuid.UUID         `json:"tenant"`
	By      string            `json:"by"`
	Member  uuid.UUID         `json:"member"`
	At      time.Time         `json:"at"`
	Filter  map[string]string `json:"filter"`
	File    string            `json:"file"`
	Records int               `json:"records"`
	First   *time.Time        `json:"first"` // of the oldest record
	Last    *time.Time        `json:"last"`  // of the newest
	SHA256  string            `json:"sha256"`
	Size    int64             `json:"size"`
	Seal    int64             `json:"seal"` // the newest seal then
	Head    string            `json:"head"` // its hash, hexadecimal
}

// A signedExport is how it lies in the file: the text that was signed, and the
// signature.
type signedExport struct {
	Manifest  string `json:"manifest"`
	PublicKey string `json:"public_key"`
	Signature string `json:"signature"`
}

const (
	manifestName = "manifest.json"
	signedKind   = "audit export"
)

type exportQuery struct {
	query
	Format string `json:"-" query:"format"` // "json" or "xlsx"
	Lang   string `json:"-" query:"lang"`   // of the workbook: "zh" or "en"
}

// Validate returns the first thing wrong with the query.
func (q *exportQuery) Validate() error {
	if q.Format != "json" && q.Format != "xlsx" {
		return feature.ErrChoice.On("format").With("choices", []string{"json", "xlsx"})
	}
	return q.query.Validate()
}

// filter is what was asked for, as it stands in the manifest.
func (q *exportQuery) filter() map[string]string {
	f := map[string]string{}
	for name, text := range map[string]string{"object": q.Object, "action": q.Action, "from": q.From, "to": q.To, "q": q.Q, "who": q.Who, "ip": q.IP} {
		if text != "" {
			f[name] = text
		}
	}
	if q.Member != nil {
		f["member"] = q.Member.String()
	}
	return f
}

// An exporter makes signed exports.
type exporter struct {
	sheet  feature.Sheet
	notary *Notary
}

// A taken is an entry with everything the seals hash.
type taken struct {
	ID      uuid.UUID       `json:"id"`
	Txid    string          `json:"txid"`
	At      time.Time       `json:"at"`
	Member  *uuid.UUID      `json:"member_id"`
	Name    string          `json:"name"`
	Action  string          `json:"action"`
	Object  string          `json:"object"`
	Detail  json.RawMessage `json:"detail"`
	Request string          `json:"request"`
	IP      string          `json:"ip"`
}

// export makes a package of the entries a list would show, oldest first, with a
// manifest that is signed. What was taken is in the audit before it leaves.
func (x exporter) export(ctx context.Context, db *tenant.DB, q exportQuery) (c feature.Content, err error) {
	if x.notary == nil || !x.notary.Key.Valid() {
		return c, ErrUnarmed
	}
	e := Export{Filter: q.filter(), File: "records." + q.Format}
	var records bytes.Buffer
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		records.Reset() // it may be the second time
		e.Records, e.First, e.Last = 0, nil, nil
		e.Tenant, e.By, e.Member, e.At = tx.Actor.Tenant, tx.Actor.Name, tx.Actor.Member, tx.Now.UTC()
		last, err := lastSeal(ctx, tx)
		if err != nil {
			return err
		}
		e.Seal, e.Head = last.Seq, hex.EncodeToString(last.Hash)
		return x.write(ctx, tx, q, &e, &records)
	})
	if err != nil {
		return c, err
	}
	sum := sha256.Sum256(records.Bytes())
	e.SHA256, e.Size = hex.EncodeToString(sum[:]), int64(records.Len())
	body, err := x.pack(e, records.Bytes())
	if err != nil {
		return c, err
	}
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		tx.Audit("audit.export_signed", "audit/entries", map[string]any{"rows": e.Records, "sha256": e.SHA256, "filter": e.Filter, "format": q.Format})
		return nil
	})
	file := x.sheet.Name.ZH + " " + e.At.In(time.FixedZone("Asia/Shanghai", 8*60*60)).Format(time.DateOnly) + ".zip"
	return feature.Made(file, "application/zip", body), err
}

// write writes the entries into the file of the package, and what the manifest
// says of them.
func (x exporter) write(ctx context.Context, tx *tenant.Tx, q exportQuery, e *Export, to *bytes.Buffer) error {
	most := map[string]int{"json": mostJSON, "xlsx": mostXLSX}[q.Format]
	args := []any{most + 1}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	query := `select ` + rowColumns + ` from audit_entries where ` + q.where(arg) + ` order by at, id limit $1`
	rows := func(add func(any) error) error {
		return tx.Each(ctx, func(r tenant.Row) error {
			var row row
			if err := r.StructScan(&row); err != nil {
				return err
			}
			if e.Records == most {
				return ErrTooMany.With("most", most)
			}
			e.Records++
			at := row.At.UTC()
			if e.First == nil {
				e.First = &at
			}
			e.Last = &at
			return add(taken{row.ID, row.Txid.parameter(), at, row.Member, row.Name, row.Action, row.Object, json.RawMessage(row.Detail), row.Request, row.IP})
		}, query, args...)
	}
	if q.Format == "xlsx" {
		b, err := feature.Workbook(x.sheet, q.Lang == "en", rows)
		_, _ = to.Write(b)
		return err
	}
	before := "[\n"
	err := rows(func(item any) error {
		b, err := json.Marshal(item)
		to.WriteString(before)
		to.Write(b)
		before = ",\n"
		return err
	})
	if e.Records == 0 {
		to.WriteString("[")
	}
	to.WriteString("\n]\n")
	return err
}

// pack puts the file and the signed manifest into one.
func (x exporter) pack(e Export, records []byte) ([]byte, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	manifest, err := json.MarshalIndent(signedExport{string(text), x.notary.Key.Public(), x.notary.Key.Sign(signedKind, text)}, "", "  ")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range []struct {
		name string
		body []byte
	}{{e.File, records}, {manifestName, manifest}} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: e.At})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.body); err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return out.Bytes(), err
}

// What CheckExport finds wrong.
var (
	ErrNoExport = errors.New("audit: the file is no export of the audit")
	ErrUnsigned = errors.New("audit: nobody we trust signed the export")
	ErrAltered  = errors.New("audit: the records are not those that were exported")
)

// CheckExport reads an export from a file and reports what it says of itself. The
// records are those that were taken if a key of trusted, in base64, signed the
// manifest and the digest is that of the records; else it returns ErrNoExport,
// ErrUnsigned or ErrAltered.
func CheckExport(file string, trusted ...string) (e Export, err error) {
	f, err := os.Open(file)
	if err != nil {
		return e, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return e, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return e, ErrNoExport
	}
	var s signedExport
	if err := readEntry(z, manifestName, 64<<10, func(r io.Reader) error { return json.NewDecoder(r).Decode(&s) }); err != nil {
		return e, errors.Join(ErrNoExport, err)
	}
	known := false
	for _, k := range trusted {
		known = known || k == s.PublicKey
	}
	if !known || !Signed(s.PublicKey, signedKind, []byte(s.Manifest), s.Signature) {
		return e, ErrUnsigned
	}
	if err := json.Unmarshal([]byte(s.Manifest), &e); err != nil {
		return e, ErrNoExport
	}
	h := sha256.New()
	var n int64
	if err := readEntry(z, e.File, e.Size+1, func(r io.Reader) (err error) { n, err = io.Copy(h, r); return err }); err != nil {
		return e, errors.Join(ErrAltered, err)
	}
	if n != e.Size || hex.EncodeToString(h.Sum(nil)) != e.SHA256 || len(z.File) != 2 {
		return e, ErrAltered
	}
	return e, nil
}

// readEntry reads at most a number of bytes of a file in the package.
func readEntry(z *zip.Reader, name string, most int64, fn func(io.Reader) error) error {
	for _, f := range z.File {
		if f.Name != name {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		return errors.Join(fn(io.LimitReader(r, most)), r.Close())
	}
	return fmt.Errorf("audit: %s is missing", name)
}
