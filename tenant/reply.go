package tenant

import (
	"bytes"
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/fault"
)

// A reply is what a request was answered, kept under its idempotency key in
// the transaction of its effect.
type reply struct {
	key    string
	hash   []byte
	route  string
	status int
	body   []byte
}

// ErrReplay means the idempotency key was used before. The transaction has no
// effect; Replay returns the earlier answer.
var ErrReplay = errors.New("tenant: idempotency key used before")

// ErrReused means an idempotency key came back with another request.
var ErrReused = fault.New(fault.Invalid, "request.idempotency_reused").On("Idempotency-Key")

// Answer makes the transaction keep the answer of a request under its
// idempotency key: if the key has been used within 24 hours, the commit fails
// with ErrReplay and nothing happens. A transaction with an answer must also
// have audited something, or it fails with ErrNoAudit.
func (tx *Tx) Answer(route, key string, hash []byte, status int, body []byte) {
	tx.reply = &reply{key: key, hash: hash, route: route, status: status, body: body}
}

// Replay returns what the actor's request with this key was answered, ErrNoRows
// if the key is free, or ErrReused if the key belongs to another request.
func (tx *Tx) Replay(ctx context.Context, key string, hash []byte) (status int, body []byte, err error) {
	var was struct {
		Hash   []byte `db:"request_hash"`
		Status int    `db:"status"`
		Body   []byte `db:"response"`
	}
	if tx.Actor.Operator != uuid.Nil {
		err = tx.Get(ctx, &was, `
			select request_hash, status, response
			  from platform.operator_keys
			 where operator_id = $1 and key = $2 and at > now() - interval '24 hours'`,
			tx.Actor.Operator, key)
	} else {
		err = tx.Get(ctx, &was, `
			select request_hash, status, response
			  from idempotency_keys
			 where member_id = $1 and key = $2 and at > now() - interval '24 hours'`,
			tx.Actor.Member, key)
	}
	if err != nil {
		return 0, nil, err
	}
	if !bytes.Equal(was.Hash, hash) {
		return 0, nil, ErrReused
	}
	return was.Status, was.Body, nil
}
