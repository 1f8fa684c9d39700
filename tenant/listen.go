package tenant

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/lib/pq"
)

// Listen calls the function of a channel for every notice on it, until ctx is
// done. A payload is an opaque wake-up: any role may send one, so it must never
// be believed, only looked up. After a lost connection every function is called
// with an empty payload, because notices may have been missed.
func Listen(ctx context.Context, rawURL string, channels map[string]func(payload string)) error {
	dsn, err := DSN(rawURL, Limits{})
	if err != nil {
		return err
	}
	all := func() {
		for _, fn := range channels {
			fn("")
		}
	}
	l := pq.NewListener(dsn, 100*time.Millisecond, 10*time.Second, func(ev pq.ListenerEventType, err error) {
		if ev == pq.ListenerEventDisconnected {
			slog.WarnContext(ctx, "listener lost its connection", "err", err)
			all()
		}
	})
	for name := range channels {
		if err := l.Listen(name); err != nil {
			return fmt.Errorf("tenant: listen: %w", err)
		}
	}
	go func() {
		defer func() { _ = l.Close() }()
		alive := time.NewTicker(30 * time.Second)
		defer alive.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case n := <-l.Notify:
				if n == nil { // reconnected
					all()
				} else if fn := channels[n.Channel]; fn != nil {
					fn(n.Extra)
				}
			case <-alive.C:
				_ = l.Ping() // makes a dead connection notice that it is dead
			}
		}
	}()
	return nil
}
