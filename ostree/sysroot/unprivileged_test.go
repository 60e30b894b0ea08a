//go:build linux

package sysroot_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const (
	ordinaryUser   = 1000
	ordinaryDirEnv = "NESTOS_TEST_ORDINARY_DIR"
)

// asUser runs the calling test as an ordinary user and returns a directory that belongs to that one, or, in the caller,
// nothing.
func asUser(t *testing.T) string {
	t.Helper()
	return asUserOf(t, func(string) {})
}

// asUserOf lets root prepare the directory.
func asUserOf(t *testing.T, prepare func(dir string)) string {
	t.Helper()
	if os.Getenv(childEnv) == t.Name() {
		return os.Getenv(ordinaryDirEnv)
	}
	testutil.Root(t)
	dir := openToAll(t)
	require.NoError(t, os.Chown(dir, ordinaryUser, ordinaryUser))
	prepare(dir)
	inChild(t, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: ordinaryUser, Gid: ordinaryUser}},
		ordinaryDirEnv+"="+dir, "TMPDIR="+dir)
	return ""
}

// openToAll makes a directory in a place that others can reach, which the usual one for tests is not, and where files
// can have attributes if there is such a place.
func openToAll(t *testing.T) string {
	t.Helper()
	var dir string
	for _, base := range []string{"/dev/shm", "/tmp", "/var/tmp"} {
		d, err := os.MkdirTemp(base, "nestos-user-")
		if err != nil {
			continue
		}
		t.Cleanup(func() { os.RemoveAll(d) })
		if dir = d; unix.Setxattr(d, "user.test", nil, 0) == nil {
			break
		}
	}
	require.NotEmpty(t, dir)
	return dir
}

// userDemo makes a sysroot with a repository of a mode.
func userDemo(t *testing.T, dir string, mode ostree.Mode) *demo {
	t.Helper()
	d := &demo{t: t, dir: filepath.Join(dir, "root")}
	require.NoError(t, os.MkdirAll(filepath.Join(d.dir, "ostree/repo"), 0o755))
	repo, err := ostree.Init(filepath.Join(d.dir, "ostree/repo"), &ostree.InitOptions{Mode: mode})
	require.NoError(t, err)
	require.NoError(t, repo.Close())
	require.NoError(t, sysroot.InitFS(t.Context(), d.dir, 1))
	d.s, err = sysroot.Open(d.dir, &sysroot.Options{Message: func(text string) { d.said = append(d.said, text) }})
	require.NoError(t, err)
	t.Cleanup(func() { d.s.Close() })
	require.NoError(t, d.s.InitStateroot(t.Context(), "demo"))
	require.NoError(t, d.s.Load(t.Context()))
	require.NoError(t, d.s.Lock(t.Context()))
	require.Equal(t, mode, d.s.Repo().Mode())
	return d
}

// userTree commits a version of the tree, with files of an owner.
func (d *demo) userTree(version, uid int) object.Checksum {
	dir := filepath.Join(d.t.TempDir(), "tree")
	demoTree(d.t, dir, version)
	return commitTo(d.t, d.s.Repo(), "local", dir, map[int]string{1: "1.0", 2: "2.0", 3: "3.0"}[version],
		&ostree.Modifier{NoXattrs: true, Filter: func(e *ostree.Entry) bool {
			e.UID, e.GID = uint32(uid), uint32(uid)
			return true
		}})
}

// life goes from the first deployment over an upgrade to none at all.
func (d *demo) life(uid int) {
	t, ctx := d.t, d.t.Context()
	c1 := d.userTree(1, uid)
	require.NoError(t, d.add("demo", c1, kargs.Of("rw"), 0))
	require.Equal(t, []string{"DemoOS 1.0 (ostree:0)"}, d.bootable())
	etc := filepath.Join(d.dir, d.s.Deployments()[0].Dir(), "etc")
	require.NoError(t, os.WriteFile(filepath.Join(etc, "a.conf"), []byte("changed"), 0o640))
	require.NoError(t, os.Mkdir(filepath.Join(etc, "new.d"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(etc, "new.d/x"), nil, 0o600))
	c3 := d.userTree(3, uid)
	u, err := d.s.NewUpgrader("demo", nil)
	require.NoError(t, err)
	changed, err := u.Pull(ctx, nil)
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, c3, u.Commit())
	require.NoError(t, u.Deploy(ctx))
	require.Equal(t, []string{"DemoOS 3.0 (ostree:0)", "DemoOS 1.0 (ostree:1)"}, d.bootable())
	require.Equal(t, "changed", d.read(u.Deployment().Dir()+"/etc/a.conf"))
	st, err := os.Stat(filepath.Join(d.dir, u.Deployment().Dir(), "etc/new.d/x"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm())
	require.NoError(t, d.s.SetDefault(ctx, 1))
	require.NoError(t, d.s.SetPinned(d.s.Deployments()[0], true))
	require.NoError(t, d.s.SetKargsInPlace(ctx, d.s.Deployments()[0], kargs.Of("quiet")))
	for range 2 {
		_, err = d.s.Undeploy(ctx, 0)
		require.NoError(t, err)
	}
	require.Empty(t, d.names("ostree/deploy/demo/deploy"))
	require.Empty(t, d.names("boot/ostree"))
}

// TestOrdinaryUserBare works where all files belong to the user.
func TestOrdinaryUserBare(t *testing.T) {
	if dir := asUser(t); dir != "" {
		userDemo(t, dir, ostree.ModeBare).life(ordinaryUser)
	}
}

// TestOrdinaryUserBareUser works with any owners, which the repository keeps beside the files.
func TestOrdinaryUserBareUser(t *testing.T) {
	if dir := asUserOf(t, func(dir string) { testutil.UserXattrs(t, dir) }); dir != "" {
		userDemo(t, dir, ostree.ModeBareUser).life(0)
	}
}

// TestOrdinaryUserBareUserOnly works with the only owner there is.
func TestOrdinaryUserBareUserOnly(t *testing.T) {
	if dir := asUser(t); dir != "" {
		userDemo(t, dir, ostree.ModeBareUserOnly).life(0)
	}
}

// TestOrdinaryUserRefused tells what is missing to make files of other owners, and leaves nothing.
func TestOrdinaryUserRefused(t *testing.T) {
	dir := asUserOf(t, func(dir string) {
		d := userDemo(t, dir, ostree.ModeBare)
		d.userTree(1, 0)
		require.NoError(t, d.s.Close())
		require.NoError(t, filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
			if err != nil || !e.IsDir() && filepath.Base(p) != ".lock" {
				return err
			}
			return os.Chown(p, ordinaryUser, ordinaryUser)
		}))
	})
	if dir == "" {
		return
	}
	d := &demo{t: t, dir: filepath.Join(dir, "root")}
	var err error
	d.s, err = sysroot.Open(d.dir, nil)
	require.NoError(t, err)
	defer d.s.Close()
	require.NoError(t, d.s.Load(t.Context()))
	require.NoError(t, d.s.Lock(t.Context()))
	c, err := d.s.Repo().ResolveRev("local")
	require.NoError(t, err)
	for range 2 {
		err = d.add("demo", c, kargs.Of("rw"), 0)
		require.ErrorContains(t, err, "Deploying tree: Initializing deployment: Checking out deployment tree: ")
		require.ErrorContains(t, err, "Operation not permitted")
		require.ErrorContains(t, err, "CAP_CHOWN")
		require.NoError(t, d.s.Cleanup(t.Context()))
		require.Empty(t, d.names("ostree/deploy/demo/deploy"))
	}
}
