package kernel_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/kernel"
)

// real deploys trees with the real ostree.
type real struct {
	t    *testing.T
	tool string
	root string
}

func newReal(t *testing.T, separateBoot bool) *real {
	t.Helper()
	r := &real{t: t, tool: testutil.Tool(t, "ostree"), root: t.TempDir()}
	testutil.Root(t)
	r.run("admin", "init-fs", "--modern", r.root)
	r.run("admin", "--sysroot="+r.root, "os-init", "demo")
	r.run("--repo="+r.root+"/ostree/repo", "config", "set", "sysroot.bootloader", "none")
	if separateBoot {
		testutil.BindMount(t, testutil.Tmpfs(t, "mode=755"), filepath.Join(r.root, "boot"))
	}
	return r
}

func (r *real) run(args ...string) *testutil.Result {
	r.t.Helper()
	res := r.try("", args...)
	if res.Exit != 0 {
		r.t.Fatal(res)
	}
	return res
}

func (r *real) try(debug string, args ...string) *testutil.Result {
	r.t.Helper()
	env := []string{"OSTREE_SYSROOT_DEBUG=mutable-deployments," + debug}
	return testutil.Run(r.t, &testutil.RunOptions{Env: env}, r.tool, args...)
}

// deploy commits a tree and deploys it. It returns the deployment's directory.
func (r *real) deploy(tree files, debug string) (dir string, res *testutil.Result) {
	r.t.Helper()
	source := r.t.TempDir()
	tree.with(files{
		"usr/etc/os-release": "ID=demo\n", "sysroot/": "", "dev/": "", "proc/": "", "run/": "", "sys/": "", "var/": "", "tmp/": "",
	}).write(r.t, source)
	commit := r.run("--repo="+r.root+"/ostree/repo", "commit", "-b", "demo", "--tree=dir="+source, "--no-xattrs",
		"--owner-uid=0", "--owner-gid=0", "--timestamp=@1700000000")
	sum := strings.TrimSpace(commit.Stdout)
	res = r.try(debug, "admin", "--sysroot="+r.root, "deploy", "--os=demo", sum)
	return filepath.Join(r.root, "ostree/deploy/demo/deploy", sum+".0"), res
}

func TestAgainstReal(t *testing.T) {
	legacy := func(dir string) files {
		return files{
			dir + "/vmlinuz-3.6.0-" + sumA: "K", dir + "/initramfs-3.6.0.img-" + sumA: "I",
			dir + "/devicetree-3.6.0-" + sumA: "D", dir + "/.vmlinuz.hmac": "H", dir + "/other": "",
		}
	}
	for name, c := range map[string]struct {
		tree  files
		debug string
	}{
		"modules":              {tree: demo},
		"initramfs":            {tree: files{mod + "vmlinuz": "K", mod + "initramfs": "I"}},
		"no initramfs":         {tree: files{mod + "vmlinuz": "K"}},
		"devicetree":           {tree: demo.with(files{mod + "devicetree": "D", mod + "dtb/a": "1"})},
		"dtb":                  {tree: demo.with(files{mod + "dtb/b": "1", mod + "dtb/a/x": "2", mod + "dtb/a.dtb": "3", mod + "dtb/l": "-> b", mod + "dtb/gone": "-> none", mod + "dtb/empty/": ""})},
		"no-dtb":               {tree: demo.with(files{mod + "dtb/b": "1"}), debug: "no-dtb"},
		"hmac":                 {tree: demo.with(files{mod + ".vmlinuz.hmac": "H"})},
		"ostree-boot":          {tree: legacy("usr/lib/ostree-boot")},
		"boot":                 {tree: legacy("boot")},
		"boot, plain names":    {tree: files{"boot/vmlinuz-" + sumB: "K", "boot/initramfs-" + sumB: "I"}},
		"both":                 {tree: demo.with(legacy("boot"))},
		"both, old initramfs":  {tree: files{mod + "vmlinuz": "K"}.with(legacy("usr/lib/ostree-boot"))},
		"both, none initramfs": {tree: files{mod + "vmlinuz": "K", "boot/vmlinuz-1-" + sumA: "k"}},
	} {
		for kind, separate := range map[string]bool{"": false, ", other file system": true} {
			t.Run(name+kind, func(t *testing.T) {
				r := newReal(t, separate)
				dir, res := r.deploy(c.tree, c.debug)
				if res.Exit != 0 {
					t.Fatal(res)
				}
				ours := r.root + "/ours"
				must(t, os.Mkdir(ours, 0o755))
				if separate {
					testutil.BindMount(t, testutil.Tmpfs(t, "mode=755"), ours)
				}
				compare(t, dir, r.root+"/boot", ours, c.debug == "no-dtb")
			})
		}
	}
}

// compare installs the kernel of a deployment into the directory ours, which
// must then be as the real one.
func compare(t *testing.T, deployment, theirs, ours string, noDTB bool) {
	t.Helper()
	tree := open(t, deployment)
	l, err := kernel.Find(t.Context(), tree, &kernel.FindOptions{NoDTB: noDTB})
	must(t, err)
	must(t, kernel.Install(t.Context(), tree, l, open(t, ours), "ostree/demo-"+l.Checksum, nil))
	testutil.SameTree(t, theirs+"/ostree", ours+"/ostree", &testutil.SameOptions{IgnoreRoot: true})
	for name := range contents(t, ours) {
		var a, b unix.Stat_t
		must(t, unix.Lstat(filepath.Join(theirs, name), &a))
		must(t, unix.Lstat(filepath.Join(ours, name), &b))
		if a.Nlink != b.Nlink {
			t.Errorf("%s: %d links, ours has %d", name, a.Nlink, b.Nlink)
		}
		if strings.Contains(name, "/dtb/") && a.Mode&unix.S_IFMT == unix.S_IFREG && a.Mtim != b.Mtim {
			t.Errorf("%s: modified %v, ours %v", name, a.Mtim, b.Mtim)
		}
	}
}

func TestErrorsAgainstReal(t *testing.T) {
	for name, tree := range map[string]files{
		"none":                  {"usr/lib/modules/6/x": ""},
		"mismatched initrd":     {"boot/vmlinuz-1-" + sumA: "", "boot/initramfs-1-" + sumB: ""},
		"mismatched devicetree": {"boot/vmlinuz-1-" + sumA: "", "boot/devicetree-1-" + sumB: ""},
		"cyclic kernel":         {mod + "vmlinuz": "-> vmlinuz"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReal(t, false)
			_, res := r.deploy(tree, "")
			_, err := kernel.Find(t.Context(), tree.tree(t), nil)
			if res.Exit == 0 || err == nil {
				t.Fatalf("no error: %v\n%v", err, res)
			}
			if !strings.HasSuffix(strings.TrimSpace(res.Stderr), err.Error()) {
				t.Errorf("error %q, the real one %q", err, res.Stderr)
			}
		})
	}
}
