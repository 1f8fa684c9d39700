package demo

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/uuid"

	"hetu/org/identity/wecom/wecomtest"
)

// phones are the people of a demonstration as a stand-in for WeCom knows them: it
// comes back at the same address with the same people at every start.
type phones struct {
	*wecomtest.Server
	Address string            `json:"address"`
	People  map[string]string `json:"people"` // names by login
	file    string
}

// ring starts the stand-in. If its address is taken by now nothing is sent; the
// page of messages says so.
func (o Options) ring() (*phones, error) {
	p := &phones{Address: "127.0.0.1:0", People: map[string]string{}, file: filepath.Join(o.Dir, "wecom.json")}
	b, err := os.ReadFile(p.file)
	if err == nil {
		err = json.Unmarshal(b, p)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if p.Server, err = wecomtest.Listen(p.Address); err != nil {
		p.Server = wecomtest.New()
	}
	for login, name := range p.People {
		p.Call(login, name)
	}
	return p, nil
}

// keep writes down where the stand-in is and whom it knows.
func (p *phones) keep() error {
	b, err := json.Marshal(phones{Address: p.URL[len("http://"):], People: p.People})
	if err != nil {
		return err
	}
	return os.WriteFile(p.file, b, 0o600)
}

// phones has headquarters sign in by WeCom and send it what waits for people: the
// flood office, the clerk and some heads are linked, the others not yet.
func (m *maker) phones(ctx context.Context, hq *house) error {
	var set []map[string]string
	p := m.o.phones
	for name, value := range p.Settings() {
		set = append(set, map[string]string{"name": name, "value": value})
	}
	var made struct {
		ID      uuid.UUID `json:"id"`
		Version int       `json:"version"`
	}
	err := hq.admin.post(ctx, "/identity/providers", map[string]any{"kind": "wecom", "name": "企业微信", "match": false, "secret": p.Secret, "settings": set}, &made)
	if err != nil {
		return err
	}
	at := "/identity/providers/" + made.ID.String()
	if err := hq.admin.post(ctx, at+"/enable", map[string]any{"version": made.Version}, nil); err != nil {
		return err
	}
	for _, who := range linked(hq) {
		p.Call(who.login, who.name)
		p.People[who.login] = who.name
		if err := hq.admin.post(ctx, at+"/links", map[string]any{"member_id": who.id, "subject": who.login, "label": who.name}, nil); err != nil {
			return err
		}
	}
	if err := p.keep(); err != nil {
		return err
	}
	return hq.admin.do(ctx, "PUT", "/outward/channels/wecom", map[string]any{"on": true, "wording": "title", "version": 0,
		"kinds": []string{"approval", "exchange", "publish", "staff"}}, nil)
}

// linked are those of headquarters whose WeCom is known.
func linked(hq *house) []*member {
	flood := hq.in("水旱灾害防御处")
	return slices.Concat([]*member{hq.who("clerk"), hq.head("水旱灾害防御处"), hq.head("水资源处"), hq.head("人事处")}, flood[:min(len(flood), 3)])
}
