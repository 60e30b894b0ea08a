package disks

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

// TestOneDeviceWithTwoNames: the plan and the stage refuse what would be done twice.
func TestOneDeviceWithTwoNames(t *testing.T) {
	const same = `"DEV/b0" and "DEV/link" are the same device`
	for _, c := range []struct{ name, storage, entry string }{
		{"file systems", `{"filesystems":[{"device":"DEV/b0","format":"ext4"},{"device":"DEV/b1","format":"ext4"},{"device":"DEV/link","format":"xfs"}]}`, "$.storage.filesystems.2"},
		{"file systems, one kept", `{"filesystems":[{"device":"DEV/b0","format":"none"},{"device":"DEV/link","format":"xfs"}]}`, "$.storage.filesystems.1"},
		{"file systems, both kept", `{"filesystems":[{"device":"DEV/b0","format":"none"},{"device":"DEV/link","format":"none"}]}`, ""},
		{"members of one array", `{"raid":[{"name":"x","level":"raid1","devices":["DEV/b1","DEV/b0","DEV/link"]}]}`, "$.storage.raid.0"},
		{"volumes", `{"luks":[{"name":"x","device":"DEV/b0"},{"name":"y","device":"DEV/link"}]}`, "$.storage.luks.1"},
		{"disks", `{"disks":[{"device":"DEV/b0","wipeTable":true},{"device":"DEV/link","wipeTable":true}]}`, "$.storage.disks.1"},
	} {
		for _, dry := range []bool{false, true} {
			l := newLab(t)
			l.reply = notLuks
			for _, n := range []string{"b0", "b1", "b2"} {
				l.dev(n, 16*mib)
			}
			l.must(os.Symlink("b0", l.dir+"/dev/link"))
			var err error
			if dry {
				p, planErr := PlanDisks(t.Context(), l.h, l.config(c.storage))
				l.must(planErr)
				err = (&stage{h: l.h}).apply(t.Context(), p)
			} else {
				err = l.disks(c.storage)
			}
			l.expect() // nothing was begun
			if c.entry == "" {
				l.must(err)
				continue
			}
			wantError(t, err, strings.ReplaceAll(same, "DEV", l.dir+"/dev"))
			if step, ok := errors.AsType[*plan.StepError](err); !ok || step.Step.Entry != c.entry {
				t.Errorf("%s: error of another entry: %#v", c.name, err)
			}
		}
	}
}

// TestTwoNamesOfWhatWillBe: names of devices that only the plan knows.
func TestTwoNamesOfWhatWillBe(t *testing.T) {
	l := newLab(t)
	l.dev("b0", 256*mib)
	disk := `"disks":[{"device":"DEV/b0","partitions":[{"number":1,"label":"a","sizeMiB":64},{"number":2,"label":"b","sizeMiB":64}]}],`
	l.dev("b1", mib)
	raid := `"raid":[{"name":"x","level":"raid1","devices":["DEV/b1"]}],`
	fs := func(a, b string) string {
		return `"filesystems":[{"device":"` + a + `","format":"ext4"},{"device":"` + b + `","format":"ext4"}]}`
	}
	for _, c := range []struct {
		storage string
		fails   bool
	}{
		{`{` + disk + fs("DEV/b01", "/dev/disk/by-partlabel/a"), true},
		{`{` + disk + fs("DEV/b01", "/dev/disk/by-partlabel/b"), false},
		{`{` + disk + fs("/dev/disk/by-partlabel/a", "/dev/disk/by-partlabel/b"), false},
		{`{` + raid + fs("/dev/md/x", "/dev/disk/by-id/md-name-any:x"), true},
	} {
		storage := strings.ReplaceAll(c.storage, "b01", "b0p1")
		if got := l.plan(storage); strings.Contains(got, "fail ") != c.fails {
			t.Errorf("%s\n%s", storage, got)
		}
	}
}

