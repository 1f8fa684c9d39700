package publish

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"pgregory.net/rapid"

	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func foundTitles(l feature.List[Found]) (ts []string) {
	for _, i := range l.Items {
		ts = append(ts, i.Title)
	}
	return ts
}

func (h *house) finds(p member, q Search) []string {
	h.t.Helper()
	return foundTitles(must[feature.List[Found]](h.t)(see(h, p, Find, q)))
}

// TestSearch holds what is found, by what, and what never is.
func TestSearch(t *testing.T) {
	t.Parallel()
	h := open(t)
	child := must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "下级", ReviewLevels: 1, ParentID: &h.column.ID}))
	h.named(h.column, "全市防汛检查", "各单位<b>立即</b>行动，见 GB 50201—2014 第３条。")
	h.named(child, "防汛物资 100%到位", "汛期 检查")
	h.withdraws(h.named(h.column, "防汛撤回", "平安"))
	h.drafts(h.column)                           // 全市开展汛前检查
	h.submits(h.drafts(h.column))                // the same
	h.reviewed(h.column)                         // the same, passed and not published
	other := open(t)                             // another tenant
	other.named(other.column, "全市防汛检查", "别处的防汛") // of the same name
	dept, today := h.drafter.dept, calendar.DateOf(h.publishedAt("全市防汛检查")).String()
	unknown := uuid.New()
	all, first, second := []string{"防汛物资 100%到位", "全市防汛检查"}, []string{"全市防汛检查"}, []string{"防汛物资 100%到位"}
	for name, tt := range map[string]struct {
		q    Search
		want []string
	}{
		"newest first":                       {Search{Text: "防汛"}, all},
		"drafts are not there":               {Search{Text: "汛前"}, nil},
		"withdrawn is gone (R015)":           {Search{Text: "撤回"}, nil},
		"another tenant's text":              {Search{Text: "别处"}, nil},
		"words anywhere":                     {Search{Text: "防汛 检查"}, all},
		"a phrase":                           {Search{Text: "“防汛检查”"}, first},
		"one word is a phrase":               {Search{Text: "防汛检查"}, first},
		"one character":                      {Search{Text: "资"}, second},
		"the last character of a word":       {Search{Text: "查"}, all},
		"across a change of font":            {Search{Text: "立即行动"}, first},
		"case and width":                     {Search{Text: "ｇｂ 第3条"}, first},
		"a space among letters":              {Search{Text: `"gb 50201"`}, first},
		"inside a number":                    {Search{Text: "020"}, first},
		"signs are themselves":               {Search{Text: "100%到"}, second},
		"other signs":                        {Search{Text: "100％到位"}, second},
		"only in titles":                     {Search{Text: "检查", In: "title"}, first},
		"a column and below":                 {Search{Text: "防汛", Column: &h.column.ID}, all},
		"the column below":                   {Search{Text: "防汛", Column: &child.ID}, second},
		"another column":                     {Search{Text: "防汛", Column: &h.other.ID}, nil},
		"a column that is not there":         {Search{Text: "防汛", Column: &unknown}, nil},
		"another tenant's column":            {Search{Text: "防汛", Column: &other.column.ID}, nil},
		"the drafter's department":           {Search{Text: "防汛", Department: &dept}, all},
		"another department":                 {Search{Text: "防汛", Department: &h.reader.dept}, nil},
		"a department that is not there":     {Search{Text: "防汛", Department: &unknown}, nil},
		"a kind":                             {Search{Text: "防汛", Kind: "notice"}, all},
		"another kind":                       {Search{Text: "防汛", Kind: "news"}, nil},
		"published today":                    {Search{Text: "防汛", From: today, To: today}, all},
		"published since last year":          {Search{Text: "防汛", From: "2000-01-01"}, all},
		"published before":                   {Search{Text: "防汛", To: "2020-01-01"}, nil},
		"published later":                    {Search{Text: "防汛", From: "2199-01-01"}, nil},
		"an operator of the index":           {Search{Text: "防汛 | 检查"}, all},
		"another one":                        {Search{Text: "防汛 & !检查:*"}, nil},
		"quotation marks and a semicolon":    {Search{Text: `防汛' ; drop table items --`}, nil},
		"a backslash":                        {Search{Text: `防汛\'`}, nil},
		"half a pair of quotation marks":     {Search{Text: `"防汛检查`}, first},
		"markup":                             {Search{Text: "<b>立即"}, nil},
		"pairs that stand in several places": {Search{Text: "全市防汛物"}, nil},
	} {
		if got := h.finds(h.reader, tt.q); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func (h *house) publishedAt(title string) (at time.Time) {
	h.t.Helper()
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Get(ctx, &at, `select published_at from items where title = $1 and state = 'published'`, title)
	})
	return at
}

