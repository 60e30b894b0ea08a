package nmstate

import (
	"fmt"
	"strconv"
	"strings"
)

// iface is one interface of a state.
type iface struct {
	name, kind, state string
	profile           string
	description       *string
	byMAC             bool // the profile matches a MAC address, not the name
	mac               string
	mtu               *uint64
	acceptAll         *bool
	lldp              *bool
	waitIP            string
	controller        *string // as stated; "" means none
	ipv4, ipv6        *ip

	ethernet *ethernet
	vlan     *vlan
	bond     *bond
	bridge   *bridge

	master *iface // found by resolve
}

// connectionTypes has the types that can be written, with NetworkManager's names for them.
var connectionTypes = map[string]string{
	"ethernet": "802-3-ethernet", "vlan": "vlan", "bond": "bond", "linux-bridge": "bridge", "dummy": "dummy",
}

func newInterface(name, kind string) *iface { return &iface{name: name, kind: kind, state: "up"} }

func parseInterface(o *object) *iface {
	o.require("name")
	i := newInterface(o.text("name"), o.text("type"))
	if i.kind == "" || i.kind == "unknown" || strings.EqualFold(i.kind, "ethernet") {
		i.kind = "ethernet"
	}
	if connectionTypes[i.kind] == "" {
		o.fail(o.value, "interface %s: type %s is %w", i.name, i.kind, ErrNotSupported)
	}
	i.profile = o.text("profile-name")
	for _, name := range []string{i.name, i.profileName()} {
		if err := checkName(name); err != nil {
			o.fail(o.value, "%w", err)
		}
	}
	o.at += " (" + i.name + ")"
	if state := o.enum("state", "up", "down", "absent", "unknown", "ignore"); state != "" {
		i.state = state
	}
	if i.state == "unknown" {
		o.fail(o.value, "state unknown is %w", ErrNotSupported)
	}
	i.parseBase(o)
	i.parseType(o)
	o.end()
	return i
}

// checkName refuses names that are no file names.
func checkName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") || len(name) > 200 {
		return fmt.Errorf("interface name %q is %w", name, ErrNotSupported)
	}
	return nil
}

func (i *iface) parseBase(o *object) {
	if o.has("description") {
		text := ""
		if v := o.take("description"); v.kind == textKind {
			text = v.text
		} else {
			o.fail(v, "description: invalid type: %s, expected a string", v.kind)
		}
		i.description = &text
	}
	identifier := o.enum("identifier", "name", "mac-address", "pci-address")
	if identifier == "pci-address" {
		o.fail(o.value, "identifier pci-address is %w", ErrNotSupported)
	}
	i.byMAC = identifier == "mac-address"
	if i.mac = o.mac("mac-address"); i.mac == "" && i.byMAC {
		o.fail(o.value, "identifier is mac-address, but there is no MAC address")
	}
	i.mtu = o.uint("mtu", 32)
	i.acceptAll = o.bool("accept-all-mac-addresses")
	i.waitIP = o.enum("wait-ip", "any", "ipv4", "ipv6", "ipv4+ipv6")
	if o.has("controller") {
		controller := o.text("controller")
		i.controller = &controller
	}
	if lldp := o.sub("lldp"); lldp != nil {
		i.lldp = lldp.bool("enabled")
		if i.lldp == nil {
			lldp.fail(lldp.value, "missing field `enabled`")
		}
		lldp.ignore("neighbors")
		lldp.end()
	}
	i.ipv4 = parseIP(o.sub("ipv4"), false)
	i.ipv6 = parseIP(o.sub("ipv6"), true)
	o.ignore("driver", "min-mtu", "max-mtu", "permanent-mac-address")
	o.unsupported("pci-address", "mptcp", "copy-mac-from", "ovs-db", "802.1x", "ethtool", "dispatch", "alt-names")
}

func (i *iface) parseType(o *object) {
	switch i.kind {
	case "ethernet":
		i.ethernet = parseEthernet(o.sub("ethernet"))
		o.unsupported("veth")
	case "vlan":
		i.vlan = parseVLAN(o.sub("vlan"))
		if i.vlan == nil && i.present() {
			o.fail(o.value, "missing field `vlan`")
		}
	case "bond":
		i.bond = parseBond(o.sub("link-aggregation", "bond"))
	case "linux-bridge":
		i.bridge = parseBridge(o.sub("bridge"))
	}
}

// present tells whether the interface gets a keyfile.
func (i *iface) present() bool { return i.state == "up" || i.state == "down" }

func (i *iface) profileName() string {
	if i.profile != "" {
		return i.profile
	}
	return i.name
}

// uuid is stable over runs; without it each run would add a connection.
func (i *iface) uuid() string { return uuid(i.kind + "://" + i.name) }