// TestWhatIsMadeInOnePartIsNotThereForIt: all devices of a part are waited for before
// any is made.
func TestWhatIsMadeInOnePartIsNotThereForIt(t *testing.T) {
	l := newLab(t)
	l.dev("b0", 16*mib)
	l.dev("b1", 16*mib)
	for _, storage := range []string{
		`{"raid":[{"name":"x","level":"raid1","devices":["DEV/b0"]},{"name":"y","level":"raid1","devices":["/dev/md/x"]}]}`,
		`{"luks":[{"name":"x","device":"DEV/b0"},{"name":"y","device":"/dev/mapper/x"}]}`,
		`{"filesystems":[{"device":"DEV/b0","format":"ext4","label":"x"},{"device":"` + l.dir + `/dev/disk/by-label/x","format":"ext4"}]}`,
	} {
		if got := l.plan(storage); strings.Count(got, "format ") != 1 || strings.Count(got, "fail ") != 1 {
			t.Errorf("%s\n%s", storage, got)
		}
	}
}

// TestOddDevicesEndTheStage: a FIFO is not waited for.
func TestOddDevicesEndTheStage(t *testing.T) {
	l := newLab(t)
	l.must(unix.Mkfifo(l.dir+"/dev/fifo", 0o600))
	storage := `{"filesystems":[{"device":"DEV/fifo","format":"ext4"}]}`
	wantError(t, l.disks(storage), "neither a block device nor a regular file")
	if got := l.plan(storage); !strings.HasPrefix(got, "fail filesystem") {
		t.Errorf("%s", got)
	}
	_, err := PlanImage(context.Background(), l.h, l.config(`{}`), l.dir+"/dev/fifo", "")
	wantError(t, err, "neither a block device nor a regular file")
}

// TestFailuresNameTheirEntry: a person is told which part of the config it was.
func TestFailuresNameTheirEntry(t *testing.T) {
	for _, c := range []struct{ fails, storage, entry string }{
		{"sgdisk", `{"disks":[{"device":"DEV/b1"},{"device":"DEV/b0","wipeTable":true}]}`, "$.storage.disks.1"},
		{"sgdisk", `{"disks":[{"device":"DEV/b1"},{"device":"DEV/b0","partitions":[{"number":1}]}]}`, "$.storage.disks.1"},
		{"udevadm", `{"disks":[{"device":"DEV/b0"}]}`, "$.storage.disks.0"},
		{"mdadm", `{"raid":[{"name":"x","level":"raid1","devices":["DEV/b0"]}]}`, "$.storage.raid.0"},
		{"cryptsetup", `{"luks":[{"name":"x","device":"DEV/b0","wipeVolume":true}]}`, "$.storage.luks.0"},
		{"wipefs", `{"luks":[{"name":"x","device":"DEV/b0","wipeVolume":true}]}`, "$.storage.luks.0"},
		{"", `{"luks":[{"name":"x","device":"DEV/b1"},{"name":"a/b","device":"DEV/b0"}]}`, "$.storage.luks.1"},
		{"mkfs.xfs", `{"filesystems":[{"device":"DEV/b1","format":"ext4"},{"device":"DEV/b0","format":"xfs"}]}`, "$.storage.filesystems.1"},
		{"", `{"filesystems":[{"device":"DEV/b1","format":"ext4"},{"device":"DEV/loop","format":"xfs"}]}`, "$.storage.filesystems.1"},
		{"mount", `{"filesystems":[{"device":"DEV/b1","format":"swap"},{"device":"DEV/b0","format":"xfs","path":"/x"}]}`, "$.storage.filesystems.1"},
	} {
		l := newLab(t)
		l.dev("b0", 16*mib)
		l.dev("b1", 16*mib)
		l.must(os.Symlink("loop", l.dir+"/dev/loop"))
		l.failOnly(c.fails)
		var err error
		if c.fails == "mount" {
			err = Mount(t.Context(), l.h, l.config(c.storage))
		} else {
			err = l.disks(c.storage)
		}
		if step, ok := errors.AsType[*plan.StepError](err); !ok || step.Step.Entry != c.entry {
			t.Errorf("%s %s: entry %v, error %v", c.fails, c.storage, step, err)
		}
	}
}
