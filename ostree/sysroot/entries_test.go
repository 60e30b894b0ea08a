//go:build linux

package sysroot_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
)

// lines returns the values of a key of an entry's file.
func (d *demo) values(name, key string) []string {
	d.t.Helper()
	var out []string
	for line := range strings.Lines(d.read(name)) {
		if v, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), key+" "); ok {
			out = append(out, v)
		}
	}
	return out
}

// TestBootCounting gives new entries their tries, and writes those of old ones again with what is left of them.
func TestBootCounting(t *testing.T) {
	d := newLocal(t, "", nil)
	entries := func() string { return d.names("boot/loader/entries") }
	d.config("boot-counting-tries", "3")
	d = d.reopen(nil)
	c1, c2, c3 := d.tree("one", 1, nil), d.tree("two", 2, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	require.Equal(t, "ostree-1+3.conf", entries())
	d.mustAdd(c2)
	require.Equal(t, "ostree-1+3-0.conf ostree-2+3.conf", entries())
	rename := func(old, new string) {
		dir := filepath.Join(d.dir, "boot/loader/entries")
		require.NoError(t, os.Rename(filepath.Join(dir, old), filepath.Join(dir, new)))
		d = d.reopen(nil)
	}
	rename("ostree-2+3.conf", "ostree-2+1-2.conf") // the boot loader counts
	require.EqualValues(t, 1, d.s.Deployments()[0].Tries.Left)
	require.NoError(t, d.add("demo", c3, nil, sysroot.RetainAll))
	require.Equal(t, "ostree-1+3-0.conf ostree-2+1-2.conf ostree-3+3.conf", entries())
	rename("ostree-2+1-2.conf", "ostree-2.conf") // it was blessed
	rename("ostree-3+3.conf", "ostree-3+x-y.conf")
	d.config("boot-counting-tries", "0")
	d = d.reopen(nil)
	require.NoError(t, d.add("demo", c3, kargs.Of("ro"), sysroot.RetainAll))
	require.Equal(t, "ostree-1+3-0.conf ostree-2.conf ostree-3.conf ostree-4.conf", entries())
	// A change in place keeps the name that the file has.
	rename("ostree-1+3-0.conf", "ostree-1+0-3.conf")
	require.NoError(t, d.s.SetKargsInPlace(t.Context(), d.s.Deployments()[3], kargs.Of("quiet")))
	require.Equal(t, "ostree-1+0-3.conf ostree-2.conf ostree-3.conf ostree-4.conf", entries())
}

// TestOldNames writes and reads names with the stateroot, and changes between the two kinds.
func TestOldNames(t *testing.T) {
	d := newLocal(t, "", &sysroot.Options{OldEntryNames: true})
	c1, c3 := d.tree("one", 1, nil), d.tree("three", 3, nil)
	d.mustAdd(c1, "rw")
	d.mustAdd(c3)
	require.Equal(t, "ostree-1-demo.conf ostree-2-demo.conf", d.names("boot/loader/entries"))
	d = d.reopen(nil)
	require.Len(t, d.s.Deployments(), 2)
	require.NoError(t, d.s.SetKargsInPlace(t.Context(), d.s.Deployments()[1], kargs.Of("quiet")))
	require.Equal(t, "ostree-1-demo.conf ostree-2-demo.conf", d.names("boot/loader/entries"))
	require.NoError(t, d.s.SetDefault(t.Context(), 1))
	require.Equal(t, "ostree-1.conf ostree-2.conf", d.names("boot/loader/entries"))
	require.Equal(t, []string{"DemoOS 1.0 (ostree:0)", "DemoOS 3.0 (ostree:1)"}, d.bootable())
}

// TestAppendExceptDefault adds keys to all entries but the first.
func TestAppendExceptDefault(t *testing.T) {
	d := newLocal(t, "", nil)
	d.config("bls-append-except-default", "grub_users=\"\";x=a=b")
	d = d.reopen(nil)
	d.mustAdd(d.tree("one", 1, nil), "rw")
	require.NotContains(t, d.read("boot/loader/entries/ostree-1.conf"), "grub_users")
	d.mustAdd(d.tree("two", 3, nil))
	require.NotContains(t, d.read("boot/loader/entries/ostree-2.conf"), "grub_users")
	require.Equal(t, []string{`""`}, d.values("boot/loader/entries/ostree-1.conf", "grub_users"))
	require.Equal(t, []string{"a=b"}, d.values("boot/loader/entries/ostree-1.conf", "x"))
	text := strings.Replace(d.read("ostree/repo/config"), "grub_users=\"\";x=a=b", "nonsense", 1)
	require.NoError(t, d.s.Close())
	d.put("ostree/repo/config", text)
	d = openLocal(t, d.dir, nil)
	require.ErrorContains(t, d.s.Load(t.Context()), `bls-append-except-default key must be of the form "key1=value1;key2=value2..."`)
}

// TestBootPrefix writes paths for a boot loader that reads the root file system.
func TestBootPrefix(t *testing.T) {
	d := newLocal(t, "", nil)
	d.config("bootprefix", "true")
	d = d.reopen(nil)
	d.mustAdd(d.tree("one", 1, nil), "rw")
	name := "boot/loader/entries/ostree-1.conf"
	require.Equal(t, []string{"/boot/ostree/demo-" + bootA + "/vmlinuz-6.1.0"}, d.values(name, "linux"))
	require.Equal(t, []string{"/boot/ostree/demo-" + bootA + "/initramfs-6.1.0.img"}, d.values(name, "initrd"))
	d.bootable()
	d.config("bootprefix", "false")
	d = d.reopen(nil)
	d.mustAdd(d.tree("three", 3, nil))
	require.Equal(t, []string{"/ostree/demo-" + bootA + "/vmlinuz-6.1.0"}, d.values(name, "linux"))
	d.bootable()
}

// TestSeveralStateroots names the stateroot in all titles as soon as there are two, numbers links across them, and
// keeps their deployments apart.
func TestSeveralStateroots(t *testing.T) {
	d := newLocal(t, "", nil)
	ctx := t.Context()
	c1, c2 := d.tree("one", 1, nil), d.tree("two", 2, nil)
	d.mustAdd(c1, "rw")
	require.Equal(t, []string{"DemoOS 1.0 (ostree:0)"}, d.bootable())
	require.NoError(t, d.s.InitStateroot(ctx, "other"))
	require.EqualError(t, d.s.InitStateroot(ctx, "other"), "Creating ostree/deploy/other: File exists")
	require.NoError(t, d.s.Load(ctx))
	require.NoError(t, d.add("other", c1, kargs.Of("rw"), 0))
	require.Equal(t, []string{"DemoOS 1.0 (ostree:other:0)", "DemoOS 1.0 (ostree:demo:1)"}, d.bootable())
	require.Equal(t, 0, d.s.Deployments()[0].BootSerial)
	require.Equal(t, 1, d.s.Deployments()[1].BootSerial)
	require.NoError(t, d.add("other", c2, nil, 0))
	require.NoError(t, d.add("other", c2, nil, 0))
	require.Equal(t, []string{"DemoOS 2.0 (ostree:other:0)", "DemoOS 2.0 (ostree:other:1)", "DemoOS 1.0 (ostree:demo:2)"}, d.bootable())
	pending, rollback := d.s.Pending("demo")
	require.Same(t, d.s.Deployments()[2], pending)
	require.Nil(t, rollback)
	pending, _ = d.s.Pending("")
	require.Nil(t, pending)
	require.Same(t, d.s.Deployments()[0], d.s.MergeDeployment("other"))
	require.Nil(t, d.s.MergeDeployment("third"))
	_, err := d.s.Undeploy(ctx, 2)
	require.NoError(t, err)
	require.Equal(t, []string{"DemoOS 2.0 (ostree:0)", "DemoOS 2.0 (ostree:1)"}, d.bootable())
	require.ErrorContains(t, d.add("third", c1, nil, 0), "Deploying tree: Initializing deployment: No such stateroot: third")
	for _, bad := range []string{"", ".", "..", "a/b", "/a", strings.Repeat("a", 256)} {
		require.Error(t, d.s.InitStateroot(ctx, bad), bad)
	}
}

// TestNoInitramfs starts a program of the deployment, whose path follows the deployment.
func TestNoInitramfs(t *testing.T) {
	d := newLocal(t, "", nil)
	c := d.tree("one", 1, func(dir string) {
		require.NoError(t, os.Remove(filepath.Join(dir, "usr/lib/modules/6.1.0/initramfs.img")))
	})
	d.mustAdd(c, "init=/old", "rw", "ostree=/old")
	options := func(n string) string { return d.values("boot/loader/entries/ostree-"+n+".conf", "options")[0] }
	sum := d.s.Deployments()[0].BootChecksum
	require.NotEqual(t, bootA, sum)
	link := "/ostree/boot.1/demo/" + sum + "/0"
	require.Equal(t, "init="+link+"/usr/lib/ostree/ostree-prepare-root rw ostree="+link, options("1"))
	require.Empty(t, d.values("boot/loader/entries/ostree-1.conf", "initrd"))
	d.mustAdd(c)
	link = "/ostree/boot.0/demo/" + sum + "/"
	require.Equal(t, "init="+link+"0/usr/lib/ostree/ostree-prepare-root rw ostree="+link+"0", options("2"))
	require.Equal(t, "init="+link+"1/usr/lib/ostree/ostree-prepare-root rw ostree="+link+"1", options("1"))
	// A tree with an initramfs inherits the argument, as nobody knows whose it is.
	d.mustAdd(d.tree("three", 3, nil))
	require.Contains(t, options("2"), "init=/ostree/boot.")
	require.NotEmpty(t, d.values("boot/loader/entries/ostree-2.conf", "initrd"))
	d.bootable()
}

// TestOverlayInitrds installs initrds that are loaded after the initramfs, shares them, and removes them when nobody
// needs them any more.
func TestOverlayInitrds(t *testing.T) {
	run := t.TempDir()
	d := newLocal(t, "", &sysroot.Options{RunDir: run})
	ctx := t.Context()
	c1 := d.tree("one", 1, nil)
	a, err := d.s.StageOverlayInitrd(ctx, strings.NewReader("overlay a"))
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte("overlay a"))), a)
	b, err := d.s.StageOverlayInitrd(ctx, strings.NewReader("overlay b"))
	require.NoError(t, err)
	deploy := func(overlays ...string) error {
		merge := d.s.MergeDeployment("demo")
		dep, err := d.s.DeployTree(ctx, "demo", c1, sysroot.NewOrigin("one"), merge, &sysroot.DeployOptions{OverlayInitrds: overlays})
		if err != nil {
			return err
		}
		return d.s.SimpleWriteDeployment(ctx, "demo", dep, merge, 0)
	}
	require.NoError(t, deploy(a, b))
	name := "boot/loader/entries/ostree-1.conf"
	first := "/ostree/demo-" + bootA + "/initramfs-6.1.0.img"
	require.Equal(t, []string{first, "/ostree/initramfs-overlays/" + a + ".img", "/ostree/initramfs-overlays/" + b + ".img"}, d.values(name, "initrd"))
	require.Equal(t, "overlay a", d.read("boot/ostree/initramfs-overlays/"+a+".img"))
	require.Equal(t, []string{a, b}, d.s.Deployments()[0].OverlayInitrds)
	require.NoError(t, os.RemoveAll(filepath.Join(run, "ostree"))) // a reboot
	d = d.reopen(&sysroot.Options{RunDir: run})
	require.Equal(t, []string{a, b}, d.s.Deployments()[0].OverlayInitrds)
	require.NoError(t, deploy(b)) // it is in /boot already
	require.Equal(t, []string{first, "/ostree/initramfs-overlays/" + b + ".img"}, d.values("boot/loader/entries/ostree-2.conf", "initrd"))
	require.Equal(t, []string{first, "/ostree/initramfs-overlays/" + a + ".img", "/ostree/initramfs-overlays/" + b + ".img"}, d.values(name, "initrd"))
	require.NoError(t, deploy())
	require.Equal(t, []string{first}, d.values("boot/loader/entries/ostree-2.conf", "initrd"))
	require.Equal(t, b+".img", d.names("boot/ostree/initramfs-overlays"))
	require.NoError(t, deploy())
	require.NoDirExists(t, filepath.Join(d.dir, "boot/ostree/initramfs-overlays"))
	before, titles := d.snapshot(), d.bootable()
	require.ErrorContains(t, deploy(a), "No such file or directory") // forgotten by the reboot
	require.Equal(t, titles, d.bootable())
	require.NoError(t, d.s.Cleanup(ctx))
	require.Equal(t, before, d.snapshot())
	for _, bad := range []string{"", "../../etc/passwd", "short", strings.Repeat("g", 64)} {
		require.EqualError(t, deploy(bad), "Deploying tree: Initializing deployment: Malformed overlay initrd checksum: "+bad)
		require.Equal(t, before, d.snapshot())
	}
	// What was tampered with since is not installed.
	evil, err := d.s.StageOverlayInitrd(ctx, strings.NewReader("good"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(run, "ostree/staged-initrds", evil), []byte("evil"), 0o644))
	require.ErrorContains(t, deploy(evil), "it was changed since it was staged")
}

