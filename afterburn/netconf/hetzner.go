package netconf

import (
	"fmt"
	"log/slog"
)

// ParseHetzner parses Hetzner's /network-config: version 1 of NoCloud's with flags
// ipv4 and ipv6 in the subnets and physical entries only. A subnet of any DHCP type
// is IPv6 if its flag says so, else IPv4. Static subnets bring their nameservers.
// The interfaces come in the order of the document.
func ParseHetzner(data []byte, log *slog.Logger) (*Config, error) {
	log = logger(log)
	doc, err := parseDocument(data)
	var v1 *v1Document
	if err == nil {
		v1, err = decodeV1(doc, log, false)
	}
	if err != nil {
		return nil, fmt.Errorf("network-config: %w: %w", ErrDecode, err)
	}
	c := &Config{}
	var b builder
	for n, e := range v1.entries {
		if e.kind == "physical" {
			b.at("config[%d]", n)
			b.add(c, e.hetzner(&b, log))
		}
	}
	c, err = b.finish(c)
	if err != nil {
		return nil, fmt.Errorf("network-config: %w", err)
	}
	return c, nil
}

func (e *v1Entry) hetzner(b *builder, log *slog.Logger) Interface {
	i := Interface{Name: e.name, Priority: kvPriority, MAC: b.mac("mac_address", e.mac)}
	for n, s := range e.subnets {
		b.sub("subnets[%d]", n)
		switch s.kind {
		case "static", "static6":
			i.Nameservers = append(i.Nameservers, b.addrs("dns_nameservers", s.nameservers)...)
			s.static(b, &i)
			if !s.gateway.set {
				log.Warn(`found subnet type "static" without gateway - address added but will not be routable to the internet`)
			}
		case "dhcp", "dhcp4", "dhcp6":
			if s.ipv6 {
				i.DHCP |= DHCPv6
			} else {
				i.DHCP |= DHCPv4
			}
		default:
			log.Warn(fmt.Sprintf("Ignoring unsupported subnet type: %q", clip(s.kind)))
		}
	}
	return i
}
