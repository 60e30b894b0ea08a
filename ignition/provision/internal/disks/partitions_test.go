package disks

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/run"
)

const (
	typeGUID = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
	rootType = "3884DD41-8582-4404-B9A8-E9B84F2DF50E"
	guid1    = "11111111-1111-4111-8111-111111111111"
	guid2    = "22222222-2222-4222-8222-222222222222"
	guid3    = "33333333-3333-4333-8333-333333333333"
)

func TestThreePartitionsWithoutNumber(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.real["sgdisk"] = true
	dev := l.dev("loop6", 256*mib)
	part := func(label, guid string) string {
		return fmt.Sprintf(`{"label":%q,"sizeMiB":32,"typeGuid":%q,"guid":%q}`, label, typeGUID, guid)
	}
	l.must(l.disks(`{"disks":[{"device":"DEV/loop6","partitions":[` + part("uno", guid1) + "," + part("dos", guid2) + "," + part("tres", guid3) + `]}]}`))
	types := func(n int, g string) string {
		return fmt.Sprintf(" --typecode=%d:%s --partition-guid=%d:%s", n, typeGUID, n, g)
	}
	l.expect(
		"sgdisk --pretend --new=0:0:+65536"+types(0, guid1)+" --new=0:0:+65536"+types(0, guid2)+" --new=0:0:+65536"+types(0, guid3)+" --info=1 --info=2 --info=3 A/dev/loop6",
		"sgdisk --new=1:2048:+65536 --change-name=1:uno"+types(1, guid1)+" --new=2:67584:+65536 --change-name=2:dos"+types(2, guid2)+" --new=3:133120:+65536 --change-name=3:tres"+types(3, guid3)+" A/dev/loop6",
		"partx --add --nr 1 /dev/loop6", "partx --add --nr 2 /dev/loop6", "partx --add --nr 3 /dev/loop6",
		"udevadm trigger --settle /dev/loop6",
	)
	p, ok := l.table(dev).Partition(2)
	want := blockdev.Partition{Number: 2, Type: typeGUID, GUID: guid2, Name: "dos", Start: 67584, Size: 65536}
	if !ok || p != want {
		t.Errorf("%+v", p)
	}
	if want := `executing: [\"partx\" \"--add\" \"--nr\" \"3\" \"`; !strings.Contains(l.log.String(), want) {
		t.Errorf("no %s in the log", want)
	}
	if got := fmt.Sprint(l.waited); got != "["+l.dir+"/dev/loop6]" {
		t.Errorf("waited %s", got)
	}
}

func TestExistingPartitionsChangedKeptGrownDeleted(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.real["sgdisk"] = true
	dev := l.dev("loop5", 256*mib)
	l.tool("sgdisk", "-n1:2048:+65536", "-c1:old1", "-n2:133120:+65536", "-c2:p2", "-n3:0:+65536", "-c3:p3", "-n4:0:+65536", dev)
	for _, n := range []string{"1", "2", "3", "4"} {
		l.partx(run.Command("partx", "--add", "--nr", n, dev))
	}
	l.must(l.disks(`{"disks":[{"device":"DEV/loop5","partitions":[
		{"number":1,"startMiB":1,"sizeMiB":32,"label":"p1","wipePartitionEntry":true},
		{"number":2,"label":"p2"},
		{"number":3,"startMiB":0,"sizeMiB":0,"label":"new-biggest","wipePartitionEntry":true},
		{"number":4,"shouldExist":false,"wipePartitionEntry":true}]}]}`))
	l.expect(
		"sgdisk --pretend --delete=1 --delete=2 --delete=3 --delete=4 --new=1:2048:+65536 --new=2:133120:+65536 --new=3:0:+0 --info=2 --info=3 A/dev/loop5",
		"sgdisk --delete=1 --delete=3 --delete=4 --new=1:2048:+65536 --change-name=1:p1 --new=3:198656:+325599 --change-name=3:new-biggest A/dev/loop5",
		"partx --delete --nr 4 /dev/loop5", "partx --update --nr 1 /dev/loop5", "partx --update --nr 3 /dev/loop5",
		"udevadm trigger --settle /dev/loop5",
	)
	if g := l.table(dev); len(g.Partitions) != 3 || g.Partitions[0].Name != "p1" || g.Partitions[2].Name != "new-biggest" {
		t.Errorf("%+v", g.Partitions)
	}
}

