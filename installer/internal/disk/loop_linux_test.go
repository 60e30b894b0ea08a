package disk

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// attach makes a loop device for a file, with sectors of a size and, with partscan, partitions.
func attach(t *testing.T, file string, sectorSize int, partscan bool) string {
	t.Helper()
	testutil.Loop(t)
	losetup := testutil.Tool(t, "losetup")
	args := []string{"-f", "--show", "-b", strconv.Itoa(sectorSize)}
	if partscan {
		args = append(args, "-P")
	}
	out := testutil.Run(t, &testutil.RunOptions{Must: true}, losetup, append(args, file)...)
	device := strings.TrimSpace(out.Stdout)
	t.Cleanup(func() {
		if out, err := exec.Command(losetup, "-d", device).CombinedOutput(); err != nil {
			t.Errorf("losetup -d %s: %v: %s", device, err, out)
		}
	})
	return device
}

// part is a partition for layOut.
type part struct {
	number       int
	name         string
	fsType       string // ext4, xfs or nothing
	label        string
	mib          int
	uuidFrom     string // of the file system, if not random
	contentBytes []byte
}

// layOut makes an image of a disk with partitions from 1 MiB on.
func layOut(t *testing.T, size int64, sectorSize int, parts ...part) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "disk.img")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	tab, err := gpt.New(size, sectorSize, nil)
	if err != nil {
		t.Fatal(err)
	}
	offset := int64(1 << 20)
	for _, p := range parts {
		length := int64(p.mib) << 20
		guid, err := gpt.NewGUID(nil)
		if err != nil {
			t.Fatal(err)
		}
		e := gpt.Entry{
			Type: gpt.GUID{1}, GUID: guid, First: uint64(offset) / uint64(sectorSize), Last: uint64(offset+length)/uint64(sectorSize) - 1,
		}
		if err := e.SetLabel(p.name); err != nil {
			t.Fatal(err)
		}
		if err := tab.Set(p.number, e); err != nil {
			t.Fatal(err)
		}
		content := p.contentBytes
		if p.fsType != "" {
			content = makeFS(t, p, sectorSize)
		}
		if _, err := f.WriteAt(content, offset); err != nil {
			t.Fatal(err)
		}
		offset += length
	}
	if err := tab.Write(f); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(gpt.ProtectiveMBR(size, sectorSize), gpt.MBROffset); err != nil {
		t.Fatal(err)
	}
	return file
}

func makeFS(t *testing.T, p part, sectorSize int) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "fs.img")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, int64(p.mib)<<20); err != nil {
		t.Fatal(err)
	}
	args := []string{"-q", "-L", p.label}
	switch p.fsType {
	case "ext4":
		args = append(args, "-b", "4096")
		if p.uuidFrom != "" {
			args = append(args, "-U", p.uuidFrom)
		}
	case "xfs":
		args = append(args, "-s", "size="+strconv.Itoa(sectorSize))
	}
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "mkfs."+p.fsType), append(args, file)...)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// notes collects what the user is told.
type notes struct{ lines []string }

func (n *notes) add(text string) { n.lines = append(n.lines, text) }

