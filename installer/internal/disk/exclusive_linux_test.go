package disk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// twoPartitions is a device with ext4 on partitions 1 and 2, known to the kernel.
func twoPartitions(t *testing.T) (*Disk, *notes) {
	t.Helper()
	testutil.Loop(t)
	file := layOut(t, 64<<20, 512, part{number: 1, fsType: "ext4", label: "one", mib: 16}, part{number: 2, fsType: "ext4", label: "two", mib: 16})
	device := attach(t, file, 512, true)
	told := &notes{}
	d := open(t, device, &Options{Message: told.add})
	parts, err := d.Partitions()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		// Kernels that know GPT have done it already.
		if err := d.blkpg(unix.BLKPG_ADD_PARTITION, p.Number, p.Offset, p.Size); err != nil && !errors.Is(err, unix.EBUSY) {
			t.Fatal(err)
		}
	}
	return d, told
}

func (d *Disk) nodeOf(t *testing.T, number int) string {
	t.Helper()
	parts, err := d.opts.host.partitions(d.rdev)
	if err != nil || len(parts) < number {
		t.Fatalf("partitions of %s: %v, %v", d.canonical, parts, err)
	}
	node, cleanup, err := d.partitionNode(&parts[number-1])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cleanup)
	return node
}

func mountAt(t *testing.T, device, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(device, dir, "ext4", 0, ""); err != nil {
		t.Fatalf("mounting %s: %v", device, err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
}

func TestExclusive(t *testing.T) {
	d, told := twoPartitions(t)
	if err := d.CheckExclusive(); err != nil {
		t.Fatal(err)
	}
	if len(told.lines) > 0 {
		t.Errorf("notes: %q", told.lines)
	}
	// It is held: nobody can mount it, or use it in another way.
	if f, err := os.OpenFile(d.canonical, os.O_RDONLY|unix.O_EXCL, 0); err == nil {
		f.Close()
		t.Error("somebody else could claim the device")
	}
	// But the table can be read again, and the claim ends with the disk.
	if err := d.Reread(t.Context()); err != nil {
		t.Error(err)
	}
	d.Close()
	f, err := os.OpenFile(d.canonical, os.O_RDONLY|unix.O_EXCL, 0)
	if err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
}

func TestBusyPartitions(t *testing.T) {
	d, told := twoPartitions(t)
	one, two := d.nodeOf(t, 1), d.nodeOf(t, 2)
	dir := t.TempDir()
	a, b, c := filepath.Join(dir, "first here"), filepath.Join(dir, "then"), filepath.Join(dir, "two")
	mountAt(t, two, c)
	mountAt(t, one, a)
	mountAt(t, one, b)
	// As given, not as it is: through a link.
	link := filepath.Join(t.TempDir(), "disk")
	if err := os.Symlink(d.canonical, link); err != nil {
		t.Fatal(err)
	}
	d2 := open(t, link, &Options{Message: told.add})
	wantError(t, d2.CheckExclusive(), "checking for exclusive access to "+link+": found busy partitions")
	p1, p2 := d.canonical+"p1", d.canonical+"p2"
	want := "Partitions in use on " + link + ":\n    " + p1 + " mounted on " + a + "\n    " + p1 + " mounted on " + b + "\n    " + p2 + " mounted on " + c
	if got := strings.Join(told.lines, "\n"); got != want {
		t.Errorf("note is\n%s\nwant\n%s", got, want)
	}
}

func TestBusySwap(t *testing.T) {
	mkswap := testutil.Tool(t, "mkswap")
	d, told := twoPartitions(t)
	node := d.nodeOf(t, 2)
	testutil.Run(t, &testutil.RunOptions{Must: true}, mkswap, node)
	if out := testutil.Run(t, nil, testutil.Tool(t, "swapon"), node); out.Exit != 0 {
		testutil.Missing(t, "swap cannot be used here: %s", out.Stderr)
	}
	off := testutil.Tool(t, "swapoff")
	wantError(t, d.CheckExclusive(), "checking for exclusive access to "+d.canonical+": found busy partitions")
	testutil.Run(t, &testutil.RunOptions{Must: true}, off, node)
	want := "Partitions in use on " + d.canonical + ":\n    " + d.canonical + "p2 is swap device"
	if got := strings.Join(told.lines, "\n"); got != want {
		t.Errorf("note is\n%s\nwant\n%s", got, want)
	}
	if err := d.CheckExclusive(); err != nil {
		t.Error(err)
	}
}

func TestBusyOtherwise(t *testing.T) {
	d, told := twoPartitions(t)
	node := d.nodeOf(t, 1)
	// Somebody has a partition open; nothing shows who.
	f, err := os.Open(node)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, d.CheckExclusive(), "checking for exclusive access to "+d.canonical+": couldn't reread partition table: device is in use: EBUSY: Device or resource busy")
	f.Close()
	if len(told.lines) > 0 {
		t.Errorf("notes: %q", told.lines)
	}
	// A partition instead of a disk.
	p := open(t, node, nil)
	wantError(t, p.CheckExclusive(), "checking for exclusive access to "+node+": couldn't reread partition table: device may not support partitions: EINVAL: Invalid argument")
}

func TestBusyDisk(t *testing.T) {
	testutil.Loop(t)
	for _, partscan := range []bool{false, true} {
		file := filepath.Join(t.TempDir(), "fs.img")
		if err := os.WriteFile(file, makeFS(t, part{fsType: "ext4", label: "x", mib: 16}, 512), 0o600); err != nil {
			t.Fatal(err)
		}
		device := attach(t, file, 512, partscan)
		dir := filepath.Join(t.TempDir(), "mnt")
		mountAt(t, device, dir)
		told := &notes{}
		d := open(t, device, &Options{Message: told.add})
		wantError(t, d.CheckExclusive(), "checking for exclusive access to "+device+": couldn't reread partition table: device is in use: EBUSY: Device or resource busy")
		if got := strings.Join(told.lines, "\n"); got != "Device in use:\n    "+device+" mounted on "+dir {
			t.Errorf("note is %s", got)
		}
		if err := unix.Unmount(dir, 0); err != nil {
			t.Fatal(err)
		}
		if err := d.CheckExclusive(); err != nil {
			t.Error(err)
		}
		d.Close()
	}
}

// TestHost reads a made-up /sys: a multipath device whose partitions kpartx made.
func TestHost(t *testing.T) {
	dir := t.TempDir()
	h := host{sys: filepath.Join(dir, "sys"), dev: "/dev", proc: filepath.Join(dir, "proc")}
	files := map[string]string{
		"sys/dev/block/253:0/dm/name":                           "mpatha",
		"sys/dev/block/253:0/holders/dm-12/dm/uuid":             "part10-mpath-36001",
		"sys/dev/block/253:0/holders/dm-12/dm/name":             "mpatha10",
		"sys/dev/block/253:0/holders/dm-12/dev":                 "253:12",
		"sys/dev/block/253:0/holders/dm-12/holders/dm-13/dev":   "253:13",
		"sys/dev/block/253:0/holders/dm-2/dm/uuid":              "part2-mpath-36001",
		"sys/dev/block/253:0/holders/dm-2/dm/name":              "mpatha2",
		"sys/dev/block/253:0/holders/dm-2/dev":                  "253:2",
		"sys/dev/block/253:0/holders/dm-3/dm/uuid":              "LVM-abc",
		"sys/dev/block/253:0/holders/dm-3/dev":                  "253:3",
		"sys/dev/block/104:0/size":                              "100",
		"sys/dev/block/104:0/cciss!c0d0p1/partition":            "1",
		"sys/dev/block/104:0/cciss!c0d0p1/dev":                  "104:1",
		"sys/dev/block/104:0/cciss!c0d0p1/holders/md127/dev":    "9:127",
		"sys/dev/block/104:0/queue/logical_block_size":          "512",
		"proc/self/mountinfo":                                   "36 35 253:2 / /mnt\\0402 rw,noatime - ext4 none rw\n",
		"proc/swaps":                                            "Filename\tType\n",
		"sys/dev/block/253:9/unrelated/partition-without-a-dev": "1",
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	told := &notes{}
	d := &Disk{path: "/dev/mapper/mpatha", canonical: "/dev/dm-0", opts: Options{Message: told.add, host: h}, device: device{rdev: unix.Mkdev(253, 0), mapper: h.isMapper(unix.Mkdev(253, 0))}}
	d.opts.setDefaults()
	uses, err := d.partitionUses()
	want := "    /dev/mapper/mpatha10 in use by /dev/dm-13\n    /dev/mapper/mpatha2 mounted on /mnt 2"
	if got := strings.Join(uses, "\n"); err != nil || got != want || !d.mapper {
		t.Errorf("uses are %v\n%s\nwant\n%s", err, got, want)
	}
	d.rdev, d.mapper = unix.Mkdev(104, 0), false
	uses, err = d.partitionUses()
	if got := strings.Join(uses, "\n"); err != nil || got != "    /dev/cciss/c0d0p1 in use by /dev/md127" {
		t.Errorf("uses are %v %s", err, got)
	}
	if parts, err := h.partitions(unix.Mkdev(1, 1)); err != nil || len(parts) > 0 {
		t.Errorf("partitions of nothing: %v, %v", parts, err)
	}
}
