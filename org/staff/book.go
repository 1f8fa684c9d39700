package staff

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// A Card is how a person is reached.
type Card struct {
	Phone   string `db:"phone" json:"phone" maxLength:"40"`
	Mobile  string `db:"mobile" json:"mobile" maxLength:"40"`
	Email   string `db:"email" json:"email" maxLength:"100"`
	Room    string `db:"room" json:"room" maxLength:"40"`
	Version int    `db:"version" json:"version" minimum:"0"`
}

var (
	numberForm = regexp.MustCompile(`^[0-9+()\-—  转]*$`)
	mailForm   = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
)

// Validate returns the first thing wrong with the card.
func (c *Card) Validate() error {
	for _, f := range []*string{&c.Phone, &c.Mobile, &c.Email, &c.Room} {
		*f = strings.TrimSpace(*f)
	}
	switch {
	case !numberForm.MatchString(c.Phone):
		return feature.ErrMalformed.On("phone")
	case !numberForm.MatchString(c.Mobile):
		return feature.ErrMalformed.On("mobile")
	case c.Email != "" && !mailForm.MatchString(c.Email):
		return feature.ErrMalformed.On("email")
	}
	return nil
}

func showCard(ctx context.Context, tx *tenant.Tx, _ feature.None) (c Card, err error) {
	err = tx.Get(ctx, &c, `select phone, mobile, email, room, version from staff_cards where member_id = $1`, tx.Actor.Member)
	if errors.Is(err, tenant.ErrNoRows) {
		return Card{}, nil
	}
	return c, err
}

// setCard replaces the actor's own card.
func setCard(ctx context.Context, tx *tenant.Tx, in Card) (c Card, err error) {
	n, err := tx.Exec(ctx, `
		insert into staff_cards (member_id, phone, mobile, email, room, changed_by, changed_at)
		select $1, $2, $3, $4, $5, $7, $8 where $6 = 0
		on conflict on constraint staff_cards_pkey do nothing`,
		tx.Actor.Member, in.Phone, in.Mobile, in.Email, in.Room, in.Version, tx.Actor.Name, tx.Now)
	if err == nil && n == 0 {
		n, err = tx.Exec(ctx, `
			update staff_cards set phone = $2, mobile = $3, email = $4, room = $5, version = version + 1, changed_by = $7, changed_at = $8
			 where member_id = $1 and version = $6`,
			tx.Actor.Member, in.Phone, in.Mobile, in.Email, in.Room, in.Version, tx.Actor.Name, tx.Now)
	}
	if err != nil {
		return c, err
	}
	if n == 0 {
		return c, lost(ctx, tx, `select version, changed_by, changed_at, changed from staff_cards where member_id = $1`, tx.Actor.Member)
	}
	tx.Audit("staff.card_changed", "org/member/"+tx.Actor.Member.String(), nil)
	return showCard(ctx, tx, feature.None{})
}

// lost says who was faster than an update that found another version.
func lost(ctx context.Context, tx *tenant.Tx, query string, args ...any) error {
	var c struct {
		Version int          `db:"version"`
		By      string       `db:"changed_by"`
		At      time.Time    `db:"changed_at"`
		Fields  tenant.Texts `db:"changed"`
	}
	if err := tx.Get(ctx, &c, query, args...); err != nil {
		return errors.Join(ErrStale, err)
	}
	return ErrStale.With("version", c.Version).With("changed_by", c.By).With("changed_at", c.At).With("changed", []string(c.Fields))
}

// BookRules are who may see what of the address book: everybody, those of the
// same department, heads of departments, or nobody but the person and who
// manages people.
type BookRules struct {
	Phone   string     `db:"phone" json:"phone" enum:"all,department,heads,nobody"`
	Mobile  string     `db:"mobile" json:"mobile" enum:"all,department,heads,nobody"`
	Email   string     `db:"email" json:"email" enum:"all,department,heads,nobody"`
	Room    string     `db:"room" json:"room" enum:"all,department,heads,nobody"`
	Hidden  tenant.IDs `db:"hidden" json:"hidden" maxItems:"200"` // departments only they themselves and heads find
	Version int        `db:"version" json:"version" minimum:"0"`
}

