package disk

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// mapper makes a device-mapper device with a table, in which %s is below.
func mapper(t *testing.T, name, below, table string) string {
	t.Helper()
	dmsetup := testutil.Tool(t, "dmsetup")
	if f, err := os.Open("/dev/mapper/control"); err != nil {
		t.Skipf("the kernel has no device-mapper: %v", err) // nothing that CI could install
	} else {
		f.Close()
	}
	if _, err := os.Stat("/run/udev/control"); err != nil {
		t.Setenv("DM_DISABLE_UDEV", "1") // the programs make the nodes themselves
	}
	testutil.Run(t, &testutil.RunOptions{Must: true}, dmsetup, "create", "--noudevsync", name, "--table", strings.ReplaceAll(table, "%s", below))
	t.Cleanup(func() {
		if out, err := exec.Command(dmsetup, "remove", "--noudevsync", "--retry", name).CombinedOutput(); err != nil {
			t.Errorf("dmsetup remove: %v: %s", err, out)
		}
	})
	return "/dev/mapper/" + name
}

func reload(t *testing.T, name, below, table string) {
	t.Helper()
	for _, args := range [][]string{{"suspend", "--nolockfs", "--noudevsync", name}, {"load", name, "--table", strings.ReplaceAll(table, "%s", below)}, {"resume", "--noudevsync", name}} {
		testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "dmsetup"), args...)
	}
}

// TestMapper installs on a device-mapper device, whose partitions kpartx makes.
func TestMapper(t *testing.T) {
	testutil.Loop(t)
	testutil.Tool(t, "kpartx")
	for _, sectorSize := range []int{512, 4096} {
		t.Run(fmt.Sprint(sectorSize), func(t *testing.T) {
			name := fmt.Sprintf("nestos%d-%d", os.Getpid(), sectorSize)
			below := attach(t, layOut(t, 64<<20, sectorSize, part{number: 2, name: "data", fsType: "ext4", label: "data", mib: 8}), sectorSize, false)
			path := mapper(t, name, below, "0 131072 linear %s 0")
			told := &notes{}
			d := open(t, path, &Options{Message: told.add})
			if !d.mapper {
				t.Error("it is not taken for a device-mapper device")
			}
			if err := d.CheckExclusive(); err != nil {
				t.Fatal(err)
			}
			if err := d.Reread(t.Context()); err != nil {
				t.Fatal(err)
			}
			parts, err := d.opts.host.partitions(d.rdev)
			if err != nil || len(parts) != 1 || parts[0].number != 2 || parts[0].path != "/dev/mapper/"+name+"p2" && parts[0].path != "/dev/mapper/"+name+"2" {
				t.Fatalf("partitions %+v, %v", parts, err)
			}
			mnt := filepath.Join(t.TempDir(), "mnt")
			mountAt(t, parts[0].path, mnt)
			wantError(t, d.CheckExclusive(), "checking for exclusive access to "+path+": found busy partitions")
			if got := strings.Join(told.lines, "\n"); got != "Partitions in use on "+path+":\n    "+parts[0].path+" mounted on "+mnt {
				t.Errorf("note: %s", got)
			}
			if err := unix.Unmount(mnt, 0); err != nil {
				t.Fatal(err)
			}
			for _, noLoop := range []bool{false, true} {
				d.noLoop = noLoop
				file := fmt.Sprint(noLoop)
				if err := d.WithBoot(t.Context(), "data", false, func(root string) error { return os.WriteFile(filepath.Join(root, file), nil, 0o600) }); err != nil {
					t.Error(err)
				}
			}
			if err := d.WithBoot(t.Context(), "data", true, func(root string) error {
				_, err1 := os.Stat(filepath.Join(root, "true"))
				_, err2 := os.Stat(filepath.Join(root, "false"))
				return errors.Join(err1, err2)
			}); err != nil {
				t.Error(err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(parts[0].path); err == nil {
				t.Error("kpartx's partition is left behind")
			}
		})
	}
}

// TestMapperErrors has disks of which a part cannot be written.
func TestMapperErrors(t *testing.T) {
	testutil.Loop(t)
	image := fixture(t, "image-512")
	tests := map[string]struct {
		table       string
		overwriting bool
		err         string
	}{
		"backup":       {table: "0 32760 linear %s 0\n32760 8 error", overwriting: true, err: "writing new GPT: input/output error"},
		"backup array": {table: "0 32736 linear %s 0\n32736 8 error\n32744 24 linear %s 32744", overwriting: true, err: "writing new GPT: input/output error"},
		"first sector": {table: "0 8 error\n8 32760 linear %s 8", overwriting: true, err: "writing new GPT: input/output error"},
		"first MiB":    {table: "0 1024 linear %s 0\n1024 8 error\n1032 31736 linear %s 1032", err: "writing first MiB of image: input/output error"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "disk.img")
			if err := os.WriteFile(file, fixture(t, "before-512"), 0o600); err != nil {
				t.Fatal(err)
			}
			below := attach(t, file, 512, false)
			dm := fmt.Sprintf("nestos%d", os.Getpid())
			const good = "0 32768 linear %s 0"
			path := mapper(t, dm, below, good)
			d := open(t, path, nil)
			keep, err := ReadSaved(d, byName("data"), false)
			if err != nil {
				t.Fatal(err)
			}
			reload(t, dm, below, test.table)
			err = keep.Overwrite(d.File())
			if !test.overwriting {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := d.File().WriteAt(image[FirstSize:], FirstSize); err != nil {
					t.Fatal(err)
				}
				err = keep.Merge(image[:FirstSize], d)
			}
			wantError(t, err, test.err)
			reload(t, dm, below, good)
			tab, err := gpt.Read(d.File(), d.Size(), 512)
			if err != nil || len(names(tab, "data")) != 2 || len(names(tab, "boot")) != 0 {
				t.Errorf("table %+v, %v", tab, err)
			}
			if err := keep.Overwrite(d.File()); err != nil {
				t.Errorf("reset: %v", err)
			}
			d.Close()
		})
	}
}
