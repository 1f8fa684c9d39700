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
}

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
		select p.id, p.member_id, p.department_id, d.name as department_name, p.title, p.main, p.head
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
// above. A main post takes the place of the one before.
func seat(ctx context.Context, tx *tenant.Tx, member uuid.UUID, s Seat) error {
	if err := lock(ctx, tx, "departments"); err != nil {
		return err
	}
	if s.Main {
		if _, err := tx.Exec(ctx, `update posts set main = false where member_id = $1 and main`, member); err != nil {
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

// bind tells the rights which departments a member belongs to.
func bind(ctx context.Context, tx *tenant.Tx, member uuid.UUID) error {
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
		if err := carriesNoGrant(ctx, tx, in.DepartmentID); err != nil {
			return none, err
		}
	}
	in.Main = in.Main || len(m.Posts) == 0
	tx.Audit("org.post_given", "org/member/"+in.ID.String(), in.Seat)
	return none, seat(ctx, tx, in.ID, in.Seat)
}

// carriesNoGrant returns ErrOwnGrant if being in the department gives rights:
// nobody takes them by giving themself a post.
func carriesNoGrant(ctx context.Context, tx *tenant.Tx, department uuid.UUID) error {
	var carries bool
	err := tx.Get(ctx, &carries, `
		select exists (select from grants g join departments d on g.subject_id = any (d.path)
		                where g.subject_kind = 'department' and d.id = $1)`, department)
	if err == nil && carries {
		err = ErrOwnGrant
	}
	return err
}

// dropPost ends a post. If it was the main one, the oldest of the others
// becomes that; the last one cannot end but by leaving.
func dropPost(ctx context.Context, tx *tenant.Tx, in byID) (none feature.None, err error) {
	var was struct {
		Member     uuid.UUID `db:"member_id"`
		Department uuid.UUID `db:"department_id"`
		Main       bool      `db:"main"`
	}
	if err := lock(ctx, tx, "departments"); err != nil {
		return none, err
	}
	err = tx.Get(ctx, &was, `delete from posts where id = $1 returning member_id, department_id, main`, in.ID)
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
			update posts set main = true
			 where id = (select id from posts where member_id = $1 order by created_at, id limit 1)`, was.Member); err != nil {
			return none, err
		}
	}
	tx.Audit("org.post_ended", "org/member/"+was.Member.String(), map[string]uuid.UUID{"department": was.Department})
	return none, bind(ctx, tx, was.Member)
}

// A Person is a member as colleagues look them up.
type Person struct {
	ID         uuid.UUID `db:"id" json:"id"`
	Name       string    `db:"name" json:"name"`
	Department string    `db:"department" json:"department"`
	Title      string    `db:"title" json:"title"`
}

func directory(ctx context.Context, tx *tenant.Tx, in memberQuery) (l feature.List[Person], err error) {
	after, err := cursor(in.After)
	if err != nil {
		return l, err
	}
	var ps []Person
	err = tx.Select(ctx, &ps, `
		select m.id, m.name, coalesce(d.name, '') as department, coalesce(p.title, '') as title
		  from members m
		  left join posts p on p.member_id = m.id and p.main
		  left join departments d on d.id = p.department_id
		 where m.state in ('invited', 'active')
		   and ($1::uuid is null or m.login > (select login from members where id = $1))
		   and ($2::uuid is null or exists (
		         select from posts q join departments e on e.id = q.department_id
		          where q.member_id = m.id and $2 = any (e.path)))
		   and ($3 = '' or strpos(m.name, $3) > 0 or strpos(m.login, lower($3)) > 0)
		 order by m.login
		 limit $4`, after, in.Department, in.Q, in.Size()+1)
	return feature.Cut(ps, in.Size(), func(p Person) string { return p.ID.String() }), err
}
