package systemd_test

import (
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/cpio"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// withProgram runs a command where /usr/bin/afterburn exists, whether or not it does on this machine.
const withProgram = `set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work"
mount -t overlay overlay -o "lowerdir=/usr/bin,upperdir=$1/upper,workdir=$1/work" /usr/bin || exit 77
cp "$2" /usr/bin/afterburn
shift 2
exec "$@"
`

// linkAll makes links to all that is in a directory.
func linkAll(t *testing.T, from, to, except string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == except {
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

// initramfs returns the modes and the targets of links by name.
func initramfs(t *testing.T, image string) (modes map[string]uint32, targets map[string]string) {
	t.Helper()
	f, err := os.Open(image)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	modes, targets = map[string]uint32{}, map[string]string{}
	r := cpio.NewReader(f)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return modes, targets
		}
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(h.Name, "./")
		modes[name] = h.Mode
		if h.Mode&0o170000 == 0o120000 {
			target, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			targets[name] = string(target)
		}
	}
}

// The real dracut puts program, units and links into an initramfs when asked to, and only then.
func TestDracut(t *testing.T) {
	testutil.Root(t)
	testutil.Namespaces(t, "--mount")
	testutil.Tool(t, "dracut")
	if found, _ := filepath.Glob("/usr/lib/dracut/modules.d/*network"); len(found) == 0 {
		testutil.Missing(t, "needs dracut's module network, in Debian's package dracut-network")
	}
	dir, base := t.TempDir(), t.TempDir()
	linkAll(t, "/usr/lib/dracut", base, "modules.d")
	linkAll(t, "/usr/lib/dracut/modules.d", base+"/modules.d", "30afterburn")
	if err := os.Symlink(filepath.Join(installed(t, nil), moduleDir), base+"/modules.d/30afterburn"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"conf.d", "tmp", "overlay"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(dir+"/conf", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable() // a static program
	if err != nil {
		t.Fatal(err)
	}
	build := func(image string, args ...string) (map[string]uint32, map[string]string) {
		command := []string{"--mount", "--propagation=private", "sh", "-c", withProgram, "sh", dir + "/overlay", self,
			"dracut", "--no-kernel", "--conf", dir + "/conf", "--confdir", dir + "/conf.d", "--tmpdir", dir + "/tmp",
			"--no-hostonly", "--no-compress", "--no-early-microcode", "--quiet"}
		r := testutil.Run(t, &testutil.RunOptions{Env: []string{"dracutbasedir=" + base}}, "unshare", append(append(command, args...), image)...)
		if r.Exit == 77 {
			t.Skip("no overlayfs over /usr/bin")
		}
		if r.Exit != 0 {
			t.Fatalf("dracut: %s%s", r.Stdout, r.Stderr)
		}
		return initramfs(t, image)
	}

	modes, targets := build(dir+"/with", "--modules", "systemd", "--add", "afterburn")
	if mode := modes["usr/bin/afterburn"]; mode != 0o100755 {
		t.Errorf("the program has mode %#o", mode)
	}
	for _, name := range []string{"bin/sh", "bin/mkdir"} {
		_, direct := modes[name]
		if _, merged := modes["usr/"+name]; !direct && !merged {
			t.Errorf("there is no /%s", name)
		}
	}
	for _, name := range []string{"network-kargs", "hostname", "ignition-fragment"} {
		unit := "afterburn-" + name + ".service"
		if mode := modes[unitDir+unit]; mode != 0o100644 {
			t.Errorf("%s has mode %#o", unit, mode)
		}
		link := unitDir + "ignition-complete.target.requires/" + unit
		if path.Join(path.Dir(link), targets[link]) != unitDir+unit {
			t.Errorf("link of %s is %q", unit, targets[link])
		}
	}
	if modes, _ = build(dir+"/without", "--modules", "systemd"); len(modes) == 0 {
		t.Error("no initramfs")
	}
	for name := range modes {
		if strings.Contains(name, "afterburn") {
			t.Errorf("%s is there, but nobody asked for the module", name)
		}
	}
}
