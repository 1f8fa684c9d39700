package publish

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/message"
	"hetu/tenant"
)

// A UnitRef is a unit as an inspection names it; its name is empty if the item
// goes to the account of the whole tenant.
type UnitRef struct {
	Kind string    `json:"kind" enum:"department,tenant"`
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

// A Drawn is an item of an inspection, with what was found about it.
type Drawn struct {
	ItemID      uuid.UUID  `json:"item_id"`
	Position    int        `json:"position"`
	Title       string     `json:"title"`
	ColumnName  string     `json:"column_name"`
	Unit        UnitRef    `json:"unit"`
	PublishedAt time.Time  `json:"published_at"`
	InspectedAt *time.Time `json:"inspected_at"`
	InspectedBy string     `json:"inspected_by"`
	Findings    []Finding  `json:"findings"`
	May         []string   `json:"may" enum:"inspect"`
}

// A lot is an item as an inspection drew it.
type lot struct {
	ItemID      uuid.UUID  `db:"item_id"`
	Position    int        `db:"position"`
	Title       string     `db:"title"`
	ColumnName  string     `db:"column_name"`
	UnitKind    string     `db:"unit_kind"`
	UnitID      uuid.UUID  `db:"unit_id"`
	UnitName    string     `db:"unit_name"`
	PublishedAt time.Time  `db:"published_at"`
	DrafterID   uuid.UUID  `db:"drafter_id"`
	PublisherID uuid.UUID  `db:"publisher_id"`
	Authors     tenant.IDs `db:"authors"`
	InspectedAt *time.Time `db:"inspected_at"`
	InspectedBy string     `db:"inspected_name"`
}

const lotColumns = `x.item_id, x.position, x.title, x.column_name, x.unit_kind, x.unit_id, x.unit_name, x.published_at,
	x.drafter_id, x.publisher_id, x.authors, x.inspected_at, x.inspected_name`

// lotSeen is the condition that item x of an inspection concerns the actor, who
// oversees or inspects if $2, else belongs to its unit.
const lotSeen = `($2 or exists (select from subjects s where s.department_id = x.unit_id and s.member_id = $1))`

type drawnQuery struct {
	feature.Page
	ID    uuid.UUID  `json:"-" path:"id"`
	Unit  *uuid.UUID `json:"-" query:"unit"`
	State string     `json:"-" query:"state"` // todo or done
	Found string     `json:"-" query:"class"` // a class of findings it has at least one of
}

// Validate refuses a state or a class there is not.
func (q *drawnQuery) Validate() error {
	if !slices.Contains([]string{"", "todo", "done"}, q.State) {
		return feature.ErrChoice.On("state")
	}
	if q.Found != "" && !slices.Contains(classes, q.Found) {
		return feature.ErrChoice.On("class")
	}
	return nil
}

// listDrawn lists the items of an inspection in their order: all of them to who
// oversees or inspects, to others those of their departments.
func listDrawn(ctx context.Context, tx *tenant.Tx, q drawnQuery) (l feature.List[Drawn], err error) {
	n, err := inspectionOf(ctx, tx, q.ID)
	if err != nil {
		return l, err
	}
	after := 0
	if q.After != "" {
		if after, err = strconv.Atoi(q.After); err != nil || after < 0 || after > maxInspected {
			return l, feature.ErrCursor
		}
	}
	var rows []lot
	err = tx.Select(ctx, &rows, `
		select `+lotColumns+` from inspection_items x
		 where x.inspection_id = $3 and `+lotSeen+` and x.position > $4
		   and ($5::uuid is null or x.unit_id = $5)
		   and ($6 = '' or ($6 = 'done') = (x.inspected_at is not null))
		   and ($7 = '' or exists (select from inspection_findings f
		                            where f.inspection_id = x.inspection_id and f.item_id = x.item_id and f.class = $7))
		 order by x.position limit $8`,
		tx.Actor.Member, oversees(ctx) || n.Inspecting, q.ID, after, q.Unit, q.State, q.Found, q.Size()+1)
	if err != nil {
		return l, err
	}
	cut := feature.Cut(rows, q.Size(), func(x lot) string { return strconv.Itoa(x.Position) })
	found, err := findingsOn(ctx, tx, n, cut.Items)
	l.Next, l.Items = cut.Next, make([]Drawn, len(cut.Items))
	for i, x := range cut.Items {
		l.Items[i] = Drawn{
			ItemID: x.ItemID, Position: x.Position, Title: x.Title, ColumnName: x.ColumnName, Unit: UnitRef{x.UnitKind, x.UnitID, x.UnitName},
			PublishedAt: x.PublishedAt, InspectedAt: x.InspectedAt, InspectedBy: x.InspectedBy, Findings: found[x.ItemID], May: []string{},
		}
		if l.Items[i].Findings == nil {
			l.Items[i].Findings = []Finding{}
		}
		if n.State == "open" && n.Inspecting && !slices.Contains(x.Authors, tx.Actor.Account) {
			l.Items[i].May = append(l.Items[i].May, "inspect")
		}
	}
	return l, err
}

func findingsOn(ctx context.Context, tx *tenant.Tx, n Inspection, lots []lot) (map[uuid.UUID][]Finding, error) {
	ids := make([]uuid.UUID, len(lots))
	for i, x := range lots {
		ids[i] = x.ItemID
	}
	var rows []findingRow
	err := tx.Select(ctx, &rows, `
		select `+findingColumns+findingFrom+` where f.inspection_id = $2 and f.item_id = any ($3) order by f.id`,
		tx.Actor.Member, n.ID, tenant.Array(ids))
	on := map[uuid.UUID][]Finding{}
	for _, f := range rows {
		on[f.ItemID] = append(on[f.ItemID], f.finding(ctx, tx))
	}
	return on, err
}

type lotRef struct {
	ID   uuid.UUID `json:"-" path:"id"`
	Item uuid.UUID `json:"-" path:"item"`
}

// toInspect returns an item of an open inspection that the actor may inspect:
// they are an inspector and none of those who answered for the item, under
// whatever account (WF-05).
func toInspect(ctx context.Context, tx *tenant.Tx, inspection, item uuid.UUID) (n Inspection, x lot, err error) {
	if n, err = hold(ctx, tx, inspection); err != nil {
		return n, x, err
	}
	if !n.Inspecting {
		return n, x, ErrNotInspector
	}
	err = tx.Get(ctx, &x, `select `+lotColumns+` from inspection_items x where x.inspection_id = $1 and x.item_id = $2 for update`, inspection, item)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return n, x, ErrNotFound
	case err == nil && slices.Contains(x.Authors, tx.Actor.Account):
		return n, x, ErrOwnItem
	}
	return n, x, err
}