func TestRootGrows(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"wipePartitionEntry", "resize"} {
		l := newLab(t)
		l.real["sgdisk"] = true
		dev := l.dev("loop2", 1024*mib)
		l.tool("sgdisk", "-n1:2048:528383", "-n9:528384:+65536", "-c9:ROOT", "-t9:"+rootType, "-u9:"+guid1, dev)
		for _, n := range []string{"1", "9"} {
			l.partx(run.Command("partx", "--add", "--nr", n, dev))
		}
		l.must(l.disks(`{"disks":[{"device":"DEV/loop2","partitions":[{"number":9,"label":"ROOT","startMiB":0,"sizeMiB":0,"typeGuid":"` + rootType + `","` + how + `":true}]}]}`))
		kept := ""
		if how == "resize" {
			kept = " --partition-guid=9:" + guid1
		}
		size := l.table(dev).Partitions[1].Size
		l.expect(
			"sgdisk --pretend --delete=9 --new=9:0:+0 --typecode=9:"+rootType+" --info=9 A/dev/loop2",
			fmt.Sprintf("sgdisk --delete=9 --new=9:528384:+%d --change-name=9:ROOT --typecode=9:%s%s A/dev/loop2", size, rootType, kept),
			"partx --update --nr 9 /dev/loop2", "udevadm trigger --settle /dev/loop2",
		)
		if size < 1500000 {
			t.Errorf("%s: size %d", how, size)
		}
	}
}

func TestDiskWithoutPartitions(t *testing.T) {
	l := newLab(t)
	l.dev("b0", 16*mib)
	l.must(l.disks(`{"disks":[{"device":"DEV/b0"}]}`))
	l.expect("sgdisk --pretend", "udevadm trigger --settle /dev/b0")
}

func TestNothingConfiguredTouchesNothing(t *testing.T) {
	l := newLab(t)
	l.must(l.disks(`{}`))
	l.expect()
	if len(l.waited) > 0 {
		t.Errorf("%q", l.waited)
	}
}

func TestNumbersOfPartitionsThatGoAreFree(t *testing.T) {
	l := newLab(t)
	s := newStage(l.h, l.config(`{"disks":[{"partitions":[{"label":"first"},{"number":2,"shouldExist":false},{"label":"second"},
		{"number":4},{"number":4,"shouldExist":false},{"label":"third"},{"shouldExist":false}]}]}`))
	l.h.DryRun = true
	d := s.disk(0)
	d.table = blockdev.EmptyGPT(64*mib, 512)
	for n := range 3 {
		d.table.Partitions = append(d.table.Partitions, blockdev.Partition{Number: n + 1, Start: int64(n+1) * 2048, Size: 2048})
	}
	d.cfg.Partitions[3].SizeMiB, d.cfg.Partitions[0].SizeMiB, d.cfg.Partitions[2].SizeMiB = new(int), new(int), new(int)
	*d.cfg.Partitions[3].SizeMiB, *d.cfg.Partitions[0].SizeMiB, *d.cfg.Partitions[2].SizeMiB = 1, 1, 1
	parts, err := d.resolve(t.Context())
	l.must(err)
	got := map[string]int{}
	for _, w := range parts {
		if w.Label != nil {
			got[*w.Label] = w.Number
		}
	}
	if got["first"] != 2 || got["second"] != 5 || got["third"] != 6 {
		t.Errorf("%v", got)
	}
}

