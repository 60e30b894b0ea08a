package netconf_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/nestos-dev/nestos/afterburn/netconf"
)

func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }
func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func to(destination, gateway string) netconf.Route {
	return netconf.Route{Destination: prefix(destination), Gateway: addr(gateway)}
}

// digitalocean is what the DigitalOcean provider makes of a droplet with public and
// private networking and an anchor address.
func digitalocean() *netconf.Config {
	return &netconf.Config{Interfaces: []netconf.Interface{{
		MAC: "02:00:00:00:00:0a", Priority: 10,
		Nameservers: []netip.Addr{addr("9.9.9.9")},
		Addresses:   []netip.Prefix{prefix("203.0.113.10/20"), prefix("2001:db8:a::10/64"), prefix("10.19.0.6/16")},
		Routes: []netconf.Route{
			to("203.0.113.10/20", "203.0.112.1"), to("0.0.0.0/0", "203.0.112.1"),
			to("2001:db8:a::10/64", "2001:db8:a::1"), to("::/0", "2001:db8:a::1"),
			to("10.19.0.6/16", "10.19.0.1"),
		},
	}, {
		MAC: "02:00:00:00:00:0b", Priority: 10,
		Nameservers: []netip.Addr{addr("9.9.9.9")},
		Addresses:   []netip.Prefix{prefix("10.110.0.3/20")},
		Routes:      []netconf.Route{to("10.110.0.3/20", "0.0.0.0")},
	}}}
}

// packet is what the Packet provider makes of a machine with two interfaces in a
// bond of mode 4.
func packet(t *testing.T) *netconf.Config {
	mode, err := netconf.BondingMode(4)
	if err != nil {
		t.Fatal(err)
	}
	member := func(mac string) netconf.Interface {
		return netconf.Interface{MAC: mac, Priority: 10, Bond: "bond0", RequiredForOnline: "no"}
	}
	priority := 5
	return &netconf.Config{
		Interfaces: []netconf.Interface{
			member("02:00:00:00:01:01"), member("02:00:00:00:01:02"),
			{
				Name: "bond0", Priority: 5, RequiredForOnline: "degraded-carrier",
				Nameservers: []netip.Addr{addr("147.75.207.207")},
				Addresses:   []netip.Prefix{prefix("203.0.113.31/31"), prefix("10.64.0.3/25")},
				Routes:      []netconf.Route{to("0.0.0.0/0", "203.0.113.30"), to("10.0.0.0/8", "10.64.0.2")},
			},
			{Path: "pci-*", Priority: 80, Unmanaged: true},
		},
		Devices: []netconf.Device{{
			Name: "bond0", Kind: netconf.Bond, MAC: "02:00:00:00:01:01", Priority: &priority,
			Networkd: []netconf.Section{{Name: "Bond", Settings: []netconf.Setting{
				{Key: "TransmitHashPolicy", Value: "layer3+4"}, {Key: "MIIMonitorSec", Value: ".1"}, {Key: "UpDelaySec", Value: ".2"},
				{Key: "DownDelaySec", Value: ".2"}, {Key: "Mode", Value: mode}, {Key: "LACPTransmitRate", Value: "fast"}}}},
			NetworkManager: []netconf.Section{{Name: "bond", Settings: []netconf.Setting{
				{Key: "xmit_hash_policy", Value: "layer3+4"}, {Key: "miimon", Value: "100"}, {Key: "updelay", Value: "200"},
				{Key: "downdelay", Value: "200"}, {Key: "mode", Value: mode}, {Key: "lacp_rate", Value: "fast"}}}},
		}},
	}
}

// vlan is a network that no provider of today makes, with the parent by name and by MAC.
func vlan() *netconf.Config {
	device := func(name string, settings ...netconf.Setting) netconf.Device {
		return netconf.Device{
			Name: name, Kind: netconf.VLAN, MAC: "02:00:00:00:03:01",
			Networkd:       []netconf.Section{{Name: "VLAN", Settings: settings[:1]}},
			NetworkManager: []netconf.Section{{Name: "other", Settings: settings}, {Name: "vlan", Settings: settings}},
		}
	}
	return &netconf.Config{
		Interfaces: []netconf.Interface{{Name: "eth0", Priority: 1200, DHCP: netconf.DHCPBoth}},
		Devices: []netconf.Device{
			device("vlan7", netconf.Setting{Key: "id", Value: "7"}, netconf.Setting{Key: "parent", Value: "eth0"}),
			device("vlan8", netconf.Setting{Key: "id", Value: "8"}),
			{Name: "bond1", Kind: netconf.Bond, MAC: "02:00:00:00:03:02"},
		},
	}
}

// files returns the units and profiles of a configuration by name.
func files(t *testing.T, c *netconf.Config) map[string]string {
	t.Helper()
	out := map[string]string{}
	units, err := c.Networkd()
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range units {
		out["networkd/"+u.Name] = string(u.Data)
	}
	profiles, err := c.NetworkManager(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range profiles {
		out["nm/"+p.Name] = string(p.Data)
	}
	return out
}

// TestProviders compares with what Afterburn 5.11.0 wrote for the same metadata, vlan
// excepted.
func TestProviders(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/providers.txtar")
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := split(archive)
	for name, c := range map[string]*netconf.Config{"digitalocean": digitalocean(), "packet": packet(t), "vlan": vlan()} {
		t.Run(name, func(t *testing.T) { same(t, files(t, c), cases[name]) })
	}
}

func TestOrderAndLast(t *testing.T) {
	c := packet(t)
	c.Interfaces = append(c.Interfaces, netconf.Interface{Name: "eth0", Priority: 3, MAC: "02:00:00:00:00:01"},
		netconf.Interface{Name: "eth0", Priority: 3, MAC: "02:00:00:00:00:02"})
	c.Devices = append(c.Devices, netconf.Device{Name: "vlan7", Kind: netconf.VLAN})
	profiles, err := c.NetworkManager(nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range profiles {
		names = append(names, strings.TrimSuffix(p.Name, ".nmconnection"))
	}
	if got, want := strings.Join(names, " "), "bond0 02:00:00:00:01:01 02:00:00:00:01:02 pci-* eth0 vlan7"; got != want {
		t.Errorf("profiles %s, want %s", got, want)
	}
	if last := string(profiles[4].Data); !strings.Contains(last, "mac-address=02:00:00:00:00:02") {
		t.Errorf("of two profiles the first is there:\n%s", last)
	}
	if units, _ := c.Networkd(); units[len(units)-1].Name != "10-vlan7.netdev" {
		t.Errorf("last unit %s", units[len(units)-1].Name)
	}
}