// TestDeviceTrees writes the key that fits, a file or a directory, and drops it with the next kernel.
func TestDeviceTrees(t *testing.T) {
	d := newLocal(t, "", nil)
	file := d.tree("file", 1, func(dir string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/lib/modules/6.1.0/devicetree"), []byte("DT"), 0o644))
	})
	tree := d.tree("dir", 1, func(dir string) {
		p := filepath.Join(dir, "usr/lib/modules/6.1.0/dtb/vendor")
		require.NoError(t, os.MkdirAll(p, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(p, "board.dtb"), []byte("BOARD"), 0o644))
	})
	name := "boot/loader/entries/ostree-2.conf"
	d.mustAdd(d.tree("none", 1, nil), "rw")
	d.mustAdd(file)
	sum := d.s.Deployments()[0].BootChecksum
	require.Equal(t, []string{"/ostree/demo-" + sum + "/devicetree-6.1.0"}, d.values(name, "devicetree"))
	require.Equal(t, "DT", d.read("boot/ostree/demo-"+sum+"/devicetree-6.1.0"))
	d.mustAdd(tree)
	sum = d.s.Deployments()[0].BootChecksum
	require.Equal(t, []string{"/ostree/demo-" + sum + "/dtb"}, d.values(name, "fdtdir"))
	require.Empty(t, d.values(name, "devicetree"))
	require.Equal(t, "BOARD", d.read("boot/ostree/demo-"+sum+"/dtb/vendor/board.dtb"))
	d.mustAdd(d.tree("none", 1, nil))
	require.Empty(t, d.values(name, "fdtdir"))
	require.NotEmpty(t, d.values("boot/loader/entries/ostree-1.conf", "fdtdir"))
	d = d.reopen(&sysroot.Options{NoDTB: true})
	d.mustAdd(file)
	require.Equal(t, bootA, d.s.Deployments()[0].BootChecksum)
	require.Empty(t, d.values(name, "devicetree"))
	d.bootable()
}

