package composefs_test

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ostree/composefs"
)

// mount mounts an image read-only and returns the mount point.
func mount(t *testing.T, image []byte) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	dir := t.TempDir()
	file, point := filepath.Join(dir, "image"), filepath.Join(dir, "mnt")
	require.NoError(t, os.WriteFile(file, image, 0o600))
	require.NoError(t, os.Mkdir(point, 0o700))
	out, err := exec.CommandContext(t.Context(), "mount", "-t", "erofs", "-o", "ro,loop", file, point).CombinedOutput()
	if err != nil && bytes.Contains(out, []byte("unknown filesystem type")) {
		t.Skip("the kernel has no EROFS")
	}
	require.NoError(t, err, "mount: %s", out)
	t.Cleanup(func() { require.NoError(t, unix.Unmount(point, 0)) })
	return point
}

// stored is what the kernel must say about the attributes of n.
func stored(n *composefs.Node, root bool) map[string]string {
	want := map[string]string{}
	for _, x := range n.Xattrs {
		name := x.Name
		if rest, ok := strings.CutPrefix(name, "trusted.overlay."); ok {
			name = "trusted.overlay.overlay." + rest
		}
		want[name] = string(x.Value)
	}
	if n.IsRegular() && n.Size > 0 && n.Content == nil {
		want["trusted.overlay.metacopy"] = ""
		if n.Digest != nil {
			want["trusted.overlay.metacopy"] = "\x00\x24\x00\x01" + string(n.Digest[:])
		}
		if n.Payload != "" {
			want["trusted.overlay.redirect"] = "/" + n.Payload
		}
	}
	if isWhiteout(n) {
		want["trusted.overlay.overlay.whiteout"] = ""
		want["user.overlay.whiteout"] = ""
	}
	if slices.ContainsFunc(n.Children, isWhiteout) {
		for _, prefix := range []string{"trusted.overlay.overlay.", "user.overlay."} {
			want[prefix+"whiteouts"] = ""
			want[prefix+"opaque"] = "x"
		}
	}
	if root {
		want["trusted.overlay.opaque"] = "y"
	}
	return want
}

func isWhiteout(n *composefs.Node) bool { return n.Mode&0o170000 == 0o20000 && n.Rdev == 0 }

func xattrsOf(t *testing.T, path string) map[string]string {
	t.Helper()
	buf := make([]byte, 1<<16)
	n, err := unix.Llistxattr(path, buf)
	require.NoError(t, err, path)
	got := map[string]string{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(buf[:n]), "\x00"), "\x00") {
		if name == "" {
			continue
		}
		value := make([]byte, 1<<16)
		n, err := unix.Lgetxattr(path, name, value)
		require.NoError(t, err, "%s of %q", name, path)
		got[name] = string(value[:n])
	}
	return got
}

// checkMounted compares a mounted image with the tree.
func checkMounted(t *testing.T, point string, root *composefs.Node) {
	t.Helper()
	want := map[string]*composefs.Node{}
	for path, n := range root.All() {
		want[filepath.Join(point, path)] = n
	}
	err := filepath.WalkDir(point, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		var st syscall.Stat_t
		require.NoError(t, syscall.Lstat(path, &st))
		n := want[path]
		if n == nil { // a stub of the root
			require.Equal(t, point, filepath.Dir(path))
			require.EqualValues(t, 0o20644, st.Mode)
			require.Zero(t, st.Rdev)
			return nil
		}
		delete(want, path)
		checkStat(t, path, n, &st)
		expected := stored(n, path == point)
		if !maps.Equal(expected, xattrsOf(t, path)) {
			require.Equal(t, expected, xattrsOf(t, path), path)
		}
		if n.IsSymlink() {
			target, err := os.Readlink(path)
			require.NoError(t, err)
			require.Equal(t, n.Target, target)
		}
		if n.IsRegular() && n.Content != nil {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, n.Content, content)
		}
		return nil
	})
	require.NoError(t, err)
	require.Empty(t, want, "files that are not in the mount")
}

func checkStat(t *testing.T, path string, n *composefs.Node, st *syscall.Stat_t) {
	t.Helper()
	mode, links := n.Mode, uint64(1)
	if isWhiteout(n) {
		mode = 0o100000 | mode&0o7777
	}
	require.Equal(t, mode, st.Mode, path)
	require.Equal(t, [2]uint32{n.UID, n.GID}, [2]uint32{st.Uid, st.Gid}, path)
	require.Equal(t, [2]int64{n.MtimeSec, int64(n.MtimeNsec)}, [2]int64{int64(st.Mtim.Sec), int64(st.Mtim.Nsec)}, path)
	require.EqualValues(t, n.Rdev, st.Rdev, path)
	switch {
	case n.IsDir():
		links = 2
		for _, c := range n.Children {
			if c.IsDir() {
				links++
			}
		}
	case n.IsRegular():
		require.EqualValues(t, n.Size, st.Size, path)
	case n.IsSymlink():
		require.EqualValues(t, len(n.Target), st.Size, path)
	}
	require.EqualValues(t, links, st.Nlink, path)
}

// The kernel must see in an image what was written.
func TestMountedImages(t *testing.T) {
	for _, seed := range []uint64{1, 5, 8, 11, 12} {
		g := newGenerator(seed, 3000)
		root := g.dir("", 0)
		for _, n := range root.All() { // the kernel refuses what it takes for a size beyond its limits
			n.Size = min(n.Size, 1<<42)
		}
		image, _ := write(t, root, nil)
		checkMounted(t, mount(t, image), root)
	}
}

// dump.erofs and fsck.erofs are independent readers.
func TestErofsUtils(t *testing.T) {
	tool, err := exec.LookPath("fsck.erofs")
	if err != nil {
		t.Skip("erofs-utils are not installed")
	}
	for _, root := range []*composefs.Node{tiny(), ostreeTree(true)} {
		image, _ := write(t, root, nil)
		file := filepath.Join(t.TempDir(), "image")
		require.NoError(t, os.WriteFile(file, image, 0o600))
		out, err := exec.CommandContext(t.Context(), tool, file).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}
