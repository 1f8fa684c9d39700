package publish

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
)

// R037: the head of a department lets others look into who of it has read what,
// and takes that back; whoever was let look sees that department and no other.
func TestR037Helpers(t *testing.T) {
	t.Parallel()
	h, elsewhere := open(t), open(t)
	h.closes()
	h.may(h.reader, "read", h.column)
	h.may(h.second, "read", h.column)
	it := h.publishes(h.reviewed(h.column))
	clerk := h.joins("综合干事")
	h.admin(`update posts set head = false where member_id = $1`, clerk.Member)
	h.may(clerk, "read", h.column)
	past := time.Now().Add(-time.Minute)
	ours := h.reader.dept
	for name, tt := range map[string]struct {
		who  member
		in   newReadHelper
		want error
	}{
		"by somebody of no department of theirs": {clerk, newReadHelper{DepartmentID: ours, MemberID: clerk.Member}, ErrNotHead},
		"by the head of another department":      {h.second, newReadHelper{DepartmentID: ours, MemberID: clerk.Member}, ErrNotHead},
		"by an auditor, who only looks":          {h.auditor, newReadHelper{DepartmentID: ours, MemberID: clerk.Member}, ErrNotHead},
		"of a department there is not":           {h.reader, newReadHelper{DepartmentID: uuid.New(), MemberID: clerk.Member}, ErrDepartment},
		"of another tenant's department":         {elsewhere.reader, newReadHelper{DepartmentID: ours, MemberID: elsewhere.drafter.Member}, ErrDepartment},
		"another tenant's member":                {h.reader, newReadHelper{DepartmentID: ours, MemberID: elsewhere.drafter.Member}, ErrHelper},
		"the head, who may look anyway":          {h.reader, newReadHelper{DepartmentID: ours, MemberID: h.reader.Member}, ErrHelper},
		"until a moment ago":                     {h.reader, newReadHelper{DepartmentID: ours, MemberID: clerk.Member, Until: &past}, feature.ErrRange},
	} {
		house := h
		if tt.who.Tenant != h.id {
			house = elsewhere
		}
		_, err := do(house, tt.who, nameHelper, tt.in)
		want(t, err, tt.want, name)
	}
	_, err := see(h, clerk, departmentReading, departmentQuery{Department: &ours})
	want(t, err, ErrNotHead, "before anybody let them")
	l := must[feature.List[ReadDepartment]](t)(do(h, h.reader, nameHelper, newReadHelper{DepartmentID: ours, MemberID: clerk.Member}))
	if len(l.Items) != 1 || len(l.Items[0].Helpers) != 1 || l.Items[0].Helpers[0].Name != clerk.Name || l.Items[0].Helpers[0].GivenBy != h.reader.Name {
		t.Fatalf("to its head: %+v", l.Items)
	}
	_, err = do(h, h.reader, nameHelper, newReadHelper{DepartmentID: ours, MemberID: clerk.Member})
	want(t, err, rbac.ErrGranted, "again")
	for name, tt := range map[string]struct {
		who     member
		first   uuid.UUID
		names   bool
		helpers int
		more    bool
	}{
		"whoever was let look":     {clerk, ours, false, 0, false},
		"its head":                 {h.reader, ours, true, 1, false},
		"another department's":     {h.second, h.second.dept, true, 0, false},
		"the Office, of all":       {h.office, h.office.dept, true, 0, true},
		"the auditor, of all also": {h.auditor, h.auditor.dept, true, 0, true},
	} {
		ds := must[feature.List[ReadDepartment]](t)(see(h, tt.who, readDepartments, feature.None{})).Items
		if len(ds) == 0 || ds[0].ID != tt.first || ds[0].Names != tt.names || len(ds[0].Helpers) != tt.helpers || (len(ds) > 1) != tt.more {
			t.Errorf("%s: %+v", name, ds)
		}
	}
	if l := must[feature.List[DepartmentItem]](t)(see(h, clerk, departmentReading, departmentQuery{})); len(l.Items) != 1 || l.Items[0].ID != it.ID || l.Items[0].Audience != 1 {
		t.Errorf("the department's reading: %+v", l.Items)
	}
	_, err = see(h, clerk, departmentReading, departmentQuery{Department: &h.second.dept})
	want(t, err, ErrNotHead, "of another department")
	if got := readerNames(must[feature.List[Reader]](t)(see(h, clerk, listReaders, readerQuery{ID: it.ID}))); !slices.Equal(got, []string{"读者"}) {
		t.Errorf("who should have read it: %v", got)
	}
	_, err = see(h, clerk, listReaders, readerQuery{ID: it.ID, Department: &h.second.dept})
	want(t, err, rbac.ErrDenied, "who of another department should have")
	if done := must[Reminded](t)(do(h, clerk, remind, reminding{ID: it.ID})); done.Told != 1 || h.heard(h.second, "publish.read_reminder") != 0 {
		t.Errorf("%d were reminded", done.Told)
	}
	grant := l.Items[0].Helpers[0].ID
	_, err = do(h, clerk, dropHelper, ref{grant})
	want(t, err, ErrNotHead, "taken back by whom it was given")
	_, err = do(elsewhere, elsewhere.office, dropHelper, ref{grant})
	want(t, err, rbac.ErrGrantNotFound, "taken back from another tenant")
	if l := must[feature.List[ReadDepartment]](t)(do(h, h.reader, dropHelper, ref{grant})); len(l.Items[0].Helpers) != 0 {
		t.Errorf("after it was taken back: %+v", l.Items)
	}
	_, err = do(h, h.reader, dropHelper, ref{grant})
	want(t, err, rbac.ErrGrantNotFound, "again")
	_, err = see(h, clerk, departmentReading, departmentQuery{Department: &ours})
	want(t, err, ErrNotHead, "afterwards")
	_, err = see(h, clerk, listReaders, readerQuery{ID: it.ID})
	want(t, err, rbac.ErrDenied, "afterwards, by person")
}
