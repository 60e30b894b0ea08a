package netconf

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// ParseProxmox parses the network-config that Proxmox VE writes: version 1 with
// physical entries and at most one nameserver entry, whose addresses are for every
// interface. A static subnet needs an address. The interfaces come in the order of
// the document.
//
// An interface with both kinds of DHCP gets both; Afterburn 5.10 takes the last.
func ParseProxmox(data []byte, log *slog.Logger) (*Config, error) {
	log = logger(log)
	doc, err := parseDocument(data)
	var v1 *v1Document
	if err == nil {
		v1, err = decodeV1(doc, log, true)
	}
	if err != nil {
		return nil, fmt.Errorf("network-config: %w: %w", ErrDecode, err)
	}
	servers := v1.nameservers()
	if len(servers) > 1 {
		return nil, errors.New("too many nameservers, only one supported")
	}
	c := &Config{}
	var b builder
	for n, e := range v1.entries {
		if e.kind == "physical" {
			b.at("config[%d]", n)
			b.add(c, e.proxmox(&b, log))
		}
	}
	if len(servers) == 1 {
		b.at("nameserver")
		for n := range c.Interfaces {
			c.Interfaces[n].Nameservers = b.addrs("address", servers[0].address)
		}
	}
	c, err = b.finish(c)
	if err != nil {
		return nil, fmt.Errorf("network-config: %w", err)
	}
	return c, nil
}

func (e *v1Entry) proxmox(b *builder, log *slog.Logger) Interface {
	i := Interface{Name: e.name, Priority: kvPriority, MAC: b.mac("mac_address", e.mac)}
	for n, s := range e.subnets {
		b.sub("subnets[%d]", n)
		switch {
		case strings.Contains(s.kind, "static"):
			s.static(b, &i)
			if !s.gateway.set {
				log.Warn(`found subnet type "static" without gateway`)
			}
		case s.kind == "dhcp", s.kind == "dhcp4":
			i.DHCP |= DHCPv4
		case s.kind == "dhcp6":
			i.DHCP |= DHCPv6
		case s.kind == "ipv6_slaac":
			log.Warn(`subnet type "ipv6_slaac" not supported, ignoring`)
		}
	}
	return i
}

// static adds the address and default route of a subnet, whose address must be there.
func (s *v1Subnet) static(b *builder, i *Interface) {
	if !s.address.set {
		b.fail("", errors.New("cannot convert static subnet to interface: missing address"))
		return
	}
	i.Addresses = append(i.Addresses, b.prefix("address", s.address, s.netmask))
	if s.gateway.set {
		i.Routes = append(i.Routes, b.defaultRoute("gateway", s.gateway.text))
	}
}
