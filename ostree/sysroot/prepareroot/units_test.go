package prepareroot_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

func TestWriteUnits(t *testing.T) {
	dir := t.TempDir()
	outside := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "usr/lib"), 0o755))
	require.NoError(t, os.Symlink("../../../../../../../.."+outside, filepath.Join(dir, "usr/lib/tmpfiles.d")))
	root, err := os.Open(dir)
	require.NoError(t, err)
	defer root.Close()
	for range 2 { // the second time over the first
		require.NoError(t, prepareroot.WriteUnits(root, nil))
	}
	list := prepareroot.Units(nil)
	require.True(t, slices.IsSortedFunc(list, func(a, b prepareroot.File) int { return strings.Compare(a.Path, b.Path) }))
	for _, f := range list {
		if strings.Contains(f.Path, "tmpfiles.d") {
			require.NoFileExists(t, filepath.Join(outside, filepath.Base(f.Path)))
			require.FileExists(t, filepath.Join(dir, outside, filepath.Base(f.Path)))
			continue
		}
		info, err := os.Stat(filepath.Join(dir, f.Path))
		require.NoError(t, err)
		require.Equal(t, f.Mode, info.Mode())
	}
	for _, f := range prepareroot.Units(&prepareroot.UnitOptions{UnitDir: "/lib/systemd/system", NoDracut: true}) {
		require.True(t, strings.HasPrefix(f.Path, "lib/systemd/system/") || strings.HasPrefix(f.Path, "usr/lib/tmpfiles.d/"), f.Path)
	}
}

// TestUnitsAreValid asks systemd and a shell.
func TestUnitsAreValid(t *testing.T) {
	dir := t.TempDir()
	root, err := os.Open(dir)
	require.NoError(t, err)
	defer root.Close()
	require.NoError(t, prepareroot.WriteUnits(root, nil))
	bash := testutil.Tool(t, "bash")
	testutil.Run(t, &testutil.RunOptions{Must: true}, bash, "-n", filepath.Join(dir, "usr/lib/dracut/modules.d/50ostree/module-setup.sh"))
	analyze := testutil.Tool(t, "systemd-analyze")
	// The programs need not be there, so a stand-in for them is.
	for _, name := range []string{"usr/bin/ostree", "usr/lib/ostree/ostree-prepare-root", "usr/lib/ostree/ostree-remount"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o755))
	}
	var args []string
	for _, f := range prepareroot.Units(&prepareroot.UnitOptions{NoDracut: true}) {
		if name := filepath.Base(f.Path); strings.HasSuffix(name, ".service") {
			args = append(args, strings.Replace(name, "@", "@opt", 1))
		}
	}
	res := testutil.Run(t, nil, analyze, append([]string{"verify", "--man=no", "--root=" + dir}, args...)...)
	for _, complaint := range []string{"Unknown", "Failed to parse", "not executable", "Invalid", "Missing '='"} {
		require.NotContains(t, res.Stderr, complaint)
	}
}