// usual are the rules of a tenant that has said nothing: a mobile number is for
// one's own department.
var usual = BookRules{Phone: "all", Mobile: "department", Email: "all", Room: "all", Hidden: tenant.IDs{}}

func showBookRules(ctx context.Context, tx *tenant.Tx, _ feature.None) (r BookRules, err error) {
	err = tx.Get(ctx, &r, `select phone, mobile, email, room, hidden, version from staff_book_rules`)
	if errors.Is(err, tenant.ErrNoRows) {
		return usual, nil
	}
	return r, err
}

func setBookRules(ctx context.Context, tx *tenant.Tx, in BookRules) (r BookRules, err error) {
	var known int
	if err := tx.Get(ctx, &known, `select count(*) from departments where id = any ($1)`, in.Hidden); err != nil {
		return r, err
	}
	if known != len(in.Hidden) {
		return r, org.ErrNoSubject.On("hidden")
	}
	n, err := tx.Exec(ctx, `
		insert into staff_book_rules (phone, mobile, email, room, hidden, changed_by, changed_at)
		select $1, $2, $3, $4, $5, $7, $8 where $6 = 0
		on conflict on constraint staff_book_rules_pkey do nothing`,
		in.Phone, in.Mobile, in.Email, in.Room, in.Hidden, in.Version, tx.Actor.Name, tx.Now)
	if err == nil && n == 0 {
		n, err = tx.Exec(ctx, `
			update staff_book_rules
			   set phone = $1, mobile = $2, email = $3, room = $4, hidden = $5, version = version + 1, changed_by = $7, changed_at = $8
			 where version = $6`, in.Phone, in.Mobile, in.Email, in.Room, in.Hidden, in.Version, tx.Actor.Name, tx.Now)
	}
	if err != nil {
		return r, err
	}
	if n == 0 {
		return r, lost(ctx, tx, `select version, changed_by, changed_at, changed from staff_book_rules`)
	}
	tx.Audit("staff.book_rules", "staff/book", in)
	return showBookRules(ctx, tx, feature.None{})
}

// An Entry is a person in the address book, with what the reader may see.
type Entry struct {
	ID         uuid.UUID `db:"id" json:"id"`
	Name       string    `db:"name" json:"name"`
	Department string    `db:"department" json:"department"`
	Title      string    `db:"title" json:"title"`
	Head       bool      `db:"head" json:"head"`
	External   bool      `db:"external" json:"external"`
	Phone      string    `db:"phone" json:"phone"`
	Mobile     string    `db:"mobile" json:"mobile"`
	Email      string    `db:"email" json:"email"`
	Room       string    `db:"room" json:"room"`
}

type bookQuery struct {
	feature.Page
	Department *uuid.UUID `json:"-" query:"department"`
	Q          string     `json:"-" query:"q" maxLength:"50"`
}

// book lists the people of the tenant by department and name, with of each what
// the reader may see. A number one may not see is not searched either.
func book(ctx context.Context, tx *tenant.Tx, in bookQuery) (l feature.List[Entry], err error) {
	after, err := cursor(in.After)
	if err != nil {
		return l, err
	}
	rules, err := showBookRules(ctx, tx, feature.None{})
	if err != nil {
		return l, err
	}
	var rows []Entry
	err = tx.Select(ctx, &rows, `
		with me as (
		  select array(select department_id from posts where member_id = $1) as mine,
		         exists (select from posts where member_id = $1 and head) as leads),
		shown as (
		  select m.id, m.name, d.name as department, p.title, p.head, m.kind = 'external' as external,
		         case when `+seen("$4")+` then c.phone else '' end as phone,
		         case when `+seen("$5")+` then c.mobile else '' end as mobile,
		         case when `+seen("$6")+` then c.email else '' end as email,
		         case when `+seen("$7")+` then c.room else '' end as room,
		         d.sort, d.id as department_id, d.path
		    from members m
		    cross join me
		    join posts p on p.member_id = m.id and p.main
		    join departments d on d.id = p.department_id
		    left join staff_cards c on c.member_id = m.id
		   where m.state in ('invited', 'active')
		     and ($2::uuid is null or $2 = any (d.path))
		     and (not d.path && $8::uuid[] or $3 or me.leads or m.id = $1 or d.id = any (me.mine)))
		select id, name, department, title, head, external, coalesce(phone, '') as phone, coalesce(mobile, '') as mobile,
		       coalesce(email, '') as email, coalesce(room, '') as room
		  from shown s
		 where ($9 = '' or strpos(name, $9) > 0 or strpos(title, $9) > 0 or strpos(department, $9) > 0 or strpos(phone, $9) > 0 or strpos(mobile, $9) > 0)
		   and ($10::uuid is null or (sort, department_id, not head, id) >
		        (select sort, department_id, not head, id from shown where id = $10))
		 order by sort, department_id, not head, id
		 limit $11`,
		tx.Actor.Member, in.Department, rbac.From(ctx).Everywhere(Manage), rules.Phone, rules.Mobile, rules.Email, rules.Room, rules.Hidden,
		strings.TrimSpace(in.Q), after, in.Size()+1)
	return feature.Cut(rows, in.Size(), func(e Entry) string { return e.ID.String() }), err
}

