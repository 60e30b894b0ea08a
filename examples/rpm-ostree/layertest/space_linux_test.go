package layertest_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// noise is content that cannot be compressed.
func noise(size int) []byte {
	b := make([]byte, size)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestFullDisk has more and more space, from none to enough. What does not fit changes nothing.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	disk := testutil.Tmpfs(t, "size=32m")
	w := &world{at: disk + "/world"}
	w.init(t, ostree.ModeBare, pkg("old", file("/usr/share/old", "old")))
	p := pkg("large", rpmtest.File{Path: "/usr/share/large", Content: noise(3 << 20)})
	p.Scripts = scripts{rpm.ScriptPost: shell("set -e; cat /usr/share/large /usr/share/old > /usr/share/copy\n")}
	w.packages = t.TempDir()
	w.publish(p)
	w.configure(w.section())
	filler := disk + "/filler"
	fill := func(free int64) {
		var st unix.Statfs_t
		require.NoError(t, unix.Statfs(disk, &st))
		size := int64(st.Bfree)*st.Bsize - free
		if size > 0 {
			f, err := os.Create(filler)
			require.NoError(t, err)
			require.NoError(t, unix.Fallocate(int(f.Fd()), 0, 0, size))
			require.NoError(t, f.Close())
		}
	}
	failed := 0
	for _, free := range []int64{0, 64 << 10, 512 << 10, 2 << 20, 3<<20 + 500<<10, 5 << 20, 7 << 20, 9 << 20, 11 << 20, 20 << 20} {
		w.run("cleanup", "-m", "-b")
		fill(free)
		before := w.snapshot()
		r := w.run("install", "large")
		require.NoError(t, os.RemoveAll(filler))
		if r.exit == 0 {
			w.checkSystem()
			break
		}
		failed++
		if !strings.Contains(strings.ToLower(r.stdout+r.stderr), "space") {
			t.Errorf("%d bytes free: %v", free, r)
		}
		if d := diff(before, w.snapshot()); len(d) > 0 {
			t.Errorf("%d bytes free: %v\n%s", free, r, strings.Join(d, "\n"))
		}
		w.checkSystem()
	}
	require.Greater(t, failed, 3)
	require.Len(t, w.text("usr/share/copy"), 3<<20+3)
	w.rpmOK()
}

// TestBrokenCalls lets system calls fail, one at a time.
func TestBrokenCalls(t *testing.T) {
	t.Parallel()
	strace := testutil.Tool(t, "strace")
	w := newWorld(t, pkg("old", file("/usr/share/old", "old")))
	w.publish(scripted("svc", "1"))
	for _, inject := range brokenCalls() {

		before := w.snapshot()
		list, err := listOf(w)
		require.NoError(t, err)
		args := append([]string{"-f", "-qq", "-o", "/dev/null", "-e", "trace=" + inject[:strings.IndexByte(inject, ':')], "-e", "inject=" + inject, program(t)}, w.withSysroot([]string{"install", "svc"})...)
		r := execute(t, runOptions{env: []string{"SOURCE_DATE_EPOCH=1700000000", "OSTREE_SYSROOT_DEBUG=mutable-deployments"}}, strace, args...)
		after, err := listOf(w)
		require.NoError(t, err)
		switch {
		case r.exit == exitLeftover:
			t.Errorf("%s: processes were left: %v", inject, r)
		case list != after && r.exit != 0 && len(w.deployments()) > 1:
			t.Logf("%s: deployed, and failed later: %s", inject, r.stderr)
		case strings.Contains(r.stderr, "panic"):
			t.Errorf("%s: %v", inject, r)
		case r.exit != 0 && !strings.Contains(r.stderr, "remove ") && strings.Count(r.stderr, "\n") == 1 && !strings.HasPrefix(inject, "unlinkat"): // unless cleaning fails too
			found := faults{}
			(&lab{world: w}).leftovers(inject, found)
			for kind, list := range found {
				t.Errorf("%s: %q\n%v", kind, list, r)
			}
		}
		// Whatever was left goes with the next command.
		w.ok("cleanup", "-b")
		if list == after {
			if d := diff(before, w.snapshot()); len(d) > 0 {
				t.Errorf("%s: %s\n%s", inject, r.stderr, strings.Join(d, "\n"))
			}
		}
		if len(w.deployments()) > 1 {
			w.ok("uninstall", "svc")
			w.ok("cleanup", "-r")
		}
	}
}

// brokenCalls are the failures that strace injects: some, or with NESTOS_KILL_ALL many.
func brokenCalls() (list []string) {
	if os.Getenv("NESTOS_KILL_ALL") == "" {
		return []string{
			"linkat:error=ENOSPC:when=3", "linkat:error=EMLINK:when=20", "renameat:error=ENOSPC:when=2", "renameat:error=EIO:when=3", "renameat2:error=EIO:when=1", "mkdirat:error=ENOSPC:when=2",
			"write:error=EIO:when=40", "symlinkat:error=ENOSPC:when=2", "unlinkat:error=EIO:when=3", "mount:error=EPERM:when=1", "clone:error=EAGAIN:when=1", "fchown:error=EPERM:when=1", "getdents64:error=EIO:when=4",
		}
	}
	for _, call := range []string{
		"linkat", "renameat", "renameat2", "mkdirat", "write", "ftruncate", "fchmod", "symlinkat", "unlinkat", "mount", "clone", "unshare", "flock", "fchown", "fchownat", "fsetxattr", "getdents64", "openat", "openat2", "newfstatat", "read",
	} {
		for _, when := range []int{1, 2, 3, 5, 8, 13, 21, 34, 55, 89} {
			list = append(list, fmt.Sprintf("%s:error=%s:when=%d", call, []string{"EIO", "ENOSPC", "EPERM"}[when%3], when))
		}
	}
	return list
}
