package disks

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const uuidA = "6c5a3e1f-0000-4000-8000-00000000a1b2"

func TestMkfsCommands(t *testing.T) {
	for _, c := range []struct{ fs, want string }{
		{`"format":"xfs","uuid":"DEADBEEF-0000-4000-8000-00000000AAAA","label":"L1","options":["-x","--yy=z"]`,
			"mkfs.xfs -x --yy=z -f -m uuid=deadbeef-0000-4000-8000-00000000aaaa -L L1 A/dev/b0"},
		{`"format":"btrfs","uuid":"` + uuidA + `","label":"b"`, "mkfs.btrfs --force -U " + uuidA + " -L b A/dev/b0"},
		{`"format":"ext4","label":""`, "mkfs.ext4 -F -L '' A/dev/b0"},
		{`"format":"ext4","options":["-O","^x"]`, "mkfs.ext4 -O '^x' -F A/dev/b0"},
		{`"format":"swap","uuid":"` + uuidA + `","label":"s"`, "mkswap -f -U " + uuidA + " -L s A/dev/b0"},
		{`"format":"vfat","uuid":"A1B2-C3D4","label":"EFI"`, "mkfs.fat -i a1b2c3d4 -n EFI A/dev/b0"},
		{`"format":"vfat"`, "mkfs.fat A/dev/b0"},
		{`"format":"none","wipeFilesystem":true`, ""},
	} {
		l := newLab(t)
		l.dev("b0", mib)
		l.must(l.disks(`{"filesystems":[{"device":"DEV/b0",` + c.fs + `}]}`))
		want := []string{"wipefs -a A/dev/b0"}
		if c.want != "" {
			want = append(want, c.want, "udevadm trigger --settle /dev/b0")
		}
		l.expect(want...)
	}
}

func TestFilesystemsThatAreSkipped(t *testing.T) {
	l := newLab(t)
	l.dev("b0", mib)
	l.dev("b1", mib)
	l.must(l.disks(`{"filesystems":[{"device":"DEV/b0"},{"device":"tag","format":"virtiofs","path":"/x"},{"device":"DEV/b1","format":"none"}]}`))
	l.expect()
	if got := l.short(fmt.Sprint(l.waited)); got != "[/dev/b0 /dev/b1]" {
		t.Errorf("%s", got)
	}
	wantError(t, l.disks(`{"filesystems":[{"device":"DEV/b0","format":"zfs"}]}`), `unsupported filesystem format: "zfs"`)
}

// existing are file systems with a label and an id.
var existing = map[string][]string{
	"ext4":  {"mkfs.ext4", "-qF", "-L", "LABEL", "-U", uuidA},
	"xfs":   {"mkfs.xfs", "-fq", "-L", "LABEL", "-m", "uuid=" + uuidA, "--unsupported"},
	"btrfs": {"mkfs.btrfs", "-qf", "-L", "LABEL", "-U", uuidA},
	"vfat":  {"mkfs.fat", "-n", "LABEL", "-i", "a1b2c3d4"},
	"swap":  {"mkswap", "-q", "-L", "LABEL", "-U", uuidA},
}

func TestReuseRefuseWipe(t *testing.T) {
	for format, args := range existing {
		t.Run(format, func(t *testing.T) {
			lab0 := newLab(t)
			image := lab0.dev("image", 128*mib)
			lab0.tool(args[0], append(args[1:], image)...)
			uuid := strings.ToUpper(uuidA)
			if format == "vfat" {
				uuid = "a1b2c3d4"
			}
			for _, c := range []struct {
				fs   string
				want string // keep, fail or make
			}{
				{`"format":"` + format + `"`, "keep"},
				{`"format":"` + format + `","label":"LABEL","uuid":"` + uuid + `"`, "keep"},
				{`"format":"` + format + `","label":"other"`, "fail"},
				{`"format":"` + format + `","label":""`, "fail"},
				{`"format":"` + format + `","uuid":"12345678-0000-4000-8000-00000000a1b2"`, "fail"},
				{`"format":"none"`, "fail"},
				{`"format":"none","wipeFilesystem":true`, "make"},
				{`"format":"` + format + `","wipeFilesystem":true`, "make"},
				{`"format":"ext3"`, "unsupported"},
			} {
				l := newLab(t)
				for _, p := range []string{"wipefs", "mkfs.ext4", "mkfs.xfs", "mkfs.btrfs", "mkfs.fat", "mkswap"} {
					l.real[p] = true
				}
				dev := l.copyOf(image, "b0")
				options := ""
				if format == "xfs" {
					options = `,"options":["--unsupported"]`
				}
				storage := `{"filesystems":[{"device":"DEV/b0",` + c.fs + options + `}]}`
				dry := l.plan(storage)
				l.expect()
				err := l.disks(storage)
				after := probeFile(t, dev)
				switch c.want {
				case "keep":
					if err != nil || len(l.lines()) != 0 || dry != "keep filesystem /dev/b0 ($.storage.filesystems.0)\n" {
						t.Errorf("%s: %v, %q, plan %s", c.fs, err, l.lines(), dry)
					}
				case "fail":
					if !errors.Is(err, errBadFilesystem) || len(l.lines()) != 0 || !strings.HasPrefix(dry, "fail filesystem /dev/b0 (") || after.Label != "LABEL" {
						t.Errorf("%s: %v, %q, plan %s", c.fs, err, l.lines(), dry)
					}
				case "unsupported":
					wantError(t, err, "unsupported filesystem format")
				default:
					want := format
					if strings.Contains(c.fs, "none") {
						want = ""
					}
					if err != nil || after.Type != want || after.Label != "" || !strings.Contains(dry, "destroys") {
						t.Errorf("%s: %v, now %+v, plan %s", c.fs, err, after.Signature, dry)
					}
				}
			}
		})
	}
}

