package disks

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// realLab is a lab on this machine's devices: all programs but udevadm run.
func realLab(t *testing.T) *lab {
	l := newLab(t)
	for _, p := range []string{"sgdisk", "partx", "wipefs", "mkfs.ext4", "mkfs.xfs", "mkfs.btrfs", "mkfs.fat", "mkswap", "cryptsetup"} {
		l.real[p] = true
	}
	l.reply = func(c run.Cmd) (run.Reply, bool) {
		if c.Name != "partx" {
			return run.Reply{}, false
		}
		res, err := new(run.Exec).Run(t.Context(), c)
		return run.Reply{Stdout: string(res.Stdout), Stderr: string(res.Stderr), Exit: max(res.Exit, 0), Err: map[bool]error{true: err}[res.Exit < 0]}, true
	}
	l.h.Settings.SysDir, l.h.Settings.ProcDir, l.h.Settings.DiskByLabelDir = "/sys", "/proc", "/dev/disk/by-label"
	return l
}

// TestRealPartitions makes, keeps, grows, replaces and deletes partitions of a loop
// device with both sizes of sectors. The kernel need not read tables: partx tells it.
func TestRealPartitions(t *testing.T) {
	testutil.Loop(t)
	testutil.Tool(t, "partx")
	for _, sector := range []int{512, 4096} {
		t.Run(fmt.Sprint(sector), func(t *testing.T) {
			l := realLab(t)
			dev := attach(t, l.dev("img", 256*mib), sector)
			do := func(parts string) error {
				return l.disks(`{"disks":[{"device":"` + dev + `","partitions":[` + parts + `]}]}`)
			}
			per := int64(mib / sector)
			check := func(n int, name string, start, size int64) {
				t.Helper()
				p, ok := l.table(dev).Partition(n)
				if !ok || p.Name != name || p.Start != start*per || p.Size != size*per {
					t.Errorf("partition %d: %+v", n, p)
				}
				kernelStart, kernelSize, err := blockdev.Machine{}.Extent(blockdev.PartitionPath(dev, n))
				if err != nil || kernelStart != start*2048 || kernelSize != size*2048 {
					t.Errorf("the kernel sees %d +%d, %v", kernelStart, kernelSize, err)
				}
			}
			l.must(do(`{"label":"one","sizeMiB":16,"typeGuid":"` + rootType + `"},{"number":3,"label":"three","startMiB":101,"sizeMiB":20},{"label":"two","sizeMiB":32}`))
			check(3, "three", 101, 20)
			check(1, "one", 121, 16) // the largest free block is behind the third
			check(2, "two", 137, 32)
			before := fmt.Sprint(l.table(dev))
			l.must(do(`{"number":1,"label":"one","sizeMiB":16},{"number":2,"label":"two"}`))
			if after := fmt.Sprint(l.table(dev)); after != before {
				t.Errorf("kept partitions have changed:\n%s\n%s", before, after)
			}
			wantError(t, do(`{"number":1,"label":"one","sizeMiB":8}`), fmt.Sprintf("partition 1 didn't match: size did not match (specified %d, got %d)", 8*per, 16*per))
			l.must(do(`{"number":2,"label":"two","sizeMiB":64,"resize":true}`))
			check(2, "two", 137, 64)
			l.must(do(`{"number":1,"shouldExist":false,"wipePartitionEntry":true},{"number":3,"label":"drei","startMiB":1,"sizeMiB":99,"wipePartitionEntry":true}`))
			check(3, "drei", 1, 99)
			if _, err := os.Stat(dev + "p1"); err == nil {
				t.Error("a deleted partition is still there")
			}
			l.must(l.disks(`{"disks":[{"device":"` + dev + `","wipeTable":true}]}`))
			d, err := blockdev.Open(dev)
			l.must(err)
			defer d.Close()
			if _, err := d.GPT(); err != blockdev.ErrNoTable || d.SectorSize != sector {
				t.Errorf("%v, sectors of %d bytes", err, d.SectorSize)
			}
		})
	}
}

