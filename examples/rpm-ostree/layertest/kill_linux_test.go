package layertest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// killCase is an operation that is killed everywhere.
type killCase struct {
	name    string
	prepare func(w *world)
	command []string
}

// scripted is a package whose scriptlets change files and make a user.
func scripted(name, v string) *rpmtest.Spec {
	p := version(pkg(name, file("/usr/share/"+name+"/a", "a"+v), file("/etc/"+name+".conf", v), file("/opt/"+name+"/x", v), dir("/var/lib/"+name, 0o755),
		rpmtest.File{Path: "/usr/share/" + name + "/owned", Content: []byte(v), User: name, Group: name}), v)
	p.Scripts = scripts{
		rpm.ScriptPre:  shell("grep -q ^" + name + ": /etc/passwd || { echo " + name + ":x:480:480::/:/bin/sh >> /etc/passwd; echo " + name + ":x:480: >> /etc/group; }\n"),
		rpm.ScriptPost: shell("echo made > /usr/share/" + name + "/made; echo more >> /etc/" + name + ".conf; echo more >> /usr/share/old\n"),
	}
	return p
}

var killCases = []killCase{
	{"install", func(w *world) { w.publish(scripted("svc", "1"), pkg("more", file("/usr/share/more", "m"))) }, []string{"install", "svc", "more"}},
	{"upgrade", func(w *world) {
		w.publish(scripted("svc", "1"))
		w.ok("install", "svc")
		w.base("2.0", pkg("old", file("/usr/share/old", "newer")), pkg("tool", file("/usr/bin/tool", "1")))
		w.publish(scripted("svc", "2"))
	}, []string{"upgrade"}},
	{"override", func(w *world) { w.file(version(pkg("tool", file("/usr/bin/tool", "2")), "2")) }, []string{"override", "replace", "$FILES/tool-2-1.noarch.rpm", "--remove=old"}},
	{"uninstall", func(w *world) {
		w.publish(scripted("svc", "1"))
		w.ok("install", "svc")
	}, []string{"uninstall", "svc"}},
	{"rebase", func(w *world) {
		w.publish(scripted("svc", "1"))
		w.ok("install", "svc")
		w.baseOn("other/2/x86_64", "9.0", pkg("old", file("/usr/share/old", "other")))
	}, []string{"rebase", ":other/2/x86_64", "--skip-purge"}},
	{"cleanup", func(w *world) {
		w.publish(scripted("svc", "1"), pkg("other", file("/usr/share/other", "o")))
		w.ok("install", "svc")
		w.ok("install", "other", "--uninstall=svc")
	}, []string{"cleanup", "-r", "-b", "-m"}},
}

// lab makes copies of a prepared system and runs the program on them.
type lab struct {
	*world
	t       *testing.T
	c       killCase
	program string // a copy of its own, so that its processes can be told from those of other tests
}

func newLab(t *testing.T, c killCase) *lab {
	t.Helper()
	w := newWorld(t, pkg("old", file("/usr/share/old", "old")), pkg("tool", file("/usr/bin/tool", "1")))
	c.prepare(w)
	l := &lab{world: w, t: t, c: c, program: filepath.Join(w.dir, "rpm-ostree")}
	data, err := os.ReadFile(program(t))
	require.NoError(t, err)
	testutil.WriteProgram(t, l.program, data)
	require.NoError(t, os.Rename(w.sysroot, w.sysroot+".before"))
	l.copy()
	return l
}

// copy puts a fresh copy of the prepared system into place.
func (l *lab) copy() {
	l.t.Helper()
	require.NoError(l.t, os.RemoveAll(l.sysroot))
	testutil.Run(l.t, &testutil.RunOptions{Must: true}, "cp", "-a", l.sysroot+".before", l.sysroot)
}

// trace runs a command, killed before its n-th change unless n is 0.
func (l *lab) trace(opts testutil.TraceOptions, args ...string) *testutil.Trace {
	l.t.Helper()
	opts.Path, opts.CleanEnv = l.program, true
	opts.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000", "LC_ALL=C.UTF-8", "OSTREE_SYSROOT_DEBUG=mutable-deployments")
	args = slices.Clone(args)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "$FILES", l.dir+"/files")
	}
	return testutil.TraceChanges(l.t, &opts, "rpm-ostree", l.withSysroot(args)...)
}