// passItem notes that an item was looked at and nothing is wrong with it.
func passItem(ctx context.Context, tx *tenant.Tx, in lotRef) (none feature.None, err error) {
	n, x, err := toInspect(ctx, tx, in.ID, in.Item)
	if err != nil {
		return none, err
	}
	if x.InspectedAt != nil {
		return none, ErrItemInspected
	}
	tx.Audit("publish.item_inspected", inspectionObject(n.ID), map[string]any{"item": x.ItemID, "findings": 0})
	return none, x.inspected(ctx, tx, n.ID)
}

// inspected writes down who looked at the item first.
func (x lot) inspected(ctx context.Context, tx *tenant.Tx, inspection uuid.UUID) error {
	_, err := tx.Exec(ctx, `
		update inspection_items set inspected_at = $3, inspected_account = $4, inspected_name = $5
		 where inspection_id = $1 and item_id = $2 and inspected_at is null`,
		inspection, x.ItemID, tx.Now, tx.Actor.Account, tx.Actor.Name)
	return err
}

// classes of findings (R026); what is none of the three named in the rules is
// other, and counts for no indicator.
var classes = []string{"format", "wording", "slow", "other"}

// deductions are what a finding takes off the hundred points of its item.
var deductions = map[string]int{"minor": 5, "normal": 15, "grave": 40}

type newFinding struct {
	ID       uuid.UUID `json:"-" path:"id"`
	Item     uuid.UUID `json:"-" path:"item"`
	Class    string    `json:"class" enum:"format,wording,slow,other"`
	Severity string    `json:"severity" enum:"minor,normal,grave"`
	Text     string    `json:"text" maxLength:"500"`
}

// Validate refuses a finding that does not say what is wrong.
func (f *newFinding) Validate() error {
	if f.Text = line(f.Text); f.Text == "" {
		return ErrTextMissing
	}
	return nil
}

// record records a finding against an item and tells those it concerns.
func record(ctx context.Context, tx *tenant.Tx, in newFinding) (Finding, error) {
	n, x, err := toInspect(ctx, tx, in.ID, in.Item)
	if err != nil {
		return Finding{}, err
	}
	if err := x.inspected(ctx, tx, n.ID); err != nil {
		return Finding{}, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into inspection_findings (id, inspection_id, item_id, class, severity, points, text, recorded_by, recorded_account, recorded_name, recorded_at, changed_by, changed_at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10, $11)`,
		id, n.ID, x.ItemID, in.Class, in.Severity, deductions[in.Severity], in.Text, tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now)
	if err != nil {
		return Finding{}, err
	}
	tx.Audit("publish.finding_recorded", findingObject(id), map[string]any{"inspection": n.ID, "item": x.ItemID, "class": in.Class, "severity": in.Severity})
	f, err := findingOf(ctx, tx, id)
	if err != nil {
		return Finding{}, err
	}
	to, err := f.unit(ctx, tx)
	if err != nil {
		return Finding{}, err
	}
	return f.finding(ctx, tx), f.tell(ctx, tx, "publish.finding_recorded", to...)
}

// tell tells members what became of a finding.
func (f findingRow) tell(ctx context.Context, tx *tenant.Tx, code string, to ...uuid.UUID) error {
	return message.Send(ctx, tx, message.Notice{
		To: others(to, tx.Actor.Member), Code: code, Href: "/publish/inspections/" + f.InspectionID.String(),
		Params: map[string]string{"title": f.ItemTitle, "inspection": f.InspectionName, "by": tx.Actor.Name},
	})
}