// TestDecisionTable has a disk with one partition (number 1, 2048 +4096, label one)
// and asks for something in every way.
func TestDecisionTable(t *testing.T) {
	const (
		made    = "created or replaced"
		nothing = "nothing"
		deleted = "deleted"
	)
	lab0 := newLab(t)
	template := lab0.dev("template", 64*mib)
	lab0.tool("sgdisk", "-n1:2048:+4096", "-c1:one", "-u1:"+guid1, template)
	for _, c := range []struct{ part, want string }{
		{`"number":2,"shouldExist":false`, nothing},
		{`"number":2,"shouldExist":false,"wipePartitionEntry":true`, nothing},
		{`"number":2`, made},
		{`"number":2,"label":"two"`, made},
		{`"number":1,"shouldExist":false`, "partition 1 exists but is specified as nonexistant and wipePartitionEntry is false"},
		{`"number":1,"shouldExist":false,"wipePartitionEntry":true`, deleted},
		{`"number":1`, nothing},
		{`"number":1,"label":"one","startMiB":1,"sizeMiB":2,"guid":"` + strings.ToLower(guid1) + `","typeGuid":"` + strings.ToLower(typeGUID) + `"`, nothing},
		{`"number":1,"label":"one","startMiB":1,"sizeMiB":2,"wipePartitionEntry":true`, nothing},
		{`"number":1,"guid":"","typeGuid":""`, nothing},
		{`"number":1,"sizeMiB":4`, "partition 1 didn't match: size did not match (specified 8192, got 4096)"},
		{`"number":1,"startMiB":2`, "partition 1 didn't match: starting sector did not match (specified 4096, got 2048)"},
		{`"number":1,"label":"other"`, `partition 1 didn't match: label did not match (specified "other", got "one")`},
		{`"number":1,"label":""`, `partition 1 didn't match: label did not match (specified "", got "one")`},
		{`"number":1,"guid":"` + guid2 + `"`, `partition 1 didn't match: GUID did not match (specified "` + guid2 + `", got "` + guid1 + `")`},
		{`"number":1,"typeGuid":"` + rootType + `"`, `partition 1 didn't match: type GUID did not match (specified "` + rootType + `", got "` + typeGUID + `")`},
		{`"number":1,"sizeMiB":4,"resize":true`, made},
		{`"number":1,"sizeMiB":4,"label":"other","resize":true`, "partition 1 didn't match: label did not match"},
		{`"number":1,"sizeMiB":4,"label":"other","resize":true,"wipePartitionEntry":true,"startMiB":1`, made},
		{`"number":1,"label":"other","wipePartitionEntry":true`, made},
		{`"number":1,"shouldExist":false},{"number":1,"label":"one"`, nothing},
		{`"number":1,"label":"one"},{"number":1,"shouldExist":false`, nothing},
	} {
		storage := `{"disks":[{"device":"DEV/b0","partitions":[{` + c.part + `}]}]}`
		setup := func(t *testing.T) (*lab, string) {
			l := newLab(t)
			l.real["sgdisk"] = true
			dev := l.copyOf(template, "b0")
			l.partx(run.Command("partx", "--add", "--nr", "1", dev))
			return l, dev
		}
		t.Run(c.part, func(t *testing.T) {
			t.Parallel() // sgdisk sleeps
			l, dev := setup(t)
			before := l.table(dev)
			err := l.disks(storage)
			after := l.table(dev)
			got := made
			switch {
			case err != nil:
				got = err.Error()
			case fmt.Sprint(after) == fmt.Sprint(before):
				got = nothing
			case len(after.Partitions) == 0:
				got = deleted
			}
			if !strings.Contains(got, c.want) {
				t.Errorf("%s, want %s", got, c.want)
			}
			if err != nil && fmt.Sprint(after) != fmt.Sprint(before) {
				t.Error("changed although it failed")
			}
			l, _ = setup(t)
			checkDryDecision(t, l, storage, c.part, c.want)
		})
	}
}

func checkDryDecision(t *testing.T, l *lab, storage, part, want string) {
	t.Helper()
	p, err := PlanDisks(t.Context(), l.h, l.config(storage))
	l.must(err)
	l.expect()
	s := p.Steps[0]
	ok := false
	switch s.Verb {
	case plan.Keep:
		ok = want == "nothing"
	case plan.Delete:
		ok = want == "deleted" && s.Destroys
	case plan.Create:
		ok = want == "created or replaced" && !s.Destroys
	case plan.Change:
		ok = want == "created or replaced" && s.Destroys == strings.Contains(part, "wipe")
	case plan.Fail:
		ok = strings.Contains(s.Err.Error(), want)
	}
	if !ok || s.Kind != "partition" || !strings.HasPrefix(s.Entry, "$.storage.disks.0.partitions.") || s.Do != nil {
		t.Errorf("%s: %+v, want %s", part, s, want)
	}
}