func (l *lab) list() (string, error) { return listOf(l.world) }

// listOf describes the list of deployments.
func listOf(w *world) (string, error) {
	var names []string
	for _, d := range w.deployments() {
		text, err := os.ReadFile(w.deploymentDir(d) + ".origin")
		if err != nil {
			return "", err
		}
		names = append(names, d.Commit.String()+"\n"+string(text))
	}
	return strings.Join(names, "\n"), nil
}

// contents is everything in the system.
func (l *lab) contents() map[string]string {
	l.t.Helper()
	s, err := take(l.sysroot, func(path string) bool {
		return path == "ostree/repo/tmp/cache" || path == "ostree/repo/.lock" || path == "ostree/lock" || strings.HasPrefix(path, "ostree/deploy/"+stateroot+"/var/cache")
	})
	require.NoError(l.t, err)
	return canonical(s)
}

// faults counts what went wrong, by kind, with examples.
type faults map[string][]string

func (f faults) add(kind, format string, args ...any) {
	f[kind] = append(f[kind], fmt.Sprintf(format, args...))
}

// TestKill kills each operation at its changes. Whatever was done by then, the deployments are the old or the new
// ones, each complete, and running the operation again and cleaning up ends as if nothing had happened.
func TestKill(t *testing.T) {
	for _, c := range killCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, c)
			l.copy()
			old, err := l.list()
			require.NoError(t, err)
			full := l.trace(testutil.TraceOptions{}, c.command...)
			require.Zero(t, full.Exit, full)
			next, err := l.list()
			require.NoError(t, err)
			k := l.trace(testutil.TraceOptions{}, "cleanup", "-b")
			require.Zero(t, k.Exit, k)
			want := l.contents()

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