func (i *iface) ports() []string {
	switch {
	case i.bond != nil:
		return i.bond.ports
	case i.bridge != nil:
		return i.bridge.portNames()
	}
	return nil
}

// ignorePort makes a bridge not count a port that is left alone.
func (i *iface) ignorePort(name string) {
	if i.bridge != nil {
		i.bridge.byName[name].ignored = true
	}
}

func (i *iface) hasPortList() bool {
	return i.bond != nil && i.bond.listed || i.bridge != nil && i.bridge.listed
}

// check looks at what needs the whole state to be known.
func (i *iface) check() error {
	if !i.present() {
		return nil
	}
	if i.master != nil && (i.ipv4.on() || i.ipv6.on()) {
		return fmt.Errorf("it cannot have IP enabled as it is attached to controller %s", i.master.name)
	}
	if i.ipv6.on() && i.mtu != nil && *i.mtu < 1280 {
		return fmt.Errorf("MTU should be >= 1280 when IPv6 is enabled, but got mtu: %d", *i.mtu)
	}
	if i.kind == "bond" {
		if i.mac != "" && i.bond.mode == "active-backup" && i.bond.options["fail_over_mac"] == "active" {
			return fmt.Errorf("a MAC address with fail_over_mac active is %w", ErrNotSupported)
		}
		return i.bond.check()
	}
	return i.bridge.check()
}

// keyfile writes the connection. Ports have no IP sections of their own.
func (i *iface) keyfile() []byte {
	sections := []*section{i.connectionSection(), i.bond.section(), nil, nil, nil, nil, nil, i.wiredSection(), i.vlan.section(), i.userSection()}
	if i.kind == "linux-bridge" {
		sections[3] = i.bridge.section()
	}
	if i.master != nil {
		sections[2] = i.master.bond.portSection(i.name)
		// libnmstate looks for ports by the name of the interface, which this one lacks.
		if s := i.master.bridge.portSection(i.name); s != nil && !(i.byMAC && len(s.values) == 0) {
			sections[4] = s
		}
	} else {
		sections[5] = i.ipv4.section(false, i.waitIP)
		sections[6] = i.ipv6.section(true, i.waitIP)
	}
	return encode(sections)
}

func (i *iface) connectionSection() *section {
	s := newSection("connection")
	s.set("autoconnect", strconv.FormatBool(i.state == "up"))
	s.set("autoconnect-slaves", "-1")
	if i.kind == "bond" || i.kind == "linux-bridge" {
		s.set("autoconnect-slaves", "1")
	}
	s.set("id", i.profileName())
	if !i.byMAC {
		s.set("interface-name", i.name)
	}
	s.set("type", connectionTypes[i.kind])
	s.set("uuid", i.uuid())
	s.setFlag("lldp", i.lldp)
	if i.master != nil {
		s.set("master", i.master.name)
		s.set("slave-type", connectionTypes[i.master.kind])
	}
	return s
}

// wiredSection is there only if it has something.
func (i *iface) wiredSection() *section {
	s := newSection("ethernet")
	if i.byMAC {
		s.set("mac-address", i.mac)
	} else {
		s.set("cloned-mac-address", i.mac)
	}
	s.setUint("mtu", i.mtu)
	s.setFlag("accept-all-mac-addresses", i.acceptAll)
	i.ethernet.fill(s)
	if len(s.values) == 0 {
		return nil
	}
	return s
}

func (i *iface) userSection() *section {
	if i.description == nil {
		return nil
	}
	s := newSection("user")
	s.set("nmstate.interface.description", escape(*i.description))
	return s
}

// escape writes free text as GKeyFile reads it.
func escape(s string) string {
	s = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(s)
	if strings.HasPrefix(s, " ") {
		s = `\s` + s[1:]
	}
	return s
}

// ethernet is the section of that name of an interface.
type ethernet struct {
	autoNegotiation *bool
	speed           *uint64
	duplex          string
}

func parseEthernet(o *object) *ethernet {
	if o == nil {
		return nil
	}
	e := &ethernet{
		autoNegotiation: o.bool("auto-negotiation"),
		speed:           o.uint("speed", 32),
		duplex:          o.enum("duplex", "full", "half"),
	}
	o.unsupported("sr-iov")
	o.end()
	if e.autoNegotiation == nil && (e.speed != nil || e.duplex != "") {
		o.fail(o.value, "speed and duplex without auto-negotiation are %w", ErrNotSupported)
	}
	return e
}

// fill writes the settings. With negotiation, speed and duplex are what came out of it.
func (e *ethernet) fill(s *section) {
	if e == nil {
		return
	}
	s.setBool("auto-negotiate", e.autoNegotiation)
	if e.autoNegotiation != nil && !*e.autoNegotiation {
		s.setUint("speed", e.speed)
		s.set("duplex", e.duplex)
	}
}