func probeFile(t *testing.T, path string) *blockdev.Result {
	t.Helper()
	d, err := blockdev.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	res, err := d.Probe()
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestAmbivalentSignaturesWarn(t *testing.T) {
	l := newLab(t)
	dev := l.dev("b0", 64*mib)
	l.tool("mkfs.ext4", "-qF", dev)
	f, err := os.OpenFile(dev, os.O_WRONLY, 0)
	l.must(err)
	f.WriteAt([]byte("_BHRfS_M"), 65536+64)
	l.must(f.Close())
	l.must(l.disks(`{"filesystems":[{"device":"DEV/b0","format":"ext4"}]}`))
	if !strings.Contains(l.log.String(), "level=WARN") || !strings.Contains(l.log.String(), "found multiple filesystem types") {
		t.Errorf("%s", l.log)
	}
	l.expect()
}

func TestAllFailuresAreReportedAndNothingIsMade(t *testing.T) {
	l := newLab(t)
	for i := range 3 {
		l.tool("mkswap", "-q", l.dev(fmt.Sprint("b", i), mib))
	}
	l.dev("b3", mib)
	err := l.disks(`{"filesystems":[{"device":"DEV/b3","format":"ext4"},{"device":"DEV/b0","format":"ext4"},{"device":"DEV/b1","format":"xfs"},{"device":"DEV/b2","format":"swap"}]}`)
	if err == nil || err.Error() != "failed to create filesystems: filesystem is not of the correct type\nfilesystem is not of the correct type" {
		t.Errorf("%v", err)
	}
	l.expect()
}

func TestMkfsFailuresAreJoined(t *testing.T) {
	l := newLab(t)
	l.dev("b0", mib)
	l.dev("b1", mib)
	l.reply = func(c run.Cmd) (run.Reply, bool) {
		return run.Reply{Exit: 1, Stderr: "no " + c.Name}, strings.HasPrefix(c.Name, "mkfs")
	}
	err := l.disks(`{"filesystems":[{"device":"DEV/b0","format":"ext4"},{"device":"DEV/b1","format":"xfs"}]}`)
	wantError(t, err, `mkfs failed: exit status 1: Cmd: "mkfs.ext4"`)
	wantError(t, err, "\n"+`mkfs failed: exit status 1: Cmd: "mkfs.xfs"`)
}

// TestPlanOfEverything: what later parts see is what earlier ones would make.
func TestPlanOfEverything(t *testing.T) {
	testutil.Tool(t, "sgdisk")
	l := newLab(t)
	l.dev("sda", 256*mib)
	old := l.dev("sdb", 256*mib)
	l.tool("sgdisk", "-n1:2048:+65536", "-c1:kept", "-n2:67584:+65536", "-c2:data", old)
	fsImage := l.dev("fs", 32*mib)
	l.tool("mkfs.ext4", "-qF", "-L", "data", fsImage)
	content, err := os.ReadFile(fsImage)
	l.must(err)
	f, err := os.OpenFile(old, os.O_WRONLY, 0)
	l.must(err)
	f.WriteAt(content, 67584*512)
	l.must(f.Close())
	got := l.plan(`{
		"disks":[
			{"device":"DEV/sda","wipeTable":true,"partitions":[{"label":"r1","sizeMiB":64},{"label":"r2","sizeMiB":64},{"label":"var","sizeMiB":0}]},
			{"device":"DEV/sdb","partitions":[{"number":2,"label":"renamed","startMiB":33,"sizeMiB":32,"wipePartitionEntry":true}]}],
		"raid":[{"name":"md0","level":"raid1","devices":["/dev/disk/by-partlabel/r1","/dev/disk/by-partlabel/r2"]},
			{"name":"md1","level":"raid1","devices":["DEV/sdc"]}],
		"luks":[{"name":"secret","device":"/dev/md/md0"}],
		"filesystems":[
			{"device":"/dev/mapper/secret","format":"xfs","label":"root"},
			{"device":"/dev/disk/by-partlabel/var","format":"ext4"},
			{"device":"/dev/disk/by-partlabel/renamed","format":"ext4","label":"data"},
			{"device":"/dev/disk/by-partlabel/nowhere","format":"ext4"}]}`)
	want := `delete partition table /dev/sda ($.storage.disks.0)
create partition /dev/sda1 ($.storage.disks.0.partitions.0)
create partition /dev/sda2 ($.storage.disks.0.partitions.1)
create partition /dev/sda3 ($.storage.disks.0.partitions.2)
change partition table /dev/sda ($.storage.disks.0)
change partition /dev/sdb2 destroys ($.storage.disks.1.partitions.0)
change partition table /dev/sdb ($.storage.disks.1)
format raid /dev/md/md0 ($.storage.raid.0)
fail raid /dev/md/md1 ($.storage.raid.1)
format luks secret ($.storage.luks.0)
format filesystem /dev/mapper/secret ($.storage.filesystems.0)
format filesystem /dev/disk/by-partlabel/var ($.storage.filesystems.1)
keep filesystem /dev/disk/by-partlabel/renamed ($.storage.filesystems.2)
fail filesystem /dev/disk/by-partlabel/nowhere ($.storage.filesystems.3)
`
	if got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	l.expect()
	if len(l.waited) > 0 {
		t.Errorf("waited for %q", l.waited)
	}
	if _, err := os.Stat(l.dir + "/A"); err == nil {
		t.Error("aliases were made")
	}
	if empty, ok := l.h.Predicted["/dev/disk/by-partlabel/renamed"]; !ok || empty || !l.h.Predicted["/dev/md/md0"] {
		t.Errorf("%v", l.h.Predicted)
	}
}
