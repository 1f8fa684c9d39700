package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// lent is a listener that survives the server it was lent to.
type lent struct{ *net.TCPListener }

// Close ends the waiting for the next visitor and nothing else.
func (l lent) Close() error { return l.SetDeadline(time.Unix(1, 0)) }

// wait answers on ln that all will be ready soon, until leave is called.
func wait(ln net.Listener) (leave func() error, err error) {
	tcp, ok := ln.(*net.TCPListener)
	if !ok {
		return nil, fmt.Errorf("demo: %T is no TCP listener", ln)
	}
	srv := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(page)) // whoever has gone away misses nothing
	})}
	srv.SetKeepAlivesEnabled(false) // the next request is for the real server
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(lent{tcp}) }()
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		err := srv.Shutdown(ctx)
		if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
		return errors.Join(err, tcp.SetDeadline(time.Time{}))
	}, nil
}

const page = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="3"><title>河图</title>` +
	`<body style="font:16px/1.8 sans-serif;margin:20vh auto;max-width:32em;padding:0 1em"><h1 style="font-weight:500">河图正在准备演示数据</h1>` +
	`<p>正在逐条走完拟稿、审核、发布、上报和采用，约需一两分钟，本页会自动刷新。</p>`

// greet says where to go and who to be there.
func (o Options) greet(base string, s state, took time.Duration) {
	o.say("\n河图已就绪（%.1f 秒）：%s\n", took.Seconds(), base)
	rows := [][]string{{"身份", "单位和姓名", "登录名", "密码", "入口"}}
	for _, in := range s.SignIns {
		rows = append(rows, []string{in.Role, in.Tenant, in.Login, in.Password, base + in.Door})
	}
	wide := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			wide[i] = max(wide[i], columns(cell))
		}
	}
	for _, r := range rows {
		line := " "
		for i, cell := range r {
			line += " " + cell + strings.Repeat(" ", wide[i]-columns(cell)+1)
		}
		o.say("%s", strings.TrimRight(line, " "))
	}
	if o.phones != nil && len(o.phones.People) > 0 {
		o.say("\n企业微信替身收到的消息：%s", o.phones.URL)
	}
	o.say("\n按 Ctrl-C 停止。")
}

// say writes a line for whoever started the demonstration. Nobody need be
// there to read it.
func (o Options) say(format string, args ...any) { _, _ = fmt.Fprintf(o.Out, format+"\n", args...) }

// columns is how wide a text is on a terminal, where a Chinese character takes
// two places.
func columns(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x2E80 {
			n++
		}
	}
	return n
}