// TestSearchIsARight holds that a search finds nothing outside of the columns
// that are the actor's to read, whatever it asks for.
func TestSearchIsARight(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.named(h.column, "防汛检查", "x")
	for name, tt := range map[string]struct {
		rights *rbac.Rights
		q      Search
		want   int
	}{
		"no right at all":           {rbac.Fixed(), Search{Text: "防汛"}, 0},
		"another column":            {rbac.FixedOn(h.other.ID, Read), Search{Text: "防汛"}, 0},
		"another column, asked for": {rbac.FixedOn(h.other.ID, Read), Search{Text: "防汛", Column: &h.column.ID}, 0},
		"another right on it":       {rbac.FixedOn(h.column.ID, Review), Search{Text: "防汛"}, 0},
		"the column":                {rbac.FixedOn(h.column.ID, Read), Search{Text: "防汛"}, 1},
	} {
		ctx := rbac.With(tenant.As(context.Background(), h.reader.Actor), tt.rights)
		err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) error {
			l, err := Find(ctx, tx, tt.q)
			if len(l.Items) != tt.want || l.Next != "" {
				t.Errorf("%s: found %v, want %d", name, foundTitles(l), tt.want)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSearchRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	for name, tt := range map[string]struct {
		q     Search
		want  error
		field string
	}{
		"nothing":             {Search{}, ErrSearchEmpty, "q"},
		"spaces":              {Search{Text: " 　 "}, ErrSearchEmpty, "q"},
		"signs":               {Search{Text: "% ' ;--"}, ErrSearchEmpty, "q"},
		"a letter":            {Search{Text: "a"}, ErrSearchShort, "q"},
		"a digit of several":  {Search{Text: "防汛 1"}, ErrSearchShort, "q"},
		"a letter and a sign": {Search{Text: "a%"}, ErrSearchShort, "q"},
		"a book":              {Search{Text: strings.Repeat("防", 101)}, ErrSearchLong, "q"},
		"a sentence":          {Search{Text: strings.Repeat("防汛 ", 11)}, ErrSearchLong, "q"},
		"in what is not":      {Search{Text: "防汛", In: "body"}, feature.ErrChoice, "in"},
		"a kind there is not": {Search{Text: "防汛", Kind: "secret"}, feature.ErrChoice, "kind"},
		"no day":              {Search{Text: "防汛", From: "soon"}, feature.ErrMalformed, "from"},
		"no cursor":           {Search{Text: "防汛", Page: feature.Page{After: "x"}}, feature.ErrCursor, "after"},
		"no order":            {Search{Text: "防汛", Page: feature.Page{Sort: "title"}}, feature.ErrChoice, "sort"},
	} {
		_, err := see(h, h.reader, Find, tt.q)
		if !errors.Is(err, tt.want) || fault.Of(err).Field != tt.field {
			t.Errorf("%s: %v on %q, want %v on %q", name, err, fault.Of(err).Field, tt.want, tt.field)
		}
	}
}

// TestR015WithdrawnIsNotFoundAnyMore holds that an item is found from the
// statement that publishes it to the one that withdraws it, in the same
// transactions.
func TestR015WithdrawnIsNotFoundAnyMore(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.reviewed(h.column)
	n := func(ctx context.Context, tx *tenant.Tx) int {
		t.Helper()
		return len(must[feature.List[Found]](t)(Find(ctx, tx, Search{Text: "汛前检查"})).Items)
	}
	h.write(h.publisher, func(ctx context.Context, tx *tenant.Tx) error {
		if got := n(ctx, tx); got != 0 {
			t.Errorf("%d are found before it is published", got)
		}
		out, err := h.desk.publish(ctx, tx, versioned{it.ID, it.Version})
		if got := n(ctx, tx); got != 1 {
			t.Errorf("%d are found as it is published, want 1", got)
		}
		it = out
		return err
	})
	h.write(h.publisher, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `
			update items set state = 'withdrawn', withdrawn_at = now(), withdrawn_id = $2, withdraw_reason = 'x', withdraw_minutes = 0, noticed_at = now()
			 where id = $1`, it.ID, tx.Actor.Member)
		if got := n(ctx, tx); got != 0 {
			t.Errorf("%d are found after a statement of any kind withdrew it", got)
		}
		if err := index(ctx, tx, it.ID, Terms(it.Title, "", nil)); err != nil {
			return err
		}
		if got := n(ctx, tx); got != 0 {
			t.Errorf("%d are found after a round came too late", got)
		}
		return err
	})
}

