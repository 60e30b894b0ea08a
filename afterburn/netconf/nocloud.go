package netconf

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sort"
	"strings"
)

// kvPriority is the priority of the interfaces of config drives and Hetzner.
const kvPriority = 20

// ParseNoCloud parses the network-config of a NoCloud drive, version 1 or 2, as
// the kubevirt provider reads it. Which version it is, the members tell: a document
// with "config" is of version 1.
//
// The interfaces of version 1 come in the order of the document; those of version 2
// by name, behind them those without a name.
//
// A document of version 1 that cannot be decoded is an error without ErrDecode,
// unless it has "ethernets" too and is taken for version 2. Afterburn takes every
// such document for version 2 and so sets up nothing, in silence.
func ParseNoCloud(data []byte, log *slog.Logger) (*Config, error) {
	log = logger(log)
	doc, err := parseDocument(data)
	if err != nil {
		return nil, fmt.Errorf("network-config: %w: %w", ErrDecode, err)
	}
	if doc.kind != mapping {
		return nil, fmt.Errorf("network-config: %w: expected a mapping, found %s", ErrDecode, doc.describe())
	}
	c, err := parseNoCloud(doc, log)
	if err != nil {
		return nil, fmt.Errorf("network-config: %w", err)
	}
	return c, nil
}

func parseNoCloud(doc *value, log *slog.Logger) (*Config, error) {
	if n := slices.Index(doc.keys, "config"); n >= 0 {
		if doc.items[n].kind == scalar && doc.items[n].text == "disabled" {
			return &Config{}, nil // cloud-init's word for no network
		}
		v1, err := decodeV1(doc, log, true)
		if err == nil {
			return v1.nocloud(log)
		}
		if !slices.Contains(doc.keys, "ethernets") {
			return nil, err
		}
		log.Warn(fmt.Sprintf("network-config is not of version 1: %v", err))
	}
	v2, err := decodeV2(doc, log)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDecode, err)
	}
	if len(v2.ethernets) == 0 {
		log.Warn("network-config configures no interfaces")
	}
	return v2.config()
}

// v1Document is a network-config of version 1, and Hetzner's.
type v1Document struct {
	entries []v1Entry
}

type v1Entry struct {
	kind, name string
	mac        optional
	address    []string
	subnets    []v1Subnet
}

type v1Subnet struct {
	kind                      string
	address, netmask, gateway optional
	ipv6                      bool // Hetzner's only
	nameservers               []string
	routes                    []v1Route
}

type v1Route struct {
	destination, network, netmask, gateway optional
}

// decodeV1 decodes a document of version 1. The lists of addresses are read from
// nameserver entries only, as those of other kinds mean something else.
func decodeV1(doc *value, log *slog.Logger, required bool) (*v1Document, error) {
	out := &v1Document{}
	err := decode(doc, log, field{"config", required, each(func(d *decoder, v *value) {
		var e v1Entry
		var addresses *value
		var name optional
		d.object(v,
			field{"type", true, text(&e.kind)},
			field{"name", false, maybe(&name)},
			field{"mac_address", false, maybe(&e.mac)},
			field{"address", false, func(_ *decoder, v *value) { addresses = v }},
			field{"subnets", false, each(func(d *decoder, v *value) { e.subnets = append(e.subnets, decodeSubnet(d, v)) })},
		)
		if addresses != nil && e.kind == "nameserver" {
			d.within(".address", func() { texts(&e.address)(d, addresses) })
		}
		e.name = name.text
		out.entries = append(out.entries, e)
	})})
	return out, err
}

