package netconf

import (
	"bytes"
	"fmt"
	"io/fs"
)

// Networkd returns the units of systemd-networkd: a .network file per interface,
// then a .netdev file per device. Of interfaces with the same priority and
// identifier the last one is written. Nothing is returned when a name cannot be
// part of a file or line.
func (c *Config) Networkd() ([]File, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	var list files
	for n := range c.Interfaces {
		i := &c.Interfaces[n]
		id, err := i.ID()
		if err != nil {
			return nil, err
		}
		list.add(fmt.Sprintf("%02d-%s.network", i.Priority, id), 0o644, i.network())
	}
	for n := range c.Devices {
		d := &c.Devices[n]
		priority := 10
		if d.Priority != nil {
			priority = *d.Priority
		}
		list.add(fmt.Sprintf("%02d-%s.netdev", priority, d.Name), 0o644, d.netdev())
	}
	return list.files, nil
}

// network returns the .network unit of the interface.
func (i *Interface) network() []byte {
	var u ini
	u.section("Match")
	u.setIf("Name", i.Name)
	u.setIf("MACAddress", i.MAC)
	u.setIf("Path", i.Path)
	u.section("Network")
	u.setIf("DHCP", [...]string{"", "ipv4", "ipv6", "yes"}[i.DHCP&DHCPBoth])
	for _, a := range i.Nameservers {
		u.set("DNS", a.String())
	}
	u.setIf("Bond", i.Bond)
	if i.Unmanaged || i.RequiredForOnline != "" {
		u.section("Link")
	}
	if i.Unmanaged {
		u.set("Unmanaged", "yes")
	}
	u.setIf("RequiredForOnline", i.RequiredForOnline)
	for _, a := range i.Addresses {
		u.section("Address")
		u.set("Address", a.String())
	}
	for _, r := range i.Routes {
		u.section("Route")
		u.set("Destination", r.Destination.String())
		u.set("Gateway", r.Gateway.String())
	}
	return u.Bytes()
}

// netdev returns the .netdev unit of the device.
func (d *Device) netdev() []byte {
	var u ini
	u.section("NetDev")
	u.set("Name", d.Name)
	u.set("Kind", d.Kind.String())
	u.set("MACAddress", d.MAC)
	for _, s := range d.Networkd {
		u.section(s.Name)
		u.settings(s.Settings)
	}
	return u.Bytes()
}

// An ini is the text of a unit or keyfile under construction.
type ini struct{ bytes.Buffer }

// section begins a section, a blank line behind the one before.
func (u *ini) section(name string) {
	if u.Len() > 0 {
		u.WriteByte('\n')
	}
	fmt.Fprintf(u, "[%s]\n", name)
}

func (u *ini) set(key, value string) { fmt.Fprintf(u, "%s=%s\n", key, value) }

func (u *ini) setIf(key, value string) {
	if value != "" {
		u.set(key, value)
	}
}

func (u *ini) settings(list []Setting) {
	for _, kv := range list {
		u.set(kv.Key, kv.Value)
	}
}

// files collects files by name: a later one takes the place of an earlier one,
// as it would on disk.
type files struct {
	files []File
	at    map[string]int
}

func (l *files) add(name string, mode fs.FileMode, data []byte) {
	f := File{Name: name, Mode: mode, Data: data}
	if at, found := l.at[name]; found {
		l.files[at] = f
		return
	}
	if l.at == nil {
		l.at = map[string]int{}
	}
	l.at[name] = len(l.files)
	l.files = append(l.files, f)
}
