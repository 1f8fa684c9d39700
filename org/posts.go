package org

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A Post is a member's place in a department.
type Post struct {
	ID             uuid.UUID `db:"id" json:"id"`
	DepartmentID   uuid.UUID `db:"department_id" json:"department_id"`
	DepartmentName string    `db:"department_name" json:"department_name"`
	Title          string    `db:"title" json:"title"`
	Main           bool      `db:"main" json:"main"`
	Head           bool      `db:"head" json:"head"`
	Version        int       `db:"version" json:"version"`
}

const postColumns = `p.id, p.department_id, d.name as department_name, p.title, p.main, p.head, p.version`

// withPosts adds the posts to members.
func withPosts(ctx context.Context, tx *tenant.Tx, ms []Member) error {
	ids := make([]uuid.UUID, len(ms))
	at := make(map[uuid.UUID]*Member, len(ms))
	for i := range ms {
		ms[i].Posts = []Post{}
		ids[i], at[ms[i].ID] = ms[i].ID, &ms[i]
	}
	var rows []struct {
		Post
		Member uuid.UUID `db:"member_id"`
	}
	err := tx.Select(ctx, &rows, `
		select p.member_id, `+postColumns+`
		  from posts p join departments d on d.id = p.department_id
		 where p.member_id = any ($1)
		 order by p.main desc, d.sort, p.id`, tenant.Array(ids))
	for _, r := range rows {
		at[r.Member].Posts = append(at[r.Member].Posts, r.Post)
	}
	return err
}

// A Seat is a post to be given.
type Seat struct {
	DepartmentID uuid.UUID `json:"department_id"`
	Title        string    `json:"title" maxLength:"50"`
	Main         bool      `json:"main"`
	Head         bool      `json:"head"`
}

// seat gives a member a post and makes them belong to its department and those
// above. A main post takes the place of the one before. With the post of a head
// they lead a department that nobody led.
func seat(ctx context.Context, tx *tenant.Tx, member uuid.UUID, s Seat) error {
	if err := sit(ctx, tx, member, s); err != nil {
		return err
	}
	if s.Head {
		headChanged(tx, s.DepartmentID, nil, &member)
	}
	return nil
}

