package rdcore

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestKargsMount(t *testing.T) {
	m := newMachine(t)
	m.device("vda", nil, nil)
	boot := m.bootFilesystem("title a  \noptions  root=x  quiet  \nlinux /v\n\n", "vda")
	o := &KargsOptions{Boot: Boot{Mount: boot}, System: m.system("")}
	entry := filepath.Join(boot, "loader/entries/ostree-2.conf")
	require.NoError(t, os.Chmod(entry, 0o600))

	res, err := Kargs(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, &KargsResult{"root=x  quiet", false}, res)
	require.Equal(t, "title a  \noptions  root=x  quiet  \nlinux /v\n\n", m.read(entry, ""), "nothing was asked for")

	o.Boot.Mount += "/"
	o.Edit.Append = []string{"y"}
	o.CreateIfChanged = filepath.Join(t.TempDir(), "changed")
	res, err = Kargs(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, &KargsResult{"root=x  quiet y", true}, res)
	require.Equal(t, "title a\noptions root=x  quiet y\nlinux /v\n\n", m.read(entry, ""))
	require.FileExists(t, o.CreateIfChanged)
	info, err := os.Stat(entry)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())

	require.NoError(t, os.WriteFile(entry, []byte("options a\noptions b"), 0o600))
	res, err = Kargs(t.Context(), o)
	require.EqualError(t, err, "visiting BLS options: visiting "+entry+": Multiple 'options' lines found")
	require.Equal(t, "a y", res.Text)

	o.Boot.Mount = filepath.Join(boot, "loader")
	_, err = Kargs(t.Context(), o)
	require.EqualError(t, err, "mountpoint "+o.Boot.Mount+" not found", "a directory on it is not it")
}

// loop makes a loop device of an image with a file system.
func loop(t *testing.T, mkfs ...string) string {
	testutil.Loop(t)
	image := filepath.Join(t.TempDir(), "image")
	f, err := os.Create(image)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(32<<20))
	require.NoError(t, f.Close())
	if len(mkfs) > 0 {
		tool := testutil.Tool(t, mkfs[0])
		testutil.Run(t, &testutil.RunOptions{Must: true}, tool, append(mkfs[1:], image)...)
	}
	losetup := testutil.Tool(t, "losetup")
	res := testutil.Run(t, &testutil.RunOptions{Must: true}, losetup, "-f", "--show", image)
	node := strings.TrimSpace(res.Stdout)
	t.Cleanup(func() {
		out, err := exec.Command(losetup, "-d", node).CombinedOutput()
		require.NoError(t, err, "%s", out)
	})
	return node
}

func TestKargsDevice(t *testing.T) {
	node := loop(t, "mkfs.ext4", "-q")
	s := &System{TempDir: t.TempDir()}
	o := &KargsOptions{Boot: Boot{Device: node}, System: s}
	_, err := Kargs(t.Context(), o)
	require.ErrorContains(t, err, "visiting BLS options: reading directory ")

	require.NoError(t, s.withDefaults().withBoot(t.Context(), o.Boot, func(root *os.Root) error {
		require.NoError(t, root.MkdirAll("loader/entries", 0o755))
		return root.WriteFile("loader/entries/a.conf", []byte("options quiet\n"), 0o644)
	}))
	o.Edit = kargs.Edit{Append: []string{"y"}}
	res, err := Kargs(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, &KargsResult{"quiet y", true}, res)
	o.Edit = kargs.Edit{}
	res, err = Kargs(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, &KargsResult{"quiet y", false}, res)

	left, err := os.ReadDir(s.TempDir)
	require.NoError(t, err)
	require.Empty(t, left, "the mount points are gone")
	table, err := os.ReadFile("/proc/self/mounts")
	require.NoError(t, err)
	require.NotContains(t, string(table), node+" ")
}

func TestKargsDeviceErrors(t *testing.T) {
	dir := t.TempDir()
	try := func(device string) error {
		_, err := Kargs(t.Context(), &KargsOptions{Boot: Boot{Device: device}, System: &System{TempDir: dir}})
		return err
	}
	require.EqualError(t, try("/dev/nonexistent"), "opening /dev/nonexistent: no such file or directory")
	require.EqualError(t, try(dir), dir+": not a block device")
	require.EqualError(t, try("/dev/null"), "/dev/null: not a block device")
	empty := loop(t)
	require.EqualError(t, try(empty), "failed to query filesystem for "+empty)
}

func TestVerifyUniqueLabel(t *testing.T) {
	label := fmt.Sprintf("rdcore-%d", os.Getpid()) // as other tests may run
	verify := func() error { return VerifyUniqueLabel(t.Context(), &UniqueLabelOptions{Label: label}) }
	testutil.Loop(t)
	require.EqualError(t, verify(), "System has 0 devices with a filesystem labeled '"+label+"': []")
	mkfs := []string{"mkfs.ext4", "-q", "-L", label, "-U"}
	a := loop(t, append(mkfs, fsUUID)...)
	require.NoError(t, verify())
	loop(t, append(mkfs, fsUUID)...)
	require.NoError(t, verify(), "a second path to the same file system")
	b := loop(t, append(mkfs, bootUUID)...)
	if len(a) > len(b) || len(a) == len(b) && a > b {
		a, b = b, a
	}
	require.EqualError(t, verify(), "System has 2 devices with a filesystem labeled '"+label+`': ["`+a+`", "`+b+`"]`)
}