// TestTheIndexIsOutOfReach holds that the application neither reads nor writes
// the terms but through the functions, and these only in its own tenant.
func TestTheIndexIsOutOfReach(t *testing.T) {
	t.Parallel()
	h, other := open(t), open(t)
	theirs := other.named(other.column, "防汛检查", "x")
	for _, s := range []string{`select 1 from platform.item_terms`, `delete from platform.item_terms`, `update platform.item_terms set terms = null`} {
		err := h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error { _, err := tx.Exec(ctx, s); return err })
		if e, ok := errors.AsType[*pq.Error](err); !ok || e.Code != "42501" {
			t.Errorf("%s: %v, want permission denied", s, err)
		}
	}
	var done bool
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Get(ctx, &done, `select platform.item_indexed($1, '{抹去}')`, theirs.ID)
	})
	if got := other.finds(other.reader, Search{Text: "防汛检查"}); done || len(got) != 1 {
		t.Errorf("another tenant's item was indexed: %v, %v", done, got)
	}
}

// TestEveryTitleIsFoundByAnyPartOfIt holds that two characters of a title find
// the item, whatever else is published.
func TestEveryTitleIsFoundByAnyPartOfIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	titles := []string{"关于印发《2026年QC小组活动方案》的通知", "第３次河长制联席会议召开", "水 利 工 程：GB/T 50201—2014 宣贯", "节水节水再节水", "A级 b类"}
	for _, title := range titles {
		h.named(h.column, title, "正文")
	}
	asked := 0
	rapid.Check(t, func(rt *rapid.T) {
		title := rapid.SampledFrom(titles).Draw(rt, "title")
		all := []rune(line(title))
		n := rapid.IntRange(2, len(all)).Draw(rt, "characters")
		from := rapid.IntRange(0, len(all)-n).Draw(rt, "from")
		q := Search{Text: string(all[from : from+n])}
		if q.Validate() != nil {
			return // nothing that may be looked for: signs and blanks alone
		}
		asked++
		if got := h.finds(h.reader, q); !slices.Contains(got, line(title)) {
			rt.Fatalf("%q finds %q, not %q", q.Text, got, title)
		}
	})
	if asked < 20 {
		t.Errorf("only %d parts of titles were looked for", asked)
	}
}

// TestHitsAreShown holds what a line of the answer shows of what was found.
func TestHitsAreShown(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := must[Item](t)(do(h, h.drafter, h.desk.create, draft{ColumnID: h.column.ID, Kind: "news", Title: "防汛检查", BodyHTML: "<p>&lt;script&gt;检查全面展开。</p>"}))
	it = must[Item](t)(do(h, h.drafter, h.desk.attach, addition{ID: it.ID, UploadID: h.uploads(h.drafter), Name: "防汛物资清单", Summary: "各县"}))
	it = h.submits(it)
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	h.publishes(h.seen(h.drafter, it.ID))
	for query, want := range map[string][3]string{
		"检查":    {"防汛[检查]", "text", "<script>[检查]全面展开。"},
		"物资":    {"防汛检查", "attachment", "防汛[物资]清单"},
		"防汛 全面": {"[防汛]检查", "text", "<script>检查[全面]展开。"},
		"防汛":    {"[防汛]检查", "attachment", "[防汛]物资清单"},
	} {
		l := must[feature.List[Found]](t)(see(h, h.reader, Find, Search{Text: query}))
		if len(l.Items) != 1 {
			t.Fatalf("%s: %d found", query, len(l.Items))
		}
		f := l.Items[0]
		if got := [3]string{marked(t, f.Title, f.TitleMarks), f.Hit.Where, marked(t, f.Hit.Text, f.Hit.Marks)}; got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// TestSearchPages holds that pages follow each other without a gap, also where
// most candidates have the pairs of a word but not the word.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.named(h.column, "题 0", "x")
	h.copies(it, h.column, 120)
	h.listed(every20, func(i int) string {
		if i%3 == 0 {
			return "甲乙丙"
		}
		return "甲乙、乙丙"
	})
	seen, q, pages := map[uuid.UUID]bool{}, Search{Text: "甲乙丙", Page: feature.Page{Limit: 7}}, 0
	for {
		l := must[feature.List[Found]](t)(see(h, h.reader, Find, q))
		for _, f := range l.Items {
			if seen[f.ID] {
				t.Errorf("%s stands twice", f.ID)
			}
			seen[f.ID] = true
		}
		if pages++; l.Next == "" || pages > 30 {
			break
		}
		q.After = l.Next
	}
	if len(seen) != 40 || pages > 7 {
		t.Errorf("%d items on %d pages, want 40 on 6 or 7", len(seen), pages)
	}
}

// every20 days one of them was published.
func every20(i int) int { return 20 * i }

// listed gives the items that copies made a title and what they are found by,
// and makes them some days old.
func (h *house) listed(age func(i int) int, title func(i int) string) {
	h.t.Helper()
	admin, err := tenanttest.Admin(h.t).Begin()
	if err != nil {
		h.t.Fatal(err)
	}
	var ids tenant.IDs
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Select(ctx, (*[]uuid.UUID)(&ids), `select id from items where state = 'published' and title like '题 _%' and title <> '题 0' order by published_at, id`)
	})
	exec := func(query string, args ...any) {
		if _, err := admin.Exec(query, args...); err != nil {
			h.t.Fatal(err)
		}
	}
	exec(`set local session_replication_role = replica`)
	exec(`select set_config('app.tenant_id', $1, true)`, h.id.String())
	for i, id := range ids {
		exec(`update items set title = $2, published_at = published_at - $3 * interval '1 day' where id = $1`, id, title(i), age(i))
		exec(`insert into platform.item_terms (tenant_id, item_id, published_at, column_id, department_id, kind)
			  select tenant_id, id, published_at, column_id, department_id, kind from items where id = $1`, id)
		exec(`select platform.item_indexed($1, $2)`, id, pq.Array(Terms(title(i), "", nil)))
	}
	if err := admin.Commit(); err != nil {
		h.t.Fatal(err)
	}
}

