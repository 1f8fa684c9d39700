package wecomtest

import (
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// page is where a browser is sent to sign in: whoever says as=<id> is taken for that
// employee and sent back with a code.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("appid") != s.Corp || q.Get("agentid") != fmt.Sprint(s.Agent) {
		http.Error(w, "redirect_uri or appid is wrong", http.StatusBadRequest)
		return
	}
	as := q.Get("as")
	if as == "" {
		s.show(w, "以谁的企业微信登录？", func(id string) string {
			q.Set("as", id)
			return "?" + q.Encode()
		})
		return
	}
	b := back.Query()
	b.Set("code", s.Code(as))
	b.Set("state", q.Get("state"))
	back.RawQuery = b.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// desk shows what everybody got.
func (s *Server) desk(w http.ResponseWriter, _ *http.Request) { s.show(w, "收到的消息", nil) }

// A row is an employee on a page.
type row struct {
	ID, Name, To string
	Messages     []Message
}

var sheet = template.Must(template.New("sheet").Funcs(template.FuncMap{
	"raw": func(s string) template.HTML { return template.HTML(s) }, //nolint:gosec // it is what WeCom would show; tests hold that a title brings no marks
}).Parse(`<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>企业微信（演示用替身）</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:560px;margin:32px auto;padding:0 16px;color:#222}h1{font-size:20px}
.p{border:1px solid #ddd;border-radius:8px;padding:12px 16px;margin:8px 0}.gray{color:#777;font-size:14px}a{color:#1f5f99}</style>
<h1>{{.Title}}</h1><p class="gray">这是演示用的替身，不是企业微信。</p>
{{range .Rows}}<div class="p">{{if .To}}<a href="{{.To}}">{{.Name}}</a>{{else}}<b>{{.Name}}</b>{{end}} <span class="gray">{{.ID}}</span>
{{range .Messages}}<div><b>{{.Title}}</b>{{raw .Description}}<a href="{{.Link}}">查看</a></div>{{end}}</div>{{end}}</html>`))

// show writes a page of all employees: with what they got, or with where each leads.
func (s *Server) show(w http.ResponseWriter, title string, to func(id string) string) {
	var rows []row
	s.do(func() {
		for _, id := range slices.Sorted(maps.Keys(s.people)) {
			r := row{ID: id, Name: s.names[id], Messages: slices.Clone(s.boxes[id])}
			if r.Name == "" {
				r.Name = id
			}
			if to != nil {
				r.To, r.Messages = to(id), nil
			}
			rows = append(rows, r)
		}
	})
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = sheet.Execute(w, map[string]any{"Title": title, "Rows": rows})
}
