package netconf

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
)

// NetplanOptions tells which parts of netplan's configuration a provider writes.
type NetplanOptions struct {
	Version2 bool         // "version: 2" in front
	Routes   bool         // the routes of the interfaces
	Logger   *slog.Logger // interfaces without a name are logged; nil: silent
}

// Netplan returns the configuration as YAML for netplan, in the very form in which
// Afterburn writes it. Interfaces without a name are left out, of those with the same
// name the last counts. The result is never empty: without interfaces it says so.
// Names are quoted as needed and so cannot add lines.
func (c *Config) Netplan(o NetplanOptions) []byte {
	ethernets := &value{kind: mapping}
	at := map[string]int{}
	for n := range c.Interfaces {
		i := &c.Interfaces[n]
		if i.Name == "" {
			logger(o.Logger).Warn("Skipping interface, no name specified: " + printable(i.MAC+i.Path))
			continue
		}
		e := i.netplan(o)
		if k, found := at[i.Name]; found {
			ethernets.items[k] = e // in the place of the earlier one
			continue
		}
		at[i.Name] = len(ethernets.keys)
		ethernets.put(i.Name, e)
	}
	network := &value{kind: mapping}
	if o.Version2 {
		network.put("version", &value{kind: scalar, text: "2", plain: true})
	}
	network.put("ethernets", ethernets)
	doc := &value{kind: mapping}
	doc.put("network", network)
	return appendYAML(nil, doc)
}

func (i *Interface) netplan(o NetplanOptions) *value {
	e := &value{kind: mapping}
	yes := &value{kind: scalar, text: "true", plain: true}
	if i.DHCP&DHCPv4 != 0 {
		e.put("dhcp4", yes)
	}
	if i.DHCP&DHCPv6 != 0 {
		e.put("dhcp6", yes)
	}
	if len(i.Addresses) > 0 {
		e.put("addresses", listOf(i.Addresses, func(a netip.Prefix) *value { return textOf(a) }))
	}
	if o.Routes && len(i.Routes) > 0 {
		e.put("routes", listOf(i.Routes, func(r Route) *value {
			v := &value{kind: mapping}
			v.put("to", textOf(r.Destination))
			v.put("via", textOf(r.Gateway))
			return v
		}))
	}
	if len(i.Nameservers) > 0 {
		v := &value{kind: mapping}
		v.put("addresses", listOf(i.Nameservers, func(a netip.Addr) *value { return textOf(a) }))
		e.put("nameservers", v)
	}
	return e
}

// FormatNetplan takes the member "network" of a YAML or JSON document and returns
// "network: <that>" as YAML in the form of Afterburn's, as the vmware provider does
// with the guest's metadata. Aliases are resolved; tags and keys that are no scalars
// are not supported.
func FormatNetplan(data []byte) ([]byte, error) {
	doc, err := parseDocument(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDecode, err)
	}
	for n, key := range doc.keys {
		if key != "network" {
			continue
		}
		out := &value{kind: mapping}
		out.put("network", doc.items[n])
		if err := checkYAML(out); err != nil {
			return nil, err
		}
		return appendYAML(nil, out), nil
	}
	return nil, errors.New("no 'network' key found")
}

// put appends a member to a mapping.
func (v *value) put(key string, item *value) {
	v.keys, v.items = append(v.keys, key), append(v.items, item)
}

func textOf(s fmt.Stringer) *value { return &value{kind: scalar, text: s.String()} }

func listOf[T any](items []T, item func(T) *value) *value {
	v := &value{kind: list}
	for _, i := range items {
		v.items = append(v.items, item(i))
	}
	return v
}
