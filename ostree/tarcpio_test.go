package ostree_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/stretchr/testify/require"
)

// TestCpio commits the same tree as a directory and as cpio archives.
func TestCpio(t *testing.T) {
	tool := testutil.Tool(t, "cpio")
	dir := t.TempDir()
	for name, text := range map[string]string{"a": "text", "d/b": "more text", "d/empty": ""} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	require.NoError(t, os.Chmod(filepath.Join(dir, "a"), 0o755|os.ModeSetuid))
	for _, l := range [][2]string{{"a", "d/a"}, {"a", "z"}, {"d/empty", "d/empty2"}} {
		require.NoError(t, os.Link(filepath.Join(dir, l[0]), filepath.Join(dir, l[1])))
	}
	require.NoError(t, os.Symlink("../a", filepath.Join(dir, "d/link")))
	r := newRepo(t, ostree.ModeArchive)
	mod := &ostree.Modifier{NoXattrs: true, Filter: owner0.Filter}
	txn, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	want := ostree.NewTree()
	require.NoError(t, txn.AddDirectory(t.Context(), want, dir, mod))
	wantRoot, wantMeta, err := txn.WriteTree(want)
	require.NoError(t, err)
	for _, format := range []string{"newc", "crc", "odc"} {
		archive := testutil.Run(t, &testutil.RunOptions{Must: true}, "sh", "-c", "cd '"+dir+"' && find . | '"+tool+"' -o --quiet -H "+format).Stdout
		tree := ostree.NewTree()
		require.NoError(t, txn.AddTar(t.Context(), tree, strings.NewReader(archive), mod, nil), format)
		root, meta, err := txn.WriteTree(tree)
		require.NoError(t, err)
		require.Equal(t, wantRoot, root, format)
		require.Equal(t, wantMeta, meta, format)
		for _, n := range []int{3, 50, 200, len(archive) / 2} {
			require.Error(t, txn.AddTar(t.Context(), ostree.NewTree(), strings.NewReader(archive[:n]), mod, nil), "%s cut at %d", format, n)
		}
	}
}