func TestWipeTable(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.real["sgdisk"] = true
	dev := l.dev("b0", 64*mib)
	l.tool("sgdisk", "-n1:2048:+4096", "-n2:0:+4096", dev)
	l.must(l.disks(`{"disks":[{"device":"DEV/b0","wipeTable":true,"partitions":[{"label":"x","sizeMiB":1}]}]}`))
	l.expect("sgdisk --zap-all A/dev/b0",
		"sgdisk --pretend --new=0:0:+2048 --info=1 A/dev/b0",
		"sgdisk --new=1:2048:+2048 --change-name=1:x A/dev/b0",
		"partx --add --nr 1 /dev/b0", "udevadm trigger --settle /dev/b0")
}

func TestWipeTableIsTriedTwice(t *testing.T) {
	t.Parallel()
	for _, failures := range []int{1, 2} {
		l := newLab(t)
		l.dev("b0", 64*mib)
		n := 0
		l.reply = func(c run.Cmd) (run.Reply, bool) {
			if c.Args[0] == "--zap-all" {
				if n++; n <= failures {
					return run.Reply{Exit: 2}, true
				}
			}
			return run.Reply{}, false
		}
		err := l.disks(`{"disks":[{"device":"DEV/b0","wipeTable":true}]}`)
		if (err != nil) != (failures == 2) || n != 2 {
			t.Errorf("%d failures: %v after %d runs", failures, err, n)
		}
		if got := strings.Count(l.log.String(), "[failed]   deleting 0 partitions"); got != failures {
			t.Errorf("%d failures, %d in the log", failures, got)
		}
	}
}

func TestDisksInUseAreRefused(t *testing.T) {
	t.Parallel()
	lab0 := newLab(t)
	template := lab0.dev("template", 64*mib)
	lab0.tool("sgdisk", "-n1:2048:+4096", "-n2:0:+4096", template)
	setup := func(t *testing.T) *lab {
		l := newLab(t)
		l.real["sgdisk"] = true
		dev := l.copyOf(template, "b0")
		l.partx(run.Command("partx", "--add", "--nr", "1", dev))
		l.partx(run.Command("partx", "--add", "--nr", "2", dev))
		return l
	}
	hold := func(name string) func(*lab) {
		return func(l *lab) { l.write("sys/class/block/"+name+"/holders/dm-0", "") }
	}
	mount := func(l *lab) {
		l.must(os.Symlink(l.dir+"/dev/b0p1", l.dir+"/dev/by label"))
		l.write("proc/mounts", l.dir+`/dev/by\040label /x ext4 rw 0 0`+"\n")
	}
	for _, c := range []struct {
		name    string
		use     func(*lab)
		storage string
		want    string
	}{
		{"held disk", hold("b0"), `{"partitions":[]`, "refusing to operate on directly active disk"},
		{"mounted disk", func(l *lab) { l.write("proc/mounts", l.dir+"/dev/b0 /x ext4 rw 0 0\n") }, `{"partitions":[]`, "refusing to operate on directly active disk"},
		{"held partition, deleted", hold("b0p1"), `{"partitions":[{"number":1,"shouldExist":false,"wipePartitionEntry":true}]`, "refusing to modify active partition 1 on"},
		{"held partition, resized", hold("b0p1"), `{"partitions":[{"number":1,"sizeMiB":1,"resize":true}]`, "refusing to modify active partition 1 on"},
		{"held partition, deleted without being there", hold("b0p1"), `{"partitions":[{"number":5,"shouldExist":false}]`, ""},
		{"held partition, wiped", hold("b0p1"), `{"wipeTable":true`, "refusing to wipe active disk"},
		{"mounted partition, wiped", mount, `{"wipeTable":true`, "refusing to wipe active disk"},
		{"mounted partition, changed", mount, `{"partitions":[{"number":1,"label":"new","wipePartitionEntry":true}]`, "refusing to modify active partition 1 on"},
		{"mounted partition, other changed", mount, `{"partitions":[{"number":2,"label":"new","wipePartitionEntry":true}]`, ""},
		{"mounted partition, kept", mount, `{"partitions":[{"number":1}]`, ""},
	} {
		for _, dry := range []bool{false, true} {
			l := setup(t)
			c.use(l)
			storage := `{"disks":[` + c.storage + `,"device":"DEV/b0"}]}`
			var err error
			if dry {
				p, planErr := PlanDisks(t.Context(), l.h, l.config(storage))
				l.must(planErr)
				err = (&stage{h: l.h}).apply(t.Context(), p)
			} else {
				err = l.disks(storage)
			}
			if step, ok := errors.AsType[*plan.StepError](err); c.want != "" && (!ok || !strings.HasPrefix(step.Step.Entry, "$.storage.disks.0")) {
				t.Errorf("%s: error without the entry: %#v", c.name, err)
			}
			if c.want == "" && err != nil {
				t.Errorf("%s: %v", c.name, err)
			} else if c.want != "" {
				wantError(t, err, c.want)
			}
		}
	}
}