// samplePoints chooses kill points.
func samplePoints(calls []string) []int {
	step := max(1, len(calls)/6)
	if every := os.Getenv("NESTOS_KILL_ALL"); every != "" {
		n, _ := strconv.Atoi(every)
		step = max(1, n)
	}
	var points []int
	for n := 1 + step/2; n <= len(calls); n += step {
		points = append(points, n)
	}
	if last := len(calls); points[len(points)-1] != last {
		points = append(points, last)
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

func (l *lab) killAt(n int, old, next string, want map[string]string, found faults) {
	l.t.Helper()
	l.copy()
	k := l.trace(testutil.TraceOptions{KillAt: n}, l.c.command...)
	where := fmt.Sprintf("killed before call %d", n)
	if len(k.Changes) > 0 {
		where += ", " + k.Changes[len(k.Changes)-1]
	}
	if k.Exit != -1 { // threads do not make the same calls in the same order each time
		require.Zero(l.t, k.Exit, k)
		where = "not killed"
	}
	if left := l.leftProcesses(); left != "" {
		found.add("processes left", "%s: %s", where, left)
	}
	list, err := l.list()
	switch {
	case err != nil:
		found.add("incomplete", "%s: %v", where, err)
	case list != old && list != next:
		found.add("neither old nor new", "%s: %s", where, list)
	}
	l.judge(where, found)
	if list != next || l.c.name == "cleanup" {
		if k := l.trace(testutil.TraceOptions{}, l.c.command...); k.Exit != 0 {
			found.add("cannot be repeated", "%s: %s", where, k.Stdout)
		}
		l.leftovers(where+", repeated", found)
	}
	if k := l.trace(testutil.TraceOptions{}, "cleanup", "-b"); k.Exit != 0 {
		found.add("cannot be cleaned", "%s: %s", where, k.Stdout)
	}
	l.leftovers(where+", cleaned", found)
	if d := diff(want, l.contents()); len(d) > 0 {
		found.add("different in the end", "%s: %d paths\n\t%s", where, len(d), strings.Join(d[:min(4, len(d))], "\n\t"))
	}
}

// judge checks what must hold right after a kill.
func (l *lab) judge(where string, found faults) {
	l.t.Helper()
	if r := testutil.Run(l.t, nil, testutil.Tool(l.t, "ostree"), "fsck", "--quiet", "--repo="+l.sysroot+"/ostree/repo"); r.Exit != 0 {
		found.add("fsck", "%s: %s", where, r)
	}
	entries, err := filepath.Glob(l.sysroot + "/boot/loader/entries/*.conf")
	if err != nil || len(entries) == 0 {
		found.add("not bootable", "%s: no entries, %v", where, err)
	}
	for _, e := range entries {
		if err := l.checkEntry(e); err != nil {
			found.add("not bootable", "%s: %v", where, err)
		}
	}
}

// leftovers looks for what a finished operation must not leave.
func (l *lab) leftovers(where string, found faults) {
	for _, pattern := range []string{"ostree/repo/extensions/rpmostree/private/*", "ostree/repo/refs/heads/rpmostree/base/tmp", "ostree/repo/tmp/staging-*", "ostree/repo/tmp/tmp*", "ostree/repo/.tmp*"} {
		if list, _ := filepath.Glob(filepath.Join(l.sysroot, pattern)); len(list) > 0 {
			found.add("left over", "%s: %q", where, list)
		}
	}
}

// leftProcesses waits until all processes of the program are gone, and tells about those that stay.
func (l *lab) leftProcesses() (left string) {
	for range 3000 {
		left = ""
		dirs, _ := filepath.Glob("/proc/[0-9]*")
		for _, d := range dirs {
			exe, _ := os.Readlink(d + "/exe")
			mounts, _ := os.ReadFile(d + "/mountinfo")
			if strings.HasPrefix(exe, l.program) || strings.Contains(string(mounts), l.dir) {
				cmdline, _ := os.ReadFile(d + "/cmdline")
				left += fmt.Sprintf("%s %q; ", d, cmdline)
			}
		}
		if left == "" {
			return ""
		}
		time.Sleep(20 * time.Millisecond)
	}
	return left
}

var deploymentPath = regexp.MustCompile(`^ostree/deploy/[^/]+/deploy/([0-9a-f]{64})\.([0-9]+)$`)

// canonical numbers the deployments of a commit from 0, as an interrupted run may have used up a serial, and
// hides which of the two sub-versions of the live boot version is in use, as long as there is only one.
func canonical(s map[string]string) map[string]string {
	serials := map[string][]int{}
	for path := range s {
		if m := deploymentPath.FindStringSubmatch(path); m != nil {
			n, _ := strconv.Atoi(m[2])
			serials[m[1]] = append(serials[m[1]], n)
		}
	}
	var names []string
	for sum, list := range serials {
		sort.Ints(list)
		for i := len(list) - 1; i >= 0; i-- { // longer numbers first
			names = append(names, fmt.Sprintf("%s.%d", sum, list[i]), fmt.Sprintf("%s.#%d", sum, i))
		}
	}
	for _, live := range []string{"0", "1"} {
		for _, sub := range []string{"0", "1"} {
			if other := string('0' + '1' - sub[0]); s["ostree/boot."+live+"."+sub] != "" && s["ostree/boot."+live+"."+other] == "" {
				names = append(names, "boot."+live+"."+sub, "boot."+live+".#", "heads/ostree/"+live+"/"+sub, "heads/ostree/"+live+"/#")
			}
		}
	}
	replace, out := strings.NewReplacer(names...), map[string]string{}
	for path, line := range s {
		// Directories stay when the last thing in them goes.
		if strings.HasPrefix(line, "40") && (strings.HasPrefix(path, "ostree/repo/refs/heads/") || strings.HasPrefix(path, "ostree/repo/objects/") || strings.HasPrefix(path, "ostree/repo/extensions") || path == "ostree/deploy/"+stateroot+"/var/cache") {
			continue
		}
		out[replace.Replace(path)] = replace.Replace(line)
	}
	return out
}
