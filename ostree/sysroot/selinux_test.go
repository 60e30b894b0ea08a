//go:build linux

package sysroot_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/fsflags"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// selinuxTree adds a small policy to a tree.
func selinuxTree(t *testing.T, dir string) {
	contexts := filepath.Join(dir, "usr/etc/selinux/targeted/contexts/files")
	require.NoError(t, os.MkdirAll(contexts, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/etc/selinux/config"), []byte("SELINUX=enforcing\nSELINUXTYPE=targeted\n"), 0o644))
	text := `/.*	system_u:object_r:default_t:s0
/	-d	system_u:object_r:root_t:s0
/usr(/.*)?	system_u:object_r:usr_t:s0
/etc(/.*)?	system_u:object_r:etc_t:s0
/etc/sub/.*	--	system_u:object_r:sub_t:s0
/boot/.*	system_u:object_r:boot_t:s0
/boot/vmlinuz.*	--	system_u:object_r:kernel_t:s0
/var(/.*)?	system_u:object_r:var_t:s0
/var/log(/.*)?	system_u:object_r:log_t:s0
/var/none	<<none>>
`
	require.NoError(t, os.WriteFile(filepath.Join(contexts, "file_contexts"), []byte(text), 0o644))
}

// label returns the type of a file's label.
func (d *demo) label(name string) string {
	d.t.Helper()
	b := make([]byte, 256)
	n, err := unix.Lgetxattr(filepath.Join(d.dir, name), "security.selinux", b)
	if err == unix.ENODATA {
		return ""
	}
	require.NoError(d.t, err, name)
	f := strings.Split(strings.TrimRight(string(b[:n]), "\x00"), ":")
	require.Len(d.t, f, 4)
	return f[2]
}

// TestSELinux gives labels to what is made outside of the commit.
func TestSELinux(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Lsetxattr(dir, "security.selinux", []byte("system_u:object_r:tmp_t:s0\x00"), 0); err != nil {
		t.Skipf("no labels here: %v", err)
	}
	boot := filepath.Join(dir, "boot")
	require.NoError(t, os.Mkdir(boot, 0o755))
	mountLoop(t, "ext4", 8, boot)
	d := newLocal(t, dir, nil)
	d.put("ostree/deploy/demo/var/data/file", "of before")
	d.put("ostree/deploy/demo/var/log/x", "of before")
	d.put("ostree/deploy/demo/var/none", "of before")
	require.NoError(t, os.Symlink("x", filepath.Join(dir, "ostree/deploy/demo/var/log/link")))
	c := d.tree("selinux", 1, func(dir string) { selinuxTree(t, dir) })
	d.mustAdd(c, "rw")
	require.Equal(t, "Relabeling /var (no stamp file 'var/.ostree-selabeled' found)", d.messages()[0])
	dep := d.s.Deployments()[0]
	bootDir := "boot/ostree/demo-" + dep.BootChecksum
	for name, want := range map[string]string{
		dep.Dir() + "/etc":                 "etc_t",
		dep.Dir() + "/etc/a.conf":          "etc_t",
		dep.Dir() + "/etc/os-release":      "etc_t",
		dep.Dir() + "/etc/sub":             "etc_t",
		dep.Dir() + "/etc/sub/c.conf":      "sub_t",
		dep.Dir() + "/usr/bin/sh":          "", // the commit's business
		bootDir + "/vmlinuz-6.1.0":         "kernel_t",
		bootDir + "/initramfs-6.1.0.img":   "boot_t",
		"ostree/deploy/demo/var":           "var_t",
		"ostree/deploy/demo/var/data/file": "var_t",
		"ostree/deploy/demo/var/log/x":     "log_t",
		"ostree/deploy/demo/var/log/link":  "log_t",
		"ostree/deploy/demo/var/none":      "",
		"ostree/deploy/demo/backing/" + dep.Name() + "/root-transient/upper": "root_t",
	} {
		require.Equal(t, want, d.label(name), name)
	}
	// Once is enough.
	d.put("ostree/deploy/demo/var/later", "x")
	require.NoError(t, os.WriteFile(filepath.Join(dir, dep.Dir(), "etc/mine"), nil, 0o644))
	require.NoError(t, unix.Lsetxattr(filepath.Join(dir, dep.Dir(), "etc/mine"), "security.selinux", []byte("system_u:object_r:mine_t:s0\x00"), 0))
	d.mustAdd(c)
	for _, m := range d.messages() {
		require.NotContains(t, m, "Relabeling")
	}
	require.Equal(t, "", d.label("ostree/deploy/demo/var/later"))
	require.Equal(t, "mine_t", d.label(d.s.Deployments()[0].Dir()+"/etc/mine"))
	// All of the deployment, or a part of it as if it lay elsewhere.
	dep = d.s.Deployments()[0]
	require.NoError(t, d.s.SetMutable(dep, true))
	require.NoError(t, d.s.EnsureLabeled(t.Context(), "", ""))
	require.Equal(t, "usr_t", d.label(dep.Dir()+"/usr/bin"))
	require.Equal(t, "etc_t", d.label(dep.Dir()+"/etc/mine"))
	require.NoError(t, d.s.EnsureLabeled(t.Context(), "usr/bin", "/var/log"))
	require.Equal(t, "log_t", d.label(dep.Dir()+"/usr/bin"))
	// Without a policy there is nothing to do, and a policy that cannot be read stops the deployment.
	d.mustAdd(d.tree("plain", 2, nil))
	require.Equal(t, "", d.label(d.s.Deployments()[0].Dir()+"/etc/a.conf"))
	require.ErrorContains(t, d.s.EnsureLabeled(t.Context(), "", ""), "No SELinux policy found in deployment '"+d.s.DeploymentPath(d.s.Deployments()[0])+"'")
	bad := d.tree("bad", 1, func(dir string) {
		selinuxTree(t, dir)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/etc/selinux/targeted/contexts/files/file_contexts"), []byte("/(((	x\n"), 0o644))
	})
	require.Error(t, d.add("demo", bad, nil, 0))
	d.bootable()
}

// TestImmutable sets the flag that keeps a deployment's directory as it is, and clears it to delete one.
func TestImmutable(t *testing.T) {
	d := newLocal(t, mountLoop(t, "ext4", 24, ""), nil)
	immutable := func(dep *sysroot.Deployment) bool {
		f, err := os.Open(d.s.DeploymentPath(dep))
		require.NoError(t, err)
		defer f.Close()
		on, err := fsflags.Immutable(f)
		require.NoError(t, err)
		return on
	}
	c1 := d.tree("one", 1, nil)
	d.mustAdd(c1, "rw")
	dep := d.s.Deployments()[0]
	require.True(t, immutable(dep))
	require.ErrorIs(t, os.Mkdir(d.s.DeploymentPath(dep)+"/new", 0o755), unix.EPERM)
	require.NoError(t, os.WriteFile(d.s.DeploymentPath(dep)+"/etc/new", nil, 0o644))
	require.NoError(t, d.s.SetMutable(dep, true))
	require.False(t, immutable(dep))
	require.NoError(t, d.s.SetMutable(dep, true))
	require.NoError(t, d.s.SetMutable(dep, false))
	require.True(t, immutable(dep))
	_, err := d.s.Undeploy(t.Context(), 0)
	require.NoError(t, err)
	require.NoDirExists(t, d.s.DeploymentPath(dep))
	d = d.reopen(&sysroot.Options{MutableDeployments: true})
	d.mustAdd(c1, "rw")
	require.False(t, immutable(d.s.Deployments()[0]))
}
