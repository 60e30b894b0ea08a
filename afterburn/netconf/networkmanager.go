package netconf

import (
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
)

// NetworkManager returns the connection profiles (keyfiles, mode 0600): the bonds,
// the interfaces that are no bonds, the VLANs. Of profiles with the same identifier
// the last one is written. Nothing is returned when a name cannot be part of a
// file or line. A bond without an interface of its name is logged.
//
// A profile holds routes only where its method is manual, and of the default routes
// of a family only the first, as in Afterburn.
func (c *Config) NetworkManager(log *slog.Logger) ([]File, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	byName := make(map[string]*Interface, len(c.Interfaces))
	for n := range c.Interfaces {
		if i := &c.Interfaces[n]; byName[i.Name] == nil {
			byName[i.Name] = i
		}
	}
	var list files
	bonds := map[string]bool{"": false}
	for n := range c.Devices {
		d := &c.Devices[n]
		if d.Kind != Bond {
			continue
		}
		bonds[d.Name] = true
		if byName[d.Name] == nil {
			logger(log).Warn("writing bond configuration without networking information")
		}
		list.add(d.Name+".nmconnection", 0o600, d.bondProfile(byName[d.Name]))
	}
	for n := range c.Interfaces {
		i := &c.Interfaces[n]
		if bonds[i.Name] {
			continue
		}
		id, err := i.ID()
		if err != nil {
			return nil, err
		}
		list.add(id+".nmconnection", 0o600, i.profile(id))
	}
	for n := range c.Devices {
		if d := &c.Devices[n]; d.Kind == VLAN {
			list.add(d.Name+".nmconnection", 0o600, d.vlanProfile())
		}
	}
	return list.files, nil
}

// profile returns the keyfile of a plain interface. It is tied to the name only
// when there is no MAC: the name in the metadata (eth0) is often not the one that
// the kernel and udev give.
func (i *Interface) profile(id string) []byte {
	var k ini
	k.section("connection")
	k.set("id", keyfileValue(id))
	k.set("type", "ethernet")
	if i.MAC == "" {
		k.setIf("interface-name", keyfileValue(i.Name))
	}
	k.set("autoconnect", "true")
	k.set("autoconnect-priority", profilePriority(i.Priority))
	if i.Bond != "" {
		k.set("master", keyfileValue(i.Bond))
		k.set("slave-type", "bond")
	}
	if i.MAC != "" {
		k.section("ethernet")
		k.set("mac-address", i.MAC)
	}
	i.families(&k)
	return k.Bytes()
}

// bondProfile returns the keyfile of a bond with the addresses of i, if any.
func (d *Device) bondProfile(i *Interface) []byte {
	var k ini
	d.head(&k)
	k.section("bond")
	d.kindSettings(&k)
	k.section("ethernet")
	k.set("cloned-mac-address", d.MAC)
	if i != nil {
		i.families(&k)
	}
	return k.Bytes()
}

func (d *Device) vlanProfile() []byte {
	var k ini
	d.head(&k)
	k.section("vlan")
	if parent := d.kindSettings(&k); !parent {
		k.section("ethernet")
		k.set("mac-address", d.MAC)
	}
	return k.Bytes()
}

// head writes the first section of a device's profile.
func (d *Device) head(k *ini) {
	k.section("connection")
	k.set("id", keyfileValue(d.Name))
	k.set("type", d.Kind.String())
	k.set("interface-name", keyfileValue(d.Name))
	k.set("autoconnect", "true")
	if d.Priority != nil {
		k.set("autoconnect-priority", profilePriority(*d.Priority))
	}
}

// kindSettings writes the settings of the sections named after the kind and
// reports whether there is a parent among them.
func (d *Device) kindSettings(k *ini) (parent bool) {
	for _, s := range d.NetworkManager {
		if s.Name != d.Kind.String() {
			continue
		}
		k.settings(s.Settings)
		for _, kv := range s.Settings {
			parent = parent || kv.Key == "parent"
		}
	}
	return parent
}

// profilePriority turns a priority around: with NetworkManager the higher number wins.
func profilePriority(p int) string { return strconv.Itoa(999 - max(0, min(p, 999))) }

// families writes the sections ipv4 and ipv6.
func (i *Interface) families(k *ini) {
	i.family(k, "ipv4", i.DHCP&DHCPv4 != 0, netip.Addr.Is4)
	i.family(k, "ipv6", i.DHCP&DHCPv6 != 0, netip.Addr.Is6)
}

func (i *Interface) family(k *ini, name string, dhcp bool, is func(netip.Addr) bool) {
	var addresses []netip.Prefix
	for _, a := range i.Addresses {
		if is(a.Addr()) {
			addresses = append(addresses, a)
		}
	}
	k.section(name)
	switch {
	case dhcp:
		k.set("method", "auto")
	case len(addresses) == 0:
		k.set("method", "disabled")
	default:
		k.set("method", "manual")
		for n, a := range addresses {
			k.set("address"+strconv.Itoa(n+1), a.String())
		}
		i.familyRoutes(k, is)
	}
	var servers strings.Builder
	for _, a := range i.Nameservers {
		if is(a) {
			servers.WriteString(a.String() + ";")
		}
	}
	k.setIf("dns", servers.String())
}

// familyRoutes writes the first default route as the gateway, then the others.
func (i *Interface) familyRoutes(k *ini, is func(netip.Addr) bool) {
	for _, r := range i.Routes {
		if is(r.Destination.Addr()) && r.isDefault() {
			k.set("gateway", r.Gateway.String())
			break
		}
	}
	n := 0
	for _, r := range i.Routes {
		if !is(r.Destination.Addr()) || r.isDefault() {
			continue
		}
		n++
		k.set("route"+strconv.Itoa(n), r.Destination.String()+","+r.Gateway.String()+",0")
	}
}

// keyfileValue escapes the space that keyfiles would trim. Names hold no backslashes.
func keyfileValue(s string) string {
	if strings.HasPrefix(s, " ") {
		s = `\s` + s[1:]
	}
	return s
}
