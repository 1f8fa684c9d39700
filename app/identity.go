package app

import (
	"errors"
	"net/netip"

	"hetu/org/identity"
	"hetu/org/identity/ldap"
	"hetu/org/identity/oidc"
	"hetu/org/identity/wecom"
)

// newHouse makes the ways in besides passwords, of every kind there is, and the one
// of them that is a way out for messages, too.
func newHouse(t Tools) (*identity.House, *wecom.Kind) {
	net := identity.NewNetwork(t.Networks)
	messenger := wecom.New(net, t.WeCom)
	return identity.New(identity.Options{Key: t.Factor.Key, Site: t.Factor.Site, Tell: tell, Kinds: []identity.Kind{
		oidc.New(net),
		ldap.New(net),
		messenger,
	}}), messenger
}

// networks are those beside the public one in which providers of identities may
// stand.
func (c Config) networks() (ps []netip.Prefix, err error) {
	for _, text := range c.IdentityNetworks {
		p, err := netip.ParsePrefix(text)
		if a, single := netip.ParseAddr(text); single == nil {
			p, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
		}
		if err != nil {
			return nil, errors.New("config: HETU_IDENTITY_NETWORKS is not a list of networks like 10.20.0.0/16")
		}
		ps = append(ps, p.Masked())
	}
	return ps, nil
}
