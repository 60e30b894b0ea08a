package kernel_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/cpio"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/kernel"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs/rootfstest"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { os.Exit(testutil.MainInMemory(m)) }

const (
	version = "6.6.0-1.x86_64"
	modules = "usr/lib/modules/" + version + "/"
	boot    = "usr/lib/ostree-boot/"
)

func newTree(t *testing.T, files map[string]string) *rootfs.Tree {
	t.Helper()
	tree, _ := rootfstest.New(t, ostree.ModeBareUser)
	rootfstest.Fill(t, tree, files)
	return tree
}

// list returns the names of all files with their contents.
func list(t *testing.T, tree *rootfs.Tree) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, tree.Walk("", func(name string, i *rootfs.Info) error {
		if i.IsDir() {
			return nil
		}
		text, err := tree.ReadFile(name)
		files[name] = string(text)
		return err
	}))
	return files
}

func TestFind(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		image string
		err   string
	}{
		"in modules":                 {map[string]string{modules + "vmlinuz": "K", "usr/lib/modules/5.0/": "", "usr/lib/modules/file": ""}, modules + "vmlinuz", ""},
		"in boot":                    {map[string]string{modules: "", boot + "vmlinuz-" + version: "K"}, boot + "vmlinuz-" + version, ""},
		"in both":                    {map[string]string{modules + "vmlinuz": "K", boot + "vmlinuz-" + version: "K"}, modules + "vmlinuz", ""},
		"of no modules":              {map[string]string{modules: "", boot + "vmlinuz-5.0": "K"}, "", "No vmlinuz found in: /usr/lib/modules"},
		"two":                        {map[string]string{modules + "vmlinuz": "K", "usr/lib/modules/5.0/vmlinuz": "K"}, "", "Multiple kernels (vmlinuz) found in: /usr/lib/modules/5.0, /usr/lib/modules/" + version},
		"two, one of them not moved": {map[string]string{modules: "", boot + "vmlinuz-" + version: "K", "usr/lib/modules/5.0/vmlinuz": "K"}, "", "Multiple kernels"},
		"no modules":                 {map[string]string{"usr/lib/modules/": ""}, "", "/usr/lib/modules is empty"},
		"nothing":                    {nil, "", "/usr/lib/modules is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := kernel.Find(newTree(t, c.files))
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				require.Equal(t, !strings.HasPrefix(c.err, "Multiple"), errors.Is(err, kernel.ErrNone))
				return
			}
			require.NoError(t, err)
			require.Equal(t, kernel.Kernel{Version: version, Image: c.image}, *k)
		})
	}
}

func TestPlace(t *testing.T) {
	const sum = "0123456789abcdef"
	for name, c := range map[string]struct{ before, after map[string]string }{
		"from boot": {
			map[string]string{modules: "", boot + "vmlinuz-" + version: "K", boot + ".vmlinuz-" + version + ".hmac": sum + "  /boot/vmlinuz-" + version + "\n", boot + "config": "C"},
			map[string]string{modules + "vmlinuz": "K", modules + ".vmlinuz.hmac": sum + "  vmlinuz-" + version + "\n", boot + "config": "C"},
		},
		"in place": {
			map[string]string{modules + "vmlinuz": "K", modules + ".vmlinuz.hmac": sum + "  /boot/vmlinuz-" + version + "\n"},
			map[string]string{modules + "vmlinuz": "K", modules + ".vmlinuz.hmac": sum + "  vmlinuz-" + version + "\n"},
		},
		"relative already": {
			map[string]string{modules + "vmlinuz": "K", modules + ".vmlinuz.hmac": sum + "  vmlinuz\n", boot + ".vmlinuz-" + version + ".hmac": "other"},
			map[string]string{modules + "vmlinuz": "K", modules + ".vmlinuz.hmac": sum + "  vmlinuz\n", boot + ".vmlinuz-" + version + ".hmac": "other"},
		},
		"without sum": {
			map[string]string{modules: "", boot + "vmlinuz-" + version: "K"}, map[string]string{modules + "vmlinuz": "K"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tree := newTree(t, c.before)
			k, err := kernel.Find(tree)
			require.NoError(t, err)
			require.NoError(t, k.Place(t.Context(), tree))
			require.Equal(t, c.after, list(t, tree))
			require.Equal(t, modules+"vmlinuz", k.Image)
			require.NoError(t, k.Place(t.Context(), tree), "a second time")
			require.Equal(t, c.after, list(t, tree))
		})
	}
	tree := newTree(t, map[string]string{modules + "vmlinuz": "K", modules + ".vmlinuz.hmac": "/boot/vmlinuz"})
	k, err := kernel.Find(tree)
	require.NoError(t, err)
	require.ErrorContains(t, k.Place(t.Context(), tree), "Missing path in .vmlinuz.hmac")
}

