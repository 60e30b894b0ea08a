package identity_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/nestos-dev/nestos/zincati/identity"
	"github.com/stretchr/testify/require"
)

const machineID = "c0ffee00c0ffee00c0ffee00c0ffee00"

var nodeIDs = []struct{ machine, node string }{
	{"3d1219c7c4c5404aaa1f6d2a48adfda4", "975228d46dc94622b9bbe16671e2b58d"},
	{"c0ffee00c0ffee00c0ffee00c0ffee00", "a6021cacafbb49ccb7e778d135fc9fa4"},
	{"0123456789abcdef0123456789abcdef", "583627a932274834a8ebd99f4ed41c0d"},
}

func TestNodeID(t *testing.T) {
	for _, c := range nodeIDs {
		got, err := identity.NodeID(c.machine + "\n")
		require.NoError(t, err)
		require.Equal(t, c.node, got)
	}
}

// TestNodeIDSystemd compares with the program of systemd.
func TestNodeIDSystemd(t *testing.T) {
	tool := testutil.Tool(t, "systemd-id128")
	if _, err := os.Stat("/etc/machine-id"); err != nil {
		testutil.Missing(t, "no machine id: %v", err)
	}
	res := testutil.Run(t, nil, tool, "machine-id", "--app-specific=de35106b6ec24688b63afddaa156679b")
	if res.Exit != 0 {
		testutil.Missing(t, "systemd-id128: %s", res)
	}
	data, err := os.ReadFile("/etc/machine-id")
	require.NoError(t, err)
	got, err := identity.NodeID(string(data))
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(string(res.Stdout)), got)
}

func TestParseID(t *testing.T) {
	want := [16]byte{0xc0, 0xff, 0xee, 0, 0xc0, 0xff, 0xee, 0, 0xc0, 0xff, 0xee, 0, 0xc0, 0xff, 0xee, 0}
	for _, s := range []string{
		machineID, strings.ToUpper(machineID), "c0ffee00-c0ff-ee00-c0ff-ee00c0ffee00",
		"{c0ffee00-c0ff-ee00-c0ff-ee00c0ffee00}", "urn:uuid:C0FFEE00-c0ff-ee00-c0ff-ee00c0ffee00",
	} {
		id, err := identity.ParseID(s)
		require.NoError(t, err, s)
		require.Equal(t, want, id, s)
	}
	for _, s := range []string{
		"", "uninitialized", " " + machineID, machineID + " ", machineID[1:], machineID + "0", "g" + machineID[1:],
		"{" + machineID + "}", "urn:uuid:" + machineID, "c0ffee00c-0ff-ee00-c0ff-ee00c0ffee00", "{c0ffee00-c0ff-ee00-c0ff-ee00c0ffee00",
		"c0ffee00-c0ff-ee00-c0ff-ee00c0ffee0-", strings.Repeat("\xff", 32), machineID[:31] + "\x00",
	} {
		_, err := identity.ParseID(s)
		require.Error(t, err, s)
		if len(s) > 8 {
			require.NotContains(t, err.Error(), s, "machine ids are confidential")
		}
	}
}

func TestPlatform(t *testing.T) {
	for _, c := range []struct{ cmdline, want string }{
		{"", ""},
		{"foo=bar", ""},
		{"ignition.platform.id", ""},
		{"ignition.platform.id=", ""},
		{"ignition.platform.id=\t", ""},
		{"ignition.platform.id=ec2", "ec2"},
		{"ignition.platform.id=\tec2", "ec2"},
		{"ignition.platform.id=ec2\n", "ec2"},
		{"ignition.platform.id=ec2\nquiet", "ec2\nquiet"},
		{"quiet\nignition.platform.id=ec2", ""},
		{"foo=bar  ignition.platform.id=ec2 ", "ec2"},
		{"ignition.platform.id= ignition.platform.id=gcp ignition.platform.id=aws", "gcp"},
		{"ignition.platform.id=a=b", "a=b"},
		{`ignition.platform.id="a b"`, `"a`},
		{`"ignition.platform.id=ec2"`, ""},
		{"Ignition.platform.id=ec2", ""},
	} {
		got, ok := identity.ParsePlatform(c.cmdline)
		require.Equal(t, c.want, got, "%q", c.cmdline)
		require.Equal(t, c.want != "", ok)
	}
}

