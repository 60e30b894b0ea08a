package netconf_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/nestos-dev/nestos/afterburn/netconf"
)

// TestNetplanKeys compares the quoting of names with the real program's.
func TestNetplanKeys(t *testing.T) {
	f, err := os.Open("testdata/yaml-keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		in, want, found := strings.Cut(lines.Text(), "\t")
		if !found {
			continue // a comment
		}
		var name string
		if err := json.Unmarshal([]byte(in), &name); err != nil {
			t.Fatalf("%s: %v", in, err)
		}
		c := netconf.Config{Interfaces: []netconf.Interface{{Name: name}}}
		if got := string(c.Netplan(netconf.NetplanOptions{})); got != "network:\n  ethernets:\n    "+want+": {}\n" {
			t.Errorf("%s is\n%swant %s", in, got, want)
		}
		n++
	}
	if n < 150 {
		t.Errorf("only %d names", n)
	}
}

// TestNetplanAddresses: an address that ends in a colon needs quotes, no other does.
func TestNetplanAddresses(t *testing.T) {
	c := netconf.Config{Interfaces: []netconf.Interface{{
		Name: "eth0", Addresses: []netip.Prefix{prefix("2001:db8::/64"), prefix("::1/128")},
		Routes:      []netconf.Route{to("::/0", "2001:db8::")},
		Nameservers: []netip.Addr{addr("::"), addr("::1"), addr("2001:db8::"), addr("1.1.1.1")},
	}}}
	const want = `network:
  version: 2
  ethernets:
    eth0:
      addresses:
      - 2001:db8::/64
      - ::1/128
      routes:
      - to: ::/0
        via: '2001:db8::'
      nameservers:
        addresses:
        - '::'
        - ::1
        - '2001:db8::'
        - 1.1.1.1
`
	if got := string(c.Netplan(netconf.NetplanOptions{Version2: true, Routes: true})); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := string(new(netconf.Config).Netplan(netconf.NetplanOptions{})); got != "network:\n  ethernets: {}\n" {
		t.Errorf("nothing is %q", got)
	}
}

// TestNetplanNames: whatever the name, a YAML parser reads it back as one key.
func TestNetplanNames(t *testing.T) {
	for _, name := range append(bad, "a: b", "x\n  eth1: {dhcp4: true}", "\"", "'", "\\", "\t", "\u00a0", "\ufeff", "\U0001F600", strings.Repeat("k", 300)) {
		name = strings.ToValidUTF8(name, "?")
		c := netconf.Config{Interfaces: []netconf.Interface{{Name: name, DHCP: netconf.DHCPv4}}}
		out := c.Netplan(netconf.NetplanOptions{Version2: true})
		var doc struct {
			Network struct {
				Ethernets map[string]struct{ DHCP4 bool }
			}
		}
		if err := yaml.Unmarshal(out, &doc); err != nil {
			t.Errorf("%q: %v\n%s", name, err, out)
		}
		if !doc.Network.Ethernets[name].DHCP4 || len(doc.Network.Ethernets) != 1 {
			t.Errorf("%q is\n%s", name, out)
		}
	}
}

func TestFormatNetplan(t *testing.T) {
	for in, want := range map[string]string{
		`{"network":{"ethernets":{"nics":{"match":{"name":"ens*"}}}},"x":0}`:                                                                    "network:\n  ethernets:\n    nics:\n      match:\n        name: ens*\n",
		"network: {version: 2, renderer: networkd, ethernets: {e: {dhcp4: True, mtu: 0x5dc, macaddress: '11:22:33:44:55:66', optional: null}}}": "network:\n  version: 2\n  renderer: networkd\n  ethernets:\n    e:\n      dhcp4: true\n      mtu: 1500\n      macaddress: 11:22:33:44:55:66\n      optional: null\n",
		"network: []": "network: []\n", "network: ~": "network: null\n", "network: 'true'": "network: 'true'\n",
		"network: [[1, [2, {a: [b, {c: d}]}]], {e: f, g: [h]}, []]":                                      "network:\n- - 1\n  - - 2\n    - a:\n      - b\n      - c: d\n- e: f\n  g:\n  - h\n- []\n",
		"network: [1.50, 1e3, .5, -0.0, 1e300, 1.5e-7, 0o17, 0b11, -0x10, .inf, -.INF, .NaN, 007, +5]":   "network:\n- 1.5\n- 1000.0\n- 0.5\n- -0.0\n- 1e300\n- 1.5e-7\n- 15\n- 3\n- -16\n- .inf\n- -.inf\n- .nan\n- '007'\n- 5\n",
		`{"network": {"a": "x\ny", "b": "x\ny\n", "c": "x\n\n", "d": " x\ny", "e": "x \ny", "f": "\n"}}`: "network:\n  a: |-\n    x\n    y\n  b: |\n    x\n    y\n  c: |+\n    x\n\n  d: |2-\n     x\n    y\n  e: \"x \\ny\"\n  f: |2+\n\n",
		"network: {a: &x [1], b: *x}":                         "network:\n  a:\n  - 1\n  b:\n  - 1\n",
		"network: {" + strings.Repeat("k", 129) + ": {a: b}}": "network:\n  ? " + strings.Repeat("k", 129) + "\n  : a: b\n",
	} {
		out, err := netconf.FormatNetplan([]byte(in))
		if err != nil || string(out) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", in, err, out, want)
		}
		var a, b struct{ Network any }
		if err := errors.Join(yaml.Unmarshal([]byte(in), &a), yaml.Unmarshal(out, &b)); err != nil {
			t.Errorf("%s: %v", in, err)
		}
	}
	for in, want := range map[string]string{
		"": "no 'network' key found", "[]": "no 'network' key found", "{net: 1}": "no 'network' key found",
		"network: {a: 1, a: 2}": "duplicate", "network: !foo x": "not supported", "network: {a: *x}": "decode",
	} {
		if out, err := netconf.FormatNetplan([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s, %v", in, out, err)
		}
	}
}
