package faulttest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/powercut"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestPowerCut records what an installation writes, and looks at the disk as a loss of power would leave it after each
// write, with some of those missing that no flush had made durable.
func TestPowerCut(t *testing.T) {
	testutil.Loop(t)
	if _, err := os.Stat("/dev/fuse"); err != nil {
		testutil.Missing(t, "FUSE: %v", err)
	}
	cases := []struct {
		sectorSize int
		saving     bool
		files      map[string]string
	}{{512, true, changedFiles}, {4096, true, changedFiles}, {512, false, changedFiles}, {512, true, nil}, {4096, false, nil}}
	if !all() {
		cases = cases[:1]
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%d/saving=%v/changes=%v", c.sectorSize, c.saving, c.files != nil), func(t *testing.T) {
			t.Parallel()
			o := &outcome{image: newImage(t, c.sectorSize), saving: c.saving, files: c.files}
			d := &disk{t: t, sectorSize: c.sectorSize, before: oldContent(t, c.sectorSize), file: filepath.Join(t.TempDir(), "before")}
			require.NoError(t, os.WriteFile(d.file, d.before, 0o600))
			log, dir := record(t, d, o), t.TempDir()
			replay, err := powercut.NewReplay(dir, []string{d.file}, log)
			require.NoError(t, err)
			defer func() { require.NoError(t, replay.Close()) }()
			data := mapOnly(t, dir)
			opts := &powercut.RunOptions{Subsets: 3, Seed: testutil.Seed(t)}
			if all() {
				opts.Subsets, opts.Every = 12, 211
			}
			points, complete := 0, 0
			bulk := bulkWrites(log)
			err = replay.Run(opts, func(p *powercut.Point) error {
				if bulk[p.Events] && p.Subset == 0 && p.Events%37 != 0 && !all() {
					return nil
				}
				ok, err := o.judge(d, data)
				if err != nil {
					return fmt.Errorf("%v: %w", p, err)
				}
				if points++; ok {
					complete++
				}
				return nil
			})
			require.NoError(t, err)
			t.Logf("%d events, %d states, %d complete", len(log), points, complete)
			require.NotZero(t, complete)
		})
	}
}

// bulkWrites marks the events in the middle of many writes without a flush.
func bulkWrites(log []powercut.Event) map[int]bool {
	bulk, begin := map[int]bool{}, 0
	for n, e := range log {
		if !e.Flush() {
			continue
		}
		for at := begin + 50; at < n-50; at++ {
			bulk[at] = true
		}
		begin = n
	}
	return bulk
}

// mapOnly maps the only file in a directory, which is the disk of a replay: a copy at each of its points would take
// too long.
func mapOnly(t *testing.T, dir string) []byte {
	t.Helper()
	files, err := filepath.Glob(dir + "/*")
	require.NoError(t, err)
	require.Len(t, files, 1)
	f, err := os.OpenFile(files[0], os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	data, err := unix.Mmap(int(f.Fd()), 0, diskSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, unix.Munmap(data)) })
	return data
}

// record installs on a recorded copy of a disk.
func record(t *testing.T, d *disk, o *outcome) []powercut.Event {
	t.Helper()
	dir := t.TempDir()
	mount, work := filepath.Join(dir, "fuse"), filepath.Join(dir, "disk")
	require.NoError(t, os.Mkdir(mount, 0o700))
	require.NoError(t, os.WriteFile(work, d.before, 0o600))
	rec, err := powercut.Record(t.Context(), mount, work)
	require.NoError(t, err)
	path := rec.Device(0)
	if d.sectorSize != 512 {
		const loopSetBlockSize = 0x4c09
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		require.NoError(t, err)
		require.NoError(t, unix.IoctlSetInt(int(f.Fd()), loopSetBlockSize, d.sectorSize))
		require.NoError(t, f.Close())
	}
	args := []string{"-f", signed(t, packed(t, d.sectorSize, "xz"))}
	if o.files != nil {
		args = append(args, changeArgs(t)...)
	}
	r := newSession(t).run(install(&disk{path: path}, o.saving, args...)...)
	log, err := rec.Close()
	require.NoError(t, err)
	require.Zero(t, r.exit, r)
	return log
}