func TestBasearch(t *testing.T) {
	for goarch, want := range map[string]string{
		"amd64": "x86_64", "arm64": "aarch64", "s390x": "s390x", "ppc64le": "ppc64le", "riscv64": "riscv64", "loong64": "loongarch64",
	} {
		require.Equal(t, want, identity.Basearch(goarch))
	}
	require.NotEmpty(t, identity.Basearch(""))
}

func TestGroup(t *testing.T) {
	for _, g := range []string{"default", "worker", "01", "group-A", "infra.01", "example.com", "-", "."} {
		require.NoError(t, identity.CheckGroup(g))
	}
	for _, g := range []string{"", "intránët", "a_b", "a b", "a\n", "a/b", "${x}"} {
		require.EqualError(t, identity.CheckGroup(g), "invalid group label '"+g+"': not conforming to expression '^[a-zA-Z0-9.-]+$'")
	}
}

func TestWariness(t *testing.T) {
	for _, w := range []float64{0, 1, 0.5, math.Copysign(0, -1), math.SmallestNonzeroFloat64} {
		require.NoError(t, identity.CheckWariness(w))
	}
	for w, text := range map[float64]string{
		-0.1: "unexpected negative rollout wariness: -0.1", 1.5: "unexpected overlarge rollout wariness: 1.5",
		2: "unexpected overlarge rollout wariness: 2", 1e22: "unexpected overlarge rollout wariness: 10000000000000000000000",
		math.Inf(1): "unexpected overlarge rollout wariness: inf", math.Inf(-1): "unexpected negative rollout wariness: -inf",
	} {
		require.EqualError(t, identity.CheckWariness(w), text)
	}
	require.Error(t, identity.CheckWariness(math.NaN()))
}

// vector is one start of zincati 0.0.32, in testdata/peer.jsonl.
type vector struct {
	Name      string            `json:"name"`
	Status    string            `json:"status"`
	MachineID *string           `json:"machine_id"`
	Cmdline   string            `json:"cmdline"`
	Group     string            `json:"group"`
	NodeUUID  string            `json:"node_uuid"`
	Wariness  *string           `json:"wariness"`
	Fatal     []string          `json:"fatal"` // as far as it is zincati's own wording
	Query     map[string]string `json:"query"`
}

// raw makes bytes of a text whose runes are bytes.
func raw(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

var macros = strings.NewReplacer("{{01}}", strings.Repeat("01", 32),
	"{{cfg:stable}}", `{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]},\"history\":[],\"config\":{\"Labels\":{\"com.coreos.stream\":\"stable\"}}}`)

type answer string

func (a answer) Run(context.Context, driver.Command) (driver.Result, error) {
	return driver.Result{Stdout: []byte(a)}, nil
}

// TestPeer starts from what zincati 0.0.32 was given, and compares what it asked for or complained of.
func TestPeer(t *testing.T) {
	f, err := os.Open("testdata/peer.jsonl")
	require.NoError(t, err)
	defer f.Close()
	count := 0
	for s := bufio.NewScanner(f); s.Scan(); count++ {
		var v vector
		require.NoError(t, json.Unmarshal(s.Bytes(), &v))
		t.Run(v.Name, func(t *testing.T) { replay(t, v) })
	}
	require.Greater(t, count, 50)
}

func replay(t *testing.T, v vector) {
	root := newRoot(t, v.MachineID, v.Cmdline)
	var wariness *float64
	if v.Wariness != nil {
		w, err := strconv.ParseFloat(*v.Wariness, 64)
		require.NoError(t, err)
		wariness = &w
	}
	d := driver.NewCLI(&driver.Options{Runner: answer(macros.Replace(raw(v.Status))), Root: root})
	id, err := identity.New(t.Context(), d, &identity.Options{Root: root, Group: v.Group, NodeUUID: v.NodeUUID, Wariness: wariness, Basearch: "x86_64"})
	if v.Query == nil {
		require.Error(t, err)
		// Errors name files with the root, which was "/" there.
		want := strings.ReplaceAll(strings.Join(v.Fatal, ": "), " /proc/cmdline", " "+filepath.Join(root, "proc/cmdline"))
		require.True(t, strings.HasPrefix(err.Error(), want), "%v\nwant %q", err, v.Fatal)
		return
	}
	require.NoError(t, err)
	u, err := id.Params("http://localhost/").URL()
	require.NoError(t, err)
	want := url.Values{}
	for key, value := range v.Query {
		want.Set(key, value)
	}
	require.Equal(t, want, u.Query())
}

func newRoot(t *testing.T, machine *string, cmdline string) string {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"etc", "proc", "run/zincati", "ostree/deploy"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	if machine != nil {
		require.NoError(t, os.WriteFile(filepath.Join(root, "etc/machine-id"), []byte(raw(*machine)), 0o644))
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, "proc/cmdline"), []byte(raw(cmdline)), 0o644))
	return root
}

