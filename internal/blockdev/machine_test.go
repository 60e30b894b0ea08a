package blockdev_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nestos-dev/nestos/internal/blockdev"
)

func tree(t *testing.T, files map[string]string) blockdev.Machine {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return blockdev.Machine{Sys: dir + "/sys", Proc: dir + "/proc", Dev: dir + "/dev"}
}

func TestMachine(t *testing.T) {
	const class = "sys/class/block/"
	m := tree(t, map[string]string{
		class + "nvme0n1/holders/x": "", class + "nvme0n1/nvme0n1p10/start": "", class + "nvme0n1/nvme0n1p2/start": "", class + "nvme0n1/queue/y": "",
		class + "nvme0n1p2/start": "2048\n", class + "nvme0n1p2/size": "4096\n",
		class + "dm-3/dm/name": "mpath a\n", "dev/dm-4": "", "proc/mounts": "",
	})
	if got, err := m.Partitions("/dev/nvme0n1"); err != nil || !slices.Equal(got, []string{"/dev/nvme0n1p2", "/dev/nvme0n1p10"}) {
		t.Errorf("%q %v", got, err)
	}
	if got, err := m.Holders("/dev/nvme0n1"); err != nil || !slices.Equal(got, []string{"x"}) {
		t.Errorf("%q %v", got, err)
	}
	if start, size, err := m.Extent("/dev/nvme0n1p2"); err != nil || start != 2048 || size != 4096 {
		t.Errorf("%d %d %v", start, size, err)
	}
	if _, _, err := m.Extent("/dev/nvme0n1"); err == nil {
		t.Error("a disk has no start")
	}
	if _, err := m.Holders("/dev/gone"); err == nil {
		t.Error("no error for a device that is missing")
	}
	if got := m.MapperName("/dev/dm-3"); got != "mpath a" {
		t.Errorf("%q", got)
	}
	if got := m.PartitionNode("/dev/dm-3", 2); got != m.Dev+"/disk/by-id/dm-name-mpath ap2" {
		t.Errorf("%q", got)
	}
	if got, err := m.Partitions("/dev/dm-3"); err != nil || len(got) != 0 {
		t.Errorf("%q %v", got, err)
	}
	os.MkdirAll(m.Dev+"/disk/by-id", 0o755)
	os.Symlink("../../dm-4", m.Dev+"/disk/by-id/dm-name-mpath ap2")
	os.Symlink("../../dm-4", m.Dev+"/disk/by-id/dm-name-mpath apart")
	if got, err := m.Partitions("/dev/dm-3"); err != nil || !slices.Equal(got, []string{m.Dev + "/dm-4"}) {
		t.Errorf("%q %v", got, err)
	}
}

func TestMounted(t *testing.T) {
	m := tree(t, map[string]string{"dev/sda1": "", "dev/sdb": "", "proc/mounts": ""})
	os.Symlink("sda1", m.Dev+"/a link")
	os.WriteFile(m.Proc+"/mounts", []byte("tmpfs /run tmpfs rw 0 0\n/dev/root / ext4 rw 0 0\n"+m.Dev+`/a\040link /x\011y ext4 rw 0 0`+"\n"), 0o644)
	for dev, want := range map[string]bool{"/sda1": true, "/sdb": false} {
		if got, err := m.Mounted(m.Dev + dev); err != nil || got != want {
			t.Errorf("%s: %v %v", dev, got, err)
		}
	}
	if _, err := (blockdev.Machine{Proc: m.Proc + "/none"}).Mounted("/dev/sda"); err == nil {
		t.Error("no error without /proc/mounts")
	}
}

func TestNames(t *testing.T) {
	for disk, want := range map[string]string{"/dev/sda": "/dev/sda3", "/dev/loop7": "/dev/loop7p3", "/dev/nvme0n1": "/dev/nvme0n1p3"} {
		if got := blockdev.PartitionPath(disk, 3); got != want {
			t.Errorf("%s: %s", disk, got)
		}
	}
	for in, want := range map[string]string{`a\040b\134`: `a b\`, `\04`: `\04`, `\999`: `\999`, `x`: `x`} {
		if got := blockdev.Unescape(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
