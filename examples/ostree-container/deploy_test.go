//go:build linux

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
)

// bootable commits a tree that can be deployed, and packs it as an image.
func (w *world) bootable(version string) {
	t := w.t
	tree := filepath.Join(t.TempDir(), version)
	for name, text := range map[string]string{
		"usr/lib/os-release":                  "ID=demo\nPRETTY_NAME=Demo " + version + "\n",
		"usr/etc/conf":                        version,
		"usr/lib/modules/6.1.0/vmlinuz":       "kernel " + version,
		"usr/lib/modules/6.1.0/initramfs.img": "initramfs",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(tree, filepath.Dir(name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(tree, name), []byte(text), 0o644))
	}
	r, err := ostree.Open(w.path("src"), nil)
	require.NoError(t, err)
	defer r.Close()
	txn, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	tr := ostree.NewTree()
	require.NoError(t, txn.AddDirectory(t.Context(), tr, tree, &ostree.Modifier{CanonicalPermissions: true}))
	root, meta, err := txn.WriteTree(tr)
	require.NoError(t, err)
	c, err := txn.WriteCommit(t.Context(), root, meta, &ostree.CommitOptions{Refs: []string{"os"}, Bootable: true})
	require.NoError(t, err)
	require.NoError(t, txn.SetRef("os", c))
	_, err = txn.Commit(t.Context())
	require.NoError(t, err)
	w.ok("encapsulate --repo SRC os oci:DIR/image-" + version)
}

func TestDeployImage(t *testing.T) {
	w := newWorld(t)
	w.bootable("1")
	w.bootable("2")
	dir := w.path("root")
	// Without privileges it takes a repository whose files may belong to anybody.
	repo, err := ostree.Init(filepath.Join(dir, "ostree/repo"), &ostree.InitOptions{Mode: ostree.ModeBareUserOnly})
	require.NoError(t, err)
	require.NoError(t, repo.Close())
	require.NoError(t, sysroot.InitFS(t.Context(), dir, 1))
	s, err := sysroot.Open(dir, nil)
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.InitStateroot(t.Context(), "demo"))
	w.env["OSTREE_SYSROOT_DEBUG"] = "mutable-deployments"

	w.ok("image deploy --sysroot DIR/root --stateroot demo --image DIR/image-1 --transport oci --karg root=x --karg rw --quiet --write-commitid-to DIR/id")
	require.NoError(t, s.Load(t.Context()))
	d := s.Deployments()[0]
	require.Equal(t, d.Commit.String(), string(must(os.ReadFile(w.path("id")))))
	require.Equal(t, "root=x rw", d.Kargs().Without("ostree").String())
	ref, _ := d.Origin.Value("origin", "container-image-reference")
	require.Equal(t, w.expand("ostree-unverified-image:oci:DIR/image-1"), ref)

	w.ok("image deploy --sysroot DIR/root --stateroot demo --imgref ostree-unverified-image:oci:DIR/image-2 --quiet")
	changed, err := s.LoadIfChanged(t.Context())
	require.NoError(t, err)
	require.True(t, changed)
	require.Len(t, s.Deployments(), 2, "the one it was merged from stays")
	require.Equal(t, "root=x rw", s.Deployments()[0].Kargs().Without("ostree").String(), "arguments are inherited")
	require.Equal(t, "No unreferenced images.\n", w.ok("image prune-images --sysroot DIR/root"))

	require.NoError(t, s.Lock(t.Context()))
	_, err = s.Undeploy(t.Context(), 1)
	require.NoError(t, err)
	require.NoError(t, s.Unlock())
	require.Equal(t, w.expand("Removed: oci:DIR/image-1\n"), w.ok("image prune-images --sysroot DIR/root"))
	require.Equal(t, "No unreferenced images.\n", w.ok("image prune-images --sysroot DIR/root --full"))
	require.Equal(t, w.expand("oci:DIR/image-2\n"), w.ok("image list --repo DIR/root/ostree/repo"))
	testutil.Tool(t, "ostree")
	out := testutil.Run(t, nil, "ostree", "admin", "--sysroot="+dir, "status")
	require.Contains(t, out.Stdout, "demo "+s.Deployments()[0].Name())
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
