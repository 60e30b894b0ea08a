package nmstate_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/nestos-dev/nestos/installer/nmstate"
)

var random = flag.Int("random", 300, "number of random states that are compared with -reference")

// TestRandomStates makes states of many supported parts and compares with the reference.
// Where both take a state, files must be the same; what the reference refuses must be refused;
// what only this package refuses must say "not supported" or one of the reasons that the
// package documentation lists.
func TestRandomStates(t *testing.T) {
	if *reference == "" {
		t.Skip("needs -reference")
	}
	strictReasons := []string{"out of range", "IP version of the destination", " twice", "overbooked", "desired controller", "but is a port of", "cannot have IP enabled", "but not listed in port list", "missing field `destination`", "duplicate field"}
	accepted := 0
	for seed := range uint64(*random) {
		state := (&generator{rand.New(rand.NewPCG(seed, 1))}).state()
		want := ask(t, []byte(state))
		refused := len(want) == 1 && want[0].Name == "refused"
		got, err := nmstate.Generate([]byte(state))
		switch {
		case err == nil && refused:
			t.Errorf("seed %d: accepted, but the reference says %s%s", seed, want[0].Data, state)
		case err != nil && refused:
		case err != nil:
			ok := errors.Is(err, nmstate.ErrNotSupported)
			for _, reason := range strictReasons {
				ok = ok || strings.Contains(err.Error(), reason)
			}
			if !ok {
				t.Errorf("seed %d: %v\n%s", seed, err, state)
			}
		default:
			accepted++
			var a, b strings.Builder
			for _, f := range want {
				fmt.Fprintf(&a, "-- %s --\n%s", f.Name, f.Data)
			}
			for _, f := range got {
				fmt.Fprintf(&b, "-- %s --\n%s", f.Name, f.Data)
			}
			if a.String() != b.String() {
				assert.Equal(t, a.String(), b.String(), "seed %d: %s", seed, state)
			}
		}
	}
	t.Logf("%d of %d states were accepted by both", accepted, *random)
}

type generator struct{ *rand.Rand }

func (g *generator) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

// fields joins "key: value" pairs, each of which is there by chance.
func (g *generator) fields(percent int, pairs ...string) string {
	var list []string
	for _, p := range pairs {
		if g.chance(percent) {
			list = append(list, p)
		}
	}
	g.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return "{" + strings.Join(list, ", ") + "}"
}

func (g *generator) bool() string {
	return g.pick("true", "true", "false", "\"true\"", "\"no\"", "1", "0")
}

func (g *generator) state() string {
	var b strings.Builder
	b.WriteString("interfaces:\n")
	names := []string{"eth0", "eth1", "eth2", "bond0", "br0", "eth0.7", "dummy0"}
	g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:1+g.IntN(len(names))] {
		fmt.Fprintf(&b, "- %s\n", g.iface(name))
	}
	if g.chance(50) {
		fmt.Fprintf(&b, "routes: {config: [%s]}\n", g.repeat(g.route))
	}
	if g.chance(50) {
		fmt.Fprintf(&b, "dns-resolver: {config: %s}\n", g.fields(60, "server: ["+g.repeat(g.server)+"]", "search: [b.example, a.example]", "options: [rotate]"))
	}
	return b.String()
}

func (g *generator) repeat(item func() string) string {
	var list []string
	for range g.IntN(4) {
		list = append(list, item())
	}
	return strings.Join(list, ", ")
}

func (g *generator) server() string {
	return g.pick("192.0.2.53", "192.0.2.54", `"2001:db8::53"`, `"2001:db8:0::54"`, `"fe80::1%eth0"`)
}

func (g *generator) route() string {
	v6 := g.chance(30)
	dest, via := g.pick("0.0.0.0/0", "198.51.100.7/24", "203.0.113.9", "10.0.0.0/8"), g.pick("192.0.2.1", "192.0.2.9", "0.0.0.0")
	if v6 {
		dest, via = g.pick(`"::/0"`, `"2001:DB8:1::/48"`, `"2001:db8::1"`), g.pick(`"2001:db8::ff"`, `"::"`, `"fe80::1"`)
	}
	always := fmt.Sprintf("{destination: %s, next-hop-interface: %s, ", dest, g.pick("eth0", "eth1", "bond0", "br0", "eth0.7"))
	return always + g.fields(30, "next-hop-address: "+via, "metric: "+g.pick("0", "-1", "100"), "table-id: "+g.pick("0", "254", "100"),
		"mtu: 1400", "cwnd: 10", "advmss: 1200", "quickack: "+g.bool(), "lock-mtu: "+g.bool(), "initcwnd: 3")[1:]
}

