package netconf_test

import (
	"errors"
	"flag"
	"log/slog"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/nestos-dev/nestos/afterburn/netconf"
)

var update = flag.Bool("update", false, "write what the package does to testdata, to be reviewed")

// formats are the parsers by the name of their archive in testdata.
var formats = map[string]struct {
	parse   func([]byte, *slog.Logger) (*netconf.Config, error)
	kargs   *netconf.KargStyle
	netplan *netconf.NetplanOptions
}{
	"hetzner":   {netconf.ParseHetzner, nil, &netconf.NetplanOptions{Version2: true, Routes: true}},
	"proxmox":   {netconf.ParseProxmox, style(netconf.ProxmoxKargs), &netconf.NetplanOptions{}},
	"nocloud":   {netconf.ParseNoCloud, style(netconf.KubeVirtKargs), nil},
	"openstack": {netconf.ParseOpenStack, style(netconf.KubeVirtKargs), nil},
	"classic":   {parseClassic, nil, nil},
}

func style(s netconf.KargStyle) *netconf.KargStyle { return &s }

func parseClassic(data []byte, _ *slog.Logger) (*netconf.Config, error) {
	return netconf.ParseClassic(data)
}

// outputs returns all that is made of a document, by file name as in testdata.
func outputs(format string, data []byte) map[string]string {
	f := formats[format]
	out := map[string]string{}
	fail := func(err error) map[string]string {
		text := err.Error() + "\n"
		if errors.Is(err, netconf.ErrDecode) {
			text += "(cannot be decoded)\n"
		}
		return map[string]string{"error": text}
	}
	c, err := f.parse(data, nil)
	if err != nil {
		return fail(err)
	}
	units, err := c.Networkd()
	if err != nil {
		return fail(err)
	}
	for _, u := range units {
		out["networkd/"+u.Name] = string(u.Data)
	}
	profiles, err := c.NetworkManager(nil)
	if err != nil {
		return fail(err)
	}
	for _, p := range profiles {
		out["nm/"+p.Name] = string(p.Data)
	}
	if f.kargs != nil && c.Kargs(*f.kargs) != "" {
		out["kargs"] = c.Kargs(*f.kargs) + "\n"
	}
	if f.kargs != nil && *f.kargs == netconf.KubeVirtKargs && out["kargs"] != "" {
		out["kargs511"] = c.Kargs(netconf.KubeVirt511Kargs) + "\n"
	}
	if f.netplan != nil {
		out["netplan"] = string(c.Netplan(*f.netplan))
	}
	return out
}

// TestDocuments compares with what the real program makes of the documents. Profiles
// are compared where the archive holds any for the case.
func TestDocuments(t *testing.T) {
	for format := range formats {
		name := filepath.Join("testdata", format+".txtar")
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		cases, order := split(archive)
		next := &txtar.Archive{Comment: archive.Comment}
		for _, c := range order {
			want := cases[c]
			got := outputs(format, []byte(want["in"]))
			if !slices.ContainsFunc(slices.Collect(maps.Keys(want)), func(n string) bool { return strings.HasPrefix(n, "nm/") }) {
				maps.DeleteFunc(got, func(n, _ string) bool { return strings.HasPrefix(n, "nm/") })
			}
			for _, keep := range []string{"in", "reference"} {
				if text, found := want[keep]; found {
					got[keep] = text
				}
			}
			t.Run(format+"/"+c, func(t *testing.T) { same(t, got, want) })
			for _, n := range sorted(got) {
				next.Files = append(next.Files, txtar.File{Name: c + "/" + n, Data: []byte(got[n])})
			}
		}
		if *update {
			if err := os.WriteFile(name, txtar.Format(next), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// split returns the files of an archive by case, and the cases in order.
func split(a *txtar.Archive) (map[string]map[string]string, []string) {
	cases := map[string]map[string]string{}
	var order []string
	for _, f := range a.Files {
		c, name, _ := strings.Cut(f.Name, "/")
		if cases[c] == nil {
			cases[c] = map[string]string{}
			order = append(order, c)
		}
		cases[c][name] = string(f.Data)
	}
	return cases, order
}

// sorted returns the names of a case's files, the input first.
func sorted(files map[string]string) []string {
	rank := func(n string) int {
		return strings.Index("in reference error networkd nm kargs511 kargs netplan", strings.Split(n, "/")[0])
	}
	return slices.SortedFunc(maps.Keys(files), func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, n := range sorted(want) {
		if g, found := got[n]; !found {
			t.Errorf("no %s, want\n%s", n, want[n])
		} else if g != want[n] {
			t.Errorf("%s is\n%s\nwant\n%s", n, g, want[n])
		}
	}
	for _, n := range sorted(got) {
		if _, found := want[n]; !found {
			t.Errorf("unexpected %s\n%s", n, got[n])
		}
	}
}

// TestModes: profiles hold secrets for others than us, and NetworkManager ignores
// those that others can read.
func TestModes(t *testing.T) {
	c := &netconf.Config{Interfaces: []netconf.Interface{{Name: "eth0"}}}
	units, err := c.Networkd()
	if err != nil || len(units) != 1 || units[0].Mode != 0o644 || path.Ext(units[0].Name) != ".network" {
		t.Errorf("units %v, %v", units, err)
	}
	profiles, err := c.NetworkManager(nil)
	if err != nil || len(profiles) != 1 || profiles[0].Mode != 0o600 {
		t.Errorf("profiles %v, %v", profiles, err)
	}
}