func TestRemove(t *testing.T) {
	sum := strings.Repeat("a", 64)
	keep := map[string]string{
		modules + "modules.order": "", modules + "modules.builtin": "", modules + "kernel/x.ko": "", "usr/lib/modules/5.0/vmlinuz": "", boot + "config-" + version: "",
		boot + "vmlinuz-" + version + ".fips": "", boot + "initramfs-" + version + "-rescue.img": "", boot + "vmlinuz-" + version + "0": "",
	}
	all := maps.Clone(keep)
	for _, gone := range []string{
		modules + "vmlinuz", modules + ".vmlinuz.hmac", modules + "initramfs.img", modules + "modules.dep", modules + "modules.dep.bin", modules + "modules.alias",
		modules + "modules.alias.bin", modules + "modules.symbols", modules + "modules.symbols.bin", modules + "modules.softdep", modules + "modules.devname",
		modules + "modules.builtin.bin", modules + "modules.builtin.alias.bin", modules + "modules.weakdep",
		boot + "vmlinuz-" + version, boot + "vmlinuz-" + version + "-" + sum, boot + "initramfs-" + version + ".img", boot + "initramfs-" + version + ".img-" + sum,
	} {
		all[gone] = ""
	}
	tree := newTree(t, all)
	require.NoError(t, kernel.Remove(tree, version))
	require.Equal(t, keep, list(t, tree))
	require.NoError(t, kernel.Remove(newTree(t, nil), version))
}

func TestCopyToBoot(t *testing.T) {
	tree := newTree(t, map[string]string{modules + "vmlinuz": "K", modules + "initramfs.img": "I", boot + "vmlinuz-" + version + "-" + strings.Repeat("0", 64): "old"})
	k, err := kernel.Find(tree)
	require.NoError(t, err)
	require.NoError(t, k.CopyToBoot(tree))
	digest := sha256.Sum256([]byte("KI"))
	sum := hex.EncodeToString(digest[:])
	require.Equal(t, map[string]string{
		modules + "vmlinuz": "K", modules + "initramfs.img": "I", boot + "vmlinuz-" + version + "-" + sum: "K", boot + "initramfs-" + version + ".img-" + sum: "I",
	}, list(t, tree))
	a, err := tree.Lstat(modules + "vmlinuz")
	require.NoError(t, err)
	b, err := tree.Lstat(boot + "vmlinuz-" + version + "-" + sum)
	require.NoError(t, err)
	require.Equal(t, a.Object, b.Object, "a second name of one object")
}

func TestAppendNodes(t *testing.T) {
	for size := range 9 {
		content := strings.Repeat("i", size)
		tree := newTree(t, map[string]string{modules + "vmlinuz": "K", modules + "initramfs.img": content})
		k, err := kernel.Find(tree)
		require.NoError(t, err)
		require.NoError(t, k.AppendNodes(t.Context(), tree))
		i, err := tree.Lstat(modules + "initramfs.img")
		require.NoError(t, err)
		require.Equal(t, uint32(0o644), i.Header.Mode&0o7777)
		b, err := tree.ReadFile(modules + "initramfs.img")
		require.NoError(t, err)
		rest, ok := bytes.CutPrefix(b, []byte(content))
		require.True(t, ok)
		archive := bytes.TrimLeft(rest, "\x00")
		pad := len(rest) - len(archive)
		require.True(t, pad >= 4 && (size+pad)%4 == 0, "%d zeros behind %d bytes", pad, size)
		z, err := gzip.NewReader(bytes.NewReader(archive))
		require.NoError(t, err)
		data, err := io.ReadAll(z)
		require.NoError(t, err)
		require.Zero(t, len(data)%4)
		r := cpio.NewReader(bytes.NewReader(data))
		var got []cpio.Header
		for {
			h, err := r.Next()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			got = append(got, cpio.Header{Name: h.Name, Mode: h.Mode, RDev: h.RDev})
		}
		require.Equal(t, []cpio.Header{{Name: "dev", Mode: 0o40755}, {Name: "dev/random", Mode: 0o20666, RDev: 1<<32 | 8}, {Name: "dev/urandom", Mode: 0o20666, RDev: 1<<32 | 9}}, got)
	}
}

func TestDracutArgs(t *testing.T) {
	k := kernel.Kernel{Version: version}
	require.Equal(t, "dracut --reproducible -v --add ostree --tmpdir=/tmp/dracut -f /"+modules+"initramfs.img --no-hostonly --kver "+version,
		strings.Join(k.DracutArgs([]string{"--no-hostonly"}, true), " "))
	require.Equal(t, "dracut -v --add ostree --tmpdir=/tmp/dracut -f /"+modules+"initramfs.img --kver "+version, strings.Join(k.DracutArgs(nil, false), " "))
}
