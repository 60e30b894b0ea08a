package nmstate

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ip is a section ipv4 or ipv6 of an interface.
type ip struct {
	enabled, dhcp, autoconf bool
	noAutoconf              bool // autoconf was turned off, not just left out
	addresses               []netip.Prefix
	clientID                string // dhcp-client-id or dhcp-duid in NetworkManager's words
	autoDNS                 *bool
	autoGateway, autoRoutes *bool
	tableID                 *uint64
	autoMetric, metric      *int64
	genMode                 string
	token                   string
	sendHostname            *bool
	hostname                string
	forwarding              *bool

	// Added by resolve.
	routes []route
	dns    *dnsClient
}

func parseIP(o *object, v6 bool) *ip {
	if o == nil {
		return nil
	}
	i := &ip{enabled: o.isTrue("enabled"), dhcp: o.isTrue("dhcp")}
	i.parseAddresses(o, v6)
	i.autoDNS, i.autoGateway, i.autoRoutes = o.bool("auto-dns"), o.bool("auto-gateway"), o.bool("auto-routes")
	i.tableID = o.uint("auto-route-table-id", 32)
	i.autoMetric = o.metric("auto-route-metric")
	i.sendHostname = o.bool("dhcp-send-hostname")
	i.hostname = o.text("dhcp-custom-hostname")
	o.bool("allow-extra-address") // tells only how to compare with a running system
	if v6 {
		i.parseIPv6(o)
	} else {
		i.parseIPv4(o)
	}
	o.end()
	return i
}

func (i *ip) parseIPv4(o *object) {
	for _, name := range []string{"autoconf", "dhcp-duid", "addr-gen-mode", "token"} {
		if v := o.take(name); v != nil {
			o.fail(v, "%s is not allowed for IPv4", name)
		}
	}
	switch id := o.text("dhcp-client-id"); id {
	case "", "ll", "LL":
		i.clientID = "mac"
	case "iaid+duid", "IAID+DUID":
		i.clientID = "duid"
	default:
		i.clientID = id
	}
	i.forwarding = o.bool("forwarding")
	i.metric = o.metric("prefix-route-metric")
	if i.metric != nil && i.autoMetric != nil && *i.metric != *i.autoMetric {
		o.fail(o.value, "different values of auto-route-metric and prefix-route-metric are %w", ErrNotSupported)
	}
}

func (i *ip) parseIPv6(o *object) {
	for _, name := range []string{"dhcp-client-id", "forwarding", "prefix-route-metric"} {
		if v := o.take(name); v != nil {
			o.fail(v, "%s is not allowed for IPv6", name)
		}
	}
	autoconf := o.bool("autoconf")
	i.autoconf, i.noAutoconf = flag(autoconf) == 1, isFalse(autoconf)
	if i.enabled && i.autoconf && !i.dhcp {
		o.fail(o.value, "autoconf without DHCP is %w", ErrNotSupported)
	}
	switch id := o.text("dhcp-duid"); id {
	case "", "LL":
		i.clientID = "ll"
	case "LLT", "EN", "UUID":
		i.clientID = strings.ToLower(id)
	default:
		i.clientID = id
	}
	switch mode := o.text("addr-gen-mode"); mode {
	case "", "eui64", "EUI64", "0":
		i.genMode = "0"
	case "stable-privacy", "STABLE-PRIVACY", "1":
		i.genMode = "1"
	default:
		o.fail(o.value, "addr-gen-mode %s is %w", mode, ErrNotSupported)
	}
	i.parseToken(o)
}

func (i *ip) parseToken(o *object) {
	text := o.text("token")
	if text == "" || text == "::" {
		return
	}
	token, err := parseAddr(text)
	if err != nil || !token.Is6() {
		o.fail(o.value, "token: invalid IPv6 address %q", text)
	}
	if i.enabled && !i.autoconf {
		o.fail(o.value, "a token without autoconf is %w", ErrNotSupported)
	}
	i.token = token.String()
}

