package netconf_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/nestos-dev/nestos/afterburn/netconf"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// parsed returns the configuration of a case in testdata.
func parsed(t *testing.T, format, name string) *netconf.Config {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", format+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := split(archive)
	c, err := formats[format].parse([]byte(cases[name]["in"]), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNetplanReads gives our YAML to netplan (Debian's netplan.io).
func TestNetplanReads(t *testing.T) {
	netplan := testutil.Tool(t, "netplan")
	for name, want := range map[string][]string{
		"hetzner/example":                   {"DHCP=ipv4", "Address=2001:db8:b::1/64", "Gateway=fe80::1", "DNS=2001:db8:53::1"},
		"hetzner/both-families-and-private": {"DHCP=yes", "Address=203.0.113.7/32", "Gateway=172.31.1.1", "DNS=185.12.64.1", "DNS=2001:db8::\n"},
		"proxmox/two-interfaces":            {"DHCP=ipv4", "Address=10.0.0.1/24", "DNS=192.0.2.53", "DNS=2001:db8::53", "Address=2001:db8::1/64"},
	} {
		format, name, _ := strings.Cut(name, "/")
		root := t.TempDir()
		file := filepath.Join(root, "etc/netplan/50-afterburn.yaml")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, parsed(t, format, name).Netplan(*formats[format].netplan), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(netplan, "generate", "--root-dir", root).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		var units strings.Builder
		list, _ := filepath.Glob(filepath.Join(root, "run/systemd/network/*.network"))
		for _, unit := range list {
			data, _ := os.ReadFile(unit)
			units.Write(data)
		}
		for _, line := range want {
			if !strings.Contains(units.String(), line) {
				t.Errorf("%s: no %q in\n%s", name, line, units.String())
			}
		}
	}
}

// TestNetworkManagerReads gives our profiles to nmcli (Debian's network-manager),
// which reads one, changes it and prints it.
func TestNetworkManagerReads(t *testing.T) {
	nmcli := testutil.Tool(t, "nmcli")
	configs := map[string]*netconf.Config{
		"digitalocean": digitalocean(), "packet": packet(t), "vlan": vlan(),
		"hetzner": parsed(t, "hetzner", "example"), "kubevirt": parsed(t, "nocloud", "v1"),
		"escapes": {Interfaces: []netconf.Interface{{Name: " a b", MAC: "02:00:00:00:00:01"}}},
	}
	for name, c := range configs {
		profiles, err := c.NetworkManager(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range profiles {
			if string(p.Name) == "vlan8.nmconnection" {
				continue // a VLAN with a MAC for its parent is for NetworkManager to find
			}
			cmd := exec.Command(nmcli, "--offline", "connection", "modify", "connection.zone", "test")
			cmd.Stdin = bytes.NewReader(p.Data)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil || stderr.Len() > 0 {
				t.Errorf("%s/%s: %v\n%s", name, p.Name, err, stderr.Bytes())
			}
			// What NetworkManager writes has all our addresses, servers and identifiers.
			for line := range strings.Lines(string(p.Data)) {
				key, value, found := strings.Cut(strings.TrimSpace(line), "=")
				if !found || !strings.HasPrefix(key, "address") && key != "gateway" && key != "dns" && key != "id" {
					continue
				}
				for part := range strings.SplitSeq(value, ";") {
					if !strings.Contains(string(out), part) {
						t.Errorf("%s/%s: %s is lost in\n%s", name, p.Name, line, out)
					}
				}
			}
		}
	}
}

// TestInitrdGeneratorReads gives our kernel arguments to the generator that
// NetworkManager has in the initramfs.
func TestInitrdGeneratorReads(t *testing.T) {
	generator := testutil.Tool(t, "/usr/lib/NetworkManager/nm-initrd-generator")
	for name, want := range map[string][]string{
		"nocloud/v1": {"interface-name=eth0", "address1=198.51.100.4/24", "dns=198.51.100.53;", "address1=2001:db8::4/64", "dns=2001:db8::53;",
			"route1=0.0.0.0/0,198.51.100.1", "route1=::/0,fe80::1", "interface-name=eth1", "method=auto"},
		"proxmox/two-interfaces": {"address1=10.0.0.1/24", "address1=2001:db8::1/64,fe80::1", "dns=192.0.2.53;", "dns=2001:db8::53;"},
		"proxmox/dhcp-of-both":   {"method=auto"},
	} {
		format, name, _ := strings.Cut(name, "/")
		args := parsed(t, format, name).Kargs(*formats[format].kargs)
		cmd := exec.Command(generator, append([]string{"-s", "--"}, strings.Fields(args)...)...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil || strings.Contains(stderr.String(), "warn") {
			t.Errorf("%s: %v\n%s", args, err, stderr.Bytes())
		}
		for _, line := range want {
			if !strings.Contains(string(out)+stderr.String(), line) {
				t.Errorf("%s: no %q in\n%s", args, line, out)
			}
		}
	}
}

// networkdScript runs systemd-networkd for a moment in namespaces of its own, on a
// pair of virtual interfaces, and prints what it configured.
const networkdScript = `
mount --make-rprivate / && mount -t tmpfs none /run && mkdir -p /run/systemd/network
echo nspawn > /run/systemd/container
cp "$UNITS"/* /run/systemd/network/
mount -t sysfs -o ro none /sys || exit 77
ip link set lo up
ip link add eth0 address 02:00:00:00:00:0a type veth peer name eth1 address 02:00:00:00:00:0b || exit 77
"$NETWORKD" 2>&1 &
for n in $(seq 1200); do
	sleep 0.1
	ip addr show | grep -qF "$LAST" && ip -6 route | grep -q '^default' && break
done
ip addr show; ip route; ip -6 route
kill $!; wait $!; exit 0
`

// TestNetworkdReads lets systemd-networkd set up what DigitalOcean's units say
// (Debian's systemd and iproute2).
func TestNetworkdReads(t *testing.T) {
	testutil.Root(t)
	testutil.Namespaces(t, "--net", "--mount", "--pid")
	networkd, unshare, sh := testutil.Tool(t, "systemd-networkd"), testutil.Tool(t, "unshare"), testutil.Tool(t, "sh")
	testutil.Tool(t, "ip")
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	units, err := digitalocean().Networkd()
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range units {
		if err := os.WriteFile(filepath.Join(dir, u.Name), u.Data, u.Mode); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(unshare, "-n", "-m", "-p", "-f", "--kill-child", sh, "-c", networkdScript)
	cmd.Env = append(os.Environ(), "UNITS="+dir, "NETWORKD="+networkd, "LAST=10.110.0.3/20")
	out, err := cmd.CombinedOutput()
	if err != nil {
		if fmt.Sprint(err) == "exit status 77" {
			t.Skipf("no namespaces or virtual interfaces: %s", out)
		}
		t.Fatalf("%v\n%s", err, out)
	}
	for _, line := range []string{"inet 203.0.113.10/20", "inet 10.19.0.6/16", "inet6 2001:db8:a::10/64", "inet 10.110.0.3/20",
		"default via 203.0.112.1 dev eth0", "default via 2001:db8:a::1 dev eth0"} {
		if !strings.Contains(string(out), line) {
			t.Errorf("no %q in\n%s", line, out)
		}
	}
}
