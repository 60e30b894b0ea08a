package faulttest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/powercut"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// The disk before: a boot loader, a partition that nobody keeps, two that may be kept, and other data everywhere.
const (
	diskSize   = imageSize + 6*mib
	dataOffset = imageSize + mib
	dataLength = 2 * mib
	moreOffset = imageSize + 4*mib
	moreLength = mib
)

// kept are the partitions that are kept if any are, by their numbers before.
var kept = map[int]string{4: "data", 9: "more"}

// disk is a loop device.
type disk struct {
	t          testing.TB
	path, file string
	sectorSize int
	before     []byte
}

// newDisk makes a disk with the given options of losetup.
func newDisk(t testing.TB, sectorSize int, options ...string) *disk {
	t.Helper()
	testutil.Loop(t)
	d := &disk{t: t, file: filepath.Join(t.TempDir(), "disk"), sectorSize: sectorSize, before: oldContent(t, sectorSize)}
	require.NoError(t, os.WriteFile(d.file, d.before, 0o600))
	d.attach(options...)
	return d
}

// attach makes the file a device.
func (d *disk) attach(options ...string) {
	d.t.Helper()
	args := append([]string{"-f", "--show", "-b", fmt.Sprint(d.sectorSize)}, options...)
	d.path = strings.TrimSpace(must(d.t, "losetup", append(args, d.file)...))
	d.t.Cleanup(func() { d.detach() })
}

func (d *disk) detach() {
	if d.path == "" {
		return
	}
	if out, err := exec.Command("losetup", "-d", d.path).CombinedOutput(); err != nil {
		d.t.Errorf("losetup -d %s: %v: %s", d.path, err, out)
	}
	d.path = ""
}

// reset makes the disk what it was before.
func (d *disk) reset() {
	d.t.Helper()
	f, err := os.OpenFile(d.path, os.O_WRONLY, 0)
	require.NoError(d.t, err)
	_, err = f.Write(d.before)
	require.NoError(d.t, errors.Join(err, f.Close()))
}

var oldContents sync.Map // of []byte, by sector size

// oldContent is what is on disks before, which must not be changed.
func oldContent(t testing.TB, sectorSize int) []byte {
	t.Helper()
	data, ok := oldContents.Load(sectorSize)
	if !ok {
		data, _ = oldContents.LoadOrStore(sectorSize, makeOldContent(t, sectorSize))
	}
	return data.([]byte)
}

func makeOldContent(t testing.TB, sectorSize int) []byte {
	t.Helper()
	data := bytes.Repeat([]byte("old content.... "), diskSize/16)
	for n := range bootCode {
		data[n] = 0xeb
	}
	for n := range dataLength {
		data[dataOffset+n] = byte(n>>8) ^ byte(n)
	}
	copy(data[gpt.MBROffset:], gpt.ProtectiveMBR(diskSize, sectorSize))
	table, err := gpt.New(diskSize, sectorSize, nil)
	require.NoError(t, err)
	for number, p := range map[int]struct {
		label        string
		start, bytes int
	}{1: {"old", mib, 4 * mib}, 4: {"data", dataOffset, dataLength}, 9: {"more", moreOffset, moreLength}} {
		e := gpt.Entry{Type: gpt.GUID{9}, GUID: gpt.GUID{9, byte(number)}, Attributes: 4,
			First: uint64(p.start / sectorSize), Last: uint64((p.start+p.bytes)/sectorSize - 1)}
		require.NoError(t, e.SetLabel(p.label))
		require.NoError(t, table.Set(number, e))
	}
	require.NoError(t, table.Write(bytesAt(data)))
	return data
}

// read returns what is on the disk.
func (d *disk) read() []byte {
	d.t.Helper()
	f, err := os.Open(d.path)
	require.NoError(d.t, err)
	defer f.Close()
	data := make([]byte, diskSize)
	_, err = io.ReadFull(f, data)
	require.NoError(d.t, err)
	return data
}

