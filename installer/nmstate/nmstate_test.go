package nmstate_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/nmstate"
)

func TestUnsupported(t *testing.T) {
	const eth = "interfaces: [{name: e, type: ethernet, %s}]"
	for _, state := range []string{
		"route-rules: {config: [{ip-to: 192.0.2.0/24, route-table: 200}]}",
		"ovs-db: {external_ids: {a: b}}",
		"ovn: {bridge-mappings: []}",
		"hostname: {config: host.example}",
		"routes: {config: [{destination: 192.0.2.0/24, next-hop-interface: e, vrf-name: v}]}",
		"interfaces: [{name: ovs0, type: ovs-bridge, bridge: {port: [{name: e}]}}]",
		"interfaces: [{name: v, type: vrf, vrf: {port: [e], route-table-id: 100}}]",
		"interfaces: [{name: v, type: vxlan, vxlan: {base-iface: e, id: 1}}]",
		"interfaces: [{name: v, type: veth, veth: {peer: w}}]",
		"interfaces: [{name: lo, type: loopback}]",
		"interfaces: [{name: w, type: wifi}]",
		"interfaces: [{name: br0, type: linux-bridge, bridge: {options: {group-addr: '01:80:C2:00:00:0A'}}}]",
		fmt.Sprintf(eth, "ethtool: {feature: {rx-gro: true}}"),
		fmt.Sprintf(eth, "802.1x: {identity: me}"),
		fmt.Sprintf(eth, "mptcp: {address-flags: [signal]}"),
		fmt.Sprintf(eth, "ovs-db: {external_ids: {}}"),
		fmt.Sprintf(eth, "dispatch: {post-activation: ls}"),
		fmt.Sprintf(eth, "alt-names: [{name: x}]"),
		fmt.Sprintf(eth, "copy-mac-from: f"),
		fmt.Sprintf(eth, "identifier: pci-address, pci-address: '0000:00:01.0'"),
		fmt.Sprintf(eth, "ethernet: {sr-iov: {total-vfs: 2}}"),
		fmt.Sprintf(eth, "state: unknown"),
		fmt.Sprintf(eth, "ipv4: {enabled: true, address: [{ip: 192.0.2.1, prefix-length: 24, mptcp-flags: [signal]}]}"),
		fmt.Sprintf(eth, `profile-name: "a\nb"`),
		fmt.Sprintf(eth, `profile-name: a/b`),
		"interfaces: [{name: ../../etc/passwd, type: ethernet}]",
		"interfaces: [{name: bond0, type: bond, link-aggregation: {mode: active-backup, port: [../x]}}]",
		`interfaces: [{name: bond0, type: bond, link-aggregation: {mode: active-backup, options: {primary: "a\n[user]"}}}]`,
		"interfaces: [{name: !!binary ZQ==, type: ethernet}]",
		"dns-resolver: {config: {search: ['a;b']}}",
	} {
		files, err := nmstate.Generate([]byte(state))
		require.ErrorIs(t, err, nmstate.ErrNotSupported, state)
		require.ErrorContains(t, err, "generating configuration from nmstate: ", state)
		require.ErrorContains(t, err, "not supported", state)
		require.Empty(t, files)
	}
}

func TestUnknownFields(t *testing.T) {
	for _, state := range []string{
		"x: 1",
		"hostname: {x: 1}",
		"dns-resolver: {running: {x: 1}}",
		"routes: {config: [{state: ignore, x: 1}, {x: 1}]}",
		"interfaces: [{name: e, lldp: {enabled: true, x: 1}}]",
		"interfaces: [{name: e, ethernet: {x: 1}}]",
		"interfaces: [{name: e, state: absent, x: 1}]",
		"interfaces: [{name: e, vlan: {}}]",
		"interfaces: [{name: e, type: dummy, ethernet: {}}]",
		"interfaces: [{name: b, type: bond, link-aggregation: {mode: 0, ports-config: [{name: e, x: 1}]}}]",
		"interfaces: [{name: b, type: linux-bridge, bridge: {port: [{name: e, vlan: {mode: trunk, trunk-tags: [{id: 1, x: 1}]}}]}}]",
		"interfaces: [{name: v, type: vlan, vlan: {base-iface: e, id: 1, egress-qos-map: [{from: 1, to: 1, x: 1}]}}]",
		"interfaces: [{name: e, ipv4: {address: [{ip: 192.0.2.1, prefix-length: 24, x: 1}]}}]",
		"interfaces: [{name: e, <<: {mtu: 1400}}]",
	} {
		_, err := nmstate.Generate([]byte(state))
		require.ErrorContains(t, err, "parsing nmstate: ", state)
		require.ErrorContains(t, err, "unknown field", state)
	}
}

