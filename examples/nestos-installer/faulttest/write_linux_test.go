package faulttest_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const page = 4096

// newHolesDisk makes a disk that fails to write some pages, from holes[n][0] up to holes[n][1]: they are holes in its
// file, on a file system that is full. What it returns makes room.
func newHolesDisk(t testing.TB, sectorSize int, holes ...[2]int) (*disk, func()) {
	t.Helper()
	testutil.Loop(t)
	dir := testutil.Tmpfs(t, fmt.Sprintf("size=%d,mode=0700", diskSize+mib))
	d := &disk{t: t, file: filepath.Join(dir, "disk"), sectorSize: sectorSize, before: bytes.Clone(oldContent(t, sectorSize))}
	f, err := os.Create(d.file)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(diskSize))
	at := 0
	for _, h := range append(holes, [2]int{diskSize, diskSize}) {
		_, err := f.WriteAt(d.before[at:h[0]], int64(at))
		require.NoError(t, err)
		clear(d.before[h[0]:h[1]])
		at = h[1]
	}
	require.NoError(t, f.Close())
	filler := filepath.Join(dir, "filler")
	f, err = os.Create(filler)
	require.NoError(t, err)
	for err == nil {
		_, err = f.Write(make([]byte, page))
	}
	require.ErrorIs(t, err, unix.ENOSPC)
	require.NoError(t, f.Close())
	d.attach()
	// A loop device takes a request that was carried out only in part for a success, so they must be of a page.
	limit := "/sys/block/" + filepath.Base(d.path) + "/queue/max_sectors_kb"
	require.NoError(t, os.WriteFile(limit, fmt.Append(nil, page>>10), 0))
	return d, func() { require.NoError(t, os.Remove(filler)) }
}

// TestWriteErrors has disks that fail at one place. The next installation, when the place works again, succeeds.
func TestWriteErrors(t *testing.T) {
	testutil.Root(t)
	for _, c := range []struct {
		name       string
		start, end int
		// backup tells, by sector size, whether what is to be kept is in the backup of the table or else in the primary
		// one, when it cannot be put in order.
		backup map[int]bool
	}{
		{name: "root", start: rootStart + mib, end: rootStart + mib + page},
		{name: "zeros of root", start: rootStart + rootSize - mib, end: rootStart + rootSize - mib + page},
		{name: "everything from root on", start: rootStart, end: dataOffset},
		{name: "boot, metadata", start: bootStart, end: bootStart + 2*page},
		{name: "boot, free blocks", start: bootStart + bootSize/2, end: bootStart + bootSize},
		{name: "end of the image", start: imageSize - page, end: imageSize},
		{name: "first MiB behind the table", start: 512 << 10, end: 512<<10 + page},
		{name: "boot code and table", start: 0, end: page, backup: map[int]bool{512: true, 4096: false}},
		{name: "entries or header", start: page, end: 2 * page, backup: map[int]bool{512: false, 4096: true}},
		{name: "backup table", start: diskSize - page, end: diskSize, backup: map[int]bool{}},
		{name: "backup entries", start: diskSize - 4*page, end: diskSize - 2*page, backup: map[int]bool{}},
	} {
		for _, sectorSize := range []int{512, 4096} {
			if sectorSize == 4096 && !all() {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", c.name, sectorSize), func(t *testing.T) {
				t.Parallel()
				d, repair := newHolesDisk(t, sectorSize, [2]int{c.start, c.end})
				s, i := newSession(t), newImage(t, sectorSize)
				args := install(d, true, append(changeArgs(t), "-f", signed(t, packed(t, sectorSize, "zst")))...)
				r := s.run(args...)
				require.Equal(t, 1, r.exit, r)
				ioError := r.writeError(t)
				o := &outcome{image: i, saving: true, files: changedFiles}
				data := d.read()
				if c.backup == nil {
					r.failed(t, ioError)
					d.requireDead(true)
					complete, err := o.judge(d, data)
					require.NoError(t, err)
					require.False(t, complete)
				} else {
					require.NoError(t, keptIn(d, data, c.backup[sectorSize]), r)
					require.NoError(t, d.keptContent(data))
					require.True(t, zero(data[:bootCode]) || bytes.Equal(data[:bootCode], d.before[:bootCode]))
				}
				repair()
				r = s.run(args...)
				require.Zero(t, r.exit, r)
				o.requireComplete(d)
			})
		}
	}
}

// writeError returns the text of the error of a write: the kernel tells of the full file system below to those who
// write past the page cache, and of a failed transfer to others.
func (r *result) writeError(t testing.TB) string {
	t.Helper()
	for _, text := range []string{"Input/output error (os error 5)", "No space left on device (os error 28)"} {
		if strings.Contains(r.stderr, text) {
			return text
		}
	}
	require.Fail(t, "no error of a write", r)
	return ""
}

// keptIn checks that what is to be kept is in the primary table or in its backup.
func keptIn(d *disk, data []byte, backup bool) error {
	table, err := gpt.Read(bytes.NewReader(data), diskSize, d.sectorSize)
	if err != nil {
		return err
	}
	if table.Backup != backup {
		return errors.New("another table was found")
	}
	names := map[string]bool{}
	for _, e := range table.Used() {
		names[e.Label()] = true
	}
	if !names["data"] || !names["more"] || names["root"] {
		return fmt.Errorf("partitions: %v", names)
	}
	return nil
}

// TestWriteErrorNothingSaved is the same without anything to keep.
func TestWriteErrorNothingSaved(t *testing.T) {
	testutil.Root(t)
	for _, place := range []int{rootStart + mib, 600 << 10} {
		t.Run(fmt.Sprint(place), func(t *testing.T) {
			t.Parallel()
			d, repair := newHolesDisk(t, 512, [2]int{place, place + page})
			s, name := newSession(t), signed(t, packed(t, 512, "gz"))
			r := s.run(install(d, false, "-f", name)...)
			r.failed(t, r.writeError(t))
			d.requireDead(false)
			repair()
			r = s.run(install(d, false, "-f", name)...)
			require.Zero(t, r.exit, r)
			(&outcome{image: newImage(t, 512)}).requireComplete(d)
		})
	}
}

// TestReadOnly has devices that cannot be written to.
func TestReadOnly(t *testing.T) {
	testutil.Root(t)
	name := signed(t, packed(t, 512, "gz"))
	d, s := newDisk(t, 512, "-r"), newSession(t)
	s.run(install(d, true, "-f", name)...).refused(t, "Error: "+d.path+" is read-only\n")
	d.requireUntouched()
	d = newDisk(t, 512)
	must(t, "blockdev", "--setro", d.path)
	s.run(install(d, true, "-f", name)...).refused(t, "Error: "+d.path+" is read-only\n")
	d.requireUntouched()
	must(t, "blockdev", "--setrw", d.path)
}
