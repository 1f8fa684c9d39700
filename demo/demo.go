// Package demo runs Hetu on embedded defaults, a private PostgreSQL and a file
// object store, with an organisation that is made by using the product: every
// item was drafted, reviewed and published through the HTTP interface.
package demo

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"hetu/app"
	"hetu/deploy/embedded"
	"hetu/migrate"
)

// Options say what to show and where to keep it. The zero value shows the demo
// province on the default addresses.
type Options struct {
	Dir    string // where everything is kept; ./data if empty
	Case   string // "province", "t1" or "t2"; "province" if empty
	Store  string // "fs" or "minio"; "fs" if empty
	Listen string // 127.0.0.1:8080 if empty
	Out    io.Writer
	Fast   bool // gives durability up for speed; for tests only

	phones *phones // what stands in for WeCom
}

func (o Options) complete() (Options, error) {
	for _, d := range []struct {
		at *string
		or string
	}{{&o.Dir, "data"}, {&o.Case, "province"}, {&o.Store, "fs"}, {&o.Listen, "127.0.0.1:8080"}} {
		if *d.at == "" {
			*d.at = d.or
		}
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if _, ok := worlds[o.Case]; !ok {
		return o, fmt.Errorf("demo: there is no case %q", o.Case)
	}
	var err error
	name := o.Case
	if o.Store != "fs" { // an item's files are where they were put
		name += "-" + o.Store
	}
	o.Dir, err = filepath.Abs(filepath.Join(o.Dir, name))
	return o, err
}

// A SignIn is one person a visitor may be.
type SignIn struct {
	Door     string `json:"door"` // path: /sign-in?t=…, /console
	Role     string `json:"role"`
	Tenant   string `json:"tenant"`
	Login    string `json:"login"`
	Password string `json:"password"`
}

// state is kept beside the data: made once the organisation is complete.
type state struct {
	SignIns []SignIn `json:"sign_ins"`
}

// Run serves the demonstration until ctx is done, and stops all it started.
// It returns ErrInterrupted, and has said so, when that was before it was ready.
func Run(ctx context.Context, o Options) (err error) {
	began := time.Now()
	if o, err = o.complete(); err != nil {
		return err
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return err
	}
	ln, err := net.Listen("tcp", o.Listen) // first of all: a taken port must not cost a minute
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { _ = ln.Close() }()
	defer func() { err = o.interrupted(ctx, err) }() // what was cut off in the middle has nothing else to say
	cluster, err := embedded.Start(ctx, embedded.Options{Dir: filepath.Join(o.Dir, "postgres"), Fast: o.Fast})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop(cluster.Stop)) }()
	if o.phones, err = o.ring(); err != nil {
		return err
	}
	defer o.phones.Close()
	cfg, halt, err := o.configure(ctx, cluster, ln)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, halt()) }()
	return o.serve(ctx, cfg, ln, began)
}

// ErrInterrupted is what Run returns when it was asked to stop before there was
// anything to show. The next start begins anew.
var ErrInterrupted = errors.New("demo: stopped before it was ready")

// interrupted says in one line that nothing was finished, if err comes from
// having been asked to stop.
func (o Options) interrupted(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	if _, e := o.load(); e == nil {
		return err
	}
	o.say("已停止。演示数据还没有建好，下次启动会重新建立。")
	return ErrInterrupted
}

func stop(fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return fn(ctx)
}

// configure prepares the database and the object store and says how to reach
// them.
func (o Options) configure(ctx context.Context, cluster *embedded.Cluster, ln net.Listener) (cfg app.Config, halt func() error, err error) {
	halt = func() error { return nil }
	if _, err := o.load(); errors.Is(err, fs.ErrNotExist) {
		// What a start that was interrupted has left is not a demonstration.
		if err := o.clear(ctx, cluster); err != nil {
			return cfg, halt, err
		}
	}
	if err := cluster.EnsureDatabase(ctx, database); err != nil {
		return cfg, halt, err
	}
	secrets := map[string]string{}
	for _, name := range []string{"app", "operator", "backup"} {
		if secrets[name], err = o.secret(name); err != nil {
			return cfg, halt, err
		}
	}
	roles := migrate.Roles{App: secrets["app"], Operator: secrets["operator"], Backup: secrets["backup"]}
	if err := migrate.Up(ctx, cluster.URL(database), roles, app.Lines()...); err != nil {
		return cfg, halt, err
	}
	as := func(role, password string) string {
		u, _ := url.Parse(cluster.URL(database))
		u.User = url.UserPassword(role, password)
		return u.String()
	}
	cfg = app.Config{
		Listen: ln.Addr().String(), BaseURL: "http://" + ln.Addr().String(), AdminListen: "", Conns: 16,
		DatabaseURL: as("hetu_app", secrets["app"]), OperatorURL: as("hetu_operator", secrets["operator"]), OwnerURL: cluster.URL(database),
		Store: "fs", DataDir: o.Dir, Workers: 4, Tenants: 1024,
		IdentityNetworks: []string{"127.0.0.0/8"}, // the stand-ins are on this machine
	}
	if o.Store == "minio" {
		halt, err = o.minio(ctx, &cfg)
	}
	return cfg, halt, err
}

const database = "hetu"

// clear drops what an interrupted start has left.
func (o Options) clear(ctx context.Context, cluster *embedded.Cluster) error {
	for _, dir := range []string{"objects", "staging", "minio"} {
		if err := os.RemoveAll(filepath.Join(o.Dir, dir)); err != nil {
			return err
		}
	}
	return cluster.DropDatabase(ctx, database)
}

// secret returns a random word that is made once and kept for its owner only.
func (o Options) secret(name string) (string, error) {
	path := filepath.Join(o.Dir, "secrets", name)
	if b, err := os.ReadFile(path); err == nil && len(b) == 64 {
		return string(b), nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	word := hex.EncodeToString(b[:])
	return word, os.WriteFile(path, []byte(word), 0o600)
}

func (o Options) load() (s state, err error) {
	b, err := os.ReadFile(filepath.Join(o.Dir, "demo.json"))
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(b, &s)
}

func (o Options) save(s state) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	tmp := filepath.Join(o.Dir, "demo.json.new")
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(o.Dir, "demo.json"))
}

// serve makes the organisation if there is none yet, runs the node, and says
// who a visitor may be.
func (o Options) serve(ctx context.Context, cfg app.Config, ln net.Listener, began time.Time) (err error) {
	s, err := o.load()
	if errors.Is(err, fs.ErrNotExist) {
		s, err = o.make(ctx, cfg, ln)
	}
	if err != nil {
		return err
	}
	n, err := app.NewNode(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := n.Start(ctx); err != nil {
		return err
	}
	o.greet(cfg.BaseURL, s, time.Since(began))
	return n.Serve(ctx, ln)
}

// make makes the organisation, and keeps whoever looks in meanwhile company.
func (o Options) make(ctx context.Context, cfg app.Config, ln net.Listener) (s state, err error) {
	o.say("正在通过产品自身的接口建立演示单位和一年的信息，首次约需一两分钟……")
	leave, err := wait(ln)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, leave()) }()
	if s, err = build(ctx, o, cfg); err != nil {
		return s, fmt.Errorf("demo: %w", err)
	}
	return s, o.save(s)
}
