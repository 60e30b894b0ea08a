package netconf_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/afterburn/netconf"
)

func TestKargs(t *testing.T) {
	c := netconf.Config{Interfaces: []netconf.Interface{{
		Name: "eth0", MAC: "02:00:00:00:00:01", DHCP: netconf.DHCPv6,
		Addresses:   []netip.Prefix{prefix("192.0.2.4/24"), prefix("2001:db8::4/64")},
		Routes:      []netconf.Route{to("10.0.0.0/8", "192.0.2.9"), to("::/0", "fe80::1"), to("0.0.0.0/0", "192.0.2.1"), to("0.0.0.0/0", "192.0.2.2")},
		Nameservers: []netip.Addr{addr("192.0.2.53"), addr("2001:db8::53"), addr("192.0.2.53")},
	}, {
		MAC: "02:00:00:00:00:02", DHCP: netconf.DHCPBoth, Nameservers: []netip.Addr{addr("2001:db8::53"), addr("192.0.2.54")},
	}, {
		Path: "pci-*", DHCP: netconf.DHCPv4,
	}, {
		Name: "two words", DHCP: netconf.DHCPv4,
	}, {
		Name: "no\u00a0break", MAC: "02:00:00:00:00:03", DHCP: netconf.DHCPv4,
	}, {
		Name: "x\nroot=/dev/sda", DHCP: netconf.DHCPv4,
	}, {
		Name: "a:b", MAC: "02:00:00:00:00:04", DHCP: netconf.DHCPv4,
	}, {
		Name: `"`, DHCP: netconf.DHCPv4,
	}, {
		Name: "$(x)", MAC: "02:00:00:00:00:05", DHCP: netconf.DHCPv4,
	}, {
		Name: `e\`, DHCP: netconf.DHCPv4,
	}, {
		Name: "\xff", DHCP: netconf.DHCPv4,
	}, {
		Name: "é", DHCP: netconf.DHCPv4,
	}, {
		Name: "En_0-1.5@if2", MAC: "02:00:00:00:00:06", DHCP: netconf.DHCPv4,
	}}}
	for style, want := range map[netconf.KargStyle]string{
		netconf.KubeVirtKargs: `ip=192.0.2.4:::255.255.255.0::eth0:static ip=[2001:db8::4]:::64::eth0:static ip=eth0:dhcp6 rd.route=[::/0]:[fe80::1] rd.route=0.0.0.0/0:192.0.2.1 rd.route=0.0.0.0/0:192.0.2.2
			ip=02:00:00:00:00:02:dhcp,dhcp6 ip=02:00:00:00:00:03:dhcp
			ip=02:00:00:00:00:04:dhcp ip=02:00:00:00:00:05:dhcp ip=En_0-1.5@if2:dhcp nameserver=192.0.2.53 nameserver=[2001:db8::53] nameserver=192.0.2.54`,
		netconf.ProxmoxKargs: `ip=192.0.2.4::192.0.2.1:255.255.255.0:::off ip=[2001:db8::4]::[fe80::1]:64:::off ip=dhcp6 ip=dhcp,dhcp6 ip=dhcp ip=dhcp ip=dhcp ip=dhcp ip=dhcp ip=dhcp ip=dhcp ip=dhcp ip=dhcp ip=dhcp ip=dhcp
			nameserver=192.0.2.53 nameserver=[2001:db8::53] nameserver=192.0.2.54`,
	} {
		if got, want := c.Kargs(style), strings.Join(strings.Fields(want), " "); got != want {
			t.Errorf("style %d:\n%s\nwant\n%s", style, got, want)
		}
		if got := new(netconf.Config).Kargs(style); got != "" {
			t.Errorf("nothing is %q", got)
		}
	}
}