// TestTheRoundIndexesTheRest holds that what was published before there were
// terms is found once the round has been there, and that it may come again.
func TestTheRoundIndexesTheRest(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.named(h.column, "防汛检查", "河长制")
	if _, err := tenanttest.Admin(t).Exec(`update platform.item_terms set terms = null where item_id = $1`, it.ID); err != nil {
		t.Fatal(err)
	}
	if got := h.finds(h.reader, Search{Text: "河长"}); len(got) != 0 {
		t.Fatalf("found %v without terms", got)
	}
	for range 2 {
		if err := indexRest(tenant.As(context.Background(), tenant.Actor{Tenant: h.id}), tenanttest.DB(t)); err != nil {
			t.Fatal(err)
		}
		if got := h.finds(h.reader, Search{Text: "河长"}); len(got) != 1 {
			t.Errorf("found %v after the round, want the item", got)
		}
	}
	if n := count(h, `select count(*) from audit_entries where action = 'publish.indexed'`); n != 1 {
		t.Errorf("%d audit rows, want 1: the second round had nothing to do", n)
	}
}

// TestSearchWalksItsIndex holds that every statement inside of the search
// function reads the words' index and no table from end to end.
func TestSearchWalksItsIndex(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.named(h.column, "题 0", "x")
	h.copies(it, h.column, 300)
	h.listed(every20, func(i int) string { return fmt.Sprint("防汛检查第", i, "号") })
	address, err := url.Parse(os.Getenv("HETU_TEST_ADMIN_URL"))
	if err != nil {
		t.Fatal(err)
	}
	address.Path = "/" + os.Getenv("HETU_TEST_DB")
	base, err := pq.NewConnector(address.String())
	if err != nil {
		t.Fatal(err)
	}
	var plans []string
	db := sql.OpenDB(pq.ConnectorWithNoticeHandler(base, func(n *pq.Error) { plans = append(plans, n.Message) }))
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	for _, s := range []string{
		`load 'auto_explain'`, `set auto_explain.log_min_duration = 0`, `set auto_explain.log_nested_statements = on`, `set client_min_messages = log`,
		`set app.tenant_id = '` + h.id.String() + `'`,
	} {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	for range 8 { // the plan of the sixth is the general one
		if _, err := db.Exec(`select * from platform.item_search('{防汛,汛检}', null, null, null, null, null, null, null, 21)`); err != nil {
			t.Fatal(err)
		}
	}
	steps := 0
	for _, p := range plans {
		if !strings.Contains(p, "from platform.item_terms") {
			continue
		}
		steps++
		if !strings.Contains(p, "Bitmap Index Scan on item_terms_ix") || strings.Contains(p, "Seq Scan on item_terms") || strings.Contains(p, "item_terms_pkey") {
			t.Errorf("the plan does not walk the index:\n%s", p)
		}
	}
	if steps < 8 {
		t.Errorf("%d statements were explained, want 8 or more", steps)
	}
}