func (d *disk) requireUntouched() {
	d.t.Helper()
	require.True(d.t, bytes.Equal(d.before, d.read()), "the disk was changed")
}

// labels are the partitions that a table has; nil if it cannot be read.
func labels(data []byte, sectorSize int) (map[int]string, error) {
	table, err := gpt.Read(bytes.NewReader(data), int64(len(data)), sectorSize)
	if err != nil {
		return nil, err
	}
	found := map[int]string{}
	for n, e := range table.Used() {
		found[n] = e.Label()
	}
	return found, nil
}

// bothLabels are the partitions that the primary table or its backup has, whichever is valid.
func bothLabels(data []byte, sectorSize int) []string {
	var found []string
	add := func(data []byte) {
		m, _ := labels(data, sectorSize)
		for _, label := range m {
			found = append(found, label)
		}
	}
	add(data)
	saved := bytes.Clone(data[sectorSize : 2*sectorSize])
	clear(data[sectorSize : 2*sectorSize])
	add(data)
	copy(data[sectorSize:], saved)
	return found
}

// requireDead checks a disk after a failure that the program has dealt with.
func (d *disk) requireDead(saving bool) {
	d.t.Helper()
	data := d.read()
	want := map[int]string{}
	if saving {
		want = kept
		require.NoError(d.t, d.keptContent(data))
	}
	got, err := labels(data, d.sectorSize)
	require.NoError(d.t, err)
	require.Equal(d.t, want, got, "partitions")
	require.True(d.t, zero(data[:bootCode]), "boot code")
	require.Equal(d.t, gpt.ProtectiveMBR(diskSize, d.sectorSize), data[gpt.MBROffset:512], "protective MBR")
	d.sgdisk(got)
}

// sgdisk checks the disk's tables with another program.
func (d *disk) sgdisk(want map[int]string) {
	d.t.Helper()
	if d.sectorSize == 512 || d.path != "" { // from files it reads sectors of 512 bytes only
		out := must(d.t, "sgdisk", "-v", "-p", d.path)
		require.Contains(d.t, out, "No problems found")
		_, list, _ := strings.Cut(out, "Number ")
		require.Len(d.t, strings.Split(strings.TrimSpace(list), "\n"), 1+len(want), out)
	}
}

func zero(data []byte) bool { return len(bytes.Trim(data, "\x00")) == 0 }

// keptContent compares the contents of the partitions that were to be kept.
func (d *disk) keptContent(data []byte) error {
	for _, r := range [][2]int{{dataOffset, dataLength}, {moreOffset, moreLength}} {
		if !bytes.Equal(d.before[r[0]:r[0]+r[1]], data[r[0]:r[0]+r[1]]) {
			return fmt.Errorf("the content of the partition at %d was changed", r[0])
		}
	}
	return nil
}

// outcome is what an installation makes of a disk.
type outcome struct {
	image  *image
	saving bool
	files  map[string]string // on the boot file system; with none it is the image's bit by bit
}

// table is the one that a complete disk has.
func (o *outcome) table() map[int]string {
	m := map[int]string{}
	for n, label := range imageLabels {
		m[n+1] = label
	}
	if o.saving {
		m[5], m[9] = "data", "more"
	}
	return m
}

// complete tells what a disk lacks, apart from the table, to be the one that was to be installed.
func (o *outcome) complete(d *disk, data []byte) error {
	i := o.image
	for _, r := range [][2]int{{i.dataStart(), bootStart}, {rootStart, i.dataEnd()}} {
		if n := different(data[r[0]:r[1]], i.data[r[0]:r[1]]); n >= 0 {
			return fmt.Errorf("it differs from the image at %d", r[0]+n)
		}
	}
	boot := data[bootStart : bootStart+bootSize]
	if len(o.files) == 0 {
		if n := different(boot, i.data[bootStart:bootStart+bootSize]); n >= 0 {
			return fmt.Errorf("the boot file system differs from the image at %d", n)
		}
		return nil
	}
	v, err := powercut.OpenExt4(bytes.NewReader(boot)) // as a boot loader does
	if err != nil {
		return fmt.Errorf("boot file system: %w", err)
	}
	for name, want := range o.files {
		got, err := v.ReadFile(name)
		if err != nil {
			return fmt.Errorf("boot file system: %w", err)
		}
		if string(got) != want {
			return fmt.Errorf("%s is %q", name, got)
		}
	}
	return nil
}

