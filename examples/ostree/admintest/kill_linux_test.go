package admintest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/powercut"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// killCase is an operation that is killed everywhere.
type killCase struct {
	name    string
	prepare []string // lines of shell that make the sysroot
	command []string // arguments of "ostree admin"
	booted  bool     // the newest deployment runs, and command finalizes what stage has staged
	stage   []string
}

var prologue = []string{
	"ostree admin init-fs --modern $M", "ostree admin os-init demo", "ostree --repo=$M/ostree/repo config set sysroot.bootloader none",
	"sh $TESTDATA/pull.sh $C1 $C2 $C3 $C4", "ostree admin deploy --os=demo --karg=rw $C1",
	"echo admin >$M/ostree/deploy/demo/deploy/$C1.0/etc/b.conf",
}

func ref(name string) string {
	return "ostree --repo=$M/ostree/repo refs --delete origin:demo/x86_64; ostree --repo=$M/ostree/repo refs --create=origin:demo/x86_64 $" + name
}

var killCases = []killCase{
	{name: "deploy", prepare: append(slices.Clone(prologue), "ostree admin undeploy 0"), command: []string{"deploy", "--os=demo", "$C1"}},
	{name: "upgrade", prepare: append(slices.Clone(prologue), ref("C1"), "ostree admin deploy --os=demo origin:demo/x86_64", ref("C2")), command: []string{"upgrade", "--os=demo", "--deploy-only"}},
	{name: "upgrade-kernel", prepare: append(slices.Clone(prologue), ref("C1"), "ostree admin deploy --os=demo origin:demo/x86_64", ref("C3")), command: []string{"upgrade", "--os=demo", "--deploy-only"}},
	{name: "redeploy", prepare: append(slices.Clone(prologue), "ostree admin deploy --os=demo $C1"), command: []string{"deploy", "--os=demo", "$C1"}},
	{name: "undeploy", prepare: append(slices.Clone(prologue), "ostree admin deploy --os=demo $C3"), command: []string{"undeploy", "1"}},
	{name: "cleanup", prepare: append(slices.Clone(prologue), "ostree admin deploy --os=demo $C3",
		"cp -a $M/ostree/deploy/demo/deploy/$C1.0 $M/ostree/deploy/demo/deploy/$C1.5", "mkdir -p $M/boot/loader.0/entries $M/ostree/boot.0.1/demo $M/boot/ostree/demo-$SHA1A",
		"echo x >$M/boot/ostree/demo-$SHA1A/vmlinuz"), command: []string{"cleanup"}},
	{name: "set-kargs", prepare: append(slices.Clone(prologue), "ostree admin deploy --os=demo $C3"), command: []string{"instutil", "set-kargs", "--merge", "--append=new=1"}},
	{name: "finalize", prepare: prologue, booted: true, stage: []string{"deploy", "--stage", "--os=demo", "$C3"}, command: []string{"finalize-staged"}},
}

// lab makes copies of a prepared disk and runs the program on them.
type lab struct {
	t    *testing.T
	c    killCase
	p    program
	src  *source
	dir  string
	root string // where the disk is mounted
	env  []string
}

func newLab(t *testing.T, p program, c killCase) *lab {
	t.Helper()
	testutil.Loop(t)
	l := &lab{t: t, c: c, p: p, src: sourceRepo(t), dir: testutil.Tmpfs(t, "mode=0755")}
	l.root = l.dir + "/M"
	l.env = append(append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC", "PATH="+l.p.bin+":"+os.Getenv("PATH"), "OSTREE_SYSROOT="+l.root, "M="+l.root,
		"SRC="+l.src.path, "SHA1A="+sumA, "TESTDATA="+testdata(t), "OSTREE_SYSROOT_OPTS=bootloader-naming-1"), l.src.vars...)
	require.NoError(t, os.Mkdir(l.root, 0o755))
	image := l.dir + "/before.img"
	require.NoError(t, os.WriteFile(image, nil, 0o600))
	require.NoError(t, os.Truncate(image, 64<<20))
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "mkfs.ext4"), "-q", "-F", image)
	unmount := l.mount("before.img")
	for _, line := range c.prepare {
		testutil.Run(t, &testutil.RunOptions{Env: l.env, Must: true, Dir: l.dir}, "sh", "-c", "set -e; "+line)
	}
	unmount()
	return l
}

