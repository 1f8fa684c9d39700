package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"hetu/tenant"
)

// A row is what a published table says of a unit.
type row struct {
	unit  string
	total string
	rank  int
}

// tableOf reads a table of the fixture and ranks it: the higher total first,
// equals share a rank.
func tableOf(t *testing.T, key string) (rows []row) {
	t.Helper()
	var all map[string]json.RawMessage
	var one struct{ Rows [][]any }
	if err := json.Unmarshal(read(t, filepath.Join("testdata", "assessment.json")), &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all[key], &one); err != nil {
		t.Fatal(err)
	}
	totals := []float64{}
	for _, r := range one.Rows {
		totals = append(totals, r[len(r)-1].(float64))
	}
	for i, r := range one.Rows {
		rank := 1
		for _, other := range totals {
			if other > totals[i] {
				rank++
			}
		}
		rows = append(rows, row{r[0].(string), fmt.Sprint(totals[i]), rank})
	}
	if len(rows) != 5 {
		t.Fatalf("%s has %d rows", key, len(rows))
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.unit, b.unit) })
	return rows
}

// compare looks at the round as the evaluator does: on the screen, in the
// workbook, and down to each item.
func (d *demonstration) compare(t *testing.T, want []row) {
	t.Helper()
	v := d.as(t, "考核管理员")
	var rounds struct {
		Items []struct {
			ID    uuid.UUID `json:"id"`
			State string    `json:"state"`
		} `json:"items"`
	}
	get(t, v, "/assess/rounds", &rounds)
	if len(rounds.Items) != 1 || rounds.Items[0].State != "published" {
		t.Fatalf("rounds = %+v, want one that is published", rounds.Items)
	}
	path := "/assess/rounds/" + rounds.Items[0].ID.String()
	var ranking struct {
		Rows []struct {
			Rank  int    `json:"rank"`
			Unit  scored `json:"unit"`
			Total string `json:"total"`
		} `json:"rows"`
	}
	get(t, v, path+"/ranking?subject=tenant", &ranking)
	got := []row{}
	for _, r := range ranking.Rows {
		got = append(got, row{r.Unit.Name, r.Total, r.Rank})
		d.drill(t, v, path, r.Unit.ID, r.Total)
	}
	slices.SortFunc(got, func(a, b row) int { return strings.Compare(a.unit, b.unit) })
	if !slices.Equal(got, want) {
		t.Errorf("ranking:\n%v\nwant\n%v", got, want)
	}
	if sheet := workbook(t, v, path); !slices.Equal(sheet, want) {
		t.Errorf("workbook:\n%v\nwant\n%v", sheet, want)
	}
}

func workbook(t *testing.T, v *visit, path string) (rows []row) {
	t.Helper()
	var file []byte
	get(t, v, path+"/export", &file)
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	cells, err := book.GetRows("排名")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells[2:] { // below the round and the heading: kind, rank, unit, total
		rank, err := strconv.Atoi(c[1])
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row{c[2], c[3], rank})
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.unit, b.unit) })
	return rows
}

// drill adds a unit's points up again from the deeds behind them, and opens the
// envelope behind each adoption.
func (d *demonstration) drill(t *testing.T, v *visit, path string, unit uuid.UUID, total string) {
	t.Helper()
	var score struct {
		Entries []struct {
			ID uuid.UUID `json:"id"`
		} `json:"entries"`
	}
	get(t, v, path+"/units/"+unit.String(), &score)
	sum := 0.0
	for _, e := range score.Entries {
		var deeds struct {
			Items []struct {
				Kind   string `json:"kind"`
				Points string `json:"points"`
				Item   struct {
					ID    uuid.UUID `json:"id"`
					Title string    `json:"title"`
				} `json:"item"`
			} `json:"items"`
		}
		get(t, v, path+"/entries/"+e.ID.String()+"/deeds?limit=200", &deeds)
		for _, x := range deeds.Items {
			n, err := strconv.ParseFloat(x.Points, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += n
			if x.Kind != "exchange.adopted" {
				continue
			}
			var e struct {
				Title string `json:"title"`
				Body  string `json:"body_html"`
			}
			get(t, v, "/exchange/envelopes/"+x.Item.ID.String(), &e)
			if e.Title != x.Item.Title || e.Body == "" {
				t.Errorf("the item behind %q is %+v", x.Item.Title, e)
			}
		}
	}
	if fmt.Sprint(sum) != total {
		t.Errorf("the deeds of %s sum up to %v, the total is %s", unit, sum, total)
	}
}

// receipts checks that every receipt holds and is of the story's time.
func (d *demonstration) receipts(t *testing.T) {
	t.Helper()
	m := maker{}
	all, err := m.inbox(t.Context(), &member{visit: d.as(t, "办公室信息员")})
	if err != nil || len(all) == 0 {
		t.Fatalf("%d envelopes, %v", len(all), err)
	}
	v, days := d.as(t, "办公室信息员"), map[string]bool{}
	for _, e := range all {
		var page struct {
			Received time.Time `json:"received_at"`
			Slip     struct {
				Valid bool      `json:"valid"`
				At    time.Time `json:"at"`
			} `json:"receipt_slip"`
		}
		get(t, v, "/exchange/envelopes/"+e.ID.String(), &page)
		if !page.Slip.Valid || !page.Slip.At.Equal(page.Received) || !page.Received.After(e.SentAt) {
			t.Errorf("%s: sent %v, %+v", e.Title, e.SentAt, page)
		}
		days[page.Received.Format(time.DateOnly)] = true
	}
	if len(days) < len(all)/3 {
		t.Errorf("%d envelopes were received on %d days: that is no year", len(all), len(days))
	}
}

// clockIsGone checks that nothing of the story's time is left in the database.
func (d *demonstration) clockIsGone(t *testing.T) {
	t.Helper()
	u := url.URL{Scheme: "postgres", Host: "127.0.0.1:" + strings.TrimSpace(string(read(t, filepath.Join(d.dir, "postgres", "port")))),
		Path: "/hetu", RawQuery: "sslmode=disable",
		User: url.UserPassword("hetu_admin", strings.TrimSpace(string(read(t, filepath.Join(d.dir, "postgres", "data", "hetu_password")))))}
	db, err := tenant.Open(t.Context(), u.String(), tenant.Limits{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // a test ends
	var left struct {
		Schemas int    `db:"schemas"`
		Default string `db:"at_default"`
		Crooked int    `db:"crooked"`
	}
	err = db.Public(t.Context(), func(tx *tenant.Tx) error {
		return tx.Get(t.Context(), &left, `
			select (select count(*) from pg_namespace where nspname = 'demo') as schemas,
			       (select pg_get_expr(adbin, adrelid) from pg_attrdef
			         where adrelid = 'deeds'::regclass and adnum = (select attnum from pg_attribute where attrelid = 'deeds'::regclass and attname = 'at')) as at_default,
			       (select count(*) from deeds where day <> (at at time zone 'Asia/Shanghai')::date) as crooked`)
	})
	if err != nil || left.Schemas != 0 || left.Default != "now()" || left.Crooked != 0 {
		t.Errorf("left behind: %+v, %v", left, err)
	}
}