// seen is whether the reader may see what a rule, a parameter, is about.
func seen(rule string) string {
	return `(` + rule + `::text = 'all' or $3::boolean or m.id = $1::uuid or ` + rule + ` = 'department' and p.department_id = any (me.mine) or ` +
		rule + ` in ('department', 'heads') and me.leads)`
}

var bookSheet = feature.Sheet{
	Name: feature.Text{ZH: "通讯录", EN: "Address book"},
	Columns: []feature.Column{
		{Head: feature.Text{ZH: "部门", EN: "Department"}, Path: "department"},
		{Head: feature.Text{ZH: "姓名", EN: "Name"}, Path: "name"},
		{Head: feature.Text{ZH: "职务", EN: "Title"}, Path: "title"},
		{Head: feature.Text{ZH: "办公电话", EN: "Telephone"}, Path: "phone"},
		{Head: feature.Text{ZH: "手机", EN: "Mobile"}, Path: "mobile"},
		{Head: feature.Text{ZH: "邮箱", EN: "E-mail"}, Path: "email"},
		{Head: feature.Text{ZH: "房间", EN: "Room"}, Path: "room"},
	},
}

// A Registered is a line of the register (R229).
type Registered struct {
	Name       string    `db:"name" json:"name"`
	Login      string    `db:"login" json:"login"`
	Department string    `db:"department" json:"department"`
	Title      string    `db:"title" json:"title"`
	Head       bool      `db:"head" json:"head"`
	Kind       string    `db:"kind" json:"kind" enum:"staff,external"`
	State      string    `db:"state" json:"state" enum:"invited,active,locked"`
	Since      time.Time `db:"since" json:"since"`
}

// A Register is everybody who has an account, with department and position, as
// it is printed and filed.
type Register struct {
	Items []Registered `json:"items"`
	At    time.Time    `json:"at"`
	By    string       `json:"by"`
	More  bool         `json:"more"` // there are more than fit: print it department by department
}

// maxRegister bounds a register, which is printed in one piece (DO-04).
const maxRegister = 3000

type registerQuery struct {
	Department *uuid.UUID `json:"-" query:"department"`
}

func register(ctx context.Context, tx *tenant.Tx, in registerQuery) (r Register, err error) {
	r = Register{Items: []Registered{}, At: tx.Now, By: tx.Actor.Name}
	err = tx.Select(ctx, &r.Items, `
		select m.name, m.login, d.name as department, p.title, p.head, m.kind, m.state, m.created_at as since
		  from posts p join members m on m.id = p.member_id join departments d on d.id = p.department_id
		 where m.state <> 'left' and ($1::uuid is null or $1 = any (d.path))
		 order by cardinality(d.path), d.sort, d.id, not p.head, not p.main, m.login
		 limit $2`, in.Department, maxRegister+1)
	if r.More = len(r.Items) > maxRegister; r.More {
		r.Items = r.Items[:maxRegister]
	}
	return r, err
}
