package publish

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// Takedown is the right to take an item down that somebody asked to have taken
// down, and nothing else of content: the information centre's (R003, R013).
const Takedown rbac.Permission = "publish.takedown"

// TakenDown is the deed of an item that had to be taken down, to the account of
// who published it. Its level is the class of the reason, its minutes those from
// when that was noticed to when it was gone, by the clock: an item stands before
// its readers at night too (R014, I10 to I12).
const TakenDown = "publish.taken_down"

// What can go wrong with a request to take something down.
var (
	ErrTakedownNotFound = fault.New(fault.NotFound, "publish.takedown_not_found")
	ErrTakedownOpen     = fault.New(fault.Conflict, "publish.takedown_open")          // the actor has asked for it already
	ErrTakedownYourself = fault.New(fault.Conflict, "publish.takedown_yourself")      // who may withdraw the item needs nobody
	ErrTakedownDecided  = fault.New(fault.Conflict, "publish.takedown_decided")       // meta: state
	ErrTakedownOrdered  = fault.New(fault.Conflict, "publish.takedown_ordered")       // an order is carried out (R038)
	ErrTakedownOwn      = fault.New(fault.Forbidden, "publish.takedown_own")          // on request of somebody else only
	ErrNotRequester     = fault.New(fault.Forbidden, "publish.not_requester")         // who asked takes back what they asked
	ErrNoteMissing      = fault.New(fault.Invalid, "publish.note_missing").On("note") // of another reason than those there are
	ErrAnswerMissing    = fault.New(fault.Invalid, "publish.answer_missing").On("answer")
)

// takedownReasons are the classes of reasons, and what is said of an item that
// was taken down for one.
var takedownReasons = map[string]string{
	"mistake": "误操作", "unsuitable": "内容不合适", "wrong": "内容有误", "confidential": "涉及秘密", "unlawful": "违反规定", "other": "其他",
}

// A TakedownRequest asks the information centre to take an item down (R013).
type TakedownRequest struct {
	ID             uuid.UUID  `db:"id" json:"id"`
	ItemID         uuid.UUID  `db:"item_id" json:"item_id"`
	Title          string     `db:"title" json:"title"`
	ColumnName     string     `db:"column_name" json:"column_name"`
	DepartmentName string     `db:"department_name" json:"department_name"`
	Reason         string     `db:"reason" json:"reason" enum:"mistake,unsuitable,wrong,confidential,unlawful,other"`
	Note           string     `db:"note" json:"note"`
	Ordered        bool       `db:"ordered" json:"ordered"` // by who inspects (R038)
	NoticedAt      time.Time  `db:"noticed_at" json:"noticed_at"`
	RequestedID    uuid.UUID  `db:"requested_id" json:"requested_id"`
	RequestedName  string     `db:"requested_name" json:"requested_name"`
	RequestedAt    time.Time  `db:"requested_at" json:"requested_at"`
	State          string     `db:"state" json:"state" enum:"open,removed,refused,cancelled"`
	DecidedName    string     `db:"decided_name" json:"decided_name"`
	DecidedAt      *time.Time `db:"decided_at" json:"decided_at"`
	Answer         string     `db:"answer" json:"answer"`
	Minutes        int        `db:"minutes" json:"minutes"`                 // from the request to the end of it, or to now (R014)
	NoticedMinutes int        `db:"noticed_minutes" json:"noticed_minutes"` // the same from when it was noticed
	May            []string   `db:"-" json:"may" enum:"remove,refuse,cancel"`
	Version        int        `db:"version" json:"version"`

	IsOpen int `db:"is_open" json:"-"`
}

// takedownColumns are those of a request k, with the minutes until $1.
const takedownColumns = `k.id, k.item_id, k.title, k.column_name, k.department_name, k.reason, k.note, k.ordered, k.noticed_at,
	k.requested_id, k.requested_name, k.requested_at, k.state, k.decided_name, k.decided_at, k.answer, k.version, (k.state = 'open')::int as is_open,
	floor(extract(epoch from coalesce(k.decided_at, $1) - k.requested_at) / 60)::int as minutes,
	floor(extract(epoch from coalesce(k.decided_at, $1) - k.noticed_at) / 60)::int as noticed_minutes`