func decodeSubnet(d *decoder, v *value) (s v1Subnet) {
	d.object(v,
		field{"type", true, text(&s.kind)},
		field{"address", false, maybe(&s.address)},
		field{"netmask", false, maybe(&s.netmask)},
		field{"gateway", false, maybe(&s.gateway)},
		field{"ipv6", false, flag(&s.ipv6)},
		field{"dns_nameservers", false, texts(&s.nameservers)},
		field{"routes", false, each(func(d *decoder, v *value) {
			var r v1Route
			d.object(v,
				field{"destination", false, maybe(&r.destination)},
				field{"network", false, maybe(&r.network)},
				field{"netmask", false, maybe(&r.netmask)},
				field{"gateway", true, maybe(&r.gateway)},
			)
			s.routes = append(s.routes, r)
		})},
	)
	return s
}

// nocloud returns the configuration as the kubevirt provider understands it. The
// first nameserver entry is for all interfaces.
func (doc *v1Document) nocloud(log *slog.Logger) (*Config, error) {
	c := &Config{}
	var b builder
	for n, e := range doc.entries {
		if e.kind == "physical" {
			b.at("config[%d]", n)
			b.add(c, e.nocloud(&b, log))
		}
	}
	if servers := doc.nameservers(); len(servers) > 0 {
		if len(servers) > 1 {
			log.Warn("multiple nameserver entries found, using first one")
		}
		b.at("nameserver")
		common := b.addrs("address", servers[0].address)
		for n := range c.Interfaces {
			i := &c.Interfaces[n]
			i.Nameservers = append(i.Nameservers, common...)
		}
	}
	return b.finish(c)
}

// nameservers returns the nameserver entries.
func (doc *v1Document) nameservers() []v1Entry {
	var list []v1Entry
	for _, e := range doc.entries {
		if e.kind == "nameserver" {
			list = append(list, e)
		}
	}
	return list
}

func (e *v1Entry) nocloud(b *builder, log *slog.Logger) Interface {
	i := Interface{Name: e.name, Priority: kvPriority, MAC: b.mac("mac_address", e.mac)}
	for n, s := range e.subnets {
		b.sub("subnets[%d]", n)
		for _, a := range b.addrs("dns_nameservers", s.nameservers) {
			addUnique(&i.Nameservers, a)
		}
		switch {
		case strings.Contains(s.kind, "static"):
			if s.address.set {
				i.Addresses = append(i.Addresses, b.prefix("address", s.address, s.netmask))
			}
		case s.kind == "dhcp", s.kind == "dhcp4":
			i.DHCP |= DHCPv4
		case s.kind == "dhcp6":
			i.DHCP |= DHCPv6
		default:
			log.Warn(fmt.Sprintf("subnet type %q not supported, ignoring", clip(s.kind)))
		}
		for _, r := range s.routes {
			i.Routes = append(i.Routes, r.route(b))
		}
		if s.gateway.set && len(s.routes) == 0 {
			i.Routes = append(i.Routes, b.defaultRoute("gateway", s.gateway.text))
		}
	}
	return i
}

func (r *v1Route) route(b *builder) Route {
	to := Route{Gateway: b.addr("routes.gateway", r.gateway.text)}
	switch {
	case r.destination.set:
		to.Destination = b.prefix("routes.destination", r.destination, optional{})
	case !r.network.set:
		b.fail("routes", errors.New("Route must have either 'destination' or 'network' field"))
	case !r.netmask.set:
		b.fail("routes", errors.New("Route with 'network' field requires 'netmask'"))
	default:
		to.Destination = b.prefix("routes.network", r.network, r.netmask)
	}
	return to
}

// v2Document is a network-config of version 2, which is netplan's without its
// outermost level.
type v2Document struct {
	ethernets   []v2Ethernet
	nameservers []string
}

type v2Ethernet struct {
	id                 string
	dhcp4, dhcp6       bool
	addresses          []string
	gateway4, gateway6 optional
	nameservers        []string
	routes             []v2Route
	match              bool
	mac                optional
}

type v2Route struct{ to, via string }

