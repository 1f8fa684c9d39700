package relocation

import (
	"archive/zip"
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"hetu/audit"
)

// The files of a parcel that are not tables or objects.
const (
	manifestEntry  = "manifest.json"
	signatureEntry = "manifest.sig"
	accountsEntry  = "accounts.jsonl"
	jobsEntry      = "jobs.jsonl"
	objectsEntry   = "objects.jsonl"
	readmeEntry    = "说明.txt"
)

const readme = `这是河图（Hetu）一个单位的全部数据，格式公开，不依赖本系统即可读取。

manifest.json   清单：单位、各表行数与摘要、对象数量、每个文件的 SHA-256
manifest.sig    清单的签名（Ed25519）与公钥
tables/*.jsonl  每张表一个文件，每行一条记录（JSON）；时间带时区，二进制为 \x 开头的十六进制
accounts.jsonl  本单位人员的账号；导出时未要求则不含密码散列
jobs.jsonl      尚未执行的定时工作
objects.jsonl   附件、归档等对象的目录：在表中的地址、SHA-256、大小、类型、保存期限
objects/*       对象的原始内容

在另一处安装中导入：hetu tenant import 文件 --key 公钥
`

// A pack writes a parcel and keeps account of its files.
type pack struct {
	zip     *zip.Writer
	entries []Entry
}

// file writes one file of the parcel. Objects are mostly compressed already.
func (p *pack) file(name string, method uint16, write func(io.Writer) error) error {
	w, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method})
	if err != nil {
		return err
	}
	sum := sha256.New()
	n := &counter{}
	buf := bufio.NewWriterSize(io.MultiWriter(w, sum, n), 64<<10)
	if err := write(buf); err != nil {
		return fmt.Errorf("relocation: %s: %w", name, err)
	}
	if err := buf.Flush(); err != nil {
		return err
	}
	p.entries = append(p.entries, Entry{name, n.bytes, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// lines writes one JSON line for each value.
func lines[T any](p *pack, name string, all []T) error {
	return p.file(name, zip.Deflate, func(w io.Writer) error {
		e := json.NewEncoder(w)
		for _, v := range all {
			if err := e.Encode(v); err != nil {
				return err
			}
		}
		return nil
	})
}

type counter struct{ bytes int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.bytes += int64(len(b))
	return len(b), nil
}

// A mark is the signature of a manifest as it lies in the parcel.
type mark struct {
	PublicKey string `json:"public_key"`
	Signature string `json:"signature"`
}

// seal writes the manifest and its signature, and ends the parcel.
func (p *pack) seal(m Manifest, key audit.Key) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	signature, err := json.Marshal(mark{key.Public(), key.Sign(signedAs, text)})
	if err != nil {
		return err
	}
	for name, body := range map[string][]byte{manifestEntry: text, signatureEntry: signature} {
		w, err := p.zip.Create(name)
		if err != nil {
			return err
		}
		if _, err := w.Write(body); err != nil {
			return err
		}
	}
	return p.zip.Close()
}

// A Parcel is a parcel that is being read. Its manifest is signed by a key that
// is trusted; its files are checked as they are read.
type Parcel struct {
	Manifest Manifest

	zip   *zip.Reader
	files map[string]Entry
}

// maxManifest is how long a manifest may be, in bytes: half a million objects.
const maxManifest = 128 << 20

// Open reads the manifest of a parcel. It returns ErrFile for what is none and
// ErrSignature unless one of the trusted keys signed it.
func Open(r io.ReaderAt, size int64, trusted ...string) (*Parcel, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, ErrFile
	}
	p := &Parcel{zip: z, files: map[string]Entry{}}
	text, err := p.whole(manifestEntry)
	if err != nil {
		return nil, err
	}
	signature, err := p.whole(signatureEntry)
	if err != nil {
		return nil, err
	}
	var by mark
	if json.Unmarshal(signature, &by) != nil || !trusts(trusted, by.PublicKey) || !audit.Signed(by.PublicKey, signedAs, text, by.Signature) {
		return nil, ErrSignature
	}
	if json.Unmarshal(text, &p.Manifest) != nil || p.Manifest.Format != Format {
		return nil, ErrFile.With("entry", manifestEntry)
	}
	for _, e := range p.Manifest.Entries {
		p.files[e.Name] = e
	}
	return p, nil
}

func trusts(keys []string, public string) bool {
	for _, k := range keys {
		if k != "" && k == public {
			return true
		}
	}
	return false
}

func (p *Parcel) whole(name string) ([]byte, error) {
	f, err := p.zip.Open(name)
	if err != nil {
		return nil, ErrFile.With("entry", name)
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err != nil || len(b) > maxManifest {
		return nil, ErrFile.With("entry", name)
	}
	return b, nil
}

// read gives fn the content of a file and returns ErrFile unless it is the one
// the manifest names. What fn did before that must be undone.
func (p *Parcel) read(name string, fn func(io.Reader) error) error {
	want, ok := p.files[name]
	if !ok {
		return ErrFile.With("entry", name)
	}
	f, err := p.zip.Open(name)
	if err != nil {
		return ErrFile.With("entry", name)
	}
	defer func() { _ = f.Close() }()
	sum, n := sha256.New(), &counter{}
	in := io.TeeReader(io.LimitReader(f, want.Bytes+1), io.MultiWriter(sum, n))
	if err := fn(in); err != nil {
		if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
			return ErrFile.With("entry", name)
		}
		return err
	}
	if _, err := io.Copy(io.Discard, in); err != nil || n.bytes != want.Bytes || hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		return ErrFile.With("entry", name)
	}
	return nil
}

// readLines calls fn with each line of a file, at most 64 MiB long.
func (p *Parcel) readLines(name string, fn func(line string) error) error {
	return p.read(name, func(r io.Reader) error {
		s := bufio.NewScanner(r)
		s.Buffer(make([]byte, 64<<10), 64<<20)
		for s.Scan() {
			if err := fn(s.Text()); err != nil {
				return err
			}
		}
		return s.Err()
	})
}

// decoded reads a file of JSON lines.
func decoded[T any](p *Parcel, name string) (all []T, err error) {
	err = p.readLines(name, func(line string) error {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			return ErrFile.With("entry", name)
		}
		all = append(all, v)
		return nil
	})
	return all, err
}
