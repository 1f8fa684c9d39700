package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheBareServerRunsTheProductsStatements holds that what the two sides are
// compared by is the same SQL: every statement stands word for word in the
// product, in one piece or in those it is put together from.
func TestTheBareServerRunsTheProductsStatements(t *testing.T) {
	t.Parallel()
	all := product(t)
	for name, pieces := range map[string][]string{
		"list":         {lineColumns, fromItems, `i.state = 'published'`, `i.column_id = ?`, `i.published_at desc, i.id desc`},
		"item":         {strings.TrimPrefix(itemColumns, lineColumns), fromItems + ` where i.id = $2`},
		"column":       {columnColumns, ` from columns c where c.id = $1`},
		"department":   {qDepartment},
		"born":         {qBorn},
		"submitted":    {qSubmitted},
		"holders":      {qHolders},
		"able":         {qAble},
		"definition":   {qDefinition},
		"case insert":  {qCaseInsert},
		"event insert": {qEventInsert},
		"calendar":     {qCalendar},
		"task insert":  {qTaskInsert},
		"notice":       {qNotice},
		"item case":    {qItemCase},
		"task":         {taskColumns, ` from approval_tasks where id = $1 and member_id = $2`},
		"case":         {strings.TrimSuffix(qCase, "for update")},
		"events":       {qEvents},
		"post":         {qPost},
		"task done":    {qTaskDone},
		"waiting":      {strings.SplitN(qWaiting, taskColumns, 2)[1]},
		"tasks close":  {qTasksClose},
		"case update":  {qCaseUpdate},
		"passed":       {qPassed},
		"approved":     {qApproved},
		"review":       {qReview},
		"present":      {qPresent},
		"one task":     {qTaskRows, `and t.id = $2`},
		"todo":         {strings.TrimPrefix(qTodo, qTaskRows)},
		"case tasks":   {qCaseTasks},
		"names":        {qNames},
		"published":    {qPublished},
		"column count": {qColumnCount},
		"reads":        {qReads},
	} {
		for _, p := range pieces {
			if p = squeeze(p); !strings.Contains(all, p) {
				t.Errorf("%s: the product does not say\n%s", name, p)
			}
		}
	}
}

// product is the source of the packages whose statements are compared.
func product(t *testing.T) string {
	t.Helper()
	var product strings.Builder
	for _, pattern := range []string{"../office/publish/*.go", "../approval/*.go", "../rbac/*.go", "../calendar/*.go", "../message/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			body, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "_test.go") {
				product.WriteString(squeeze(string(body)) + "\n")
			}
		}
	}
	return product.String()
}

// squeeze makes all space between words one blank.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
