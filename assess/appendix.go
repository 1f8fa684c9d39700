package assess

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"

	"hetu/tenant"
)

// A Beside is a package that deals with the course of a year beside this one.
type Beside struct {
	Gate     Gate // stands before acts on rounds; nil: none
	Appendix Appendix
}

// An Appendix is what another package puts into the packages of frozen rounds:
// one file, and how that is checked against the result. The zero Appendix is
// none.
type Appendix struct {
	File string // "verdict.json"

	// Write writes the file of a round, as of the transaction, or nothing at
	// all: then the package has no such file.
	Write func(ctx context.Context, tx *tenant.Tx, round uuid.UUID, w io.Writer) error

	// Recheck says what the file holds, by names, and the first thing in it
	// that does not follow from the rest of the package; empty if all does.
	Recheck func(file []byte, p Packed) (said map[string]string, difference string, err error)
}

// A Packed is a package whose result came out again.
type Packed struct {
	Manifest
	Result   Result
	Adjusted []Adjusted
}

// An extra is the file of an appendix, written.
type extra struct {
	name string
	body []byte
}

// written writes the files of the appendices for a round.
func (l long) written(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (all []extra, err error) {
	for _, a := range l.more {
		if a.Write == nil {
			continue
		}
		var b bytes.Buffer
		if err := a.Write(ctx, tx, round, &b); err != nil {
			return nil, fmt.Errorf("assess: %s: %w", a.File, err)
		}
		if b.Len() > 0 {
			all = append(all, extra{a.File, b.Bytes()})
		}
	}
	return all, nil
}

// recheck checks the files of appendices that are in the package.
func (c *Rechecked) recheck(z *zip.Reader, p Packed, all []Appendix) error {
	for _, a := range all {
		if !slices.ContainsFunc(c.Files, func(f PackedFile) bool { return f.Name == a.File }) {
			continue
		}
		r, err := z.Open(a.File)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrPackage, a.File, err)
		}
		b, err := io.ReadAll(r)
		_ = r.Close()
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrPackage, a.File, err)
		}
		said, difference, err := a.Recheck(b, p)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrPackage, a.File, err)
		}
		for name, is := range said {
			c.Said[name] = is
		}
		if difference != "" {
			c.Difference = a.File + ": " + difference
			return nil
		}
	}
	return nil
}
