// Package wecomtest is a stand-in for the servers of WeCom: as much of them as is
// spoken to, over real HTTP, with their manners when something is wrong. Tests use
// it, and the demonstration, where nobody has a WeCom.
package wecomtest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Server is a WeCom of one corp with one application. It is safe for concurrent
// use.
type Server struct {
	URL string

	Corp, Secret string
	Agent        int

	mu     sync.Mutex
	http   *http.Server
	people map[string]bool   // ids of employees, in small letters: whether they see the application
	names  map[string]string // what they are called, if that is known
	codes  map[string]string // code → what getuserinfo answers for it, once
	token  string            // the one that is good
	life   int               // seconds that are promised for a token
	fails  map[string][]int  // by path: what the next calls are answered
	hang   map[string]chan struct{}
	raw    map[string]string // by path: bytes instead of an answer
	calls  map[string]int
	seen   map[[32]byte]time.Time // bodies of messages, for the duplicate check
	boxes  map[string][]Message
	serial int
}

// A Message is what an employee got.
type Message struct{ Title, Description, Link string }

// New starts a Server somewhere on this machine; Close ends it.
func New() *Server {
	s, err := Listen("127.0.0.1:0")
	if err != nil {
		panic(err) // this machine has no ports left
	}
	return s
}

// Listen is New at an address.
func Listen(address string) (*Server, error) {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://" + ln.Addr().String(), Corp: "ww5a3c0d91b7e24f68", Secret: "s3cr3t-of-the-application-0123456789", Agent: 1000007, life: 7200,
		people: map[string]bool{}, names: map[string]string{}, codes: map[string]string{}, fails: map[string][]int{}, hang: map[string]chan struct{}{},
		raw: map[string]string{}, calls: map[string]int{}, seen: map[[32]byte]time.Time{}, boxes: map[string][]Message{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cgi-bin/gettoken", s.api(s.gettoken))
	mux.HandleFunc("GET /cgi-bin/agent/get", s.api(s.withToken(s.agent)))
	mux.HandleFunc("GET /cgi-bin/auth/getuserinfo", s.api(s.withToken(s.userinfo)))
	mux.HandleFunc("POST /cgi-bin/message/send", s.api(s.withToken(s.send)))
	mux.HandleFunc("GET /connect/oauth2/authorize", s.page)
	mux.HandleFunc("GET /wwlogin/sso/login", s.page)
	mux.HandleFunc("GET /{$}", s.desk)
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = s.http.Serve(ln) }()
	return s, nil
}

// Close ends the server, and with it every answer that is kept waiting.
func (s *Server) Close() {
	s.mu.Lock()
	for path := range s.hang {
		s.release(path)
	}
	s.mu.Unlock()
	_ = s.http.Close()
}

// Settings are what an administrator fills in to use this server.
func (s *Server) Settings() map[string]string {
	return map[string]string{"corp_id": s.Corp, "agent_id": fmt.Sprint(s.Agent), "api": s.URL,
		"page": s.URL + "/connect/oauth2/authorize", "qr": s.URL + "/wwlogin/sso/login"}
}

// Employ adds an employee who sees the application, or does not.
func (s *Server) Employ(id string, sees bool) { s.do(func() { s.people[strings.ToLower(id)] = sees }) }

// Call says what an employee is called, who sees the application.
func (s *Server) Call(id, name string) {
	s.do(func() { s.people[strings.ToLower(id)], s.names[strings.ToLower(id)] = true, name })
}

// Code returns a code that getuserinfo answers once with who the employee is.
func (s *Server) Code(userid string) string { return s.code(fmt.Sprintf(`"userid":%q`, userid)) }

// Outsider returns a code of somebody who belongs to no corp.
func (s *Server) Outsider() string { return s.code(`"openid":"oAbCdEf"`) }

func (s *Server) code(answer string) (code string) {
	s.do(func() {
		s.serial++
		code = fmt.Sprintf("code-%d-%x", s.serial, sha256.Sum256([]byte(answer)))[:24]
		s.codes[code] = answer
	})
	return code
}

// Fail answers the next calls of a path with these errcodes, one each.
func (s *Server) Fail(path string, codes ...int) {
	s.do(func() { s.fails[path] = append(s.fails[path], codes...) })
}

// Answer makes a path answer with these bytes; empty: as usual again.
func (s *Server) Answer(path, bytes string) { s.do(func() { s.raw[path] = bytes }) }

// Hang keeps whoever calls a path waiting, after the call has had its effect, until
// the function returned is called or they go away.
func (s *Server) Hang(path string) (release func()) {
	s.do(func() { s.hang[path] = make(chan struct{}) })
	return func() { s.do(func() { s.release(path) }) }
}

func (s *Server) release(path string) {
	if c := s.hang[path]; c != nil {
		close(c)
		delete(s.hang, path)
	}
}

// Expire makes the token that was given out worthless.
func (s *Server) Expire() { s.do(func() { s.token = "" }) }

// Live sets for how many seconds tokens are said to be good.
func (s *Server) Live(seconds int) { s.do(func() { s.life = seconds }) }

