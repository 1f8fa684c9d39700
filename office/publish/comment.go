package publish

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/wordcheck"
)

// What can go wrong with comments.
var (
	ErrNoComments      = fault.New(fault.Conflict, "publish.no_comments") // its column does not let readers comment
	ErrCommentNotFound = fault.New(fault.NotFound, "publish.comment_not_found")
	ErrCommentSettled  = fault.New(fault.Conflict, "publish.comment_settled") // too old to be deleted; meta: minutes
	ErrCommentGone     = fault.New(fault.Conflict, "publish.comment_gone")    // deleted or hidden already
	ErrNotCommenter    = fault.New(fault.Forbidden, "publish.not_commenter")
)

// maxComment is how many characters a comment has at most.
const maxComment = 500

// commentFresh is for how long people may delete what they said.
const commentFresh = 10 * time.Minute

// A Comment is what a reader says about an item: text, without markup.
type Comment struct {
	ID             uuid.UUID  `db:"id" json:"id"`
	ItemID         uuid.UUID  `db:"item_id" json:"item_id"`
	MemberID       uuid.UUID  `db:"member_id" json:"member_id"`
	Name           string     `db:"name" json:"name"`
	DepartmentName string     `db:"department_name" json:"department_name"`
	Text           string     `db:"text" json:"text"`
	At             time.Time  `db:"at" json:"at"`
	State          string     `db:"state" json:"state" enum:"shown,hidden"`
	HiddenName     string     `db:"hidden_name" json:"hidden_name"`
	HiddenAt       *time.Time `db:"hidden_at" json:"hidden_at"`
	HiddenReason   string     `db:"hidden_reason" json:"hidden_reason"`
	May            []string   `db:"-" json:"may" enum:"delete,hide"`
}

const commentColumns = `k.id, k.item_id, k.member_id, k.name, k.department_name, k.text, k.at, k.state, k.hidden_name, k.hidden_at, k.hidden_reason`

// judge fills in what the actor may do with a comment on the item.
func (k *Comment) judge(ctx context.Context, tx *tenant.Tx, r *row) {
	k.May = []string{}
	if k.State == "shown" && k.MemberID == tx.Actor.Member && tx.Now.Sub(k.At) < commentFresh {
		k.May = append(k.May, "delete")
	}
	if k.State == "shown" && r.pinnable(ctx) {
		k.May = append(k.May, "hide")
	}
}

type commentQuery struct {
	feature.Page
	ID uuid.UUID `json:"-" path:"id"`
}

var commentOrder = feature.NewOrder("-at", "k.id", func(k Comment) uuid.UUID { return k.ID },
	feature.ByAge("at", "k.id", func(k Comment) uuid.UUID { return k.ID }))

// Sorts are what comments may be sorted by.
func (commentQuery) Sorts() []string { return commentOrder.Names() }

// listComments lists what readers say about an item, newest first: none where
// the column does not let them, and none of a withdrawn item. What was hidden
// is shown to its author and to who may hide.
func listComments(ctx context.Context, tx *tenant.Tx, q commentQuery) (l feature.List[Comment], err error) {
	l.Items = []Comment{}
	at, err := commentOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	r, err := find(ctx, tx, q.ID)
	if err != nil {
		return l, err
	}
	rules, err := rulesOf(ctx, tx, r.ColumnPath)
	if err != nil || !rules.Comments || r.State != "published" {
		return l, err
	}
	args := feature.Args{r.ID, tx.Actor.Member, r.pinnable(ctx) || may(ctx, Inspect)}
	where := at.After(args.Add)
	var rows []Comment
	err = tx.Select(ctx, &rows, `select `+commentColumns+` from item_comments k
		 where k.item_id = $1 and (k.state = 'shown' or k.state = 'hidden' and ($3 or k.member_id = $2)) and `+where+`
		 order by `+at.By()+` limit `+q.Rows(), args...)
	for i := range rows {
		rows[i].judge(ctx, tx, r)
	}
	return feature.Cut(rows, q.Size(), at.Cursor), err
}

type newComment struct {
	ID   uuid.UUID `json:"-" path:"id"`
	Text string    `json:"text" maxLength:"500"`
}

// Validate refuses a comment that says nothing.
func (n *newComment) Validate() error {
	var lines []string
	for _, l := range strings.Split(n.Text, "\n") {
		lines = append(lines, line(l))
	}
	if n.Text = strings.TrimSpace(strings.Join(lines, "\n")); n.Text == "" {
		return ErrTextMissing
	}
	if utf8.RuneCountInString(n.Text) > maxComment {
		return feature.ErrLong.On("text")
	}
	return nil
}

