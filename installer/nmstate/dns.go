package nmstate

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// dns is what dns-resolver.config asks for.
type dns struct {
	servers         []netip.Addr
	device          string // of link-local servers
	search, options []string
}

// dnsClient is the part of it that one section of a keyfile holds. NetworkManager asks
// servers of a lower priority value first.
type dnsClient struct {
	servers, search, options []string
	priority                 int
}

// Options of resolv.conf; the second list takes a number.
var (
	dnsFlags = []string{"debug", "edns0", "inet6", "ip6-bytestring", "ip6-dotint", "no-aaaa", "no-check-names", "no-ip6-dotint",
		"no-reload", "no-tld-query", "rotate", "single-request", "single-request-reopen", "trust-ad", "use-vc"}
	dnsNumbers = []string{"ndots", "timeout", "attempts"}
)

func (s *state) parseDNS(o *object) {
	if o == nil {
		return
	}
	if running := o.sub("running"); running != nil {
		running.ignore("server", "search", "options")
		running.end()
	}
	if config := o.sub("config"); config != nil {
		servers, _ := config.texts("server")
		for _, text := range servers {
			if err := s.dns.addServer(text); err != nil {
				config.fail(config.value, "%w", err)
			}
		}
		s.dns.search, _ = config.texts("search")
		for _, domain := range s.dns.search {
			if domain == "" || strings.ContainsAny(domain, "; ") {
				config.fail(config.value, "search: the domain %q is %w", domain, ErrNotSupported)
			}
		}
		s.dns.options, _ = config.texts("options")
		for _, option := range s.dns.options {
			name, _, hasValue := strings.Cut(option, ":")
			if hasValue && !slices.Contains(dnsNumbers, name) || !hasValue && !slices.Contains(dnsFlags, name) || strings.Contains(option, ";") {
				config.fail(config.value, "options: %s is %w", option, ErrNotSupported)
			}
		}
		config.end()
	}
	o.end()
}

func (d *dns) addServer(text string) error {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return fmt.Errorf("invalid DNS server string %s", text)
	}
	if zone := a.Zone(); zone != "" {
		if !a.IsLinkLocalUnicast() {
			return fmt.Errorf("DNS server %s: only link-local addresses have an interface", text)
		}
		if d.device != "" && d.device != zone {
			return fmt.Errorf("link-local DNS servers on several interfaces are %w", ErrNotSupported)
		}
		d.device = zone
	}
	d.servers = append(d.servers, a.WithZone(""))
	return nil
}

// placeDNS puts the servers of each family on one interface, and search domains and options
// beside the first server.
func (s *state) placeDNS() error {
	d := &s.dns
	if len(d.servers) == 0 {
		return s.placeSearch()
	}
	changes := 0
	for n := 1; n < len(d.servers); n++ {
		if d.servers[n].Is6() != d.servers[n-1].Is6() {
			changes++
		}
	}
	if changes > 1 {
		return fmt.Errorf("placing IPv4/IPv6 nameserver in the middle of IPv6/IPv4 nameservers is %w", ErrNotSupported)
	}
	for _, v6 := range []bool{true, false} {
		client := &dnsClient{priority: 50}
		for _, a := range d.servers {
			if a.Is6() == v6 {
				client.servers = append(client.servers, a.String())
			}
		}
		if d.servers[0].Is6() == v6 {
			client.search, client.options, client.priority = d.search, d.options, 40
		}
		if len(client.servers) == 0 {
			continue
		}
		family, err := s.dnsFamily(v6)
		if err != nil {
			return err
		}
		if family == nil {
			return fmt.Errorf("failed to find suitable (IP enabled) interface for DNS server %s", quoteAll(client.servers))
		}
		family.dns = client
	}
	return nil
}

// dnsFamily chooses the section for servers: the first with static addresses or with
// automatic ones but no automatic servers, else the first with IP.
func (s *state) dnsFamily(v6 bool) (*ip, error) {
	if v6 && s.dns.device != "" {
		i := s.byName[s.dns.device]
		if i == nil || i.state != "up" || i.master != nil || !validForDNS(i.ipv6) {
			return nil, fmt.Errorf("interface %s of a link-local DNS server is not there or has IPv6 disabled", s.dns.device)
		}
		return i.ipv6, nil
	}
	for _, i := range s.interfaces {
		if f := i.family(v6); i.present() && (f.static() || f.auto() && isFalse(f.autoDNS)) {
			return f, nil
		}
	}
	for _, i := range s.interfaces {
		if f := i.family(v6); i.state == "up" && validForDNS(f) {
			return f, nil
		}
	}
	return nil, nil
}

// placeSearch is for search domains and options without servers: they go beside automatic
// servers if possible, and to IPv6 rather than IPv4.
func (s *state) placeSearch() error {
	d := &s.dns
	if len(d.search) == 0 && len(d.options) == 0 {
		return nil
	}
	for _, wanted := range []func(*ip) bool{(*ip).auto, validForDNS} {
		for _, i := range s.interfaces {
			for _, f := range []*ip{i.ipv6, i.ipv4} {
				if i.state == "up" && wanted(f) {
					f.dns = &dnsClient{search: d.search, options: d.options, priority: 40}
					return nil
				}
			}
		}
	}
	return errors.New("failed to find suitable (IP enabled) interface for DNS searches " + quoteAll(d.search))
}

func validForDNS(f *ip) bool { return f.static() || f.auto() }

func (i *iface) family(v6 bool) *ip {
	if v6 {
		return i.ipv6
	}
	return i.ipv4
}