func (i *ip) parseAddresses(o *object, v6 bool) {
	list, _ := o.objects("address")
	for _, a := range list {
		a.require("ip", "prefix-length")
		addr := a.addr("ip")
		length := a.uint("prefix-length", 8)
		for _, names := range [][]string{{"valid-life-time", "valid-left", "valid-lft"}, {"preferred-life-time", "preferred-left", "preferred-lft"}} {
			if v := a.take(names...); v != nil && v.text != "forever" {
				a.fail(v, "a limited %s is %w", names[0], ErrNotSupported)
			}
		}
		a.unsupported("mptcp-flags", "protocol")
		a.end()
		if !addr.IsValid() || length == nil {
			continue
		}
		if addr.Is4() == v6 {
			a.fail(a.value, "the address %s is of the other IP version", addr)
		}
		if int(*length) > addr.BitLen() {
			a.fail(a.value, "invalid prefix length %d", *length)
		}
		// Linux makes the link-local address, NetworkManager knows how.
		if !v6 || !netip.MustParsePrefix("fe80::/10").Contains(addr) {
			i.addresses = append(i.addresses, netip.PrefixFrom(addr, int(*length)))
		}
	}
}

// on tells whether there is a section that enables IP.
func (i *ip) on() bool { return i != nil && i.enabled }

// auto tells whether addresses come from the network.
func (i *ip) auto() bool { return i.on() && (i.dhcp || i.autoconf) }

// static tells whether there are addresses and nothing else.
func (i *ip) static() bool { return i.on() && !i.auto() && len(i.addresses) > 0 }

func (i *ip) section(v6 bool, wait string) *section {
	s := newSection("ipv4")
	if v6 {
		s.name = "ipv6"
	}
	// So long that NetworkManager never gives a connection up.
	s.set("dhcp-timeout", "2147483647")
	s.set("method", i.method(v6))
	if wait != "" {
		s.set("may-fail", strconv.FormatBool(!strings.Contains(wait, s.name)))
	}
	if i == nil {
		return s
	}
	s.set("addr-gen-mode", i.genMode)
	s.setInt("route-metric", i.metric)
	if i.enabled || isFalse(i.forwarding) {
		s.setFlag("forwarding", i.forwarding)
	}
	if i.auto() {
		i.fillAuto(s, v6)
	}
	if i.enabled {
		i.fillEnabled(s, v6)
	}
	return s
}

func (i *ip) method(v6 bool) string {
	switch {
	case !i.on():
		return "disabled"
	case i.dhcp && (!v6 || i.autoconf):
		return "auto"
	case i.dhcp:
		return "dhcp"
	case len(i.addresses) > 0 || len(i.routes) > 0:
		return "manual"
	case v6:
		return "link-local"
	}
	return "disabled"
}

func (i *ip) fillEnabled(s *section, v6 bool) {
	for n, a := range i.addresses {
		s.set(fmt.Sprintf("address%d", n), a.String())
	}
	for n, r := range i.routes {
		s.set(fmt.Sprintf("route%d", n), r.keyfile(v6))
		s.set(fmt.Sprintf("route%d_options", n), r.keyfileOptions())
	}
	if i.dns != nil {
		s.set("dns", strings.Join(i.dns.servers, ";"))
		s.set("dns-search", strings.Join(i.dns.search, ";"))
		s.set("dns-options", strings.Join(i.dns.options, ";"))
		s.set("dns-priority", strconv.Itoa(i.dns.priority))
	}
}

// fillAuto writes what has a meaning with DHCP and router advertisements only.
func (i *ip) fillAuto(s *section, v6 bool) {
	if v6 {
		s.set("dhcp-duid", i.clientID)
		s.set("dhcp-iaid", "mac")
		s.set("ra-timeout", "2147483647")
		s.set("token", i.token)
	} else {
		s.set("dhcp-client-id", i.clientID)
	}
	s.set("ignore-auto-dns", strconv.FormatBool(isFalse(i.autoDNS)))
	s.set("never-default", strconv.FormatBool(isFalse(i.autoGateway)))
	s.set("ignore-auto-routes", strconv.FormatBool(isFalse(i.autoRoutes)))
	s.setUint("route-table", i.tableID)
	if !i.noAutoconf {
		s.setInt("route-metric", i.autoMetric)
	}
	s.set("dhcp-send-hostname", strconv.FormatBool(!isFalse(i.sendHostname)))
	switch {
	case isFalse(i.sendHostname):
	case !v6 && strings.Contains(i.hostname, "."):
		s.set("dhcp-fqdn", i.hostname)
	default:
		s.set("dhcp-hostname", i.hostname)
	}
}

func isFalse(b *bool) bool { return b != nil && !*b }
