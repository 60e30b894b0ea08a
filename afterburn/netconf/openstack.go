package netconf

import (
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
)

// ParseOpenStack parses OpenStack's network_data.json as the kubevirt provider reads
// it; it may be YAML. The networks of a link make an interface, links without
// networks none. The interfaces come by name, behind them those without a name.
func ParseOpenStack(data []byte, log *slog.Logger) (*Config, error) {
	log = logger(log)
	doc, err := parseDocument(data)
	var o openstackDocument
	if err == nil {
		err = o.decode(doc, log)
	}
	if err != nil {
		return nil, fmt.Errorf("network_data.json: %w: %w", ErrDecode, err)
	}
	c, err := o.config(log)
	if err != nil {
		return nil, fmt.Errorf("network_data.json: %w", err)
	}
	return c, nil
}

type openstackDocument struct {
	links    []openstackLink
	networks []openstackNetwork
	services []openstackService
}

type openstackLink struct {
	id        string
	name, mac optional
}

type openstackNetwork struct {
	kind, link  string
	ip, netmask optional
	routes      []openstackRoute
	nameservers []string
}

type openstackRoute struct{ network, netmask, gateway string }

type openstackService struct{ kind, address string }

func (o *openstackDocument) decode(doc *value, log *slog.Logger) error {
	return decode(doc, log,
		field{"links", false, each(func(d *decoder, v *value) {
			var l openstackLink
			var kind string
			d.object(v,
				field{"id", true, text(&l.id)},
				field{"type", true, text(&kind)},
				field{"name", false, maybe(&l.name)},
				field{"ethernet_mac_address", false, maybe(&l.mac)},
			)
			o.links = append(o.links, l)
		})},
		field{"networks", false, each(func(d *decoder, v *value) {
			o.networks = append(o.networks, decodeNetwork(d, v))
		})},
		field{"services", false, each(func(d *decoder, v *value) {
			o.services = append(o.services, decodeService(d, v))
		})},
	)
}

func decodeNetwork(d *decoder, v *value) (n openstackNetwork) {
	var id string
	d.object(v,
		field{"id", true, text(&id)},
		field{"type", true, text(&n.kind)},
		field{"link", true, text(&n.link)},
		field{"ip_address", false, maybe(&n.ip)},
		field{"netmask", false, maybe(&n.netmask)},
		field{"routes", false, each(func(d *decoder, v *value) {
			n.routes = append(n.routes, decodeRoute(d, v))
		})},
		field{"dns_nameservers", false, texts(&n.nameservers)},
	)
	return n
}

func decodeRoute(d *decoder, v *value) (r openstackRoute) {
	d.object(v,
		field{"network", true, text(&r.network)},
		field{"netmask", true, text(&r.netmask)},
		field{"gateway", true, text(&r.gateway)},
	)
	return r
}

func decodeService(d *decoder, v *value) (s openstackService) {
	d.object(v, field{"type", true, text(&s.kind)}, field{"address", true, text(&s.address)})
	return s
}

// config makes an interface of every link that networks refer to. Of links with the
// same id the last one counts, networks of unknown links are left out.
func (o *openstackDocument) config(log *slog.Logger) (*Config, error) {
	var b builder
	at := make(map[string]int, len(o.links)) // link id → its networks in byLink
	for n, l := range o.links {
		at[l.id] = n
	}
	byLink := make([][]int, len(o.links))
	for n, network := range o.networks {
		if l, known := at[network.link]; known {
			byLink[l] = append(byLink[l], n)
		}
	}
	b.at("services")
	var services []netip.Addr
	if slices.ContainsFunc(byLink, func(n []int) bool { return len(n) > 0 }) {
		services = dnsServices(&b, o.services)
	}
	c := &Config{}
	for n, networks := range byLink {
		if b.err != nil {
			break
		}
		if len(networks) == 0 {
			continue
		}
		l := &o.links[n]
		b.at("links[%d]", n)
		i := Interface{Name: l.name.text, MAC: b.mac("ethernet_mac_address", l.mac), Priority: kvPriority}
		for _, n := range networks {
			b.at("networks[%d]", n)
			o.networks[n].addTo(&i, &b, log)
		}
		for _, a := range services {
			addUnique(&i.Nameservers, a)
		}
		b.add(c, i)
	}
	sortInterfaces(c.Interfaces)
	return b.finish(c)
}

// dnsServices returns the addresses of the services that resolve names.
func dnsServices(b *builder, list []openstackService) []netip.Addr {
	var dns []string
	for _, s := range list {
		if s.kind == "dns" {
			dns = append(dns, s.address)
		}
	}
	return b.addrs("address", dns)
}

func addUnique(list *[]netip.Addr, a netip.Addr) {
	if !slices.Contains(*list, a) {
		*list = append(*list, a)
	}
}

func (n *openstackNetwork) addTo(i *Interface, b *builder, log *slog.Logger) {
	switch n.kind {
	case "ipv4", "ipv6":
		if n.ip.set {
			i.Addresses = append(i.Addresses, b.prefix("ip_address", n.ip, n.netmask))
		}
	case "ipv4_dhcp":
		i.DHCP |= DHCPv4
	case "ipv6_dhcp":
		i.DHCP |= DHCPv6
	default:
		log.Warn("Unsupported network type: " + printable(n.kind))
	}
	for _, a := range b.addrs("dns_nameservers", n.nameservers) {
		addUnique(&i.Nameservers, a)
	}
	for _, r := range n.routes {
		i.Routes = append(i.Routes, r.route(b))
	}
}

func (r *openstackRoute) route(b *builder) Route {
	return Route{
		Destination: b.prefix("routes.network", optional{r.network, true}, optional{r.netmask, true}),
		Gateway:     b.addr("routes.gateway", r.gateway),
	}
}