func TestOtherTablesAreRefused(t *testing.T) {
	l := newLab(t)
	dev := l.dev("b0", 64*mib)
	mbr := make([]byte, 512)
	copy(mbr[446:], "\x80\x00\x00\x00\x83\x00\x00\x00\x00\x08\x00\x00\x00\x20\x00\x00")
	mbr[510], mbr[511] = 0x55, 0xaa
	f, err := os.OpenFile(dev, os.O_WRONLY, 0)
	l.must(err)
	f.WriteAt(mbr, 0)
	l.must(f.Close())
	wantError(t, l.disks(`{"disks":[{"device":"DEV/b0","partitions":[{"number":1}]}]}`), "disk does not have a GPT")
	l.expect()
}

func TestDamagedTableIsReadFromItsBackup(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.real["sgdisk"] = true
	dev := l.dev("b0", 64*mib)
	l.tool("sgdisk", "-n1:2048:+4096", "-c1:one", dev)
	f, err := os.OpenFile(dev, os.O_WRONLY, 0)
	l.must(err)
	f.WriteAt([]byte("damage"), 512+20)
	l.must(f.Close())
	l.partx(run.Command("partx", "--add", "--nr", "1", dev))
	l.must(l.disks(`{"disks":[{"device":"DEV/b0","partitions":[{"number":1,"label":"one"},{"number":2,"label":"two"}]}]}`))
	if g := l.table(dev); g.Backup || len(g.Partitions) != 2 {
		t.Errorf("%+v", g)
	}
}

func TestKernelMustSeeWhatWasWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, storage, want string }{
		{"no node", `{"number":1,"sizeMiB":4}`, "failed to resolve"},
		{"wrong start", `{"number":2,"startMiB":30,"sizeMiB":4}`, "kernel partition start for"},
		{"wrong size", `{"number":2,"startMiB":1,"sizeMiB":4}`, "kernel partition size for"},
		{"still there", `{"number":3,"shouldExist":false,"wipePartitionEntry":true}`, "unexpectedly exists after partitioning"},
	} {
		l := newLab(t)
		l.real["sgdisk"] = true
		dev := l.dev("b0", 64*mib)
		l.tool("sgdisk", "-n3:40960:+2048", dev)
		for _, n := range []string{"b0p2", "b0p3"} {
			l.write("dev/"+n, "")
			l.write("sys/class/block/"+n+"/start", "2048\n")
			l.write("sys/class/block/"+n+"/size", "4096\n")
		}
		l.reply = func(c run.Cmd) (run.Reply, bool) { return run.Reply{Exit: 1}, c.Name == "partx" }
		wantError(t, l.disks(`{"disks":[{"device":"DEV/b0","partitions":[`+c.storage+`]}]}`), c.want)
		if strings.Contains(l.log.String(), "partx: failed") || !strings.Contains(l.log.String(), "level=INFO+2") {
			t.Errorf("%s: a failure of partx is a notice", c.name)
		}
	}
}

