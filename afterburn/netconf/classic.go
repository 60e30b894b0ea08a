package netconf

import (
	"fmt"
)

// classicPriority is the priority of the interfaces of IBM Cloud Classic.
const classicPriority = 10

// ParseClassic parses the network_data.json of IBM Cloud Classic, which is JSON
// with all of links, networks and services. Every network makes an interface of its
// own with the name and MAC of its link and all dns services; those of unknown links
// are left out. Two networks of one link so give two interfaces of one name, of
// which the writers keep the last, as Afterburn does.
func ParseClassic(data []byte) (*Config, error) {
	doc, err := parseJSON(data)
	var o openstackDocument
	if err == nil {
		err = o.decodeClassic(doc)
	}
	if err != nil {
		return nil, fmt.Errorf("failed to parse JSON network data: %w: %w", ErrDecode, err)
	}
	c, err := o.classic()
	if err != nil {
		return nil, fmt.Errorf("network_data.json: %w", err)
	}
	return c, nil
}

func (o *openstackDocument) decodeClassic(doc *value) error {
	return decode(doc, nil,
		field{"links", true, each(func(d *decoder, v *value) {
			l := openstackLink{name: optional{set: true}, mac: optional{set: true}}
			d.object(v,
				field{"id", true, text(&l.id)},
				field{"name", true, text(&l.name.text)},
				field{"ethernet_mac_address", true, text(&l.mac.text)},
			)
			o.links = append(o.links, l)
		})},
		field{"networks", true, each(func(d *decoder, v *value) {
			var id string
			n := openstackNetwork{ip: optional{set: true}, netmask: optional{set: true}}
			d.object(v,
				field{"id", true, text(&id)},
				field{"type", true, text(&n.kind)},
				field{"link", true, text(&n.link)},
				field{"ip_address", true, text(&n.ip.text)},
				field{"netmask", true, text(&n.netmask.text)},
				field{"routes", true, each(func(d *decoder, v *value) {
					n.routes = append(n.routes, decodeRoute(d, v))
				})},
			)
			o.networks = append(o.networks, n)
		})},
		field{"services", true, each(func(d *decoder, v *value) {
			o.services = append(o.services, decodeService(d, v))
		})},
	)
}

func (o *openstackDocument) classic() (*Config, error) {
	c := &Config{}
	var b builder
	b.at("services")
	services := dnsServices(&b, o.services)
	links := make(map[string]Interface, len(o.links))
	for n, l := range o.links {
		b.at("links[%d]", n)
		links[l.id] = Interface{Name: l.name.text, MAC: b.mac("ethernet_mac_address", l.mac)}
	}
	for n, network := range o.networks {
		i, known := links[network.link]
		if !known {
			continue
		}
		b.at("networks[%d]", n)
		i.Priority = classicPriority
		i.Nameservers = services
		i.Addresses = append(i.Addresses, b.prefix("ip_address", network.ip, network.netmask))
		for _, r := range network.routes {
			i.Routes = append(i.Routes, r.route(&b))
		}
		b.add(c, i)
	}
	return b.finish(c)
}
