package nmstate_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/nmstate"
)

// The golden files hold states and what coreos-installer 0.26 (libnmstate 2.2.62) makes of
// them: "<case>/state", then "<case>/<name>.nmconnection" for each keyfile, or
// "<case>/refused" with the reason. With -reference they are recorded anew:
//
//	go test -run Golden -reference /usr/bin/coreos-installer -iso live.iso
var (
	reference = flag.String("reference", "", "record the golden files with this coreos-installer")
	liveISO   = flag.String("iso", "", "live ISO with the feature live-initrd-network, for -reference")
)

// Cases of the golden files in which this package refuses what libnmstate takes, by intent.
var stricter = map[string]string{
	"base/speed":                  "speed and duplex without auto-negotiation are not supported",
	"base/twice":                  "interface eth1 is there twice",
	"base/duplicate-key":          "duplicate field `mtu`",
	"base/identifier-mac-without": "there is no MAC address",
	"bond/mac-fail-over":          "a MAC address with fail_over_mac active is not supported",
	"bond/controller-ethernet":    "a controller of type ethernet is not supported",
	"bridge/bridge-type":          "type bridge is not supported",
	"bridge/no-vlan-mode":         "VLAN filtering without mode is not supported",
	"bridge/range-backwards":      "range 103-102 runs backwards",
	"ip/token-static":             "a token without autoconf is not supported",
	"ip/lifetimes":                "a limited valid-life-time is not supported",
	"ip/v4-duid":                  "dhcp-duid is not allowed for IPv4",
	"ip/v6-client-id":             "dhcp-client-id is not allowed for IPv6",
	"routes/no-destination":       "missing field `destination`",
	"routes/next-hop-family":      "2001:db8::1 is not of the IP version of the destination",
	"routes/source-family":        "2001:db8::1 is not of the IP version of the destination",
	"routes/metric-huge":          "4294967296 is out of range",
	"routes/metric-negative":      "-2 is out of range",
	"routes/blackhole":            "route-type is not supported",
	"vlan/no-section":             "missing field `vlan`",
	"vlan/id-4095":                "4095 is out of range",
}

type goldenCase struct {
	name  string
	files []txtar.File // without the name of the case
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		cases := readGolden(t, file)
		if *reference != "" {
			record(t, file, cases)
		}
		for _, c := range cases {
			name := strings.TrimSuffix(filepath.Base(file), ".txtar") + "/" + c.name
			t.Run(name, func(t *testing.T) { checkGolden(t, name, c) })
		}
	}
}

func checkGolden(t *testing.T, name string, c goldenCase) {
	got, err := nmstate.Generate(c.files[0].Data)
	if want := stricter[name]; want != "" {
		require.ErrorContains(t, err, want)
		return
	}
	if len(c.files) == 2 && c.files[1].Name == "refused" {
		require.Error(t, err, "libnmstate says: %s", c.files[1].Data)
		return
	}
	require.NoError(t, err)
	var want, have bytes.Buffer
	for _, f := range c.files[1:] {
		fmt.Fprintf(&want, "-- %s --\n%s", f.Name, f.Data)
	}
	for _, f := range got {
		fmt.Fprintf(&have, "-- %s --\n%s", f.Name, f.Data)
	}
	require.Equal(t, want.String(), have.String())
}

func readGolden(t *testing.T, file string) []goldenCase {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	require.NoError(t, err)
	var cases []goldenCase
	for _, f := range archive.Files {
		dir, name, ok := strings.Cut(f.Name, "/")
		require.True(t, ok, f.Name)
		if name == "state" {
			cases = append(cases, goldenCase{name: dir})
		}
		require.NotEmpty(t, cases)
		c := &cases[len(cases)-1]
		require.Equal(t, c.name, dir)
		c.files = append(c.files, txtar.File{Name: name, Data: f.Data})
	}
	return cases
}

func record(t *testing.T, file string, cases []goldenCase) {
	t.Helper()
	var out txtar.Archive
	for i := range cases {
		c := &cases[i]
		c.files = append(c.files[:1:1], ask(t, c.files[0].Data)...)
		for _, f := range c.files {
			out.Files = append(out.Files, txtar.File{Name: c.name + "/" + f.Name, Data: f.Data})
		}
	}
	require.NoError(t, os.WriteFile(file, txtar.Format(&out), 0o644))
}

// ask runs the reference and returns the keyfiles, by name, or "refused".
func ask(t *testing.T, state []byte) []txtar.File {
	t.Helper()
	dir := t.TempDir()
	input, iso, out := filepath.Join(dir, "state"), filepath.Join(dir, "iso"), filepath.Join(dir, "out")
	require.NoError(t, os.WriteFile(input, state, 0o600))
	text, err := run(*reference, "iso", "customize", "--network-nmstate", input, "-o", iso, *liveISO)
	if err != nil {
		_, reason, _ := strings.Cut(text, "Caused by:\n")
		if reason == "" {
			reason = text
		}
		return []txtar.File{{Name: "refused", Data: []byte(strings.TrimSpace(reason) + "\n")}}
	}
	text, err = run(*reference, "iso", "network", "extract", "-C", out, iso)
	if err != nil {
		require.Contains(t, text, "No embedded network settings.")
		return nil
	}
	names, err := filepath.Glob(out + "/*")
	require.NoError(t, err)
	var files []txtar.File
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		files = append(files, txtar.File{Name: filepath.Base(name), Data: data})
	}
	return files
}

func run(program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"RUST_BACKTRACE=0"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}