// sit is seat for whoever says themself who led the department before.
func sit(ctx context.Context, tx *tenant.Tx, member uuid.UUID, s Seat) error {
	if err := lock(ctx, tx, "departments"); err != nil {
		return err
	}
	if s.Main {
		if _, err := tx.Exec(ctx, `update posts set main = false, version = version + 1 where member_id = $1 and main`, member); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		insert into posts (id, member_id, department_id, title, main, head)
		     values       ($1, $2,        $3,            $4,    $5,   $6)`,
		tenant.NewID(), member, s.DepartmentID, s.Title, s.Main, s.Head)
	switch tenant.Constraint(err) {
	case "posts_department_fkey":
		return ErrNoSubject.On("department_id")
	case "posts_head_uq":
		return ErrHeadTaken.On("head")
	case "posts_uq":
		return ErrPostTaken.On("department_id")
	}
	if err != nil {
		return err
	}
	return bind(ctx, tx, member)
}

// bind tells the rights which departments a member belongs to, and which posts
// they hold.
func bind(ctx context.Context, tx *tenant.Tx, member uuid.UUID) error {
	if err := nameDuties(ctx, tx, member); err != nil {
		return err
	}
	held := []uuid.UUID{}
	if err := tx.Select(ctx, &held, `
		select d.id from posts p join duties d on d.department_id = p.department_id and d.title = p.title where p.member_id = $1`, member); err != nil {
		return err
	}
	if err := rbac.Hold(ctx, tx, member, held); err != nil {
		return err
	}
	in := []uuid.UUID{}
	if err := tx.Select(ctx, &in, `
		select distinct unnest(d.path) from posts p join departments d on d.id = p.department_id where p.member_id = $1`,
		member); err != nil {
		return err
	}
	return rbac.Bind(ctx, tx, member, in)
}

type newPost struct {
	ID uuid.UUID `json:"-" path:"id"`
	Seat
}

// addPost gives a member another post. Posts are given and ended one after the
// other, and not while the tree of departments changes: rights follow from them.
func addPost(ctx context.Context, tx *tenant.Tx, in newPost) (none feature.None, err error) {
	if err := Manages(ctx, tx, in.ID); err != nil {
		return none, err
	}
	if err := managesThere(ctx, tx, &in.DepartmentID, "department_id"); err != nil {
		return none, err
	}
	if err := lock(ctx, tx, "departments"); err != nil {
		return none, err
	}
	m, err := findMember(ctx, tx, in.ID)
	switch {
	case err != nil:
		return none, err
	case m.State == "left":
		return none, ErrState.With("state", m.State)
	}
	if in.ID == tx.Actor.Member {
		if err := carriesNoGrant(ctx, tx, in.DepartmentID, in.Title); err != nil {
			return none, err
		}
	}
	in.Main = in.Main || len(m.Posts) == 0
	tx.Audit("org.post_given", "org/member/"+in.ID.String(), in.Seat)
	return none, seat(ctx, tx, in.ID, in.Seat)
}

// carriesNoGrant returns ErrOwnGrant if being in the department, or having that
// title in it, gives rights: nobody takes them by giving themself a post.
func carriesNoGrant(ctx context.Context, tx *tenant.Tx, department uuid.UUID, title string) error {
	var carries bool
	err := tx.Get(ctx, &carries, `
		select exists (select from grants g join departments d on g.subject_id = any (d.path)
		                where g.subject_kind = 'department' and d.id = $1)`, department)
	if err == nil && carries {
		return ErrOwnGrant
	}
	if err != nil {
		return err
	}
	return titleCarriesNoGrant(ctx, tx, department, title)
}

// dropPost ends a post. If it was the main one, the oldest of the others
// becomes that; the last one cannot end but by leaving.
func dropPost(ctx context.Context, tx *tenant.Tx, in byID) (none feature.None, err error) {
	var was struct {
		Member     uuid.UUID `db:"member_id"`
		Department uuid.UUID `db:"department_id"`
		Main       bool      `db:"main"`
		Head       bool      `db:"head"`
	}
	if err := managesPost(ctx, tx, in.ID); err != nil {
		return none, err
	}
	if err := lock(ctx, tx, "departments"); err != nil {
		return none, err
	}
	err = tx.Get(ctx, &was, `delete from posts where id = $1 returning member_id, department_id, main, head`, in.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return none, ErrNoPost
	}
	if err != nil {
		return none, err
	}
	var left int
	if err := tx.Get(ctx, &left, `select count(*) from posts where member_id = $1`, was.Member); err != nil {
		return none, err
	}
	if left == 0 {
		return none, ErrLastPost
	}
	if was.Main {
		if _, err := tx.Exec(ctx, `
			update posts set main = true, version = version + 1
			 where id = (select id from posts where member_id = $1 order by created_at, id limit 1)`, was.Member); err != nil {
			return none, err
		}
	}
	if was.Head {
		headChanged(tx, was.Department, &was.Member, nil)
	}
	tx.Audit("org.post_ended", "org/member/"+was.Member.String(), map[string]uuid.UUID{"department": was.Department})
	return none, bind(ctx, tx, was.Member)
}

// postEdit replaces all of a post that may be changed. Where it is cannot: that
// is another post.
type postEdit struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Title   string    `json:"title" maxLength:"50"`
	Main    bool      `json:"main"`
	Head    bool      `json:"head"`
	Version int       `json:"version" minimum:"1"`
}

// heldPost is a post as it was before its edit.
type heldPost struct {
	Post
	Member uuid.UUID `db:"member_id"`
}

// editPost changes a post. Whoever is made head of a department takes the place
// of who was: a department has one head, and the change is one act.
func editPost(ctx context.Context, tx *tenant.Tx, e postEdit) (p Post, err error) {
	if err := managesPost(ctx, tx, e.ID); err != nil {
		return p, err
	}
	if err := lock(ctx, tx, "departments"); err != nil {
		return p, err
	}
	var was heldPost
	const find = `select p.member_id, ` + postColumns + ` from posts p join departments d on d.id = p.department_id where p.id = $1`
	err = tx.Get(ctx, &was, find, e.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return p, ErrNoPost
	}
	switch {
	case err != nil:
		return p, err
	case was.Version != e.Version:
		return p, lost(ctx, tx, `select version, changed_by, changed_at, changed from posts where id = $1`, e.ID)
	case was.Main && !e.Main:
		return p, ErrMainPost.On("main") // making another one the main one is what ends it
	}
	if e.Title != was.Title && was.Member == tx.Actor.Member {
		if err := titleCarriesNoGrant(ctx, tx, was.DepartmentID, e.Title); err != nil {
			return p, err
		}
	}
	if e.Main && !was.Main {
		if err := yield(ctx, tx, "main", `member_id = $1 and main`, was.Member); err != nil {
			return p, err
		}
	}
	if e.Head && !was.Head {
		if err := succeed(ctx, tx, was); err != nil {
			return p, err
		}
	}
	fields := e.differs(was.Post)
	if _, err := tx.Exec(ctx, `
		update posts set title = $2, main = $3, head = $4, version = version + 1, changed_by = $5, changed_at = $6, changed = $7
		 where id = $1`, e.ID, e.Title, e.Main, e.Head, tx.Actor.Name, tx.Now, tenant.Array(fields)); err != nil {
		return p, err
	}
	if was.Head && !e.Head {
		headChanged(tx, was.DepartmentID, &was.Member, nil)
	}
	tx.Audit("org.post_changed", "org/member/"+was.Member.String(), map[string]any{"post": e, "department": was.DepartmentID, "fields": fields})
	if e.Title != was.Title {
		if err := bind(ctx, tx, was.Member); err != nil {
			return p, err
		}
	}
	err = tx.Get(ctx, &was, find, e.ID)
	return was.Post, err
}

// yield makes other posts give up being the main one or that of the head.
func yield(ctx context.Context, tx *tenant.Tx, field, which string, of uuid.UUID) error {
	_, err := tx.Exec(ctx, `
		update posts set `+field+` = false, version = version + 1, changed_by = $2, changed_at = $3, changed = array[$4]
		 where `+which, of, tx.Actor.Name, tx.Now, field)
	return err
}

// succeed makes room for the holder of a post as head of its department, and
// says whose place they take.
func succeed(ctx context.Context, tx *tenant.Tx, to heldPost) error {
	var before []uuid.UUID
	if err := tx.Select(ctx, &before, `select member_id from posts where department_id = $1 and head`, to.DepartmentID); err != nil {
		return err
	}
	var from *uuid.UUID
	if len(before) > 0 {
		from = &before[0]
	}
	headChanged(tx, to.DepartmentID, from, &to.Member)
	return yield(ctx, tx, "head", `department_id = $1 and head`, to.DepartmentID)
}

// resigns says that nobody leads the departments any more that a member leads by
// posts which are about to end: those named, or all.
func resigns(ctx context.Context, tx *tenant.Tx, member uuid.UUID, posts []uuid.UUID) error {
	var led []uuid.UUID
	if err := tx.Select(ctx, &led, `
		select department_id from posts where member_id = $1 and head and ($2::uuid[] is null or id = any ($2) and not main) order by id`,
		member, tenant.Array(posts)); err != nil {
		return err
	}
	for _, d := range led {
		headChanged(tx, d, &member, nil)
	}
	return nil
}

func headChanged(tx *tenant.Tx, department uuid.UUID, from, to *uuid.UUID) {
	tx.Audit("org.head_changed", "org/department/"+department.String(), map[string]*uuid.UUID{"from": from, "to": to})
}

// differs names the fields the edit changes.
func (e postEdit) differs(was Post) []string {
	fields := []string{}
	for _, f := range []struct {
		name string
		same bool
	}{{"title", e.Title == was.Title}, {"main", e.Main == was.Main}, {"head", e.Head == was.Head}} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}