// takedownSeen is the condition that request k concerns the member $2: their
// own, or any if $3.
const takedownSeen = `($3 or k.requested_id = $2)`

func takedownObject(id uuid.UUID) string { return "publish/takedown/" + id.String() }

// seesTakedowns reports whether the actor sees everybody's requests.
func seesTakedowns(ctx context.Context) bool { return may(ctx, Takedown) || oversees(ctx) }

// judge fills in what the actor may do with the request.
func (k *TakedownRequest) judge(ctx context.Context, me uuid.UUID) {
	k.May = []string{}
	if k.State != "open" {
		return
	}
	if may(ctx, Takedown) && k.RequestedID != me {
		if k.May = append(k.May, "remove"); !k.Ordered {
			k.May = append(k.May, "refuse")
		}
	}
	if k.RequestedID == me {
		k.May = append(k.May, "cancel")
	}
}

// A takedownQuery asks for a list of requests.
type takedownQuery struct {
	feature.Page
	State string `json:"-" query:"state"` // open, closed, or both if empty
	Mine  bool   `json:"-" query:"mine"`  // only the actor's own
}

// Validate refuses a state there is not.
func (q *takedownQuery) Validate() error {
	if !slices.Contains([]string{"", "open", "closed"}, q.State) {
		return feature.ErrChoice.On("state")
	}
	return nil
}

func takedownID(k TakedownRequest) uuid.UUID { return k.ID }

// takedownOrder: what is open comes first.
var takedownOrder = feature.NewOrder("-open", "k.id", takedownID,
	feature.ByNumber("open", "(k.state = 'open')::int", func(k TakedownRequest) int { return k.IsOpen }),
	feature.ByTime("requested_at", "k.requested_at", func(k TakedownRequest) time.Time { return k.RequestedAt }),
	feature.ByTimeOrNull("decided_at", "k.decided_at", func(k TakedownRequest) *time.Time { return k.DecidedAt }),
	feature.ByText("title", "k.title", func(k TakedownRequest) string { return k.Title }),
	feature.ByText("department_name", "k.department_name", func(k TakedownRequest) string { return k.DepartmentName }),
	feature.ByWord("reason", "k.reason", func(k TakedownRequest) string { return k.Reason }),
)

// Sorts are what a list of requests may be sorted by.
func (takedownQuery) Sorts() []string { return takedownOrder.Names() }

// listTakedowns lists the requests that concern the actor.
func listTakedowns(ctx context.Context, tx *tenant.Tx, q takedownQuery) (l feature.List[TakedownRequest], err error) {
	if err := q.Validate(); err != nil {
		return l, err
	}
	at, err := takedownOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	s := &search{args: feature.Args{tx.Now, tx.Actor.Member, seesTakedowns(ctx) && !q.Mine}}
	s.add(takedownSeen)
	switch q.State {
	case "open":
		s.add(`k.state = 'open'`)
	case "closed":
		s.add(`k.state <> 'open'`)
	}
	s.where = append(s.where, at.After(s.args.Add))
	var rows []TakedownRequest
	err = tx.Select(ctx, &rows, `select `+takedownColumns+` from takedown_requests k
		 where `+strings.Join(s.where, " and ")+` order by `+at.By()+` limit `+q.Rows(), s.args...)
	if err != nil {
		return l, err
	}
	for i := range rows {
		rows[i].judge(ctx, tx.Actor.Member)
	}
	return feature.Cut(rows, q.Size(), at.Cursor), nil
}

func showTakedown(ctx context.Context, tx *tenant.Tx, in ref) (TakedownRequest, error) {
	return takedownOf(ctx, tx, in.ID)
}