// mount mounts an image and returns what undoes it.
func (l *lab) mount(image string) func() {
	l.t.Helper()
	undo, err := powercut.Mount(l.dir+"/"+image, l.root, "ext4")
	require.NoError(l.t, err)
	done := false
	l.t.Cleanup(func() {
		if !done { // the test failed meanwhile
			_, _ = thaw(l.root)
			_ = undo()
		}
	})
	return func() {
		l.t.Helper()
		done = true
		var err error
		for range 3000 { // a killed program or its helper may still be on its way out
			if err = undo(); err == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		require.NoError(l.t, err)
	}
}

func (l *lab) copy() func() {
	l.t.Helper()
	f, err := os.Open(l.dir + "/before.img")
	require.NoError(l.t, err)
	defer f.Close()
	require.NoError(l.t, powercut.CopyImage(f, l.dir+"/copy.img"))
	return l.mount("copy.img")
}

// expand puts the commits into arguments.
func (l *lab) expand(args []string) []string {
	return strings.Split(os.Expand(strings.Join(args, "\x00"), func(name string) string { return l.src.commitOf(name) }), "\x00")
}

// admin runs a command, killed before its n-th change unless n is 0.
func (l *lab) admin(n int, args ...string) *testutil.Trace {
	l.t.Helper()
	return l.trace(testutil.TraceOptions{KillAt: n}, args...)
}

func (l *lab) trace(opts testutil.TraceOptions, args ...string) *testutil.Trace {
	l.t.Helper()
	opts.Path, opts.Env, opts.Dir, opts.CleanEnv = l.p.path, l.env, l.dir, true
	return testutil.TraceChanges(l.t, &opts, "ostree", append([]string{"admin"}, l.expand(args)...)...)
}

// operate runs the operation of the case: at once, or in a booted system.
func (l *lab) operate(n int) *testutil.Trace {
	l.t.Helper()
	if !l.c.booted {
		return l.admin(n, l.c.command...)
	}
	b := l.boot()
	defer b.stop()
	k := b.admin(0, l.c.stage...)
	require.Zero(l.t, k.Exit, k)
	return b.admin(n, l.c.command...)
}

// contents is everything on the disk.
func (l *lab) contents() snapshot {
	l.t.Helper()
	s, err := take(l.root, func(path string) bool {
		return path == "lost+found" || path == "ostree/repo/tmp/cache" || path == "ostree/repo/.lock"
	})
	require.NoError(l.t, err)
	return s.canonical()
}

// faults counts what went wrong, by kind, with examples.
type faults map[string][]string

func (f faults) add(kind, format string, args ...any) {
	f[kind] = append(f[kind], fmt.Sprintf(format, args...))
}

// TestKill kills each operation at its changes. Whatever was done by then, the system must boot, no file
// system may stay frozen, and running the operation again and cleaning up once must end as if nothing had happened.
func TestKill(t *testing.T) {
	for _, c := range killCases {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, ours(t), c)
			unmount := l.copy()
			old, err := observe(l.root)
			require.NoError(t, err)
			full := l.operate(0)
			require.Zero(t, full.Exit, full)
			next, err := observe(l.root)
			require.NoError(t, err)
			k := l.admin(0, "cleanup")
			require.Zero(t, k.Exit, k)
			want := l.contents()
			unmount()

			points, found := samplePoints(full.Changes), faults{}
			for _, n := range points {
				l.killAt(n, old, next, want, found)
			}
			t.Logf("%d of %d points (%s)", len(points), len(full.Changes), summarize(full.Changes))
			for kind, list := range found {
				t.Errorf("%s: %d of %d\n%s", kind, len(list), len(points), strings.Join(list[:min(5, len(list))], "\n"))
			}
		})
	}
}

// samplePoints chooses kill points: all about freezing and renaming, some of the others.
func samplePoints(calls []string) []int {
	all := os.Getenv("NESTOS_KILL_ALL") != ""
	step := max(1, len(calls)/20)
	var points []int
	for i, name := range calls {
		if all || i%step == 0 || slices.Contains([]string{"FIFREEZE", "FITHAW", "rename", "renameat", "renameat2"}, name) && (i < 2 || calls[i-1] != name) {
			points = append(points, i+1)
		}
	}
	return points
}

func summarize(calls []string) string {
	counts := map[string]int{}
	for _, c := range calls {
		counts[c]++
	}
	return fmt.Sprint(counts)
}

func (l *lab) killAt(n int, old, next *state, want snapshot, found faults) {
	l.t.Helper()
	unmount := l.copy()
	defer unmount()
	k := l.operate(n)
	where := fmt.Sprintf("killed before call %d", n)
	if len(k.Changes) > 0 {
		where += ", " + k.Changes[len(k.Changes)-1]
	}
	if k.Exit != -1 { // threads do not make the same calls in the same order each time
		require.Zero(l.t, k.Exit, k)
		where = "not killed"
	}
	if !writable(l.root) {
		found.add("frozen", "%s", where)
		_, err := thaw(l.root)
		require.NoError(l.t, err)
	}
	boot := dirReader(l.root + "/boot")
	entries, err := readEntries(boot, "")
	if old.list == "" && err != nil { // nothing had ever been deployed
		err = nil
	}
	list := ""
	if err == nil {
		list, err = bootable(l.root, "", boot, entries, union(old, next))
	}
	switch {
	case err != nil:
		found.add("not bootable", "%s: %v", where, err)
	case list != old.list && list != next.list:
		found.add("neither old nor new", "%s: %s", where, list)
	}
	if list != next.list || l.c.name == "cleanup" {
		if k := l.operate(0); k.Exit != 0 {
			found.add("cannot be repeated", "%s: %s", where, k.Stdout)
		}
	}
	if k := l.admin(0, "cleanup"); k.Exit != 0 {
		found.add("cannot be cleaned", "%s: %s", where, k.Stdout)
	}
	if diff := l.contents().diff(want); len(diff) > 0 {
		found.add("different in the end", "%s: %d paths\n\t%s", where, len(diff), strings.Join(diff[:min(4, len(diff))], "\n\t"))
	}
}

// writable tells whether a write comes back before the watchdog of a freeze that still lasts would end it.
func writable(dir string) bool {
	done := make(chan bool, 1)
	go func() {
		name := filepath.Join(dir, "boot", "probe")
		err := os.WriteFile(name, []byte("x"), 0o600)
		_ = os.Remove(name)
		done <- err == nil
	}()
	select {
	case ok := <-done:
		return ok
	case <-time.After(25 * time.Second):
		return false
	}
}
