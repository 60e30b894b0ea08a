//go:build linux

package sysroot_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestDeploymentOnDisk checks what a deployment is made of.
func TestDeploymentOnDisk(t *testing.T) {
	d := newLocal(t, "", nil)
	c := d.tree("one", 1, func(dir string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/empty"), nil, 0o640))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/bin/su"), []byte("x"), 0o755))
		require.NoError(t, os.Chmod(filepath.Join(dir, "usr/bin/su"), 0o755|os.ModeSetuid))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/.ostree-wh.gone"), nil, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/etc/.updated"), nil, 0o644))
	})
	d.put("ostree/deploy/demo/var/.updated", "")
	d.mustAdd(c, "rw")
	dep := d.s.Deployments()[0]
	stat := func(name string) unix.Stat_t {
		var st unix.Stat_t
		require.NoError(t, unix.Lstat(filepath.Join(d.dir, name), &st), name)
		return st
	}
	in := func(name string) unix.Stat_t { return stat(filepath.Join(dep.Dir(), name)) }
	require.EqualValues(t, 3, in("usr/lib/modules/6.1.0/vmlinuz").Nlink, "object, deployment, boot")
	require.EqualValues(t, 2, in("usr/bin/sh").Nlink)
	require.EqualValues(t, 2, in("bin").Nlink, "links are shared too")
	require.EqualValues(t, 1, in("usr/empty").Nlink, "empty files are not")
	require.EqualValues(t, 0o640, in("usr/empty").Mode&0o7777)
	require.EqualValues(t, 0o4755, in("usr/bin/su").Mode&0o7777)
	require.EqualValues(t, 1, in("etc/a.conf").Nlink)
	require.EqualValues(t, 1, in("etc/os-release").Nlink)
	require.Zero(t, in("usr/bin").Mtim.Sec)
	require.NotZero(t, in("etc/a.conf").Mtim.Sec)
	require.EqualValues(t, 0o1777, in("tmp").Mode&0o7777)
	require.EqualValues(t, unix.S_IFCHR|0o600, in("usr/gone").Mode)
	require.Zero(t, in("usr/gone").Rdev)
	require.EqualValues(t, 0o644, in(".ostree.cfs").Mode&0o7777)
	require.NotZero(t, in(".ostree.cfs").Size)
	for name, mode := range map[string]uint32{"": 0o700, "/" + dep.Name(): 0o700, "/" + dep.Name() + "/root-transient": 0o700,
		"/" + dep.Name() + "/root-transient/work": 0o700, "/" + dep.Name() + "/root-transient/upper": 0o755} {
		require.Equal(t, mode, stat("ostree/deploy/demo/backing"+name).Mode&0o7777, name)
	}
	require.EqualValues(t, 0o644, stat(dep.Dir()+".origin").Mode&0o7777)
	require.NoFileExists(t, filepath.Join(d.dir, dep.Dir(), "etc/.updated"))
	require.FileExists(t, filepath.Join(d.dir, dep.Dir(), "usr/etc/.updated"))
	require.NoFileExists(t, filepath.Join(d.dir, "ostree/deploy/demo/var/.updated"))
	// Serials count on from what is there, listed or not.
	for want := 1; want < 3; want++ {
		next, err := d.s.DeployTree(t.Context(), "demo", c, nil, nil, nil)
		require.NoError(t, err)
		require.Equal(t, want, next.Serial)
		require.NoFileExists(t, filepath.Join(d.dir, next.Dir()+".origin"))
	}
	require.NoError(t, d.s.Cleanup(t.Context()))
	require.Equal(t, dep.Name()+" "+dep.Name()+".origin", d.names("ostree/deploy/demo/deploy"))
}

