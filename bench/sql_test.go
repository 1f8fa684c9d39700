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
		"list":         {lineHead, fieldColumns, meant, current, ` or $1 in (i.drafter_id, i.editor_id, i.publisher_id))`, fromItems, `i.state = 'published'`, `i.column_id = ?`, `"-published_at"`, `"i.published_at"`, `"i.id"`},
		"item":         {itemHead, coverDigest, audienceNames, scheduleOf, attachmentsOf, itemTail, fromItems + ` where i.id = $2`},
		"content":      {strings.TrimPrefix(strings.SplitN(qContent, fieldColumns, 2)[0], "select "), ` from items i where i.id = $1`},
		"column":       {columnHead, columnSets, columnTail, qRules, intervalDays, ` from columns c where c.id = $1`},
		"department":   {qDepartment},
		"born":         {qBorn},
		"marked":       {qMarked},
		"words":        {qWords},
		"submitted":    {qSubmitted},
		"holders":      {qHolders},
		"able":         {qAble},
		"definition":   {qDefinition},
		"case insert":  {qCaseInsert},
		"event insert": {qEventInsert},
		"calendar":     {qCalendar},
		"task insert":  {qTaskInsert},
		"notice":       {qNotice},
		"case":         {strings.TrimSuffix(qCase, "for update")},
		"events":       {qEvents},
		"task done":    {qTaskDone},
		"tasks close":  {strings.TrimSuffix(qTasksClose, taskColumns), taskColumns},
		"case update":  {qCaseUpdate},
		"approved":     {qApproved},
		"reviews":      {qReviews},
		"present":      {qPresent},
		"one task":     {qTaskRows, `and t.id = $2`},
		"todo":         {`and t.state = 'open'`, `"due_at", "t.id"`, `"t.due_at"`},
		"case tasks":   {qCaseTasks},
		"names":        {qNames},
		"published":    {qPublished},
		"column count": {qColumnCount},
		"reads":        {qReads},
		"copy":         {qCopy},
		"indexed":      {qIndexed},
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
	for _, pattern := range []string{"../office/publish/*.go", "../approval/*.go", "../rbac/*.go", "../calendar/*.go", "../message/*.go", "../wordcheck/*.go"} {
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
