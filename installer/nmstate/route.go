package nmstate

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

const mainTable = 254

// route is an entry of routes.config.
type route struct {
	dest          netip.Prefix
	via, source   netip.Addr
	device        string
	metric        *int64
	table, weight *uint64

	cwnd, initcwnd, initrwnd, mtu, advmss *uint64
	quickack, lockMTU                     *bool
}

func (s *state) parseRoutes(o *object) {
	if o == nil {
		return
	}
	running, _ := o.objects("running")
	for _, r := range running {
		r.require() // only its keys count
		parseRoute(r)
	}
	config, _ := o.objects("config")
	for _, r := range config {
		if r.enum("state", "absent", "ignore") != "" {
			// There is nothing yet that could be taken away or be left alone.
			r.ignore(r.value.keys...)
			continue
		}
		parsed := parseRoute(r)
		r.require("destination")
		if parsed.device == "" {
			r.fail(r.value, "a route without next-hop-interface is %w", ErrNotSupported)
		}
		s.routes = append(s.routes, parsed)
	}
	o.end()
}

func parseRoute(o *object) route {
	o.ignore("state")
	r := route{
		device: o.text("next-hop-interface"), via: o.addr("next-hop-address"), source: o.addr("source"),
		metric: o.metric("metric"), table: o.uint("table-id", 32), weight: o.uint("weight", 16),
		cwnd: o.uint("cwnd", 32), initcwnd: o.uint("initcwnd", 32), initrwnd: o.uint("initrwnd", 32),
		mtu: o.uint("mtu", 32), advmss: o.uint("advmss", 32),
		quickack: o.bool("quickack"), lockMTU: o.bool("lock-mtu"),
	}
	if text := o.text("destination"); text != "" {
		dest, err := parseNetwork(text)
		if err != nil {
			o.fail(o.value, "destination: %w", err)
		}
		r.dest = dest
	}
	o.unsupported("route-type", "vrf-name")
	o.end()
	if err := r.check(); err != nil {
		o.fail(o.value, "%w", err)
	}
	return r
}

func parseAddr(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	if err == nil && a.Zone() != "" {
		err = errors.New("zones have no place here")
	}
	return a, err
}

// parseNetwork takes an address with or without a prefix length and clears its host part.
func parseNetwork(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		a, err := parseAddr(text)
		if err != nil {
			return netip.Prefix{}, fmt.Errorf("invalid IP address %q", text)
		}
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("invalid network %q", text)
	}
	return p.Masked(), nil
}

func (r *route) check() error {
	if !r.dest.IsValid() {
		return nil
	}
	v6 := r.dest.Addr().Is6()
	for _, a := range []netip.Addr{r.via, r.source} {
		if a.IsValid() && a.Is6() != v6 {
			return fmt.Errorf("%s is not of the IP version of the destination", a)
		}
	}
	for _, f := range []struct {
		name  string
		value *uint64
	}{{"cwnd", r.cwnd}, {"mtu", r.mtu}, {"advmss", r.advmss}} {
		if f.value != nil && *f.value == 0 {
			return fmt.Errorf("the value of '%s' cannot be 0", f.name)
		}
	}
	switch {
	case r.weight != nil && (*r.weight < 1 || *r.weight > 256):
		return fmt.Errorf("invalid ECMP route weight %d, should be in the range of 1 to 256", *r.weight)
	case r.weight != nil && v6:
		return fmt.Errorf("an IPv6 ECMP route with weight is %w", ErrNotSupported)
	case !v6 && r.dest.Addr().As4()[0] == 0 && r.dest.Bits() >= 8:
		return errors.New("0.0.0.0/8 and its subnets cannot be the destination of a route, the default gateway is 0.0.0.0/0")
	}
	return nil
}

// placeRoutes gives each interface its routes. Their order is by text, as libnmstate has it.
func (s *state) placeRoutes() error {
	slices.SortStableFunc(s.routes, compareRoutes)
	for n, r := range s.routes {
		if n > 0 && compareRoutes(s.routes[n-1], r) == 0 {
			continue
		}
		i := s.byName[r.device]
		if i == nil || i.state != "up" {
			return fmt.Errorf("route to %s: next hop interface %s not found", r.dest, r.device)
		}
		family, version := i.ipv4, "IPv4"
		if r.dest.Addr().Is6() {
			family, version = i.ipv6, "IPv6"
		}
		if !family.on() {
			return fmt.Errorf("route to %s: next hop interface %s has been marked as %s disabled", r.dest, r.device, version)
		}
		family.routes = append(family.routes, r)
	}
	return nil
}

func compareRoutes(a, b route) int {
	return cmp.Or(
		flag(a.quickack)-flag(b.quickack), flag(a.lockMTU)-flag(b.lockMTU),
		cmp.Compare(a.device, b.device), cmp.Compare(a.dest.String(), b.dest.String()),
		cmp.Compare(addrText(a.via), addrText(b.via)), cmp.Compare(addrText(a.source), addrText(b.source)),
		cmp.Compare(number(a.table, mainTable), number(b.table, mainTable)),
		cmp.Compare(number(a.cwnd, 0), number(b.cwnd, 0)), cmp.Compare(number(a.initcwnd, 0), number(b.initcwnd, 0)),
		cmp.Compare(number(a.initrwnd, 0), number(b.initrwnd, 0)), cmp.Compare(number(a.mtu, 0), number(b.mtu, 0)),
		cmp.Compare(number(a.weight, 0), number(b.weight, 0)), cmp.Compare(number(a.advmss, 0), number(b.advmss, 0)),
		cmp.Compare(a.metricOr(0), b.metricOr(0)),
	)
}

func (r *route) keyfile(v6 bool) string {
	via := ""
	if r.via.IsValid() && !r.via.IsUnspecified() {
		via = r.via.String()
	}
	metric := r.metricOr(0)
	if v6 {
		metric = r.metricOr(1024)
	}
	return fmt.Sprintf("%s,%s,%d", r.dest, via, metric)
}

func (r *route) metricOr(unset int64) int64 {
	if r.metric == nil || *r.metric < 0 {
		return unset
	}
	return *r.metric
}

func (r *route) keyfileOptions() string {
	table := number(r.table, mainTable)
	if table == 0 {
		table = mainTable
	}
	text := fmt.Sprintf("table=%d", table)
	add := func(name string, n *uint64) {
		if n != nil {
			text += fmt.Sprintf(",%s=%d", name, *n)
		}
	}
	addBool := func(name string, b *bool) {
		if b != nil {
			text += fmt.Sprintf(",%s=%t", name, *b)
		}
	}
	add("weight", r.weight)
	add("cwnd", r.cwnd)
	if r.cwnd != nil {
		text += ",lock-cwnd=true"
	}
	if r.source.IsValid() {
		text += ",src=" + r.source.String()
	}
	add("initcwnd", r.initcwnd)
	add("initrwnd", r.initrwnd)
	add("mtu", r.mtu)
	addBool("lock-mtu", r.lockMTU)
	addBool("quickack", r.quickack)
	add("advmss", r.advmss)
	return text
}

func flag(b *bool) int {
	if b != nil && *b {
		return 1
	}
	return 0
}

func number(n *uint64, unset uint64) uint64 {
	if n == nil {
		return unset
	}
	return *n
}

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
