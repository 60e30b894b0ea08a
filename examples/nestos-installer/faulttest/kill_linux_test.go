package faulttest_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestKill kills installations before their changes: of the disk, of the boot file system, of mounts and temporary
// files. Whatever was done by then, the disk is complete or does not look bootable, what is to be kept is there,
// and the next installation comes to the usual end.
func TestKill(t *testing.T) {
	testutil.Root(t)
	cases := []struct {
		sectorSize      int
		saving, changes bool
		format          string
	}{
		{512, true, true, "xz"},
		{4096, false, true, "zst"},
		{4096, true, true, "gz"},
		{512, false, true, "raw"},
		{4096, false, false, "xz"},
	}
	if !all() {
		cases = cases[:2]
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%d/saving=%v/changes=%v", c.sectorSize, c.saving, c.changes), func(t *testing.T) {
			t.Parallel()
			k := &killing{t: t, disk: newDisk(t, c.sectorSize), session: newSession(t)}
			k.outcome = &outcome{image: newImage(t, c.sectorSize), saving: c.saving}
			args := []string{"-f", signed(t, packed(t, c.sectorSize, c.format))}
			if c.changes {
				args, k.outcome.files = append(args, changeArgs(t)...), changedFiles
			}
			k.args = install(k.disk, c.saving, args...)
			k.everywhere()
		})
	}
}

// killing is an installation that is killed again and again.
type killing struct {
	t       *testing.T
	disk    *disk
	session *session
	outcome *outcome
	args    []string
}

func (k *killing) everywhere() {
	r, changes := k.session.trace(0, k.args...)
	require.Zero(k.t, r.exit, r)
	k.outcome.requireComplete(k.disk)
	points := killPoints(len(changes))
	complete := 0
	random := rand.New(rand.NewPCG(testutil.Seed(k.t), 1))
	for n, at := range points {
		k.disk.reset()
		if k.at(at) {
			complete++
		}
		switch {
		case n%3 == 1: // the second attempt is killed too
			k.at(1 + random.IntN(len(changes)))
			fallthrough
		case n%3 == 0 || all():
			r = k.session.run(k.args...)
			require.Zero(k.t, r.exit, "after change %d: %s", at, r)
			k.outcome.requireComplete(k.disk)
		}
	}
	k.t.Logf("%d of %d points, complete at %d: %s", len(points), len(changes), complete, summarize(changes))
	require.Less(k.t, complete, len(points))
}

// killPoints chooses some of n changes. The last ones, which make the disk bootable, are worth more.
func killPoints(n int) []int {
	if step, _ := strconv.Atoi(os.Getenv("NESTOS_KILL_ALL")); step > 0 {
		var points []int
		for at := 1; at <= n; at += step {
			points = append(points, at)
		}
		return points
	}
	points := []int{7, n / 3, n - 25, n - 10, n - 7, n - 4, n - 2}
	slices.Sort(points)
	return slices.DeleteFunc(slices.Compact(points), func(at int) bool { return at < 1 })
}

// at kills before one change.
func (k *killing) at(point int) (complete bool) {
	k.t.Helper()
	r, changes := k.session.trace(point, k.args...)
	where := fmt.Sprintf("killed before change %d, %s, after %q", point, changes[len(changes)-1], changes[max(0, len(changes)-6):len(changes)-1])
	if r.exit != -1 { // the order of threads is not always the same
		require.Zero(k.t, r.exit, r)
		where = "not killed"
	}
	return k.judge(where)
}

// judge looks at what a killed run has left.
func (k *killing) judge(where string) (complete bool) {
	k.t.Helper()
	require.NoError(k.t, k.disk.settled(), where)
	require.Empty(k.t, k.loops(), "loop devices on the disk, %s", where)
	complete, err := k.outcome.judge(k.disk, k.disk.read())
	require.NoError(k.t, err, where)
	if k.outcome.saving {
		list := must(k.t, "sgdisk", "-p", k.disk.path)
		require.Regexp(k.t, ` (data|more)\n(?s:.*) (data|more)\n`, list, where)
	}
	k.tidy(where)
	return complete
}