// TestKargsInPlace changes entries without a transaction.
func TestKargsInPlace(t *testing.T) {
	d, _, _ := twoDeployments(t)
	ctx := t.Context()
	version := d.s.BootVersion()
	for i := range d.s.Deployments() {
		k := d.s.Deployments()[i].Kargs()
		k.AppendIfMissing("z=7")
		require.NoError(t, d.s.SetKargsInPlace(ctx, d.s.Deployments()[i], k))
	}
	require.Equal(t, version, d.s.BootVersion())
	for i, n := range []string{"2", "1"} {
		require.Regexp(t, `^root=/dev/vda rw ostree=/ostree/boot\.0/demo/\S+/0 z=7$`, d.values("boot/loader/entries/ostree-"+n+".conf", "options")[0])
		require.Contains(t, d.s.Deployments()[i].Kargs().String(), "z=7")
	}
	require.Equal(t, "ostree-1.conf ostree-2.conf", d.names("boot/loader/entries"))
	d.bootable()
	// Arguments without a target would leave an entry that nobody can read.
	k := kargs.Of("a=1")
	require.NoError(t, d.s.SetKargsInPlace(ctx, d.s.Deployments()[1], k))
	require.Len(t, d.reopen(nil).s.Deployments(), 2)
	d.bootable()
}

// TestSetKargs replaces arguments by a transaction; "ostree=" keeps its place or is added.
func TestSetKargs(t *testing.T) {
	d, _, _ := twoDeployments(t)
	ctx := t.Context()
	require.NoError(t, d.s.SetKargs(ctx, d.s.Deployments()[1], kargs.Of("a=1", "ostree=/mine", "b")))
	require.Regexp(t, `^a=1 ostree=/ostree/boot\.1/demo/\S+/0 b$`, d.values("boot/loader/entries/ostree-1.conf", "options")[0])
	require.NoError(t, d.s.SetKargs(ctx, d.s.Deployments()[0], kargs.Of("c")))
	require.Regexp(t, `^c ostree=/ostree/boot\.0/demo/\S+/0$`, d.values("boot/loader/entries/ostree-2.conf", "options")[0])
	titles := d.bootable()
	require.Error(t, d.s.SetKargs(ctx, d.s.Deployments()[0], kargs.Of("a\nlinux /evil")))
	require.Equal(t, titles, d.bootable())
	require.Regexp(t, `^c ostree=/ostree/boot\.0/demo/\S+/0$`, d.s.Deployments()[0].Kargs().String(), "the list must not show what failed")
}
