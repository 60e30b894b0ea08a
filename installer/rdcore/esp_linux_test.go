package rdcore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/gpt"
)

// withESP is a disk whose partitions 2 and 4 are EFI system partitions.
func withESP(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk")
	require.NoError(t, os.WriteFile(path, make([]byte, someSize), 0o600))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	table, err := gpt.New(someSize, 512, nil)
	require.NoError(t, err)
	for n, kind := range map[int]string{1: "0FC63DAF-8483-4772-8E79-3D69D8477DE4", 2: espType, 4: espType} {
		id, err := gpt.ParseGUID(kind)
		require.NoError(t, err)
		own := id
		own[0] = byte(n)
		require.NoError(t, table.Set(n, gpt.Entry{Type: id, GUID: own, First: uint64(100 * n), Last: uint64(100*n + 50)}))
	}
	require.NoError(t, table.Write(f))
	_, err = f.WriteAt(gpt.ProtectiveMBR(someSize, 512), 446)
	require.NoError(t, err)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func TestESPs(t *testing.T) {
	m := newMachine(t)
	disk := withESP(t)
	m.device("vda", disk, nil)
	m.device("vda/vda1", nil, nil, "partition=1")
	m.device("vda/vda2", nil, nil, "partition=2")
	m.device("vdb", make([]byte, someSize), nil)
	m.device("dm-0", disk, nil, "dm/uuid=mpath-x")
	m.device("dm-1", nil, []string{"dm-0"}, "dm/uuid=part4-mpath-x")
	s := m.system("").withDefaults()
	for name, want := range map[string][]string{"vda": {"vda2"}, "vdb": nil, "dm-0": {"dm-1"}} {
		esps, err := (&device{s, name}).esps()
		require.NoError(t, err)
		var names []string
		for _, e := range esps {
			names = append(names, e.name)
		}
		require.Equal(t, want, names, "%s: partitions that the kernel does not know are left out", name)
	}
	_, err := (&device{s, "vdc"}).esps()
	require.EqualError(t, err, "opening /dev/vdc: no such file or directory")
}

func TestBindESP(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "EFI/fedora"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "EFI/fedora/grub.cfg"), nil, 0o644))
	for _, uuid := range []string{bootUUID, fsUUID, fsUUID} {
		err := withRoot(dir, func(root *os.Root) error { return bindESP(root, "/dev/vda2", uuid) })
		require.NoError(t, err)
		data, err := os.ReadFile(filepath.Join(dir, "EFI/fedora/bootuuid.cfg"))
		require.NoError(t, err)
		require.Equal(t, "set BOOT_UUID=\""+uuid+"\"\n", string(data))
	}
	files, err := os.ReadDir(filepath.Join(dir, "EFI/fedora"))
	require.NoError(t, err)
	require.Len(t, files, 2, "no temporary file is left")
}