// Calls returns how often a path was called.
func (s *Server) Calls(path string) (n int) {
	s.do(func() { n = s.calls[path] })
	return n
}

// Got returns what an employee got, the first first.
func (s *Server) Got(id string) (all []Message) {
	s.do(func() { all = slices.Clone(s.boxes[strings.ToLower(id)]) })
	return all
}

// Everybody returns how many messages each employee got who got one.
func (s *Server) Everybody() map[string]int {
	n := map[string]int{}
	s.do(func() {
		for id, box := range s.boxes {
			n[id] = len(box)
		}
	})
	return n
}

func (s *Server) do(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
}

type answer map[string]any

func no(code int, text string) answer { return answer{"errcode": code, "errmsg": text} }

// api answers one call: what it was told to, or what fn says.
func (s *Server) api(fn func(*http.Request) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var out answer
		var raw string
		var wait chan struct{}
		s.do(func() {
			s.calls[r.URL.Path]++
			if next := s.fails[r.URL.Path]; len(next) > 0 {
				s.fails[r.URL.Path], out = next[1:], no(next[0], "told to fail")
				return
			}
			raw, wait = s.raw[r.URL.Path], s.hang[r.URL.Path]
			out = fn(r)
		})
		if wait != nil {
			select {
			case <-wait:
			case <-r.Context().Done():
			}
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		if raw != "" {
			_, _ = w.Write([]byte(raw))
			return
		}
		_ = json.NewEncoder(w).Encode(out)
	}
}

func (s *Server) gettoken(r *http.Request) answer {
	q := r.URL.Query()
	switch {
	case q.Get("corpid") != s.Corp:
		return no(40013, "invalid corpid")
	case q.Get("corpsecret") != s.Secret:
		return no(40001, "invalid credential")
	}
	if s.token == "" { // as long as it is good the same one is given
		s.serial++
		s.token = fmt.Sprintf("token-%d", s.serial)
	}
	return answer{"errcode": 0, "errmsg": "ok", "access_token": s.token, "expires_in": s.life}
}

func (s *Server) withToken(fn func(*http.Request) answer) func(*http.Request) answer {
	return func(r *http.Request) answer {
		switch token := r.URL.Query().Get("access_token"); {
		case token == "":
			return no(41001, "access_token missing")
		case s.token == "":
			return no(42001, "access_token expired")
		case token != s.token:
			return no(40014, "invalid access_token")
		}
		return fn(r)
	}
}

func (s *Server) agent(r *http.Request) answer {
	if r.URL.Query().Get("agentid") != fmt.Sprint(s.Agent) {
		return no(301002, "not allow operate another agent")
	}
	return answer{"errcode": 0, "errmsg": "ok", "agentid": s.Agent, "name": "河图", "close": 0}
}

func (s *Server) userinfo(r *http.Request) answer {
	code := r.URL.Query().Get("code")
	text, known := s.codes[code]
	if !known {
		return no(40029, "invalid code")
	}
	delete(s.codes, code)
	out := answer{}
	_ = json.Unmarshal([]byte(`{"errcode":0,"errmsg":"ok",`+text+`}`), &out)
	return out
}

// A message as it comes over the wire.
type wire struct {
	To       string `json:"touser"`
	Type     string `json:"msgtype"`
	Agent    int    `json:"agentid"`
	Card     card   `json:"textcard"`
	Check    int    `json:"enable_duplicate_check"`
	Interval int    `json:"duplicate_check_interval"`
}

type card struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	Button      string `json:"btntxt"`
}

func (s *Server) send(r *http.Request) answer {
	var m wire
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return no(47001, "data format error")
	}
	to := strings.Split(m.To, "|")
	switch {
	case m.Agent != s.Agent:
		return no(40056, "invalid agentid")
	case m.Type != "textcard" || m.Card.Title == "" || m.Card.Description == "" || m.Card.URL == "":
		return no(40008, "invalid message type")
	case m.To == "" || len(to) > 1000:
		return no(82001, "touser is empty or too long")
	case len(m.Card.Title) > 128 || len(m.Card.Description) > 512:
		return no(40058, "too long")
	}
	var invalid []string
	for i, id := range to {
		to[i] = strings.ToLower(id)
		if !s.people[to[i]] {
			invalid = append(invalid, to[i])
		}
	}
	if len(invalid) == len(to) {
		return answer{"errcode": 81013, "errmsg": "user & party & tag all invalid", "invaliduser": strings.Join(invalid, "|")}
	}
	body, _ := json.Marshal(m)
	digest := sha256.Sum256(body)
	last, again := s.seen[digest]
	if again = again && m.Check == 1 && time.Since(last) < time.Duration(m.Interval)*time.Second; !again {
		s.seen[digest] = time.Now()
		for _, id := range to {
			if s.people[id] {
				s.boxes[id] = append(s.boxes[id], Message{m.Card.Title, m.Card.Description, m.Card.URL})
			}
		}
	}
	s.serial++
	return answer{"errcode": 0, "errmsg": "ok", "invaliduser": strings.Join(invalid, "|"), "msgid": fmt.Sprintf("msg-%d", s.serial)}
}