// TestRealWholeStage partitions a disk and makes file systems on its partitions.
func TestRealWholeStage(t *testing.T) {
	testutil.Loop(t)
	testutil.Tool(t, "partx")
	l := realLab(t)
	dev := attach(t, l.dev("img", 1024*mib), 512)
	storage := strings.ReplaceAll(`{"disks":[{"device":"LOOP","wipeTable":true,"partitions":[
			{"label":"efi","sizeMiB":64},{"label":"boot","sizeMiB":128},{"label":"swap","sizeMiB":16},{"label":"btr","sizeMiB":128},{"label":"root"}]}],
		"filesystems":[
			{"device":"LOOPp1","format":"vfat","label":"EFI-SYSTEM","uuid":"A1B2-C3D4"},
			{"device":"LOOPp2","format":"ext4","label":"boot"},
			{"device":"LOOPp3","format":"swap","uuid":"`+uuidA+`"},
			{"device":"LOOPp4","format":"btrfs","label":"data"},
			{"device":"LOOPp5","format":"xfs","label":"root"}]}`, "LOOP", dev)
	plan := l.plan(storage)
	l.must(l.disks(storage))
	for i, want := range []string{"vfat EFI-SYSTEM A1B2-C3D4", "ext4 boot", "swap  " + uuidA, "btrfs data", "xfs root"} {
		res := probeFile(t, blockdev.PartitionPath(dev, i+1))
		if got := fmt.Sprint(res.Type, " ", res.Label, " ", res.UUID); !strings.HasPrefix(got, want) {
			t.Errorf("%d: %s, want %s", i+1, got, want)
		}
	}
	if strings.Count(plan, "create partition ") != 5 || strings.Count(plan, "format filesystem") != 5 || strings.Contains(plan, "destroys") {
		t.Errorf("plan\n%s", plan)
	}
	// Again, without wiping: everything is kept.
	n := len(l.lines())
	storage = strings.NewReplacer(`"wipeTable":true,`, "", `"label":"efi",`, `"number":1,"label":"efi",`, `"label":"boot","sizeMiB":128`, `"number":2,"label":"boot"`,
		`"label":"swap",`, `"number":3,"label":"swap",`, `"label":"btr",`, `"number":4,"label":"btr",`, `{"label":"root"}`, `{"number":5,"label":"root"}`).Replace(storage)
	if plan := l.plan(storage); strings.Count(plan, "keep ") != 10 || strings.Count(plan, "\n") != 10 {
		t.Errorf("plan\n%s", plan)
	}
	l.must(l.disks(storage))
	for _, line := range l.lines()[n:] {
		if !strings.HasPrefix(line, "sgdisk --pretend") && !strings.HasPrefix(line, "udevadm") {
			t.Errorf("%s", line)
		}
	}
}

// TestRealActiveDisk has a partition mounted: others change, it does not.
func TestRealActiveDisk(t *testing.T) {
	testutil.Loop(t)
	testutil.Tool(t, "partx")
	l := realLab(t)
	dev := attach(t, l.dev("img", 256*mib), 512)
	do := func(more string) error { return l.disks(`{"disks":[{"device":"` + dev + `",` + more + `}]}`) }
	alias := l.h.Settings.AliasDir + dev
	l.must(do(`"partitions":[{"number":1,"label":"one","sizeMiB":64,"startMiB":1},{"number":2,"label":"two","sizeMiB":32,"startMiB":100}]`))
	mount := func(node string) (umount func()) {
		l.tool("mkfs.ext4", "-qF", node)
		l.must(os.MkdirAll(l.dir+"/mnt", 0o755))
		l.tool("mount", node, l.dir+"/mnt")
		t.Cleanup(func() { exec.Command("umount", l.dir+"/mnt").Run() })
		return func() { l.tool("umount", l.dir+"/mnt") }
	}
	umount := mount(dev + "p1")
	before := fmt.Sprint(l.table(dev))
	modify, wipe := fmt.Sprintf("refusing to modify active partition 1 on %q", alias), fmt.Sprintf("refusing to wipe active disk %q", alias)
	for _, c := range []struct{ more, want string }{
		{`"wipeTable":true`, wipe},
		{`"partitions":[{"number":1,"label":"new","wipePartitionEntry":true}]`, modify},
		{`"partitions":[{"number":1,"shouldExist":false,"wipePartitionEntry":true}]`, modify},
		{`"partitions":[{"number":1,"sizeMiB":90,"resize":true}]`, modify},
	} {
		storage := `{"disks":[{"device":"` + dev + `",` + c.more + `}]}`
		if steps := l.plan(storage); !strings.Contains(steps, "fail partition") {
			t.Errorf("%s: plan %s", c.more, steps)
		}
		wantError(t, do(c.more), c.want)
		if after := fmt.Sprint(l.table(dev)); after != before {
			t.Errorf("%s: refused, and changed\n%s\n%s", c.more, before, after)
		}
	}
	l.must(do(`"partitions":[{"number":1,"label":"one"},{"number":2,"label":"zwei","sizeMiB":32,"startMiB":100,"wipePartitionEntry":true},{"number":3,"sizeMiB":8},{"number":4,"shouldExist":false}]`))
	if p, ok := l.table(dev).Partition(2); !ok || p.Name != "zwei" {
		t.Errorf("%+v", p)
	}
	umount()
	l.must(do(`"wipeTable":true,"partitions":[]`))
	for n := 1; n <= 3; n++ {
		l.tool("partx", "--delete", "--nr", fmt.Sprint(n), dev)
	}
	umount = mount(dev)
	wantError(t, do(`"partitions":[{"number":1}]`), fmt.Sprintf("refusing to operate on directly active disk %q", alias))
	umount()
}
