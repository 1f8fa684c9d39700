package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

// fileSize is how long each file is: what one request of the product brings.
const fileSize = 8 << 20

// A transfer is what moving files costs on both sides, one result per round.
type transfer struct{ up, down [2][]result }

// transfers moves files of eight MiB up and down through the product, and
// through the bare server's streaming proxy to a store like the product's.
func (b *bench) transfers(ctx context.Context) (t transfer, err error) {
	if b.o.cases != "" && b.o.cases != "files" {
		return t, nil
	}
	document := pdf()
	up := [2]func(*worker) error{upProduct(document, b.houses), func(w *worker) error {
		_, err := bareUpload(w, document)
		return err
	}}
	w := b.worker(b.product)
	defer w.client.CloseIdleConnections()
	path, err := attached(w, document)
	if err != nil {
		return t, err
	}
	bw := b.worker(b.bare)
	defer bw.client.CloseIdleConnections()
	barePath, err := bareUpload(bw, document)
	if err != nil {
		return t, err
	}
	down := [2]func(*worker) error{
		func(w *worker) error { return w.get(path, b.houses[0].drafter) },
		func(w *worker) error { return w.get(barePath, nil) },
	}
	for round := range min(b.o.rounds, 5) {
		for i, s := range []*side{b.product, b.bare} {
			if err := b.move(ctx, s, round, "upload", up[i], &t.up[i]); err != nil {
				return t, err
			}
			if err := b.move(ctx, s, round, "download", down[i], &t.down[i]); err != nil {
				return t, err
			}
		}
	}
	return t, nil
}

func (b *bench) move(ctx context.Context, s *side, round int, what string, unit func(*worker) error, into *[]result) error {
	wait := b.profiled(ctx, what, s == b.product && round == 0)
	r, err := b.load(ctx, s, 2, max(b.o.seconds, time.Second), unit)
	if err = wait(err); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	b.say("%s, round %d: %-7s %5.1f/s  p50 %5.1f ms  %.1f + %.1f ms", what, round+1, s.name, r.rate(), r.p50.Seconds()*1000, r.server, r.database)
	*into = append(*into, r)
	return nil
}

// upProduct uploads a file as anybody of any tenant who has room for another.
func upProduct(document []byte, houses []*house) func(*worker) error {
	return func(w *worker) error {
		h := houses[w.rnd.IntN(len(houses))]
		people := []*person{h.drafter, h.reviewer, h.boss, h.reader}
		_, err := w.upload(people[w.rnd.IntN(len(people))], document)
		return err
	}
}

// upload sends a file. Announcing it and sending it count as one request.
func (w *worker) upload(p *person, document []byte) (id uuid.UUID, err error) {
	before := len(w.took)
	var begun struct {
		ID uuid.UUID `json:"id"`
	}
	if err := w.post("/api/attachment/uploads", p, map[string]any{"name": "年度总结.pdf", "size": len(document)}, &begun); err != nil {
		return id, err
	}
	answer, err := w.send(fasthttp.MethodPut, "/api/attachment/uploads/"+begun.ID.String()+"?offset=0", p, bytesType, document)
	if err != nil {
		return id, err
	}
	if !bytes.Contains(answer, []byte(`"ready"`)) {
		return id, fmt.Errorf("upload: %s", answer)
	}
	var took time.Duration
	for _, d := range w.took[before:] {
		took += d
	}
	w.took = append(w.took[:before], took)
	return begun.ID, nil
}

// attached attaches a file to a draft and returns where it can be had.
func attached(w *worker, document []byte) (path string, err error) {
	h := w.houses[0]
	id, err := w.upload(h.drafter, document)
	if err != nil {
		return "", err
	}
	var it struct {
		ID          uuid.UUID `json:"id"`
		Attachments []struct {
			ID uuid.UUID `json:"id"`
		} `json:"attachments"`
	}
	if err := w.post("/api/publish/items", h.drafter, w.letter(h), &it); err != nil {
		return "", err
	}
	path = "/api/publish/items/" + it.ID.String() + "/attachments"
	if err := w.post(path, h.drafter, map[string]any{"upload_id": id, "name": "年度总结", "summary": "全年工作总结"}, &it); err != nil {
		return "", err
	}
	if len(it.Attachments) == 0 {
		return "", errors.New("the draft has no attachment")
	}
	return path + "/" + it.Attachments[0].ID.String() + "/content", nil
}

func bareUpload(w *worker, document []byte) (path string, err error) {
	t := w.houses[0].id
	answer, err := w.send(fasthttp.MethodPost, "/files?t="+t.String(), nil, bytesType, document)
	if err != nil {
		return "", err
	}
	var o struct {
		Key, Version, SHA256 string
		Size                 int64
	}
	if err := json.Unmarshal(answer, &o); err != nil {
		return "", err
	}
	q := url.Values{"t": {t.String()}, "key": {o.Key}, "version": {o.Version}, "sha256": {o.SHA256}, "size": {fmt.Sprint(o.Size)}}
	return "/files?" + q.Encode(), nil
}

// pdf is a document that is one by its first and last bytes, and cannot be
// made smaller.
func pdf() []byte {
	d := make([]byte, fileSize)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(d) // never fails
	copy(d, "%PDF-1.7\n1 0 obj\n<< >>\nstream\n")
	tail := "\nendstream\nendobj\n%%EOF\n"
	copy(d[fileSize-len(tail):], tail)
	return d
}