// takedownOf returns a request that concerns the actor. To everybody else it does
// not exist.
func takedownOf(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (k TakedownRequest, err error) {
	err = tx.Get(ctx, &k, `select `+takedownColumns+` from takedown_requests k where `+takedownSeen+` and k.id = $4`,
		tx.Now, tx.Actor.Member, seesTakedowns(ctx), id)
	if errors.Is(err, tenant.ErrNoRows) {
		return k, ErrTakedownNotFound
	}
	k.judge(ctx, tx.Actor.Member)
	return k, err
}

// A newTakedown says why an item has to go.
type newTakedown struct {
	ID        uuid.UUID  `json:"-" path:"id"` // of the item
	Reason    string     `json:"reason" enum:"mistake,unsuitable,wrong,confidential,unlawful,other"`
	Note      string     `json:"note,omitempty" maxLength:"500"`
	NoticedAt *time.Time `json:"noticed_at,omitempty"` // when somebody saw that it has to go; now if absent (R014)
}

// Validate refuses another reason that is not put into words.
func (n *newTakedown) Validate() error {
	if n.Note = line(n.Note); n.Note == "" && n.Reason == "other" {
		return ErrNoteMissing
	}
	return nil
}

// requestTakedown hands a request to the information centre. Of who inspects it
// is an order (R038). Nobody asks for what they may do themselves.
func requestTakedown(ctx context.Context, tx *tenant.Tx, in newTakedown) (k TakedownRequest, err error) {
	if _, err := tx.Exec(ctx, `select from items where id = $1 for share`, in.ID); err != nil { // it is not withdrawn meanwhile
		return k, err
	}
	r, err := find(ctx, tx, in.ID)
	switch {
	case err != nil:
		return k, err
	case r.State != "published":
		return k, ErrState.With("state", r.State)
	case r.withdrawable(ctx, tx.Actor.Member):
		return k, ErrTakedownYourself
	}
	noticed, err := r.noticed(tx.Now, in.NoticedAt)
	if err != nil {
		return k, err
	}
	id, ordered := tenant.NewID(), may(ctx, Inspect)
	_, err = tx.Exec(ctx, `
		insert into takedown_requests (id, item_id, title, column_name, department_name, reason, note, ordered, noticed_at,
		                               requested_id, requested_name, requested_at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		id, r.ID, r.Title, r.ColumnName, r.DepartmentName, in.Reason, in.Note, ordered, noticed,
		tx.Actor.Member, tx.Actor.Name, r.after(tx.Now))
	if tenant.Constraint(err) == "takedown_requests_open_uq" {
		return k, ErrTakedownOpen
	}
	if err != nil {
		return k, err
	}
	tx.Audit("publish.takedown_requested", takedownObject(id), map[string]any{
		"item": r.ID, "reason": in.Reason, "ordered": ordered, "noticed_at": noticed})
	if k, err = takedownOf(ctx, tx, id); err != nil {
		return k, err
	}
	return k, k.tellCentre(ctx, tx)
}

// tellCentre tells those who take items down; where nobody does, the Office.
func (k TakedownRequest) tellCentre(ctx context.Context, tx *tenant.Tx) error {
	for _, p := range []rbac.Permission{Takedown, Manage} {
		to, err := rbac.Holders(ctx, tx, p, nil)
		if err != nil {
			return err
		}
		if to, err = present(ctx, tx, to); err != nil {
			return err
		}
		if len(to) > 0 {
			code := "publish.takedown_requested"
			if k.Ordered {
				code = "publish.takedown_ordered"
			}
			return k.tell(ctx, tx, code, to)
		}
	}
	return nil
}

func (k TakedownRequest) tell(ctx context.Context, tx *tenant.Tx, code string, to []uuid.UUID) error {
	return message.Send(ctx, tx, message.Notice{To: to, Code: code, Href: "/publish/takedowns?open=" + k.ID.String(),
		Params: message.Params{"title": k.Title, "by": tx.Actor.Name, "answer": k.Answer}})
}
