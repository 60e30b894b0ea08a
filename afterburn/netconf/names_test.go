package netconf_test

import (
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/afterburn/netconf"
)

// bad are names that would leave their directory, end a line or join two, or are no text.
var bad = []string{"a/b", "/", "..", "a..b", ".", "a\x00b", "a\nb", "a\rb", "a\x7f", "a\u0085b", "a\u2028b", "a\xffb", `a\b`, `eth0\`, strings.Repeat("x", 129)}

func TestNamesRefused(t *testing.T) {
	for _, name := range bad {
		for field, c := range map[string]*netconf.Config{
			"name":   {Interfaces: []netconf.Interface{{Name: name}}},
			"MAC":    {Interfaces: []netconf.Interface{{MAC: name}}},
			"path":   {Interfaces: []netconf.Interface{{Path: name}}},
			"bond":   {Interfaces: []netconf.Interface{{Name: "eth0", Bond: name}}},
			"unused": {Interfaces: []netconf.Interface{{Name: "eth0", MAC: name}}},
			"device": {Devices: []netconf.Device{{Name: name}}},
		} {
			if units, err := c.Networkd(); err == nil {
				t.Errorf("%s %q: units %s", field, name, units)
			}
			if profiles, err := c.NetworkManager(nil); err == nil {
				t.Errorf("%s %q: profiles %s", field, name, profiles)
			}
		}
		i := netconf.Interface{Name: name}
		if id, err := i.ID(); err == nil {
			t.Errorf("identifier %q", id)
		}
	}
}

func TestLinesRefused(t *testing.T) {
	set := func(key, value string) []netconf.Section {
		return []netconf.Section{{Name: "Bond", Settings: []netconf.Setting{{Key: key, Value: value}}}}
	}
	for what, c := range map[string]netconf.Config{
		"joined":   {Interfaces: []netconf.Interface{{Name: "eth0", RequiredForOnline: `no\`}}},
		"value\\":  {Devices: []netconf.Device{{Name: "bond0", Networkd: set("k", `v\`)}}},
		"required": {Interfaces: []netconf.Interface{{Name: "eth0", RequiredForOnline: "no\n[Link]"}}},
		"mac":      {Devices: []netconf.Device{{Name: "bond0", MAC: "x\ny"}}},
		"value":    {Devices: []netconf.Device{{Name: "bond0", Networkd: set("k", "v\nw")}}},
		"key":      {Devices: []netconf.Device{{Name: "bond0", NetworkManager: set("k\n", "v")}}},
		"key=":     {Devices: []netconf.Device{{Name: "bond0", NetworkManager: set("k=", "v")}}},
		"no key":   {Devices: []netconf.Device{{Name: "bond0", NetworkManager: set("", "v")}}},
		"section":  {Devices: []netconf.Device{{Name: "bond0", Networkd: []netconf.Section{{Name: "A]\n[B"}}}}},
		"unnamed":  {Devices: []netconf.Device{{Name: "bond0", Networkd: []netconf.Section{{}}}}},
		"device":   {Devices: []netconf.Device{{}}},
	} {
		if err := c.Validate(); err == nil {
			t.Errorf("%s passes", what)
		}
	}
}

func TestInvalidAddresses(t *testing.T) {
	for what, i := range map[string]netconf.Interface{
		"nameserver": {Nameservers: make([]netip.Addr, 1)},
		"address":    {Addresses: make([]netip.Prefix, 1)},
		"route":      {Routes: []netconf.Route{{Gateway: addr("192.0.2.1")}}},
		"gateway":    {Routes: []netconf.Route{{Destination: prefix("0.0.0.0/0")}}},
	} {
		i.Name = "eth0"
		c := netconf.Config{Interfaces: []netconf.Interface{i}}
		if _, err := c.Networkd(); err == nil {
			t.Errorf("%s without value passes", what)
		}
	}
}

func TestIdentifier(t *testing.T) {
	for want, i := range map[string]netconf.Interface{
		"eth0":              {Name: "eth0", MAC: "02:00:00:00:00:01", Path: "pci-*"},
		"02:00:00:00:00:01": {MAC: "02:00:00:00:00:01", Path: "pci-*"},
		"pci-*":             {Path: "pci-*"},
	} {
		if id, err := i.ID(); id != want || err != nil {
			t.Errorf("%q, %v, want %q", id, err, want)
		}
	}
	if _, err := new(netconf.Interface).ID(); !errors.Is(err, netconf.ErrNoIdentifier) {
		t.Errorf("nothing to identify: %v", err)
	}
}

// TestEscapes: names with blanks in front come back from keyfiles.
func TestEscapes(t *testing.T) {
	c := netconf.Config{Interfaces: []netconf.Interface{{Name: ` a b`}}}
	profiles, err := c.NetworkManager(nil)
	if err != nil || !strings.Contains(string(profiles[0].Data), "\nid=\\sa b\n") {
		t.Errorf("%v\n%s", err, profiles)
	}
}

// TestWarnings: what is left out is said, once per document.
func TestWarnings(t *testing.T) {
	for _, c := range []struct{ format, doc, want string }{
		{"nocloud", `config: [{type: physical, name: a, subnets: [{type: wild}]}, {type: nameserver}, {type: nameserver}]`,
			`subnet type "wild" not supported, ignoring` + "\n" + `multiple nameserver entries found, using first one`},
		{"nocloud", `config: [{type: physical, name: a}, {type: nameserver, address: 192.0.2.1}]`,
			`config[1].address is not a list, using its only value "192.0.2.1"`},
		{"nocloud", "config: 5\nethernets: {}", "network-config is not of version 1: config: line 1: expected a list, found \"5\"\nnetwork-config configures no interfaces"},
		{"nocloud", "network: {}", `network-config configures no interfaces`},
		{"proxmox", `config: [{type: physical, name: a, subnets: [{type: static, address: 192.0.2.1}, {type: ipv6_slaac}]}]`,
			`found subnet type "static" without gateway` + "\n" + `subnet type "ipv6_slaac" not supported, ignoring`},
		{"hetzner", `config: [{type: physical, name: a, subnets: [{type: static, address: 192.0.2.1}, {type: "a\nb"}]}]`,
			`found subnet type "static" without gateway - address added but will not be routable to the internet` + "\n" + `Ignoring unsupported subnet type: "a\nb"`},
		{"openstack", `{links: [{id: a, type: phy, name: e}], networks: [{id: n, link: a, type: ipv6_slaac}]}`, `Unsupported network type: ipv6_slaac`},
	} {
		var log recorder
		if _, err := formats[c.format].parse([]byte(c.doc), slog.New(&log)); err != nil {
			t.Errorf("%s: %v", c.doc, err)
		}
		if got := strings.Join(log.lines, "\n"); got != c.want {
			t.Errorf("%s logs\n%s\nwant\n%s", c.doc, got, c.want)
		}
	}
	var log recorder
	c := netconf.Config{Devices: []netconf.Device{{Name: "bond0"}}, Interfaces: []netconf.Interface{{MAC: "02:00:00:00:00:01"}}}
	if _, err := c.NetworkManager(slog.New(&log)); err != nil {
		t.Fatal(err)
	}
	c.Netplan(netconf.NetplanOptions{Logger: slog.New(&log)})
	want := "writing bond configuration without networking information\nSkipping interface, no name specified: 02:00:00:00:00:01"
	if got := strings.Join(log.lines, "\n"); got != want {
		t.Errorf("logs\n%s\nwant\n%s", got, want)
	}
}