// meter remembers gauges.
type meter map[string]float64

func (m meter) Inc(string, ...string) {}
func (m meter) Set(name string, v float64, labels ...string) {
	m[name+strings.Join(labels, " ")] = v
}

const status = `{"deployments":[{"booted":true,"checksum":"c1","version":"40.1","base-commit-meta":{"fedora-coreos.stream":"next"}}]}`

func TestNew(t *testing.T) {
	machine := machineID + "\n"
	root := newRoot(t, &machine, "ignition.platform.id=qemu\n")
	m := meter{}
	w := 0.25
	d := driver.NewCLI(&driver.Options{Runner: answer(status), Root: root})
	id, err := identity.New(t.Context(), d, &identity.Options{Root: root, Wariness: &w, Meter: m, Basearch: "riscv64"})
	require.NoError(t, err)
	require.Equal(t, meter{"zincati_identity_os_info40.1 riscv64 next qemu": 1, "zincati_identity_rollout_wariness": 0.25}, m)
	require.Equal(t, map[string]string{"basearch": "riscv64", "group": "default", "platform": "qemu", "stream": "next"}, id.URLVars())
	require.Equal(t, cincinnati.Params{
		BaseURL: "http://h", Basearch: "riscv64", Stream: "next", Platform: "qemu", Group: "default",
		NodeUUID: "a6021cacafbb49ccb7e778d135fc9fa4", OSVersion: "40.1",
		Payload: cincinnati.Payload{Scheme: cincinnati.Checksum, Text: "c1"}, Wariness: id.Wariness,
	}, id.Params("http://h"))
	w = 7
	require.Equal(t, 0.25, *id.Wariness, "a copy")
	_, err = identity.New(t.Context(), d, &identity.Options{Root: root})
	require.NoError(t, err)
}

// TestErrorsNameFiles has files missing or malformed: the error has to say which, with the root.
func TestErrorsNameFiles(t *testing.T) {
	machine, bad := machineID, "uninitialized\n"
	for name, c := range map[string]struct {
		root string
		want string
	}{
		"no machine id":  {newRoot(t, nil, "ignition.platform.id=qemu"), "etc/machine-id: no such file or directory"},
		"bad machine id": {newRoot(t, &bad, "ignition.platform.id=qemu"), "etc/machine-id: not a UUID, but 13 bytes"},
		"no cmdline":     {newRoot(t, &machine, ""), "proc/cmdline: no such file or directory"},
	} {
		if name == "no cmdline" {
			require.NoError(t, os.Remove(filepath.Join(c.root, "proc/cmdline")))
		}
		d := driver.NewCLI(&driver.Options{Runner: answer(status), Root: c.root})
		_, err := identity.New(t.Context(), d, &identity.Options{Root: c.root})
		require.Error(t, err, name)
		require.Contains(t, err.Error(), " "+filepath.Join(c.root, c.want), name)
		if strings.HasPrefix(name, "no ") {
			require.ErrorIs(t, err, fs.ErrNotExist, name)
		}
	}
}

