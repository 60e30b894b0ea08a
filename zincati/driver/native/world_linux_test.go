package native_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/stretchr/testify/require"
)

const (
	stateroot = "demo"
	branch    = "demo/1/x86_64/stable"
	bootedDir = "NESTOS_TEST_BOOTED_DIR"
	// noMain is set for a process that does not call rpmostree.Main.
	noMain = "NESTOS_TEST_WITHOUT_MAIN"
	// systemctlCalls is where the stand-in for systemctl writes its arguments.
	systemctlCalls = "/tmp/systemctl"
)

func TestMain(m *testing.M) {
	if os.Getenv(noMain) == "" {
		rpmostree.Main()
	}
	if os.Getenv(bootedDir) != "" {
		os.Exit(m.Run())
	}
	os.Exit(testutil.MainInMemory(m))
}

// world is a sysroot to whose repository the tests commit releases.
type world struct {
	t       *testing.T
	sysroot string
	mode    ostree.Mode
	commits int64
}

// newWorld makes a sysroot with a deployment of version 40.1.
func newWorld(t *testing.T, dir string, mode ostree.Mode) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{t: t, sysroot: dir, mode: mode}
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, sysroot.InitFS(ctx, dir, 0))
	path := filepath.Join(dir, "ostree/repo")
	require.NoError(t, os.RemoveAll(path))
	repo, err := ostree.Init(path, &ostree.InitOptions{Mode: mode})
	require.NoError(t, err)
	c, err := repo.EditConfig()
	require.NoError(t, err)
	require.NoError(t, c.Set("sysroot", "bootloader", "none"))
	require.NoError(t, repo.SetConfig(c))
	require.NoError(t, repo.Close())
	first := w.release("40.1", "stable")
	s, err := sysroot.Open(dir, &sysroot.Options{SkipSync: true, MutableDeployments: true})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.InitStateroot(ctx, stateroot))
	require.NoError(t, s.Lock(ctx))
	require.NoError(t, s.Load(ctx))
	d, err := s.DeployTree(ctx, stateroot, first, sysroot.NewOrigin(branch), nil, &sysroot.DeployOptions{Kargs: kargs.Of("root=UUID=x")})
	require.NoError(t, err)
	require.NoError(t, s.SimpleWriteDeployment(ctx, stateroot, d, nil, 0))
	return w
}

// release commits a small system; each is an hour younger than the one before.
func (w *world) release(version, stream string) object.Checksum {
	w.t.Helper()
	ctx := w.t.Context()
	repo, err := ostree.Open(filepath.Join(w.sysroot, "ostree/repo"), nil)
	require.NoError(w.t, err)
	defer repo.Close()
	dir := w.t.TempDir()
	for name, content := range map[string]string{
		"usr/lib/modules/6.1.0/vmlinuz": "kernel", "usr/lib/modules/6.1.0/initramfs.img": "initramfs",
		"usr/lib/os-release": "NAME=Demo\nID=demo\nPRETTY_NAME=Demo\nVERSION_ID=" + version + "\n", "usr/etc/hostname": "demo\n",
	} {
		require.NoError(w.t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
		require.NoError(w.t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	for _, d := range []string{"boot", "dev", "proc", "run", "sys", "sysroot", "tmp", "var"} {
		require.NoError(w.t, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	require.NoError(w.t, os.Symlink("sysroot/ostree", filepath.Join(dir, "ostree")))
	txn, err := repo.Begin(ctx, &ostree.TxnOptions{NoFsync: true})
	require.NoError(w.t, err)
	defer txn.Abort()
	tree := ostree.NewTree()
	require.NoError(w.t, txn.AddDirectory(ctx, tree, dir, &ostree.Modifier{NoXattrs: true, Filter: func(e *ostree.Entry) bool {
		e.UID, e.GID = uint32(os.Getuid()), uint32(os.Getgid())
		return true
	}}))
	root, meta, err := txn.WriteTree(tree)
	require.NoError(w.t, err)
	md := &object.Dict{}
	md.Set(object.KeyVersion, object.NewString(version))
	if stream != "" {
		md.Set("fedora-coreos.stream", object.NewString(stream))
	}
	w.commits++
	c, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{
		Time: time.Unix(1700000000+w.commits*3600, 0), Metadata: md, Refs: []string{branch}, Bootable: true,
	})
	require.NoError(w.t, err)
	require.NoError(w.t, txn.SetRef(branch, c))
	_, err = txn.Commit(ctx)
	require.NoError(w.t, err)
	return c
}

// names are the versions of what is deployed, in the order of the boot menu.
func (w *world) names() (list []string) {
	w.t.Helper()
	sys, err := rpmostree.Open(context.Background(), w.sysroot, nil)
	require.NoError(w.t, err)
	defer sys.Close()
	all, err := sys.Deployments(context.Background())
	require.NoError(w.t, err)
	for _, d := range all {
		name := d.Text("version")
		for _, flag := range []string{"booted", "staged", "finalization-locked"} {
			if d.Flag(flag) {
				name += " " + flag
			}
		}
		list = append(list, name)
	}
	return list
}

func payload(c fmt.Stringer) cincinnati.Payload {
	return cincinnati.Payload{Scheme: cincinnati.Checksum, Text: c.String()}
}

func systemOptions() *rpmostree.Options {
	return &rpmostree.Options{Machine: "x86_64", Sysroot: sysroot.Options{SkipSync: true, MutableDeployments: true, NoFinalizeUnit: true}}
}