// libnmstate keeps one of them only.
func TestRoutesWithTwoMetrics(t *testing.T) {
	files, err := nmstate.Generate([]byte(`
interfaces: [{name: e, type: ethernet, ipv4: {enabled: true, dhcp: true}}]
routes:
  config:
  - {destination: 198.51.100.0/24, next-hop-address: 192.0.2.1, next-hop-interface: e, metric: 20}
  - {destination: 198.51.100.0/24, next-hop-address: 192.0.2.1, next-hop-interface: e, metric: 10}
  - {destination: 198.51.100.0/24, next-hop-address: 192.0.2.1, next-hop-interface: e, metric: 20}
`))
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.Contains(t, string(files[0].Data), "route0=198.51.100.0/24,192.0.2.1,10\n")
	require.Contains(t, string(files[0].Data), "route1=198.51.100.0/24,192.0.2.1,20\n")
	require.NotContains(t, string(files[0].Data), "route2")
}

func TestDescriptionIsEscaped(t *testing.T) {
	files, err := nmstate.Generate([]byte(`interfaces: [{name: e, type: ethernet, description: " a\\b\nmethod=auto"}]`))
	require.NoError(t, err)
	require.Contains(t, string(files[0].Data), `nmstate.interface.description=\sa\\b\nmethod=auto`+"\n")
}

func TestBounds(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	for name, c := range map[string]struct{ state, want string }{
		"aliases":        {bomb, "the state has more than 200000 values"},
		"depth":          {"interfaces: " + strings.Repeat("[", 100) + strings.Repeat("]", 100), "more than 64 levels"},
		"size":           {"# " + strings.Repeat("x", 5<<20), "the state has more than 4194304 bytes"},
		"circular alias": {"interfaces: &a [*a]", ""},
	} {
		_, err := nmstate.Generate([]byte(c.state))
		require.ErrorContains(t, err, "parsing nmstate: ", name)
		require.ErrorContains(t, err, c.want, name)
	}
}

// Each of these would take minutes if something were looked for in a list each time.
func TestLinearTime(t *testing.T) {
	var ports, chain, routes strings.Builder
	for n := range 12_000 {
		fmt.Fprintf(&ports, "{name: p%d, vlan: {mode: access, tag: 5}},", n)
		fmt.Fprintf(&routes, "{destination: 10.%d.%d.0/24, next-hop-interface: e},", n>>8, n&255)
		fmt.Fprintf(&chain, "- {name: b%d, type: bond, link-aggregation: {mode: 1, port: [b%d]}}\n", n, n+1)
	}
	for _, state := range []string{
		"interfaces: [{name: br0, type: linux-bridge, bridge: {port: [" + ports.String() + "]}}]",
		"interfaces:\n" + chain.String(),
		"interfaces: [{name: e, type: dummy, ipv4: {enabled: true}}]\nroutes: {config: [" + routes.String() + "]}",
	} {
		start := time.Now()
		_, err := nmstate.Generate([]byte(state))
		require.NoError(t, err)
		require.Less(t, time.Since(start), 2*time.Minute)
	}
}

// FuzzGenerate checks that what comes out has the shape of keyfiles and cannot hold more
// than was meant: one group of each name, no unknown ones, and that it is reproducible.
func FuzzGenerate(f *testing.F) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	require.NoError(f, err)
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		require.NoError(f, err)
		for _, c := range archive.Files {
			if strings.HasSuffix(c.Name, "/state") {
				f.Add(c.Data)
			}
		}
	}
	groups := []string{"connection", "bond", "bond-port", "bridge", "bridge-port", "ipv4", "ipv6", "ethernet", "vlan", "user"}
	f.Fuzz(func(t *testing.T, state []byte) {
		first, err := nmstate.Generate(state)
		if err != nil {
			require.Empty(t, first)
			return
		}
		again, err := nmstate.Generate(state)
		require.NoError(t, err)
		require.Equal(t, first, again)
		for _, file := range first {
			require.False(t, strings.ContainsAny(file.Name, "/\x00\n"))
			require.NoError(t, checkShape(file.Data, groups))
		}
	})
}

func checkShape(data []byte, groups []string) error {
	next := 0
	for _, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		text := string(line)
		switch {
		case strings.HasPrefix(text, "["):
			for next < len(groups) && text != "["+groups[next]+"]" {
				next++
			}
			if next++; next > len(groups) {
				return errors.New("unexpected " + text)
			}
		case text != "" && (strings.HasPrefix(text, "=") || !strings.Contains(text, "=")):
			return fmt.Errorf("strange line %q in %q", text, data)
		}
	}
	return nil
}
