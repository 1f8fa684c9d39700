package app_test

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alexedwards/argon2id"

	"hetu/tenant/tenanttest"
)

// A shown is an item that stands before its readers.
type shown struct {
	id, title   string
	version     any
	file        string // path of its attachment's content
	entry, deed string // by which the headquarters look into it
	push        string // path of what the tenant below was given
	pushFile    string // of its attachment's content
}

// A way is one that leads a reader to an item. What is added to readings is
// tried by TestWithdrawals.
type way struct {
	name  string
	who   func(c *cluster) *person
	finds func(t *testing.T, p *person, s shown) (found bool, answer string)
}

func plainReader(c *cluster) *person { return c.a.plain }
func readerBelow(c *cluster) *person { return c.below.plain }

var readings = []way{
	{"item", plainReader, opens(func(s shown) string { return "/api/publish/items/" + s.id })},
	{"attachment", plainReader, opens(func(s shown) string { return s.file })},
	{"list", plainReader, names(func(shown) string { return "/api/publish/items?view=reading&limit=100" })},
	{"desktop", plainReader, names(func(shown) string { return "/api/portal/desktop" })},
	{"search", plainReader, names(func(s shown) string { return "/api/publish/search?q=" + url.QueryEscape(s.title) })},
	{"published copy, from above", func(c *cluster) *person { return c.hq.chief }, looksInto},
	{"pushed copy", readerBelow, opens(func(s shown) string { return s.push })},
	{"attachment of the pushed copy", readerBelow, opens(func(s shown) string { return s.pushFile })},
	{"list of what was pushed", readerBelow, names(func(shown) string { return "/api/exchange/pushed?limit=200" })},
}

// opens is a way on which something is there or is not.
func opens(path func(shown) string) func(*testing.T, *person, shown) (bool, string) {
	return func(t *testing.T, p *person, s shown) (bool, string) {
		t.Helper()
		res, body := p.send(t, "GET", path(s), nil, nil)
		if res.StatusCode != 200 && res.StatusCode != 404 {
			t.Errorf("GET %s = %d %s", path(s), res.StatusCode, body)
		}
		return res.StatusCode == 200, fmt.Sprintf("%d %.200s", res.StatusCode, body)
	}
}

// names is a way on which something stands among others or does not.
func names(path func(shown) string) func(*testing.T, *person, shown) (bool, string) {
	return func(t *testing.T, p *person, s shown) (bool, string) {
		t.Helper()
		res, body := p.send(t, "GET", path(s), nil, nil)
		if res.StatusCode != 200 {
			t.Errorf("GET %s = %d %s", path(s), res.StatusCode, body)
		}
		return strings.Contains(string(body), s.title), fmt.Sprintf("%d %.200s", res.StatusCode, body)
	}
}

func looksInto(t *testing.T, p *person, s shown) (bool, string) {
	t.Helper()
	res, body := p.send(t, "POST", "/api/assess/samples", fields{"entry_id": s.entry, "deed_id": s.deed}, nil)
	if res.StatusCode != 200 && !strings.Contains(string(body), `"assess.sample_gone"`) {
		t.Errorf("looking into %s = %d %s", s.title, res.StatusCode, body)
	}
	return res.StatusCode == 200, fmt.Sprintf("%d %.200s", res.StatusCode, body)
}

// TestWithdrawals withdraws items under the eyes of readers at two nodes who
// come on every way there is. Not one read that begins after the answer
// succeeds (R012, R015, WF-06, G13). With HETU_TORTURE these are a thousand
// items and 32 readers.
func TestWithdrawals(t *testing.T) {
	t.Parallel()
	items, readers := 20, 2*len(readings)
	if os.Getenv("HETU_TORTURE") != "" {
		items, readers = 1000, 32
	}
	c := newCluster(t)
	hash, err := argon2id.CreateHash(password, &quick)
	must(t, err)
	c.below = c.open(t, tenanttest.Tenant(t, c.a.id, "竹山市河道管理站"), hash)
	column := text(t, c.a.chief.does(t, "POST /api/publish/columns", map[string]any{"name": "快讯", "review_levels": 1}), "id")
	round := c.scored(t)
	var before, after atomic.Int64
	for done := 0; done < items; done += 20 {
		var batch []shown
		for i := range 20 {
			it := c.a.publish(t, column, fmt.Sprintf("第%d号快讯", 100000+done+i))
			id := text(t, it, "id")
			batch = append(batch, shown{id: id, title: text(t, it, "title"), version: it["version"],
				file: "/api/publish/items/" + id + "/attachments/" + text(t, it, "attachments", 0, "id") + "/content"})
		}
		c.score(t, round, batch)
		c.pushes(t, batch)
		for i, s := range slices.Backward(batch) { // the newest first: the desktop shows few
			c.withdrawn(t, s, c.nodes[i%2], readers, &before, &after)
		}
	}
	if before.Load() < int64(items*readers) || after.Load() < int64(3*items*readers) {
		t.Errorf("%d reads before and %d after the withdrawals: they prove nothing", before.Load(), after.Load())
	}
	t.Logf("%d withdrawals, %d readers on %d ways: %d reads before, %d after, none of these succeeded",
		items, readers, len(readings), before.Load(), after.Load())
}