func decodeV2(doc *value, log *slog.Logger) (*v2Document, error) {
	out := &v2Document{}
	err := decode(doc, log,
		field{"version", false, byteNumber},
		field{"ethernets", false, func(d *decoder, v *value) {
			if v.kind != mapping {
				d.fail(v, "expected a mapping, found %s", v.describe())
				return
			}
			at := make(map[string]int, len(v.keys)) // of an id that comes twice the last counts
			for n, id := range v.keys {
				d.within("."+printable(id), func() {
					e := decodeEthernet(d, id, v.items[n])
					if k, found := at[id]; found {
						out.ethernets[k] = e
						return
					}
					at[id] = len(out.ethernets)
					out.ethernets = append(out.ethernets, e)
				})
			}
		}},
		field{"nameservers", false, nameservers(&out.nameservers)},
	)
	return out, err
}

// nameservers decodes a mapping with a list of addresses.
func nameservers(to *[]string) func(*decoder, *value) {
	return func(d *decoder, v *value) {
		d.object(v, field{"addresses", false, texts(to)})
	}
}

func decodeEthernet(d *decoder, id string, v *value) v2Ethernet {
	e := v2Ethernet{id: id}
	d.object(v,
		field{"dhcp4", false, flag(&e.dhcp4)},
		field{"dhcp6", false, flag(&e.dhcp6)},
		field{"addresses", false, texts(&e.addresses)},
		field{"gateway4", false, maybe(&e.gateway4)},
		field{"gateway6", false, maybe(&e.gateway6)},
		field{"nameservers", false, nameservers(&e.nameservers)},
		field{"routes", false, each(func(d *decoder, v *value) {
			var r v2Route
			d.object(v, field{"to", true, text(&r.to)}, field{"via", true, text(&r.via)})
			e.routes = append(e.routes, r)
		})},
		field{"match", false, func(d *decoder, v *value) {
			e.match = true
			d.object(v, field{"macaddress", false, maybe(&e.mac)})
		}},
	)
	return e
}

func (doc *v2Document) config() (*Config, error) {
	c := &Config{}
	var b builder
	b.at("nameservers")
	common := b.addrs("addresses", doc.nameservers)
	for n := range doc.ethernets {
		e := &doc.ethernets[n]
		b.at("ethernets.%s", printable(e.id))
		i := e.config(&b)
		for _, a := range common {
			addUnique(&i.Nameservers, a)
		}
		b.add(c, i)
	}
	sortInterfaces(c.Interfaces)
	return b.finish(c)
}

// config returns the interface. With a match an id is only a label, except that
// documents for virtual machines name their interfaces eth0 and mean it.
func (e *v2Ethernet) config(b *builder) Interface {
	i := Interface{Priority: kvPriority, MAC: b.mac("match.macaddress", e.mac)}
	if !e.match || strings.HasPrefix(e.id, "eth") {
		i.Name = e.id
	}
	if e.dhcp4 {
		i.DHCP |= DHCPv4
	}
	if e.dhcp6 {
		i.DHCP |= DHCPv6
	}
	for _, a := range e.addresses {
		i.Addresses = append(i.Addresses, b.prefix("addresses", optional{text: a}, optional{}))
	}
	for _, r := range e.routes {
		i.Routes = append(i.Routes, Route{
			Destination: b.prefix("routes.to", optional{text: r.to}, optional{}),
			Gateway:     b.addr("routes.via", r.via),
		})
	}
	if len(e.routes) == 0 {
		if e.gateway4.set {
			i.Routes = append(i.Routes, Route{Destination: anyV4, Gateway: b.addr("gateway4", e.gateway4.text)})
		}
		if e.gateway6.set {
			i.Routes = append(i.Routes, Route{Destination: anyV6, Gateway: b.addr("gateway6", e.gateway6.text)})
		}
	}
	i.Nameservers = b.addrs("nameservers.addresses", e.nameservers)
	return i
}

// sortInterfaces sorts by name. Those without one follow in the order of the document.
func sortInterfaces(list []Interface) {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i].Name, list[j].Name
		return a != "" && (b == "" || a < b)
	})
}