// TestKillAtAnyTime kills installations within system calls, too.
func TestKillAtAnyTime(t *testing.T) {
	testutil.Root(t)
	tries := 6
	if all() {
		tries = 300
	}
	random := rand.New(rand.NewPCG(testutil.Seed(t), 2))
	k := &killing{t: t, disk: newDisk(t, 512), session: newSession(t)}
	k.outcome = &outcome{image: newImage(t, 512), saving: true, files: changedFiles}
	k.args = install(k.disk, true, append(changeArgs(t), "-f", signed(t, packed(t, 512, "xz")))...)
	begin := time.Now()
	require.Zero(t, k.session.run(k.args...).exit)
	usual := time.Since(begin)
	for range tries {
		k.disk.reset()
		p := k.session.start(k.args...)
		pause := time.Duration(random.Int64N(int64(usual)))
		time.Sleep(pause)
		require.NoError(t, p.cmd.Process.Kill())
		r := p.wait()
		k.judge(fmt.Sprintf("killed after %v: %s", pause, r))
	}
	r := k.session.run(k.args...)
	require.Zero(t, r.exit, r)
	k.outcome.requireComplete(k.disk)
}

// TestKillFailing kills installations that fail, while they put the disk in order too.
func TestKillFailing(t *testing.T) {
	testutil.Root(t)
	k := &killing{t: t, disk: newDisk(t, 512), session: newSession(t)}
	k.outcome = &outcome{image: newImage(t, 512), saving: true, files: changedFiles}
	data := packed(t, 512, "zst")
	k.args = install(k.disk, true, append(changeArgs(t), "-f", file(t, data, keys(t).sign(t, file(t, data[1:], nil), "signer")))...)
	r, changes := k.session.trace(0, k.args...)
	r.failed(t, "GPG verification failure")
	k.disk.requireDead(true)
	for _, at := range killPoints(len(changes)) {
		k.disk.reset()
		require.False(t, k.at(at))
	}
	k.session.run(k.args...).failed(t, "GPG verification failure")
	k.disk.requireDead(true)
}

// TestInterruptAtAnyTime ends installations as an impatient user does.
func TestInterruptAtAnyTime(t *testing.T) {
	testutil.Root(t)
	tries := 6
	if all() {
		tries = 200
	}
	random := rand.New(rand.NewPCG(testutil.Seed(t), 3))
	k := &killing{t: t, disk: newDisk(t, 512), session: newSession(t)}
	k.outcome = &outcome{image: newImage(t, 512), saving: true, files: changedFiles}
	k.args = install(k.disk, true, append(changeArgs(t), "-f", signed(t, packed(t, 512, "gz")))...)
	begin := time.Now()
	require.Zero(t, k.session.run(k.args...).exit)
	usual := time.Since(begin)
	for range tries {
		k.disk.reset()
		p := k.session.start(k.args...)
		pause := time.Duration(random.Int64N(int64(usual)))
		time.Sleep(pause)
		require.NoError(t, p.cmd.Process.Signal(syscall.SIGINT))
		r := p.wait()
		switch {
		case strings.HasSuffix(r.stderr, "Install complete.\n"): // the signal may still kill it
			k.outcome.requireComplete(k.disk)
		case strings.Contains(r.stderr, "install failed"):
			r.failed(t, "interrupted")
			k.disk.requireDead(true)
		default: // it had not begun to write
			require.NotZero(t, r.exit, r)
			require.True(t, bytes.Equal(k.disk.before, k.disk.read()), r)
		}
		require.Empty(t, k.session.leftovers(), "%v: %s", pause, r)
	}
}

// loops are loop devices that the program has left on the disk.
func (k *killing) loops() (found []string) {
	for range 6000 {
		found = nil
		files, _ := filepath.Glob("/sys/block/loop*/loop/backing_file")
		for _, f := range files {
			if text, err := os.ReadFile(f); err == nil && strings.TrimSpace(string(text)) == k.disk.path {
				found = append(found, f)
			}
		}
		if found == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return found
}

// tidy makes sure that a killed run has left nothing in the temporary directory but empty directories, which no mount
// covers.
func (k *killing) tidy(where string) {
	k.t.Helper()
	left := k.session.leftovers()
	require.LessOrEqual(k.t, len(left), 2, where)
	for _, name := range left {
		require.NoError(k.t, os.Remove(filepath.Join(k.session.tmp, name)), where)
	}
}

func summarize(calls []string) string {
	counts := map[string]int{}
	for _, c := range calls {
		counts[c]++
	}
	return fmt.Sprint(counts)
}