func open(t *testing.T, path string, o *Options) *Disk {
	t.Helper()
	if o == nil {
		o = &Options{}
	}
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	d, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// noLeftovers checks that nothing remains in the directory for temporary files.
func noLeftovers(t *testing.T, d *Disk) {
	t.Helper()
	entries, err := os.ReadDir(d.opts.TempDir)
	if err != nil || len(entries) > 0 {
		t.Errorf("temporary files are left behind: %v, %v", entries, err)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	ctx := t.Context()
	_, err := Open(ctx, missing, nil)
	wantError(t, err, "checking whether "+missing+" is an IBM DASD disk: getting absolute path to "+missing+": no such file or directory")
	_, err = Open(ctx, file, nil)
	wantError(t, err, "getting sector size of "+file+": \""+file+"\" is not a block device")
	_, err = Open(ctx, "/dev/null", nil)
	wantError(t, err, `getting sector size of /dev/null: "/dev/null" is not a block device`)
	_, err = Open(ctx, missing, &Options{File: true})
	wantError(t, err, "checking whether "+missing+" is an IBM DASD disk: getting absolute path to "+missing+": no such file or directory")

	d := open(t, file, &Options{File: true, SectorSize: 4096})
	if d.SectorSize() != 4096 || d.Size() != 1<<20 || d.Path() != file || d.CheckExclusive() != nil || d.Reread(ctx) != nil {
		t.Errorf("file: %+v", d)
	}

	for _, sectorSize := range []int{512, 4096} {
		device := attach(t, layOut(t, 1<<22, sectorSize), sectorSize, false)
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(device, link); err != nil {
			t.Fatal(err)
		}
		d := open(t, link, nil)
		if d.SectorSize() != sectorSize || d.Size() != 1<<22 || d.Path() != link || d.canonical != device {
			t.Errorf("device: %+v", d)
		}
		if n, err := SectorSize(link); n != sectorSize || err != nil {
			t.Errorf("SectorSize: %d %v", n, err)
		}
	}
}

// TestInstall installs on devices of all kinds, with saved partitions, and changes the boot
// file system both before and after the table is there.
func TestInstall(t *testing.T) {
	for _, sectorSize := range []int{512, 4096} {
		for _, partscan := range []bool{false, true} {
			for _, fsType := range []string{"ext4", "xfs"} {
				t.Run(strconv.Itoa(sectorSize)+"/"+strconv.FormatBool(partscan)+"/"+fsType, func(t *testing.T) {
					testInstall(t, sectorSize, partscan, fsType)
				})
			}
		}
	}
}

func testInstall(t *testing.T, sectorSize int, partscan bool, fsType string) {
	mib := 16
	if fsType == "xfs" {
		mib = 320 // the least
	}
	size := int64(mib+64) << 20
	image, err := os.ReadFile(layOut(t, int64(mib+8)<<20, sectorSize, part{number: 1, name: "first", mib: 1}, part{number: 3, name: "boot", fsType: fsType, label: "boot", mib: mib}))
	if err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("kept"), 1<<18)
	device := attach(t, layOut(t, size, sectorSize, part{number: 1, name: "root", mib: mib + 16}, part{number: 3, name: "data", contentBytes: content, mib: 1}), sectorSize, partscan)

	ctx := t.Context()
	var told notes
	d := open(t, device, &Options{Message: told.add})
	if err := d.CheckExclusive(); err != nil {
		t.Fatal(err)
	}
	keep, err := ReadSaved(d, byName("data"), false)
	if err != nil {
		t.Fatal(err)
	}
	first := image[:FirstSize]
	if err := keep.DryMerge(first); err != nil {
		t.Fatal(err)
	}
	if err := keep.Overwrite(d.File()); err != nil {
		t.Fatal(err)
	}
	err = d.WithBoot(ctx, "boot", false, func(string) error { return nil })
	wantError(t, err, "couldn't find boot device for "+device)
	if _, err := d.File().WriteAt(image[FirstSize:], FirstSize); err != nil {
		t.Fatal(err)
	}
	merged, err := keep.Merged(first)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string) func(string) error {
		return func(root string) error {
			r, err := os.OpenRoot(root)
			if err != nil {
				return err
			}
			defer r.Close()
			return r.WriteFile(name, []byte(name), 0o600)
		}
	}
	if err := d.WithBootIn(ctx, merged, "boot", false, write("before")); err != nil {
		t.Fatal(err)
	}
	if err := d.File().Sync(); err != nil {
		t.Fatal(err)
	}
	if err := keep.Merge(first, d); err != nil {
		t.Fatal(err)
	}
	if err := d.Reread(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.WithBoot(ctx, "boot", false, write("after")); err != nil {
		t.Fatal(err)
	}
	d.noLoop = partscan
	err = d.WithBoot(ctx, "boot", true, func(root string) error {
		for _, name := range []string{"before", "after"} {
			if b, err := os.ReadFile(filepath.Join(root, name)); err != nil || string(b) != name {
				t.Errorf("%s: %q, %v", name, b, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d.noLoop = false
	if strings.Join(told.lines, "\n") != `Saving partition 3 ("data") to new partition 4` {
		t.Errorf("notes: %q", told.lines)
	}
	parts, err := d.Partitions()
	if err != nil || len(parts) != 3 || parts[2].Number != 4 || parts[2].Name != "data" || parts[1].Label != "boot" || parts[1].FSType != fsType {
		t.Errorf("partitions %+v, %v", parts, err)
	}
	got := make([]byte, len(content))
	if _, err := d.File().ReadAt(got, parts[2].Offset); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the saved partition's content was changed, %v", err)
	}
	noLeftovers(t, d)
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
