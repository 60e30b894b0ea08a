package netconf

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// A KargStyle is one of the ways in which providers write kernel arguments.
type KargStyle uint8

// The styles, see dracut.cmdline(7):
//
//	                 ProxmoxKargs                KubeVirtKargs               KubeVirt511Kargs
//	static           ip=ADDR::GW:MASK:::off      ip=ADDR:::MASK::ID:static   ip=ADDR:::MASK::ID:off
//	DHCP             ip=dhcp                     ip=ID:dhcp                  ip=ID:dhcp
//	DHCP for both    ip=dhcp,dhcp6               ip=ID:dhcp,dhcp6            ip=ID:any
//	default route    in ip=, if any              rd.route=0.0.0.0/0:GW       rd.route=0.0.0.0/0:GW
//	nameserver       nameserver=ADDR             nameserver=ADDR             nameserver=ADDR
//
// MASK is dotted for IPv4 and a number for IPv6, whose addresses stand in brackets.
// ID is the name of the interface, else its MAC.
//
// NetworkManager takes "static" and "off" alike but for IPv6, which "off" disables beside
// an IPv4 address, and "dhcp,dhcp6" and "any" alike. Dracut's own scripts refuse "static"
// and take "any" for IPv4 only.
const (
	ProxmoxKargs     KargStyle = iota // applies to whatever interface the initramfs finds
	KubeVirtKargs                     // names the interfaces
	KubeVirt511Kargs                  // the same as Afterburn 5.11.0 writes it
)

// Kargs returns the configuration as kernel arguments with a space between them:
// the addresses, DHCP and default routes per interface, then every nameserver once.
// It returns "" when there is nothing to say. Interfaces that the style has to name
// but cannot are left out: they have no MAC, and no name or one with other characters
// than A-Z, a-z, 0-9, ".", "_", "@" and "-", which could begin another field or argument.
func (c *Config) Kargs(style KargStyle) string {
	var args []string
	var servers []netip.Addr
	for n := range c.Interfaces {
		i := &c.Interfaces[n]
		switch id := i.kargID(); {
		case style == ProxmoxKargs:
			args = i.proxmoxKargs(args)
		case id == "":
			continue
		case style == KubeVirt511Kargs:
			args = i.kubevirtKargs(args, id, "off", "any")
		default:
			args = i.kubevirtKargs(args, id, "static", "dhcp,dhcp6")
		}
		for _, a := range i.Nameservers {
			addUnique(&servers, a)
		}
	}
	for _, a := range servers {
		args = append(args, "nameserver="+kargAddr(a))
	}
	return strings.Join(args, " ")
}

// kargID returns the identifier of the interface in arguments: its name, else its
// MAC, else "". Names may hold what the readers of kernel arguments take for syntax: blanks
// and quotes, the colons and brackets of ip=, the dollar signs and stars of shells.
func (i *Interface) kargID() string {
	if i.Name != "" && !strings.ContainsFunc(i.Name, unfitForKargs) {
		return i.Name
	}
	if checkLine(i.MAC) == nil && !strings.ContainsFunc(i.MAC, unicode.IsSpace) {
		return i.MAC
	}
	return ""
}

func unfitForKargs(r rune) bool {
	return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("._@-", r))
}

// kubevirtKargs appends the arguments of an interface, with the words for a static
// configuration and for DHCP of both families.
func (i *Interface) kubevirtKargs(args []string, id, static, both string) []string {
	for _, a := range i.Addresses {
		args = append(args, fmt.Sprintf("ip=%s:::%s::%s:%s", kargAddr(a.Addr()), kargMask(a), id, static))
	}
	if word := i.DHCP.karg(both); word != "" {
		args = append(args, "ip="+id+":"+word)
	}
	for _, r := range i.Routes {
		switch {
		case !r.isDefault():
		case r.Destination.Addr().Is4():
			args = append(args, "rd.route="+r.Destination.String()+":"+kargAddr(r.Gateway))
		default:
			args = append(args, "rd.route=["+r.Destination.String()+"]:"+kargAddr(r.Gateway))
		}
	}
	return args
}

func (i *Interface) proxmoxKargs(args []string) []string {
	for _, a := range i.Addresses {
		var gateway string
		for _, r := range i.Routes {
			if r.isDefault() && r.Destination.Addr().Is4() == a.Addr().Is4() {
				gateway = kargAddr(r.Gateway)
				break
			}
		}
		args = append(args, fmt.Sprintf("ip=%s::%s:%s:::off", kargAddr(a.Addr()), gateway, kargMask(a)))
	}
	if word := i.DHCP.karg("dhcp,dhcp6"); word != "" {
		args = append(args, "ip="+word)
	}
	return args
}

func (d DHCP) karg(both string) string {
	return [...]string{"", "dhcp", "dhcp6", both}[d&DHCPBoth]
}

// kargAddr puts IPv6 addresses in brackets: colons separate the fields.
func kargAddr(a netip.Addr) string {
	if a.Is4() {
		return a.String()
	}
	return "[" + a.String() + "]"
}

func kargMask(p netip.Prefix) string {
	if p.Addr().Is4() {
		return netmask(p.Bits())
	}
	return strconv.Itoa(p.Bits())
}