// comment says something about an item, unless a word blocks it (R031).
func comment(ctx context.Context, tx *tenant.Tx, in newComment) (k Comment, err error) {
	r, err := find(ctx, tx, in.ID)
	if err != nil {
		return k, err
	}
	if r.State != "published" {
		return k, ErrState.With("state", r.State)
	}
	rules, err := rulesOf(ctx, tx, r.ColumnPath)
	switch {
	case err != nil:
		return k, err
	case !rules.Comments:
		return k, ErrNoComments
	case r.ColumnState != "active":
		return k, ErrColumnDisabled
	}
	found, err := wordcheck.Check(ctx, tx, []wordcheck.Part{{Name: "text", Text: in.Text}})
	if err != nil {
		return k, err
	}
	if err := found.Refuse(); err != nil {
		return k, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into item_comments (id, item_id, member_id, name, department_name, text, at)
		     values ($1, $2, $3, $4, coalesce((select d.name from posts p join departments d on d.id = p.department_id
		                                        where p.member_id = $3 and p.main), ''), $5, $6)`,
		id, r.ID, tx.Actor.Member, tx.Actor.Name, in.Text, tx.Now)
	if err != nil {
		return k, err
	}
	tx.Audit("publish.commented", objectOf(r.ID), map[string]any{"comment": id})
	k, _, err = commentOf(ctx, tx, id)
	return k, err
}

// commentOf returns a comment with its item, held until tx ends. To who does
// not see the item it does not exist, nor does one that was deleted.
func commentOf(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (k Comment, r *row, err error) {
	err = tx.Get(ctx, &k, `select `+commentColumns+` from item_comments k where k.id = $1 and k.state <> 'deleted' for update`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return k, nil, ErrCommentNotFound
	}
	if err != nil {
		return k, nil, err
	}
	r, err = find(ctx, tx, k.ItemID)
	if errors.Is(err, ErrNotFound) {
		return k, nil, ErrCommentNotFound
	}
	if err != nil {
		return k, nil, err
	}
	k.judge(ctx, tx, r)
	return k, r, nil
}

// deleteComment takes back what the actor said a moment ago. It stays on record.
func deleteComment(ctx context.Context, tx *tenant.Tx, in ref) (none feature.None, err error) {
	k, _, err := commentOf(ctx, tx, in.ID)
	switch {
	case err != nil:
		return none, err
	case k.MemberID != tx.Actor.Member:
		return none, ErrNotCommenter
	case k.State != "shown":
		return none, ErrCommentGone
	case tx.Now.Sub(k.At) >= commentFresh:
		return none, ErrCommentSettled.With("minutes", int(commentFresh.Minutes()))
	}
	_, err = tx.Exec(ctx, `update item_comments set state = 'deleted' where id = $1 and state = 'shown'`, k.ID)
	tx.Audit("publish.comment_deleted", objectOf(k.ItemID), map[string]any{"comment": k.ID})
	return none, err
}

type hiding struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Reason string    `json:"reason" maxLength:"200"`
}

// Validate refuses to hide without a reason.
func (h *hiding) Validate() error {
	if h.Reason = line(h.Reason); h.Reason == "" {
		return ErrReasonMissing
	}
	return nil
}

// hideComment takes a comment away from the readers, and tells who wrote it why:
// a publisher of the column may, and the Office.
func hideComment(ctx context.Context, tx *tenant.Tx, in hiding) (none feature.None, err error) {
	k, r, err := commentOf(ctx, tx, in.ID)
	switch {
	case err != nil:
		return none, err
	case !r.pinnable(ctx):
		return none, rbac.ErrDenied
	case k.State != "shown":
		return none, ErrCommentGone
	}
	_, err = tx.Exec(ctx, `
		update item_comments set state = 'hidden', hidden_id = $2, hidden_name = $3, hidden_at = $4, hidden_reason = $5
		 where id = $1 and state = 'shown'`, k.ID, tx.Actor.Member, tx.Actor.Name, tx.Now, in.Reason)
	if err != nil {
		return none, err
	}
	tx.Audit("publish.comment_hidden", objectOf(k.ItemID), map[string]any{"comment": k.ID, "reason": in.Reason})
	to, err := present(ctx, tx, []uuid.UUID{k.MemberID})
	if err != nil {
		return none, err
	}
	return none, message.Send(ctx, tx, message.Notice{To: to, Code: "publish.comment_hidden", Href: "/publish/items/" + k.ItemID.String(),
		Params: message.Params{"title": r.Title, "by": tx.Actor.Name, "reason": in.Reason}})
}