func (g *generator) iface(name string) string {
	kind := map[string]string{"bond0": "bond", "br0": "linux-bridge", "eth0.7": "vlan", "dummy0": "dummy"}[name]
	pairs := []string{"state: " + g.pick("up", "up", "up", "down", "absent", "ignore"), "mtu: " + g.pick("1500", "9000", `"1280"`, "1200"),
		"mac-address: " + g.pick(`"02:00:00:00:00:0a"`, `"02:00:00:00:00:0B"`), "ipv4: " + g.ip(false), "ipv6: " + g.ip(true),
		"lldp: {enabled: " + g.bool() + "}", "wait-ip: " + g.pick("any", "ipv4", "ipv6", "ipv4+ipv6"),
		"accept-all-mac-addresses: " + g.bool(), "profile-name: p-" + name, "description: some words"}
	var always string
	switch kind {
	case "bond":
		always = "link-aggregation: " + g.bond() + ", "
	case "linux-bridge":
		always = "bridge: " + g.bridge() + ", "
	case "vlan":
		always = "vlan: {base-iface: " + g.pick("eth0", "bond0") + ", id: 7, " + g.fields(30, "protocol: 802.1ad", "registration-protocol: "+g.pick("gvrp", "mvrp", "none"),
			"reorder-headers: "+g.pick("true", "false"), "loose-binding: "+g.pick("true", "false"), "egress-qos-map: [{from: 3, to: 2}, {from: 1, to: 7}]")[1:] + ", "
	case "":
		kind = "ethernet"
		if name == "eth0" && g.chance(40) {
			// Not the others: libnmstate loses settings of such ports.
			always = `identifier: mac-address, mac-address: "02:00:00:00:00:0c", `
			pairs[2], pairs[8] = "driver: virtio", "min-mtu: 68"
		}
		if g.chance(20) {
			always += "controller: " + g.pick("bond0", "br0", `""`) + ", "
			pairs[0] = "state: up" // libnmstate loses the controller of others
		}
	}
	return fmt.Sprintf("{name: %s, type: %s, %s%s", name, kind, always, g.fields(35, pairs...)[1:])
}

func (g *generator) ip(v6 bool) string {
	if v6 {
		dhcp := g.bool()
		return "{enabled: " + g.bool() + ", " + g.fields(40, "dhcp: "+dhcp, "autoconf: "+g.pick(dhcp, "false"), "auto-dns: "+g.bool(), "auto-routes: "+g.bool(), "auto-gateway: "+g.bool(),
			`address: [{ip: "`+g.pick("2001:db8::5", "fe80::5", "2001:DB8:0:1::9")+`", prefix-length: 64}, {ip: "2001:db8::6", prefix-length: "128"}]`, "auto-route-metric: 5",
			"dhcp-duid: "+g.pick("ll", "LLT", "en"), "addr-gen-mode: "+g.pick("eui64", "stable-privacy"), "auto-route-table-id: 9", "dhcp-custom-hostname: h.example")[1:]
	}
	return "{enabled: " + g.bool() + ", " + g.fields(40, "dhcp: "+g.bool(), "auto-dns: "+g.bool(), "auto-routes: "+g.bool(), "auto-gateway: "+g.bool(),
		"address: [{ip: 192.0.2."+g.pick("5", "6")+", prefix-length: 24}, {ip: 198.51.100.1, prefix-length: 32}]", "auto-route-metric: 5", "auto-route-table-id: 9",
		"dhcp-client-id: "+g.pick("ll", "iaid+duid", "01:02"), "dhcp-custom-hostname: "+g.pick("h", "h.example"), "dhcp-send-hostname: "+g.pick("true", "false"), "forwarding: "+g.pick("true", "false"))[1:]
}

func (g *generator) bond() string {
	ports := "port: [" + g.pick("eth1, eth2", "eth2", "eth3, eth2", "eth0.7", "") + "]"
	return "{mode: " + g.pick("active-backup", "802.3ad", "4", "balance-xor", "1") + ", " + g.fields(70, ports,
		"options: "+g.fields(20, "miimon: 100", "updelay: 5", "lacp_rate: "+g.pick("fast", "0"), "arp_interval: "+g.pick("0", "100"), "arp_ip_target: 192.0.2.1",
			"xmit_hash_policy: "+g.pick("layer2+3", "1"), "fail_over_mac: "+g.pick("none", "1"), "primary: eth2", "use_carrier: "+g.bool(), "num_grat_arp: 2", "arp_missed_max: 2"))[1:]
}

func (g *generator) bridge() string {
	port := func() string {
		return "{name: " + g.pick("eth1", "eth2", "eth3", "bond0") + ", " + g.fields(40, "stp-path-cost: 100", "stp-hairpin-mode: "+g.bool(),
			"vlan: "+g.pick("{}", "{mode: access, tag: 5}", "{mode: trunk, trunk-tags: [{id: 9}, {id-range: {min: 2, max: 4}}]}", "{mode: trunk, tag: 3, enable-native: true, trunk-tags: [{id: 2}]}"))[1:]
	}
	return g.fields(70, "port: ["+g.repeat(port)+"]", "options: "+g.fields(40, "mac-ageing-time: 300", "stp: {enabled: "+g.bool()+", priority: 100}", "vlan-default-pvid: "+g.pick("1", "2"),
		"multicast-snooping: "+g.bool(), "vlan-protocol: 802.1ad", "group-forward-mask: 8", "multicast-router: disabled"))
}
