package netconf

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

var (
	anyV4 = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	anyV6 = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
)

// Bounds of a network. What is for every interface is written once for each, so that
// a short document could make much of it.
const (
	maxInterfaces = 1024
	maxServers    = 256 // nameservers in a list
)

// A builder turns the texts of a document into addresses. It keeps the first error
// and where that was, so that its users read like the format.
type builder struct {
	entry, part string // where in the document
	err         error
}

// at tells which entry of the document follows; sub, which part of it.
func (b *builder) at(format string, args ...any) {
	b.entry, b.part = fmt.Sprintf(format, args...), ""
}

func (b *builder) sub(format string, args ...any) { b.part = fmt.Sprintf(format, args...) }

func (b *builder) fail(name string, err error) {
	if b.err != nil || err == nil {
		return
	}
	where := b.entry
	for _, part := range []string{b.part, name} {
		if part != "" {
			where += "." + part
		}
	}
	b.err = fmt.Errorf("%s: %w", strings.TrimPrefix(where, "."), err)
}

func (b *builder) addr(name, s string) netip.Addr {
	a, err := ParseAddr(s)
	if err != nil {
		err = fmt.Errorf("%q: %w", clip(s), err)
	}
	b.fail(name, err)
	return a
}

func (b *builder) addrs(name string, list []string) []netip.Addr {
	if len(list) > maxServers {
		b.fail(name, fmt.Errorf("%d nameservers, the limit is %d", len(list), maxServers))
		return nil
	}
	var out []netip.Addr
	for _, s := range list {
		out = append(out, b.addr(name, s))
	}
	return out
}

// prefix parses an address with a netmask of its own, if there is one.
func (b *builder) prefix(name string, addr, mask optional) netip.Prefix {
	if !mask.set {
		p, err := ParsePrefix(addr.text)
		if errors.Is(err, ErrPrefix) {
			err = fmt.Errorf("%q: %w", clip(addr.text), err)
		}
		b.fail(name, err)
		return p
	}
	p, err := ParsePrefixMask(addr.text, mask.text)
	if err != nil {
		err = fmt.Errorf("%q with netmask %q: %w", clip(addr.text), clip(mask.text), err)
	}
	b.fail(name, err)
	return p
}

// add appends an interface unless there are too many.
func (b *builder) add(c *Config, i Interface) {
	if len(c.Interfaces) >= maxInterfaces {
		b.fail("", fmt.Errorf("more than %d interfaces", maxInterfaces))
		return
	}
	c.Interfaces = append(c.Interfaces, i)
}

// mac parses a MAC, or returns "" for none.
func (b *builder) mac(name string, s optional) string {
	if !s.set {
		return ""
	}
	mac, err := ParseMAC(s.text)
	if err != nil {
		err = fmt.Errorf("%q: %w", clip(s.text), err)
	}
	b.fail(name, err)
	return mac
}

// defaultRoute returns the default route of the gateway's family.
func (b *builder) defaultRoute(name, gateway string) Route {
	g := b.addr(name, gateway)
	if g.Is6() {
		return Route{Destination: anyV6, Gateway: g}
	}
	return Route{Destination: anyV4, Gateway: g}
}

// finish returns the configuration, or the first error of its values and names.
func (b *builder) finish(c *Config) (*Config, error) {
	if b.err != nil {
		return nil, b.err
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c, nil
}