func different(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	for n := range a {
		if a[n] != b[n] {
			return n
		}
	}
	return -1
}

// judge tells what must not be of a disk whose installation was broken off anywhere. It reports whether the
// installation is complete.
func (o *outcome) judge(d *disk, data []byte) (complete bool, err error) {
	lack := o.complete(d, data)
	code := data[:bootCode]
	names := bothLabels(data, d.sectorSize)
	fromImage := slices.ContainsFunc(names, func(l string) bool { return slices.Contains(imageLabels, l) })
	began := different(data[mib:dataOffset], d.before[mib:dataOffset]) >= 0
	switch {
	case !zero(code) && !bytes.Equal(code, o.image.data[:bootCode]) && (began || !bytes.Equal(code, d.before[:bootCode])):
		return false, errors.New("old boot code on a disk that was written to")
	case bytes.Equal(code, o.image.data[:bootCode]) && lack != nil:
		return false, fmt.Errorf("it has boot code but %w", lack)
	case fromImage && lack != nil:
		return false, fmt.Errorf("it has the image's partitions but %w", lack)
	case began && slices.Contains(names, "old"):
		return false, errors.New("it has the old table but was written to")
	}
	if o.saving {
		if err := o.kept(d, data); err != nil {
			return false, err
		}
	}
	return lack == nil && fromImage && bytes.Equal(code, o.image.data[:bootCode]), nil
}

// kept checks that what is to be kept is in a table that readers accept.
func (o *outcome) kept(d *disk, data []byte) error {
	if err := d.keptContent(data); err != nil {
		return err
	}
	if !gpt.HasMBR(data) || data[gpt.MBROffset+4] != 0xee {
		return errors.New("no protective MBR")
	}
	table, err := gpt.Read(bytes.NewReader(data), int64(len(data)), d.sectorSize)
	if err != nil {
		return fmt.Errorf("no valid table: %w", err)
	}
	if table.Backup {
		return errors.New("the primary table is damaged") // Linux does not look at the other one
	}
	found := 0
	for _, e := range table.Used() {
		switch {
		case e.Label() == "data" && e.First*uint64(d.sectorSize) == dataOffset && e.Attributes == 4 && e.GUID == gpt.GUID{9, 4},
			e.Label() == "more" && e.First*uint64(d.sectorSize) == moreOffset && e.Attributes == 4 && e.GUID == gpt.GUID{9, 9}:
			found++
		}
	}
	if found != 2 {
		return fmt.Errorf("%d partitions are left of 2", found)
	}
	return nil
}

// requireComplete checks the result of an installation.
func (o *outcome) requireComplete(d *disk) {
	d.t.Helper()
	data := d.read()
	complete, err := o.judge(d, data)
	require.NoError(d.t, err)
	require.True(d.t, complete, "not complete")
	got, err := labels(data, d.sectorSize)
	require.NoError(d.t, err)
	require.Equal(d.t, o.table(), got)
	if o.saving {
		d.sgdisk(got)
	}
	if len(o.files) > 0 {
		fs := filepath.Join(d.t.TempDir(), "boot")
		require.NoError(d.t, os.WriteFile(fs, data[bootStart:bootStart+bootSize], 0o600))
		must(d.t, "e2fsck", "-f", "-n", fs)
	}
}

// settled waits until a device is not used by what was killed.
func (d *disk) settled() error {
	var err error
	for range 3000 {
		var f *os.File
		if f, err = os.OpenFile(d.path, os.O_RDONLY|unix.O_EXCL, 0); err == nil {
			return f.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}
