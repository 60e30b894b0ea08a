package main

import (
	"net/netip"
	"strings"
	"testing"
)

func TestParseKargs(t *testing.T) {
	n, err := parseKargs(strings.Fields("quiet ip=10.0.2.15::10.0.2.2:255.255.255.0:::off nameserver=10.0.2.3 nameserver=192.0.2.1 root=UUID=x"))
	if err != nil {
		t.Fatal(err)
	}
	if n.address != netip.MustParseAddr("10.0.2.15") || n.gateway != netip.MustParseAddr("10.0.2.2") || n.bits() != 24 ||
		len(n.nameservers) != 2 || n.nameservers[1] != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("got %+v, /%d", n, n.bits())
	}
	if n, err := parseKargs([]string{"quiet", "ip=off", "nameserver=10.0.2.3"}); n != nil || err != nil {
		t.Errorf("no network: %v, %v", n, err)
	}
	for _, word := range []string{
		"ip=dhcp", "ip=10.0.2.15", "ip=[2001:db8::1]::[2001:db8::2]:64:::off", "ip=10.0.2.15::10.0.2.2:24:::off",
		"ip=10.0.2.15::10.0.2.2:255.255.255.0::eth0:off", "nameserver=x",
		"ip=10.0.2.15::10.0.2.2:255.255.255.0:::off ip=10.0.2.16::10.0.2.2:255.255.255.0:::off",
	} {
		if n, err := parseKargs(strings.Fields(word)); err == nil {
			t.Errorf("%s: %+v", word, n)
		}
	}
}
