package publish

import (
	"slices"
	"strings"
	"testing"

	"hetu/tenant/tenanttest"
)

// What was found before numbers were terms of their own has them after the
// migration, exactly as if it were published now.
func TestNumbersOfWhatWasThereBefore(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.named(h.column, "川水〔2026〕第１２号 A7 007", "见 GB 50201—2014 第3条，电话 "+strings.Repeat("9", maxDigits+1)+"；12 34")
	admin := tenanttest.Admin(t)
	terms := func() (all []string) {
		rows, err := admin.Query(`select substr(u.lexeme, 6) from platform.item_terms t, unnest(t.terms) u where t.item_id = $1 and substr(u.lexeme, 6, 1) <> '/' order by 1`, it.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var term string
			if err := rows.Scan(&term); err != nil {
				t.Fatal(err)
			}
			all = append(all, term)
		}
		return all
	}
	want := terms()
	number := func(term string) bool {
		return strings.HasPrefix(term, isNumber) || strings.HasPrefix(term, inTitle+isNumber)
	}
	if !slices.Contains(want, "=#2026") || !slices.Contains(want, "#50201") || !slices.Contains(want, "=#12") {
		t.Fatalf("terms: %q", want)
	}
	if _, err := admin.Exec(`
		update platform.item_terms t
		   set terms = array_to_tsvector(array(select u.lexeme from unnest(t.terms) u where substr(u.lexeme, 6) !~ '^=?#')) where t.item_id = $1`, it.ID); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(terms(), number) {
		t.Fatalf("there are numbers still: %q", terms())
	}
	file, err := files.ReadFile("migrations/0041_numbers.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, statement, _ := strings.Cut(string(file), "update platform.item_terms")
	statement, _, _ = strings.Cut(statement, ";")
	if _, err := admin.Exec(`update platform.item_terms`+statement+` and t.item_id = $1`, it.ID); err != nil {
		t.Fatal(err)
	}
	if got := terms(); !slices.Equal(got, want) {
		t.Errorf("terms = %q, want %q", got, want)
	}
}