func TestDeviceMapperDisk(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.real["sgdisk"] = true
	dev := l.dev("dm-0", 64*mib)
	l.write("sys/class/block/dm-0/dm/name", "mpatha\n")
	l.write("sys/class/block/dm-0/holders/dm-1", "") // its own partition
	l.tool("sgdisk", "-n1:2048:+4096", "-c1:one", dev)
	l.dev("dm-1", 0)
	l.must(os.Symlink("../../dm-1", l.dir+"/dev/disk/by-id/dm-name-mpathap1"))
	table := "0 2048 linear 254:0 6144"
	l.reply = func(c run.Cmd) (run.Reply, bool) {
		if c.Name == "partx" {
			return run.Reply{}, true
		}
		return run.Reply{Stdout: table + "\n"}, c.Name == "dmsetup"
	}
	storage := `{"disks":[{"device":"DEV/dm-0","partitions":[{"number":1},{"label":"two","sizeMiB":1}]}]}`
	l.must(l.disks(storage))
	if got := l.lines(); got[len(got)-1] != "dmsetup table /dev/disk/by-id/dm-name-mpathap2" {
		t.Errorf("%q", got)
	}
	l.tool("sgdisk", "-d2", dev)
	for _, bad := range []string{"0 2049 linear 254:0 6144", "0 2048 linear 254:0 6145", "0 2048 striped 254:0 6144", ""} {
		table = bad
		if err := l.disks(storage); err == nil {
			t.Errorf("%q was accepted", bad)
		}
		l.tool("sgdisk", "-d2", dev)
	}
	l.write("proc/mounts", l.dir+"/dev/dm-1 / ext4 rw 0 0\n")
	wantError(t, l.disks(strings.Replace(storage, `{"number":1}`, `{"number":1,"label":"uno","startMiB":1,"sizeMiB":2,"wipePartitionEntry":true}`, 1)), "refusing to modify active partition 1 on")
}

func TestParsePretend(t *testing.T) {
	good := "x\nFirst sector: 2048 (at 1024.0 KiB)\nLast sector: 4095 (at 2.0 MiB)\nPartition size: 2048 sectors (1024.0 KiB)\n"
	got, err := parsePretend(good+good, []int{1, 7})
	if err != nil || got[1] != (extent{2048, 2048}) || got[7] != (extent{2048, 2048}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", good, good + good + good, "Last sector: 4 (x)\n" + good, strings.Replace(good, "4095", "99999999999999999999", 1) + good,
		strings.Replace(good, "4095", "7", 1) + good, "First sector: 1 (x)\n" + good + good} {
		if _, err := parsePretend(bad, []int{1, 7}); !errors.Is(err, errSgdiskOutput) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParsePretend(f *testing.F) {
	f.Add("First sector: 2048 (at 1024.0 KiB)\nLast sector: 4095 (at 2.0 MiB)\n", 1)
	f.Add("First sector: 1 (x)\nFirst sector: 1 (x)\nLast sector: 9 (x)\n", 2)
	line := regexp.MustCompile(`(?m)^First sector: \d+ \(`)
	f.Fuzz(func(t *testing.T, out string, n int) {
		var numbers []int
		for i := range max(0, min(n, 200)) {
			numbers = append(numbers, i+1)
		}
		got, err := parsePretend(out, numbers)
		if err == nil && len(numbers) > 0 && (len(got) != len(numbers) || len(line.FindAllString(out, -1)) < len(numbers)) {
			t.Fatalf("%d answers of %d questions", len(got), len(numbers))
		}
		for _, e := range got {
			if e.size <= 0 || e.start < 0 {
				t.Fatalf("%+v", e)
			}
		}
	})
}

func TestAliases(t *testing.T) {
	l := newLab(t)
	dev := l.dev("b0", 16*mib)
	l.must(os.MkdirAll(l.dir+"/dev/disk/by-label", 0o755))
	l.must(os.Symlink(dev, l.dir+"/dev/disk/by-label/x"))
	s := newStage(l.h, l.config(`{}`))
	for range 2 { // an old alias is replaced
		l.must(s.prepare(t.Context(), []device{{path: l.dir + "/dev/disk/by-label/x"}}, "test"))
	}
	alias := s.alias(l.dir + "/dev/disk/by-label/x")
	if target, err := os.Readlink(alias); err != nil || target != dev {
		t.Errorf("%s, %v", target, err)
	}
	if st, err := os.Stat(filepath.Dir(alias)); err != nil || st.Mode().Perm() != 0o750 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	if want := "created device alias for"; !strings.Contains(l.log.String(), want) {
		t.Errorf("no %q in the log", want)
	}
}