func TestNoDriver(t *testing.T) {
	_, err := identity.New(t.Context(), nil, nil)
	require.ErrorContains(t, err, "driver")
}

// TestHostileFiles has something else where the files should be.
func TestHostileFiles(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "id")
	require.NoError(t, os.WriteFile(outside, []byte(machineID), 0o644))
	for name, make := range map[string]func(path string) error{
		"directory":    func(p string) error { return os.Mkdir(p, 0o755) },
		"link outside": func(p string) error { return os.Symlink(outside, p) },
		"huge": func(p string) error {
			if err := os.WriteFile(p, nil, 0o644); err != nil {
				return err
			}
			return os.Truncate(p, 1<<40)
		},
		"loop": func(p string) error { return os.Symlink("machine-id", p) },
		"fifo": func(p string) error { return mkfifo(p) },
	} {
		t.Run(name, func(t *testing.T) {
			root := newRoot(t, nil, "ignition.platform.id=qemu")
			require.NoError(t, make(filepath.Join(root, "etc/machine-id")))
			d := driver.NewCLI(&driver.Options{Runner: answer(status), Root: root})
			_, err := identity.New(t.Context(), d, &identity.Options{Root: root})
			require.ErrorContains(t, err, "failed to validate agent identity configuration: failed to build default identity: failed to get node ID: "+filepath.Join(root, "etc/machine-id")+": ")
		})
	}
}

// TestAbsoluteLink has /etc/machine-id lead to another place of the same root.
func TestAbsoluteLink(t *testing.T) {
	root := newRoot(t, nil, "ignition.platform.id=qemu")
	require.NoError(t, os.WriteFile(filepath.Join(root, "run/id"), []byte(machineID), 0o644))
	require.NoError(t, os.Symlink("/run/id", filepath.Join(root, "etc/machine-id")))
	d := driver.NewCLI(&driver.Options{Runner: answer(status), Root: root})
	id, err := identity.New(t.Context(), d, &identity.Options{Root: root})
	require.NoError(t, err)
	require.Equal(t, "a6021cacafbb49ccb7e778d135fc9fa4", id.NodeUUID)
}

func FuzzParseID(f *testing.F) {
	for _, s := range []string{machineID, "{c0ffee00-c0ff-ee00-c0ff-ee00c0ffee00}", "urn:uuid:c0ffee00-c0ff-ee00-c0ff-ee00c0ffee00", "", "x\n"} {
		f.Add(s)
	}
	digits := strings.NewReplacer("-", "", "{", "", "}", "", "urn:uuid:", "")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := identity.ParseID(s)
		if err != nil {
			return
		}
		const hex = "0123456789abcdef"
		var b strings.Builder
		for _, c := range id {
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
		require.Equal(t, strings.ToLower(digits.Replace(s)), b.String())
		node, err := identity.NodeID(s + " \n")
		require.NoError(t, err)
		require.Len(t, node, 32)
		require.Equal(t, byte('4'), node[12])
		require.Contains(t, "89ab", node[16:17])
	})
}

func FuzzPlatform(f *testing.F) {
	for _, s := range []string{"ignition.platform.id=qemu", "a ignition.platform.id=\t b", "ignition.platform.id==", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := identity.ParsePlatform(s)
		// The model: what is left of each word after the key.
		for _, w := range strings.Split(s, " ") {
			if v, has := strings.CutPrefix(w, "ignition.platform.id="); has && strings.TrimSpace(v) != "" {
				require.True(t, ok)
				require.Equal(t, strings.TrimSpace(v), got)
				return
			}
		}
		require.False(t, ok)
	})
}