// withdrawn takes one item down. Each reader has found it before, and looks
// three times after.
func (c *cluster) withdrawn(t *testing.T, s shown, where string, readers int, before, after *atomic.Int64) {
	t.Helper()
	var gone atomic.Bool
	var ready, done sync.WaitGroup
	for n := range readers {
		w := readings[n%len(readings)]
		p := w.who(c).on(c.nodes[n/len(readings)%2])
		ready.Add(1)
		done.Go(func() {
			was := false
			for left := 3; left > 0; {
				late := gone.Load()
				found, answer := w.finds(t, p, s)
				switch {
				case late && found:
					t.Errorf("%s: %s is found after the withdrawal was answered: %s", w.name, s.title, answer)
					left--
				case late:
					after.Add(1)
					left--
				case found:
					before.Add(1)
					if !was {
						was = true
						ready.Done()
					}
				case !was:
					t.Errorf("%s: %s is not found before the withdrawal: %s", w.name, s.title, answer)
					ready.Done()
					return
				}
			}
		})
	}
	ready.Wait()
	c.a.chief.on(where).does(t, "POST /api/publish/items/"+s.id+"/withdraw", map[string]any{"reason": "数据有误", "version": s.version})
	gone.Store(true)
	done.Wait()
}

// scored begins a round in which each published item counts, so that the
// headquarters may look into it.
func (c *cluster) scored(t *testing.T) string {
	t.Helper()
	hq := c.hq.chief
	scheme := text(t, hq.does(t, "POST /api/assess/schemes", fields{"year": year, "name": "撤稿"}), "id")
	s := hq.does(t, "PUT /api/assess/schemes/"+scheme, fields{"name": "撤稿", "year": year, "version": 1,
		"units": []any{fields{"kind": "tenant", "id": c.a.id}},
		"rules": []any{fields{"code": "news", "name": "发布", "type": "per_item", "deed_kind": "publish.published",
			"levels": []any{fields{"level": "", "points": "1"}}}}})
	hq.does(t, "POST /api/assess/schemes/"+scheme+"/activate", fields{"version": s["version"]})
	return "/api/assess/rounds/" + text(t, hq.does(t, "POST /api/assess/rounds", fields{"scheme_id": scheme, "name": "全年",
		"from": fmt.Sprintf("%d-01-01", year), "to": fmt.Sprintf("%d-12-31", year)}), "id")
}

// score works the round out again and finds by what the items count.
func (c *cluster) score(t *testing.T, round string, batch []shown) {
	t.Helper()
	c.recomputes(t, c.hq, round)
	hq := c.hq.chief
	entry := text(t, hq.does(t, "GET "+round+"/units/"+c.a.id.String(), nil), "entries", 0, "id")
	deeds := map[string]string{}
	for next, first := "", true; first || next != ""; first = false {
		l := hq.does(t, "GET "+round+"/entries/"+entry+"/deeds?limit=200&after="+next, nil)
		for _, d := range at(t, l, "items").([]any) {
			deeds[text(t, d, "item", "id")] = text(t, d, "id")
		}
		next = text(t, l, "next")
	}
	for i := range batch {
		batch[i].entry, batch[i].deed = entry, deeds[batch[i].id]
		if batch[i].deed == "" {
			t.Fatalf("%s counts for nothing", batch[i].title)
		}
	}
}

// pushes gives the items to the tenant below and finds what it got.
func (c *cluster) pushes(t *testing.T, batch []shown) {
	t.Helper()
	for _, s := range batch {
		c.a.chief.does(t, "POST /api/exchange/pushes", fields{"item_id": s.id, "targets": []any{c.below.id}})
	}
	c.works(t, c.a)
	got := map[string]string{}
	for _, it := range at(t, c.below.plain.does(t, "GET /api/exchange/pushed?limit=200", nil), "items").([]any) {
		got[text(t, it, "title")] = "/api/exchange/pushed/" + text(t, it, "id")
	}
	for i, s := range batch {
		path := got[s.title]
		if path == "" {
			t.Fatalf("%s has not arrived", s.title)
		}
		page := c.below.plain.does(t, "GET "+path, nil)
		batch[i].push, batch[i].pushFile = path, path+"/attachments/"+text(t, page, "attachments", 0, "id")+"/content"
	}
}
