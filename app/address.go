package app

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// sender leaves in X-Forwarded-For the one address that the request came from,
// as far as that can be known: each proxy appends who it was asked by, so what
// stands left of the last proxy we trust is whatever the client has written
// there (AN-03). Of a request that no trusted proxy sent, the header is removed.
func sender(proxies []string) fiber.Handler {
	trusted := prefixes(proxies)
	return func(c *fiber.Ctx) error {
		h := &c.Request().Header
		if len(h.Peek(fiber.HeaderXForwardedFor)) == 0 {
			return c.Next()
		}
		at, ok := netip.AddrFromSlice(c.Context().RemoteIP())
		hops := forwarded(h.PeekAll(fiber.HeaderXForwardedFor))
		for i := len(hops) - 1; i >= 0 && ok && trusted.have(at); i-- {
			next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			at = next
		}
		h.Del(fiber.HeaderXForwardedFor)
		if ok {
			h.Set(fiber.HeaderXForwardedFor, at.Unmap().WithZone("").String())
		}
		return c.Next()
	}
}

// forwarded are the hops that the lines of a header name, the last one last.
func forwarded(lines [][]byte) (hops []string) {
	for _, l := range lines {
		hops = append(hops, strings.Split(string(l), ",")...)
	}
	return hops
}

// networks are addresses and networks as HETU_PROXIES names them.
type networks []netip.Prefix

func prefixes(names []string) (ps networks) {
	for _, n := range names {
		if p, err := netip.ParsePrefix(n); err == nil {
			ps = append(ps, p.Masked())
		} else if a, err := netip.ParseAddr(n); err == nil {
			ps = append(ps, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
		}
	}
	return ps
}

func (ps networks) have(a netip.Addr) bool {
	for _, p := range ps {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}
