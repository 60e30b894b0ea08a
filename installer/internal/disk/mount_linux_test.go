package disk

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestWithBoot(t *testing.T) {
	testutil.Loop(t)
	boot := part{number: 2, fsType: "ext4", label: "boot", mib: 16}
	other := part{number: 3, fsType: "ext4", label: "root", mib: 16}
	second := part{number: 4, fsType: "ext4", label: "boot", mib: 16}
	raw := part{number: 1, name: "boot", mib: 1}
	tests := map[string]struct {
		parts []part
		err   string // % is the device
	}{
		"one":           {parts: []part{raw, boot, other}},
		"no partitions": {err: "couldn't find any partitions on %"},
		"none":          {parts: []part{raw, other}, err: "couldn't find boot device for %"},
		"two":           {parts: []part{boot, other, second}, err: `found multiple devices on % with label "boot"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			device := attach(t, layOut(t, 64<<20, 512, test.parts...), 512, false)
			d := open(t, device, nil)
			called := false
			err := d.WithBoot(t.Context(), "boot", false, func(root string) error {
				called = true
				_, err := os.Stat(filepath.Join(root, "lost+found"))
				return err
			})
			if test.err != "" {
				wantError(t, err, strings.ReplaceAll(test.err, "%", device))
			} else if err != nil {
				t.Error(err)
			}
			if called != (test.err == "") {
				t.Errorf("called is %v", called)
			}
			noLeftovers(t, d)
		})
	}
	blank := filepath.Join(t.TempDir(), "blank")
	if err := os.WriteFile(blank, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	d := open(t, blank, &Options{File: true})
	wantError(t, d.WithBoot(t.Context(), "boot", false, nil), "couldn't find any partitions on "+blank)
}

// bootDisk has a boot file system on partition 2.
func bootDisk(t *testing.T, o *Options) *Disk {
	t.Helper()
	device := attach(t, layOut(t, 64<<20, 512, part{number: 1, mib: 1}, part{number: 2, fsType: "ext4", label: "boot", mib: 16}), 512, true)
	return open(t, device, o)
}

func TestMount(t *testing.T) {
	d := bootDisk(t, nil)
	ctx := t.Context()
	errMine := errors.New("mine")
	if err := d.WithBoot(ctx, "boot", false, func(string) error { return errMine }); err != errMine {
		t.Errorf("error of the function became %v", err)
	}
	err := d.WithBoot(ctx, "boot", false, func(root string) error {
		// Nobody else sees the mount.
		seen := make(chan error)
		go func() {
			_, err := os.Stat(filepath.Join(root, "lost+found"))
			seen <- err
		}()
		if err := <-seen; !errors.Is(err, os.ErrNotExist) {
			t.Errorf("another goroutine: %v", err)
		}
		r, err := os.OpenRoot(root)
		if err != nil {
			return err
		}
		defer r.Close()
		// But what was opened can be used there.
		go func() { seen <- r.WriteFile("file", []byte("content"), 0o600) }()
		return <-seen
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.WithBoot(ctx, "boot", true, func(root string) error {
		b, err := os.ReadFile(filepath.Join(root, "file"))
		if err != nil || string(b) != "content" {
			t.Errorf("%q, %v", b, err)
		}
		return os.WriteFile(filepath.Join(root, "other"), nil, 0o600)
	})
	if !errors.Is(err, unix.EROFS) {
		t.Errorf("writing to a read-only mount: %v", err)
	}
	if err := d.WithBoot(ctx, "boot", false, func(root string) error { return unix.Unmount(root, 0) }); err != nil {
		t.Errorf("unmounted by the function: %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := d.WithBoot(cancelled, "boot", false, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	noLeftovers(t, d)
}

// TestStillOpen has a function that leaves a file open, so that the file system stays mounted.
func TestStillOpen(t *testing.T) {
	told := &notes{}
	d := bootDisk(t, &Options{Message: told.add})
	var f *os.File
	err := d.WithBoot(t.Context(), "boot", false, func(root string) (err error) {
		f, err = os.Open(root)
		return err
	})
	defer f.Close()
	wantError(t, err, "umounting "+d.canonical+"p2: EBUSY: Device or resource busy")
	if !errors.Is(err, unix.EBUSY) {
		t.Error("the cause is lost")
	}
	f.Close()
	noLeftovers(t, d)
	if len(told.lines) > 0 {
		t.Errorf("notes: %q", told.lines)
	}
	if err := d.WithBoot(t.Context(), "boot", false, func(string) error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestMountDevice(t *testing.T) {
	device := wholeDisk(t, "x", "f0000000-0000-4000-8000-000000000021")
	o := &Options{TempDir: t.TempDir()}
	ctx := t.Context()
	if err := MountDevice(ctx, device, false, o, func(root string) error {
		return os.WriteFile(filepath.Join(root, "file"), nil, 0o600)
	}); err != nil {
		t.Error(err)
	}
	if err := MountDevice(ctx, device, true, o, func(root string) error {
		_, err := os.Stat(filepath.Join(root, "file"))
		return err
	}); err != nil {
		t.Error(err)
	}
	blank := attach(t, layOut(t, 4<<20, 512), 512, false)
	wantError(t, MountDevice(ctx, blank, true, o, nil), "couldn't get filesystem type of "+blank)
	wantError(t, MountDevice(ctx, "/nonexistent", true, o, nil), "opening /nonexistent: no such file or directory")
	if left, err := os.ReadDir(o.TempDir); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left behind: %v, %v", left, err)
	}
}

func TestMountBroken(t *testing.T) {
	file := layOut(t, 64<<20, 512, part{number: 2, fsType: "ext4", label: "boot", mib: 16})
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	// The superblock is there, and nothing else.
	if _, err := f.WriteAt(make([]byte, 8<<20), 1<<20+4096); err != nil {
		t.Fatal(err)
	}
	f.Close()
	d := open(t, attach(t, file, 512, false), nil)
	err = d.WithBoot(t.Context(), "boot", false, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "mounting device "+d.canonical+"p2 on "+d.opts.TempDir) {
		t.Errorf("error is %v", err)
	}
	noLeftovers(t, d)
}

// TestFile mounts from an image in a file.
func TestFile(t *testing.T) {
	testutil.Loop(t)
	for _, sectorSize := range []int{512, 4096} {
		file := layOut(t, 64<<20, sectorSize, part{number: 2, fsType: "ext4", label: "boot", mib: 16})
		d := open(t, file, &Options{File: true, SectorSize: sectorSize})
		if err := d.WithBoot(t.Context(), "boot", false, func(root string) error {
			return os.WriteFile(filepath.Join(root, "file"), []byte("x"), 0o600)
		}); err != nil {
			t.Error(err)
		}
		if err := d.WithBoot(t.Context(), "boot", true, func(root string) error {
			_, err := os.Stat(filepath.Join(root, "file"))
			return err
		}); err != nil {
			t.Error(err)
		}
		noLeftovers(t, d)
	}
}

// TestNoNodes has a /dev in which the kernel's devices do not appear, as in a container.
func TestNoNodes(t *testing.T) {
	for _, noLoop := range []bool{false, true} {
		d := bootDisk(t, nil)
		if err := d.CheckExclusive(); err != nil {
			t.Fatal(err)
		}
		d.opts.host.dev, d.noLoop = t.TempDir(), noLoop
		if err := d.WithBoot(t.Context(), "boot", false, func(root string) error {
			return os.WriteFile(filepath.Join(root, "file"), []byte("x"), 0o600)
		}); err != nil {
			t.Error(err)
		}
		if d.claim == nil {
			t.Error("the disk is not held any more")
		}
		noLeftovers(t, d)
	}
}

// TestKernelPartitions uses the kernel's partitions, which may be those of an old table.
func TestKernelPartitions(t *testing.T) {
	d := bootDisk(t, nil)
	d.noLoop = true
	ctx := t.Context()
	parts, err := d.Partitions()
	if err != nil {
		t.Fatal(err)
	}
	touch := func(name string) func(string) error {
		return func(root string) error { return os.WriteFile(filepath.Join(root, name), nil, 0o600) }
	}
	clean := func() {
		t.Helper()
		known, err := d.opts.host.partitions(d.rdev)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range known {
			// Others on the machine look at all block devices now and then.
			if err := retry(ctx, rereadTries, rereadPause, nil, func() error { return d.blkpg(unix.BLKPG_DEL_PARTITION, p.number, 0, 0) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	count := func(want int) {
		t.Helper()
		if known, err := d.opts.host.partitions(d.rdev); err != nil || len(known) != want {
			t.Errorf("%d partitions are known, want %d, %v", len(known), want, err)
		}
	}
	clean()
	if err := d.WithBoot(ctx, "boot", false, touch("added")); err != nil {
		t.Errorf("without any: %v", err)
	}
	count(0)
	if err := d.blkpg(unix.BLKPG_ADD_PARTITION, 2, parts[1].Offset, parts[1].Size); err != nil {
		t.Fatal(err)
	}
	if err := d.WithBoot(ctx, "boot", false, touch("there")); err != nil {
		t.Errorf("with it: %v", err)
	}
	count(1)
	clean()
	// Its number belongs to another one.
	if err := d.blkpg(unix.BLKPG_ADD_PARTITION, 2, 40<<20, 1<<20); err != nil {
		t.Fatal(err)
	}
	if err := d.WithBoot(ctx, "boot", false, touch("number taken")); err != nil {
		t.Errorf("with another one: %v", err)
	}
	count(1)
	clean()
	// Its place belongs to another one.
	if err := d.blkpg(unix.BLKPG_ADD_PARTITION, 2, parts[1].Offset, 1<<20); err != nil {
		t.Fatal(err)
	}
	if err := d.WithBoot(ctx, "boot", false, touch("x")); err == nil || !strings.HasPrefix(err.Error(), "attaching "+d.canonical+"p2: BLKPG_ADD_PARTITION: ") {
		t.Errorf("with one in its place: %v", err)
	}
	clean()
	d.noLoop = false
	if err := d.WithBoot(ctx, "boot", true, func(root string) error {
		for _, name := range []string{"added", "there", "number taken"} {
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Error(err)
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	noLeftovers(t, d)
}
