package netconf_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"github.com/nestos-dev/nestos/afterburn/netconf"
)

// fuzz runs a parser on the documents of testdata and what becomes of them. What is
// parsed must be written as files without surprises in names and lines, and twice the
// same.
func fuzz(f *testing.F, format string) {
	for name := range formats {
		archive, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if filepath.Base(file.Name) == "in" {
				f.Add(file.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := formats[format].parse(data, nil)
		if err != nil {
			if c != nil || len(err.Error()) > 4096 {
				t.Fatalf("%v with %v", err, c)
			}
			return
		}
		for _, style := range []netconf.KargStyle{netconf.KubeVirtKargs, netconf.ProxmoxKargs} {
			checkKargs(t, c.Kargs(style))
		}
		checkNetplan(t, c)
		units, err := c.Networkd()
		if err != nil {
			return // an interface without identifier
		}
		profiles, err := c.NetworkManager(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range append(units, profiles...) {
			checkFile(t, file)
		}
		if once, again := outputs(format, data), outputs(format, data); !maps.Equal(once, again) {
			t.Fatalf("%v\nthen\n%v", once, again)
		}
	})
}

func checkFile(t *testing.T, f netconf.File) {
	t.Helper()
	if strings.ContainsAny(f.Name, "/\x00\n") || len(f.Name) > 255 || f.Name != filepath.Base(f.Name) {
		t.Fatalf("file name %q", f.Name)
	}
	section := false
	for line := range strings.Lines(string(f.Data)) {
		switch line = strings.TrimSuffix(line, "\n"); {
		case line == "":
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			section = true
		case !section || !strings.Contains(line, "=") || strings.ContainsAny(line, "\r\x00"):
			t.Fatalf("%s: line %q", f.Name, line)
		}
	}
}

func checkKargs(t *testing.T, args string) {
	t.Helper()
	for arg := range strings.SplitSeq(args, " ") {
		if args != "" && !strings.HasPrefix(arg, "ip=") && !strings.HasPrefix(arg, "rd.route=") && !strings.HasPrefix(arg, "nameserver=") {
			t.Fatalf("argument %q in %q", arg, args)
		}
	}
	if strings.ContainsAny(args, "\n\r\t\x00") {
		t.Fatalf("%q", args)
	}
}

// checkNetplan reads our YAML back and expects exactly the interfaces with names.
func checkNetplan(t *testing.T, c *netconf.Config) {
	t.Helper()
	names := map[string]bool{}
	for _, i := range c.Interfaces {
		if i.Name != "" {
			names[i.Name] = true
		}
	}
	out := c.Netplan(netconf.NetplanOptions{Version2: true, Routes: true})
	var doc struct {
		Network struct {
			Version   int
			Ethernets map[string]struct {
				DHCP4, DHCP6 bool
				Addresses    []string
				Routes       []struct{ To, Via string }
				Nameservers  struct{ Addresses []string }
			}
		}
	}
	if err := yaml.Unmarshal(out, &doc); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(doc.Network.Ethernets) != len(names) || doc.Network.Version != 2 {
		t.Fatalf("%d interfaces of %d in\n%s", len(doc.Network.Ethernets), len(names), out)
	}
	for name := range doc.Network.Ethernets {
		if !names[name] {
			t.Fatalf("name %q in\n%s", name, out)
		}
	}
}

func FuzzHetzner(f *testing.F)   { fuzz(f, "hetzner") }
func FuzzProxmox(f *testing.F)   { fuzz(f, "proxmox") }
func FuzzNoCloud(f *testing.F)   { fuzz(f, "nocloud") }
func FuzzOpenStack(f *testing.F) { fuzz(f, "openstack") }
func FuzzClassic(f *testing.F)   { fuzz(f, "classic") }

// FuzzFormatNetplan: what is written is read back as what was read.
func FuzzFormatNetplan(f *testing.F) {
	for _, seed := range []string{
		`{"network":{"ethernets":{"nics":{"match":{"name":"ens*"}}}},"x":0}`, "network: [[1, [2, {a: [b]}]], 1.5, .inf, ~, 'x']",
		"network: {a: \"x\\ny\\n\", b: &a [1], c: *a}", "network: {? a : b, 1e3: 0x1f, '': |+\n  x\n\n}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := netconf.FormatNetplan(data)
		if err != nil {
			return
		}
		again, err := netconf.FormatNetplan(out)
		if err != nil || string(again) != string(out) {
			t.Fatalf("%v\n%q\nthen\n%q", err, out, again)
		}
	})
}

// FuzzAddresses: what the parsers of addresses take, they print in a form that they
// take again and that means the same.
func FuzzAddresses(f *testing.F) {
	for _, seed := range [][2]string{{"203.0.113.10", "255.255.240.0"}, {"2001:db8::1/64", "64"}, {"2:0:0:0:0:A", "ffff::"}, {"10.0.0.1/255.0.0.0", ""}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if x, err := netconf.ParseAddr(a); err == nil {
			if y, err := netconf.ParseAddr(x.String()); err != nil || x != y {
				t.Fatalf("%q: %v, %v, %v", a, x, y, err)
			}
		}
		if x, err := netconf.ParsePrefix(a); err == nil {
			if y, err := netconf.ParsePrefix(x.String()); err != nil || x != y {
				t.Fatalf("%q: %v, %v, %v", a, x, y, err)
			}
		}
		if x, err := netconf.ParsePrefixMask(a, b); err == nil && !x.IsValid() {
			t.Fatalf("%q %q: %v", a, b, x)
		}
		if x, err := netconf.ParseMAC(a); err == nil {
			if y, err := netconf.ParseMAC(x); err != nil || x != y || len(x) != 17 {
				t.Fatalf("%q: %v, %v, %v", a, x, y, err)
			}
		}
	})
}