// TestVar fills the stateroot's /var once, from the first tree that has one.
func TestVar(t *testing.T) {
	with := func(name, text string) func(dir string) {
		return func(dir string) {
			p := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	const legacy = ".ostree-selabeled lib lock log run tmp"
	t.Run("content", func(t *testing.T) {
		d := newLocal(t, "", nil)
		d.mustAdd(d.tree("one", 1, with("var/lib/data", "first")), "rw")
		require.Equal(t, legacy, d.names("ostree/deploy/demo/var"))
		require.Equal(t, "first", d.read("ostree/deploy/demo/var/lib/data"))
		require.Equal(t, "../run", d.link("ostree/deploy/demo/var/run"))
		require.Equal(t, "../run/lock", d.link("ostree/deploy/demo/var/lock"))
		st, err := os.Stat(filepath.Join(d.dir, "ostree/deploy/demo/var/tmp"))
		require.NoError(t, err)
		require.Equal(t, os.ModeDir|os.ModeSticky|0o777, st.Mode())
		d.mustAdd(d.tree("one", 2, func(dir string) { with("var/lib/data", "second")(dir); with("var/lib/other", "x")(dir) }))
		require.Equal(t, "first", d.read("ostree/deploy/demo/var/lib/data"))
		require.Equal(t, "data", d.names("ostree/deploy/demo/var/lib"))
	})
	t.Run("tmpfiles", func(t *testing.T) {
		d := newLocal(t, "", nil)
		d.mustAdd(d.tree("one", 1, with("usr/lib/tmpfiles.d/var.conf", "")), "rw")
		require.Equal(t, ".ostree-selabeled", d.names("ostree/deploy/demo/var"))
	})
	t.Run("not empty", func(t *testing.T) {
		d := newLocal(t, "", nil)
		d.put("ostree/deploy/demo/var/mine", "x")
		d.mustAdd(d.tree("one", 1, with("var/lib/data", "x")), "rw")
		require.Equal(t, ".ostree-selabeled mine", d.names("ostree/deploy/demo/var"))
	})
	t.Run("no var in the tree", func(t *testing.T) {
		d := newLocal(t, "", nil)
		d.mustAdd(d.tree("one", 1, func(dir string) { require.NoError(t, os.Remove(filepath.Join(dir, "var"))) }), "rw")
		require.Equal(t, ".ostree-selabeled", d.names("ostree/deploy/demo/var"))
	})
	t.Run("no var in the stateroot", func(t *testing.T) {
		d := newLocal(t, "", nil)
		require.NoError(t, os.Remove(filepath.Join(d.dir, "ostree/deploy/demo/var")))
		d.mustAdd(d.tree("one", 1, with("var/lib/data", "x")), "rw")
		require.Equal(t, legacy, d.names("ostree/deploy/demo/var"))
	})
}

// TestRefreshPolicy runs the new tree's semodule in a sandbox after the merge, with directories of the sysroot only.
func TestRefreshPolicy(t *testing.T) {
	bin := t.TempDir()
	log := filepath.Join(bin, "log")
	script := func(help, status string) {
		text := "#!/bin/sh\necho \"$*\" >>" + log + "\ncase \"$*\" in *--help) echo '" + help + "';; *) exit " + status + ";; esac\n"
		require.NoError(t, os.WriteFile(filepath.Join(bin, "bwrap"), []byte(text), 0o755))
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	d := newLocal(t, "", nil)
	c := d.tree("one", 1, func(dir string) {
		selinuxTree(t, dir)
		require.NoError(t, os.Mkdir(filepath.Join(dir, "usr/sbin"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/sbin/semodule"), []byte("x"), 0o755))
	})
	runs := func() []string {
		b, err := os.ReadFile(log)
		if err != nil {
			return nil
		}
		require.NoError(t, os.Remove(log))
		return strings.Split(strings.TrimSpace(string(b)), "\n")
	}
	script("--refresh", "0")
	d.mustAdd(c, "rw")
	require.Empty(t, runs(), "nothing was merged")
	// A link that would be followed to the machine's own directory.
	outside := filepath.Join(t.TempDir(), "outside")
	require.NoError(t, os.Mkdir(outside, 0o755))
	inside := filepath.Join(d.dir, outside)
	require.NoError(t, os.MkdirAll(filepath.Dir(inside), 0o755))
	require.NoError(t, os.Rename(filepath.Join(d.dir, "ostree/deploy/demo/var"), inside))
	d.relink("ostree/deploy/demo/var", outside)
	d.mustAdd(c)
	r := runs()
	require.Len(t, r, 2)
	require.True(t, strings.HasSuffix(r[0], " -- semodule --help"), r[0])
	require.True(t, strings.HasSuffix(r[1], " -- semodule -N --refresh"), r[1])
	dep := d.s.DeploymentPath(d.s.Deployments()[0])
	require.Contains(t, r[1], " --ro-bind "+dep+"/usr /usr --bind "+dep+"/etc /etc --bind "+inside+" /var ")
	script("old", "0")
	d.mustAdd(c)
	require.Len(t, runs(), 1)
	script("--refresh", "3")
	err := d.add("demo", c, nil, 0)
	require.ErrorContains(t, err, "Deploying tree: Finalizing deployment: ")
	require.ErrorContains(t, err, "refreshing the SELinux policy")
}

// TestVerity switches fs-verity on where the repository wants it, and again after a copy that lost it.
func TestVerity(t *testing.T) {
	testutil.Loop(t)
	if _, err := os.Stat("/sys/fs/ext4/features/verity"); err != nil {
		t.Skip("this kernel has no fs-verity")
	}
	dir := verityDisk(t)
	d := newLocal(t, dir, &sysroot.Options{MutableDeployments: true})
	c, err := d.s.Repo().EditConfig()
	require.NoError(t, err)
	require.NoError(t, c.Set("ex-integrity", "fsverity", "yes"))
	require.NoError(t, d.s.Repo().SetConfig(c))
	d = d.reopen(&sysroot.Options{MutableDeployments: true})
	require.NoError(t, d.s.PostCopy(t.Context()))
	d.mustAdd(d.tree("one", 1, nil), "rw")
	sealed := func(d *demo, name string) bool {
		f, err := os.Open(filepath.Join(d.dir, name))
		require.NoError(t, err)
		defer f.Close()
		_, err = fsverity.Measure(int(f.Fd()))
		return err == nil
	}
	dep := d.s.Deployments()[0]
	files := []string{dep.Dir() + "/.ostree.cfs", dep.Dir() + "/usr/bin/sh", "boot/ostree/demo-" + bootA + "/vmlinuz-6.1.0"}
	for _, f := range files {
		require.True(t, sealed(d, f), f)
	}
	require.NoError(t, d.s.Close())
	copied := verityDisk(t)
	out, err := exec.Command("cp", "-a", dir+"/.", copied).CombinedOutput()
	require.NoError(t, err, string(out))
	d = openLocal(t, copied, nil)
	for _, f := range files {
		require.False(t, sealed(d, f), f)
	}
	require.NoError(t, d.s.PostCopy(t.Context()))
	for _, f := range files {
		require.True(t, sealed(d, f), f)
	}
	require.NoError(t, d.s.PostCopy(t.Context()))
	d.bootable()
}

// verityDisk mounts a disk that has fs-verity.
func verityDisk(t *testing.T) string {
	dir := t.TempDir()
	image := filepath.Join(t.TempDir(), "verity.img")
	require.NoError(t, os.WriteFile(image, nil, 0o600))
	require.NoError(t, os.Truncate(image, 32<<20))
	out, err := exec.Command(testutil.Tool(t, "mkfs.ext4"), "-q", "-O", "verity", "-b", "4096", image).CombinedOutput()
	require.NoError(t, err, string(out))
	out, err = exec.Command("mount", "-o", "loop", image, dir).CombinedOutput()
	require.NoError(t, err, string(out))
	t.Cleanup(func() {
		out, err := exec.Command("umount", dir).CombinedOutput()
		require.NoError(t, err, string(out))
	})
	return dir
}

// TestComposefsDigest deploys a tree that demands a signed image only if the image is the one that the commit names.
func TestComposefsDigest(t *testing.T) {
	d := newLocal(t, "", nil)
	c := d.tree("conf", 1, func(dir string) { conf(t, dir, "[composefs]\nenabled=signed\n") })
	commit, err := d.s.Repo().LoadCommit(c)
	require.NoError(t, err)
	with := func(digest []byte) object.Checksum {
		txn, err := d.s.Repo().Begin(t.Context(), nil)
		require.NoError(t, err)
		defer txn.Abort()
		metadata := &object.Dict{}
		metadata.Set(object.KeyComposefsDigest, object.NewByteArray(digest))
		c, err := txn.WriteCommit(t.Context(), commit.Tree, commit.Meta, &ostree.CommitOptions{Metadata: metadata})
		require.NoError(t, err)
		require.NoError(t, txn.SetRef("digest", c))
		_, err = txn.Commit(t.Context())
		require.NoError(t, err)
		return c
	}
	d.mustAdd(c, "rw") // it names none
	wrong := bytes.Repeat([]byte{7}, 32)
	before := d.snapshot()
	err = d.add("demo", with(wrong), nil, 0)
	require.ErrorContains(t, err, "Deploying tree: Initializing deployment: Checking out deployment tree: ")
	m := regexp.MustCompile(`Generated composefs image digest \(([0-9a-f]{64})\) doesn't match expected digest \(([0-9a-f]{64})\)`).FindStringSubmatch(err.Error())
	require.NotNil(t, m, err)
	require.Equal(t, hex.EncodeToString(wrong), m[2])
	require.NoError(t, d.s.Cleanup(t.Context()))
	require.Equal(t, before, d.snapshot())
	right, err := hex.DecodeString(m[1])
	require.NoError(t, err)
	d.mustAdd(with(right))
}
