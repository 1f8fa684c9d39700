package publish

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// titled gives a member a post with a title, as org does when posts change, and
// returns the post that rights are given to.
func (h *house) titled(p member, title string) (duty uuid.UUID) {
	h.t.Helper()
	duty = tenant.NewID()
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		if _, err := tx.Exec(ctx, `insert into duties (id, department_id, title) values ($1, $2, $3)`, duty, p.dept, title); err != nil {
			return err
		}
		return rbac.Hold(ctx, tx, p.Member, []uuid.UUID{duty})
	})
	h.rebinds(p)
	return duty
}

func (h *house) rebinds(p member) {
	h.t.Helper()
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Audit("test", "member", nil)
		return rbac.Bind(ctx, tx, p.Member, []uuid.UUID{p.dept})
	})
}

// appoints gives a member a role of the tenant's own and returns the grant and the role.
func (h *house) appoints(p member, name string) (given, role uuid.UUID) {
	h.t.Helper()
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) (err error) {
		if role, err = rbac.AddRole(ctx, tx, rbac.RoleSpec{Name: name}); err != nil {
			return err
		}
		g, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: p.Member, RoleID: &role})
		given = g.ID
		return err
	})
	return given, role
}

// A right given to a role or to a post is that of whoever has it, as long as
// they have it: the page says so, readers follow, and it ends at once (R002, R006, R022, AZ-03).
func TestRightsOfARoleAndAPost(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	_, theirs := foreign.appoints(foreign.reader, "外单位角色")
	_, err := do(h, h.office, grant, columnGrant{ID: h.column.ID, SubjectKind: "role", SubjectID: theirs, Right: "publish"})
	want(t, err, ErrSubject, "a role of another tenant")
	_, err = do(h, h.office, grant, columnGrant{ID: h.column.ID, SubjectKind: "post", SubjectID: uuid.New(), Right: "publish"})
	want(t, err, ErrSubject, "a post there is not")

	given, role := h.appoints(h.reader, "值班编辑")
	duty := h.titled(h.third, "信息员")
	for kind, id := range map[string]uuid.UUID{"role": role, "post": duty} {
		must[rbac.Grant](t)(do(h, h.office, grant, columnGrant{ID: h.column.ID, SubjectKind: kind, SubjectID: id, Right: "publish"}))
		_, err := do(h, h.office, grant, columnGrant{ID: h.column.ID, SubjectKind: kind, SubjectID: id, Right: "publish"})
		want(t, err, rbac.ErrGranted, "again, to a "+kind)
	}
	ground := func(p member) (g Ground) {
		l := must[feature.List[Holder]](t)(see(h, h.office, holders, ref{h.column.ID}))
		for _, x := range l.Items {
			if x.MemberID == p.Member && x.Right == "publish" {
				return x.Reasons[0]
			}
		}
		return g
	}
	if g := ground(h.reader); g.SubjectKind != "role" || g.SubjectName != "值班编辑" || g.By != "办公室主任" {
		t.Errorf("why the one with the role may publish: %+v", g)
	}
	if g := ground(h.third); g.SubjectKind != "post" || g.SubjectName != "三审处 信息员" {
		t.Errorf("why the one in the post may publish: %+v", g)
	}
	for name, p := range map[string]member{"role": h.reader, "post": h.third} {
		if !rbac.From(h.as(p)).On(Publish, h.column.Path) || rbac.From(h.as(p)).On(Publish, h.other.Path) {
			t.Errorf("the %s does not publish in its column, and only there", name)
		}
	}

	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error { return rbac.TakeBack(ctx, tx, given) })
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Audit("test", "member", nil)
		return rbac.Hold(ctx, tx, h.third.Member, nil)
	})
	h.rebinds(h.third)
	ready := h.reviewed(h.column)
	for name, p := range map[string]member{"role": h.reader, "post": h.third} {
		_, err := do(h, p, h.desk.publish, versioned{ready.ID, ready.Version})
		want(t, err, rbac.ErrDenied, "publish after the "+name+" was taken away")
	}
	l := must[feature.List[Holder]](t)(see(h, h.office, holders, ref{h.column.ID}))
	for _, id := range []uuid.UUID{role, duty} { // they wait for the next one, and can be taken back
		i := slices.IndexFunc(l.Items, func(x Holder) bool { return x.MemberID == id })
		if i < 0 || len(l.Items[i].Grants) != 1 {
			t.Fatalf("what was given to %s cannot be seen: %+v", id, l.Items)
		}
		if _, err := do(h, h.office, revoke, grantRef{h.column.ID, l.Items[i].Grants[0]}); err != nil {
			t.Error(err)
		}
	}
}

// Who is expected to read follows roles and posts too (R037).
func TestReadersOfARoleAndAPost(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Audit("test", "grants", nil)
		_, err := tx.Exec(ctx, `delete from grants where subject_kind = 'everyone' or role_id = (select id from roles where code = 'auditor')`)
		return err
	})
	_, role := h.appoints(h.reader, "通讯员")
	duty := h.titled(h.third, "信息员")
	for kind, id := range map[string]uuid.UUID{"role": role, "post": duty} {
		must[rbac.Grant](t)(do(h, h.office, grant, columnGrant{ID: h.column.ID, SubjectKind: kind, SubjectID: id, Right: "read"}))
	}
	it := h.publishes(h.reviewed(h.column))
	l := must[feature.List[Reader]](t)(see(h, h.office, listReaders, readerQuery{ID: it.ID, State: "unread"}))
	names := []string{}
	for _, r := range l.Items {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	if want := []string{"三审", "办公室主任", "读者"}; !slices.Equal(names, want) {
		t.Errorf("expected to read: %v, want %v", names, want)
	}
}

// Roles and posts to choose from, with how many have them now (R022).
func TestSubjectsToChoose(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	h.appoints(h.reader, "值班编辑")
	foreign.appoints(foreign.reader, "值班编辑二")
	h.titled(h.third, "信息员")
	roles := must[feature.List[GrantSubject]](t)(see(h, h.office, grantSubjects, subjectQuery{Kind: "role", Q: "编辑"}))
	if len(roles.Items) != 1 || roles.Items[0].Name != "值班编辑" || roles.Items[0].Holders != 1 {
		t.Errorf("roles: %+v", roles.Items)
	}
	posts := must[feature.List[GrantSubject]](t)(see(h, h.office, grantSubjects, subjectQuery{Kind: "post", Q: "三审处 信息"}))
	if len(posts.Items) != 1 || posts.Items[0].Within != "三审处" || posts.Items[0].Holders != 1 {
		t.Errorf("posts: %+v", posts.Items)
	}
	all := must[feature.List[GrantSubject]](t)(see(h, h.office, grantSubjects, subjectQuery{Kind: "role", Q: "工作人员"}))
	if n := count(h, `select count(*) from members`); len(all.Items) != 1 || all.Items[0].Holders != n {
		t.Errorf("a role that all have: %+v, want %d", all.Items, n)
	}
}
