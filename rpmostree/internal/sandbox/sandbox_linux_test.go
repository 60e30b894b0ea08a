package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
)

// start begins a session on a tree that must be the same at the end.
func start(t testing.TB, root string, adjust ...func(*sandbox.Config)) *sandbox.Session {
	t.Helper()
	c := &sandbox.Config{Root: root, Upper: scratch(t)}
	for _, f := range adjust {
		f(c)
	}
	if !c.ReadWrite {
		before := snapshot(t, root)
		t.Cleanup(func() {
			if after := snapshot(t, root); before != after {
				t.Errorf("the tree has changed:\n%s", diffLines(before, after))
			}
		})
	}
	s, err := sandbox.Start(t.Context(), c)
	if errors.Is(err, unix.EPERM) && os.Geteuid() != 0 {
		testutil.Missing(t, "needs namespaces: %v", err)
	}
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func scratch(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "upper-")
	must(t, err)
	t.Cleanup(func() {
		must(t, sandbox.Remove(context.Background(), dir))
		if _, err := os.Lstat(dir); err == nil {
			t.Error("scratch directory left behind")
		}
	})
	return dir
}

func runScript(t testing.TB, s *sandbox.Session, script string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := s.Run(t.Context(), &sandbox.Cmd{Argv: []string{"/bin/sh"}, Script: []byte(script), Args: args, Output: &out})
	return out.String(), err
}

// output runs a script that must succeed.
func output(t testing.TB, s *sandbox.Session, script string, args ...string) string {
	t.Helper()
	out, err := runScript(t, s, script, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out
}

func changes(t testing.TB, s *sandbox.Session) []string {
	t.Helper()
	var list []string
	for c, err := range s.Changes(t.Context()) {
		must(t, err)
		line := fmt.Sprintf("%s %s", c.Kind, c.Path)
		switch {
		case c.Opaque:
			line += " opaque"
		case c.Kind == sandbox.Symlink:
			line += " -> " + c.Target
		}
		list = append(list, line)
	}
	return list
}

func TestScriptArgumentsAndEnvironment(t *testing.T) {
	s := start(t, makeTree(t))
	got := output(t, s, "echo $0 $1 $2; pwd; env | sort; umask", "1", "two words")
	want := "/proc/self/fd/5 1 two words\n/\nLANG=C\nPATH=/usr/sbin:/usr/bin\nPWD=/\nSHLVL=1\nSYSTEMD_OFFLINE=1\n0022\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var out bytes.Buffer
	must(t, s.Run(t.Context(), &sandbox.Cmd{Argv: []string{"sort", "-r"}, Stdin: strings.NewReader("a\nb\n"), Output: &out, Env: []string{"PATH=/bin"}}))
	must(t, s.Run(t.Context(), &sandbox.Cmd{Argv: []string{"cat"}, Stdin: bytes.NewReader([]byte("c\n")), Output: &out}))
	must(t, s.Run(t.Context(), &sandbox.Cmd{Argv: []string{"/bin/cat"}, Output: &out}))
	var errs bytes.Buffer
	must(t, s.Run(t.Context(), &sandbox.Cmd{Argv: []string{"sh", "-c", "echo e >&2; echo d"}, Output: &out, Stderr: &errs}))
	if errs.String() != "e\n" {
		t.Errorf("standard error %q", errs.String())
	}
	if got := out.String(); got != "b\na\nc\nd\n" {
		t.Errorf("output %q", got)
	}
}

func TestOnlyTheProgramsDescriptors(t *testing.T) {
	s := start(t, makeTree(t))
	// 3 is the directory that ls reads; 10 the shell's own.
	if got := output(t, s, "ls /proc/self/fd | tr '\\n' ' '"); got != "0 1 2 3 5 " && got != "0 1 10 2 3 5 " {
		t.Errorf("descriptors %q", got)
	}
}

func TestExitStatus(t *testing.T) {
	s := start(t, makeTree(t))
	for script, want := range map[string]string{
		"exit 3":     "bwrap(/bin/sh): Child process exited with code 3",
		"kill -9 $$": "bwrap(/bin/sh): Child process killed by signal 9",
		"false":      "bwrap(/bin/sh): Child process exited with code 1",
	} {
		_, err := runScript(t, s, script)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", script, err, want)
		}
	}
	err := s.Run(t.Context(), &sandbox.Cmd{Argv: []string{"/usr/bin/no-such"}})
	var exit *sandbox.ExitError
	if !errors.As(err, &exit) || !errors.Is(err, unix.ENOENT) || err.Error() != "bwrap(/usr/bin/no-such): execvp /usr/bin/no-such: No such file or directory" {
		t.Errorf("missing program: %v", err)
	}
	if err := s.Run(t.Context(), &sandbox.Cmd{Argv: []string{"no-such"}}); !errors.Is(err, unix.ENOENT) {
		t.Errorf("missing program: %v", err)
	}
	must(t, s.Run(t.Context(), &sandbox.Cmd{Argv: []string{"/usr/bin/true"}}))
}

func TestChanges(t *testing.T) {
	root := makeTree(t)
	writeFile(t, root, "usr/share/gone/a", "a")
	writeFile(t, root, "usr/share/gone/sub/b", "b")
	writeFile(t, root, "usr/share/replaced/old", "o")
	writeFile(t, root, "usr/share/touched", "t")
	writeFile(t, root, "usr/share/same", "same")
	writeFile(t, root, "usr/share/dir/x", "x")
	must(t, os.Symlink("target", filepath.Join(root, "usr/share/link")))
	s := start(t, root)
	output(t, s, `set -e
rm -r /usr/share/gone
rm -r /usr/share/replaced; mkdir /usr/share/replaced; echo n > /usr/share/replaced/new
touch /usr/share/touched
echo more >> /etc/passwd
printf same > /usr/share/same
chmod 700 /usr/share/dir
ln -sf elsewhere /usr/share/link
mkfifo /usr/share/fifo
echo x > /usr/share/new; rm /usr/share/new
mkdir /usr/newdir; echo 1 > /usr/newdir/1; ln /usr/newdir/1 /usr/newdir/2; ln -s 1 /usr/newdir/3
rm /usr/lib/important; ln -s os-release /usr/lib/important
echo vanishes > /tmp/x; echo vanishes > /var/tmp/x; echo vanishes > /run/x; echo vanishes > /x
`)
	want := []string{
		"file etc/passwd",
		"symlink usr/lib/important -> os-release",
		"dir usr/newdir opaque", "file usr/newdir/1", "file usr/newdir/2", "symlink usr/newdir/3 -> 1",
		"dir usr/share/dir",
		"special usr/share/fifo",
		"removed usr/share/gone",
		"symlink usr/share/link -> elsewhere",
		"dir usr/share/replaced opaque", "file usr/share/replaced/new",
	}
	got := changes(t, s)
	for i := range got {
		// Whether a directory that is new is marked depends on the kernel.
		if got[i] == "dir usr/newdir" {
			got[i] += " opaque"
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("changes:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	must(t, s.Close())
	for c, err := range s.Changes(t.Context()) { // after Close as well
		must(t, err)
		switch c.Path {
		case "usr/newdir/1":
			f, err := c.Open()
			must(t, err)
			var b bytes.Buffer
			b.ReadFrom(f)
			f.Close()
			if b.String() != "1\n" || c.Nlink != 2 || c.Lower != nil {
				t.Errorf("%+v has content %q", c, b.String())
			}
		case "usr/share/dir":
			if c.Mode != unix.S_IFDIR|0o700 || c.Lower == nil || c.Lower.Mode != unix.S_IFDIR|0o755 {
				t.Errorf("%+v", c)
			}
		}
	}
}

func TestChangesWithoutPermissions(t *testing.T) {
	s := start(t, makeTree(t))
	output(t, s, "mkdir /usr/d; echo secret > /usr/d/f; chmod 0 /usr/d/f /usr/d; mkdir /usr/lib/opt/e; chmod 0 /usr/lib/opt/e; chmod 0 /usr/lib/important")
	var seen []string
	for c, err := range s.Changes(t.Context()) {
		must(t, err)
		if c.Mode&0o7777 != 0 {
			t.Errorf("%s has mode %o", c.Path, c.Mode)
		}
		if c.Kind == sandbox.File {
			f, err := c.Open()
			must(t, err)
			f.Close()
		}
		seen = append(seen, c.Path)
	}
	if got := strings.Join(seen, " "); got != "usr/d usr/d/f usr/lib/important usr/lib/opt/e" {
		t.Errorf("changes %s", got)
	}
	if got := output(t, s, "stat -c %a /usr/d/f /usr/d /usr/lib/important | tr '\\n' ' '"); got != "0 0 0 " {
		t.Errorf("modes afterwards: %s", got)
	}
}

func TestSessionsContinueEachOther(t *testing.T) {
	root, upper := makeTree(t), scratch(t)
	set := func(c *sandbox.Config) { c.Upper = upper }
	s := start(t, root, set)
	output(t, s, "echo 1 > /usr/one; echo state > /var/lib/rpm-state/x")
	if _, err := sandbox.Start(t.Context(), &sandbox.Config{Root: root, Upper: upper}); !errors.Is(err, sandbox.ErrBusy) {
		t.Errorf("a second session at the same time: %v", err)
	}
	must(t, s.Close())
	s = start(t, root, set, func(c *sandbox.Config) { c.ReadOnlyUsr = true })
	if got := output(t, s, "cat /usr/one /var/lib/rpm-state/x"); got != "1\nstate\n" {
		t.Errorf("second session sees %q", got)
	}
	if _, err := runScript(t, s, "echo 2 > /usr/two"); err == nil {
		t.Error("/usr is writable")
	}
	output(t, s, "echo 2 > /etc/two")
	if got := strings.Join(changes(t, s), ", "); got != "file etc/two, file usr/one" {
		t.Errorf("changes: %s", got)
	}
}

func TestReadWriteCopy(t *testing.T) {
	root := makeTree(t)
	s := start(t, root, func(c *sandbox.Config) { c.ReadWrite = true })
	output(t, s, "echo 1 > /usr/one; rm /etc/group; touch /var/tmp/x /var/lib/rpm-state/y; ! touch /var/lib/z")
	if _, err := os.Stat(filepath.Join(root, "usr/one")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(root, "etc/group")); err == nil {
		t.Error("etc/group still exists")
	}
	for _, err := range s.Changes(t.Context()) {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("changes: %v", err)
		}
	}
}

func TestHiddenAndBound(t *testing.T) {
	root, host := makeTree(t), t.TempDir()
	writeFile(t, host, "ro/file", "of the host")
	must(t, os.MkdirAll(filepath.Join(host, "rw"), 0o755))
	s := start(t, root, func(c *sandbox.Config) {
		c.Binds = []sandbox.Bind{
			{Source: filepath.Join(host, "ro"), Target: "run/in"}, {Source: filepath.Join(host, "rw"), Target: "/run/out", Writable: true},
			{Source: filepath.Join(host, "ro/file"), Target: "run/a/file"},
		}
		c.Hide = []string{"usr/share/rpm", "usr/share/no-such", "usr/lib/opt"}
		c.Covers = []sandbox.Cover{
			{Path: "usr/lib/os-release", Content: []byte("ID=cover\n"), Keep: "run/kept/os-release"},
			{Path: "usr/bin/ls", Content: []byte("a link is not covered")}, {Path: "usr/no-such"},
		}
	})
	got := output(t, s, "cat /run/in/file /run/a/file /usr/lib/os-release /run/kept/os-release; ls /usr/share/rpm; echo out > /run/out/file; ! touch /run/in/x 2>/dev/null; ls /run/ostree-booted")
	if want := "of the hostof the hostID=cover\nID=test\n/run/ostree-booted\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if data, err := os.ReadFile(filepath.Join(host, "rw/file")); err != nil || string(data) != "out\n" {
		t.Errorf("%q, %v", data, err)
	}
	if got := changes(t, s); len(got) != 0 {
		t.Errorf("changes: %v", got)
	}
}

func TestSetAttrsAndOpen(t *testing.T) {
	s := start(t, makeTree(t))
	const uid = 123
	must(t, s.SetAttrs(t.Context(), []sandbox.Attrs{
		{Path: "usr/lib/important", UID: uid, Mode: 0o4711, Xattrs: []sandbox.Xattr{{Name: "user.x", Value: []byte("y")}}},
		{Path: "/bin/sh", UID: uid, GID: 0},
	}))
	want := "4711 123\n0\n"
	if os.Geteuid() != 0 {
		want = "4711 0\n0\n" // to programs all files are root's
	}
	if got := output(t, s, "stat -c '%a %u' /usr/lib/important; stat -c %g /bin/sh"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for c, err := range s.Changes(t.Context()) {
		must(t, err)
		if c.Path == "usr/lib/important" && (len(c.Xattrs) != 1 || c.Xattrs[0].Name != "user.x" || c.UID != uid) {
			t.Errorf("%+v", c)
		}
	}
	output(t, s, "echo n > /etc/new; ln -s ../etc/new /usr/to-new; mkfifo /etc/fifo")
	f, err := s.Open(t.Context(), "usr/to-new")
	must(t, err)
	var b bytes.Buffer
	b.ReadFrom(f)
	f.Close()
	if b.String() != "n\n" {
		t.Errorf("content %q", b.String())
	}
	for _, name := range []string{"etc/fifo", "etc", "etc/no-such", "proc/1/exe"} {
		if f, err := s.Open(t.Context(), name); err == nil {
			f.Close()
			t.Errorf("%s was opened", name)
		}
	}
}

func TestOwnersAndCapabilities(t *testing.T) {
	s := start(t, makeTree(t))
	output(t, s, `set -e
cd /usr
mkdir d; echo f > d/f; chmod 6755 d/f; ln -s f d/l; echo g > d/g; echo h > d/h; echo r > d/r
chown 12:34 d/f d
chown -h 5:6 d/l
chown 8:7 d/g
chown 1:1 d/h; chown 0:0 d/h
chown 9 /usr/lib/important
cd d; chown 70000:70001 ./r
! chown 1 no-such 2>/dev/null
! chown 1 /var/lib/data/file 2>/dev/null
`)
	got := map[string]string{}
	for c, err := range s.Changes(t.Context()) {
		must(t, err)
		got[c.Path] = fmt.Sprintf("%d:%d %o %d", c.UID, c.GID, c.Mode&0o7777, len(c.Xattrs))
	}
	want := map[string]string{
		"usr/d": "12:34 755 0", "usr/d/f": "12:34 755 0", "usr/d/l": "5:6 777 0", "usr/d/g": "8:7 644 0", "usr/d/h": "0:0 644 0",
		"usr/d/r": "70000:70001 644 0", "usr/lib/important": "9:0 644 0",
	}
	if os.Geteuid() != 0 {
		want["usr/d/l"] = "0:0 777 0" // links cannot hold attributes
	}
	for path, w := range want {
		if got[path] != w {
			t.Errorf("%s is %s, want %s", path, got[path], w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("changes %v", got)
	}
}

func TestFileCapabilities(t *testing.T) {
	s := start(t, makeTree(t))
	value := []byte("\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	must(t, s.SetAttrs(t.Context(), []sandbox.Attrs{
		{Path: "usr/lib/important", UID: 1, Mode: 0o755, Xattrs: []sandbox.Xattr{{Name: "security.capability", Value: value}}},
	}))
	for c, err := range s.Changes(t.Context()) {
		must(t, err)
		if len(c.Xattrs) != 1 || !bytes.Equal(c.Xattrs[0].Value, value) || c.UID != 1 {
			t.Errorf("%+v", c)
		}
	}
}

func TestLeftProcessesAreKilled(t *testing.T) {
	s := start(t, makeTree(t))
	begin := time.Now()
	output(t, s, "(setsid sleep 600 &) ; sleep 601 & trap '' TERM HUP; echo x")
	if d := time.Since(begin); d > 2*time.Minute {
		t.Errorf("took %v", d)
	}
	if got := output(t, s, "ls /proc | grep -c '^[0-9]'"); strings.TrimSpace(got) > "4" {
		t.Errorf("%s processes", got)
	}
}

// onWrite is an output whose first text has an effect.
type onWrite func()

func (f onWrite) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}

func TestCancelEndsTheSandbox(t *testing.T) {
	s := start(t, makeTree(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := s.Run(ctx, &sandbox.Cmd{Argv: []string{"/bin/sh"}, Script: []byte("echo a > /usr/a; echo done; while :; do sleep 1; done"), Output: onWrite(cancel)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := s.Run(t.Context(), &sandbox.Cmd{Argv: []string{"true"}}); !errors.Is(err, sandbox.ErrEnded) {
		t.Errorf("afterwards: %v", err)
	}
	if got := strings.Join(changes(t, s), ", "); got != "file usr/a" {
		t.Errorf("changes: %s", got)
	}
}

func TestRemoveEverything(t *testing.T) {
	s := start(t, makeTree(t))
	runScript(t, s, "rm -rf /* /.[a-z]* /usr/bin /etc 2>/dev/null")
	err := s.Run(t.Context(), &sandbox.Cmd{Argv: []string{"/usr/bin/true"}})
	if err == nil || !strings.HasPrefix(err.Error(), "bwrap(/usr/bin/true): ") {
		t.Errorf("sanity check: %v", err)
	}
	if got := strings.Join(changes(t, s), "\n"); !strings.Contains(got, "removed usr/bin") || !strings.Contains(got, "removed etc/passwd") {
		t.Errorf("changes:\n%s", got)
	}
}

func TestKillEverything(t *testing.T) {
	s := start(t, makeTree(t))
	outside := exec.Command("sleep", "60")
	must(t, outside.Start())
	defer outside.Wait()
	defer outside.Process.Kill()
	runScript(t, s, "kill -9 -1; kill -9 1; kill -STOP 1; kill -TERM 1")
	output(t, s, "echo still here")
	if err := outside.Process.Signal(syscall.Signal(0)); err != nil {
		t.Error(err)
	}
}

func TestForkBomb(t *testing.T) {
	s := start(t, makeTree(t), func(c *sandbox.Config) { c.Processes = 400 })
	_, err := runScript(t, s, "b() { b | b & }; for i in 1 2 3 4 5; do b; done 2>/dev/null; sleep 2; exit 7")
	t.Log(err)
	output(t, s, "echo still here")
}

// attack runs one of the functions of hostile in the sandbox and returns its output without the last line.
func attack(t *testing.T, s *sandbox.Session, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	err := s.Run(t.Context(), &sandbox.Cmd{Argv: append([]string{"/usr/bin/hostile", "hostile"}, args...), Output: &out})
	got, ok := strings.CutSuffix(out.String(), "done\n")
	if err != nil || !ok {
		t.Fatalf("%s: %v\n%s", args[0], err, out.String())
	}
	return got
}

// hostileTree has this program in it.
func hostileTree(t *testing.T) string {
	t.Helper()
	root := makeTree(t)
	data, err := os.ReadFile(testutil.StaticSelf(t))
	must(t, err)
	writeFile(t, root, "usr/bin/hostile", string(data))
	must(t, os.Chmod(filepath.Join(root, "usr/bin/hostile"), 0o755))
	return root
}

func TestHostile(t *testing.T) {
	s := start(t, hostileTree(t))
	for _, what := range []string{"mounts", "userns", "devices", "init"} {
		if got := attack(t, s, what); got != "" {
			t.Errorf("%s:\n%s", what, got)
		}
	}
	if got := attack(t, s, "kernel"); got != "possible: capabilities\n" {
		t.Errorf("kernel:\n%s", got)
	}
}

func TestHostileNetwork(t *testing.T) {
	s := start(t, hostileTree(t))
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer tcp.Close()
	abstract := fmt.Sprintf("@nestos-sandbox-test-%d", os.Getpid())
	l, err := net.Listen("unix", abstract)
	must(t, err)
	defer l.Close()
	socket := filepath.Join(t.TempDir(), "socket")
	f, err := net.Listen("unix", socket)
	must(t, err)
	defer f.Close()
	if got := attack(t, s, "network", tcp.Addr().String(), abstract, socket); got != "" {
		t.Error(got)
	}
}

func TestHostileSetuid(t *testing.T) {
	s := start(t, hostileTree(t))
	got := attack(t, s, "setuid")
	if os.Geteuid() == 0 && got != "euid 65534\ndone\n<nil>\n" {
		t.Errorf("as root: %s", got)
	}
	if strings.Contains(got, "euid 0") {
		t.Errorf("became root: %s", got)
	}
}

func TestHostileHost(t *testing.T) {
	s := start(t, hostileTree(t))
	secret := filepath.Join(t.TempDir(), "secret")
	writeFile(t, "/", secret, "x")
	exe, err := os.Executable()
	must(t, err)
	if got := attack(t, s, "host", secret, exe, "/home", "/root", "/etc/shadow", "/usr/share/doc", "/.host", "/run/systemd", "/boot"); got != "" {
		t.Error(got)
	}
}

// TestHostileLower checks, through start, that nothing changes in the tree; files are hard links of others.
func TestHostileLower(t *testing.T) {
	root, objects := hostileTree(t), t.TempDir()
	for i, name := range []string{"usr/lib/important", "etc/passwd", "usr/bin/busybox", "usr/bin/hostile"} {
		must(t, os.Link(filepath.Join(root, name), filepath.Join(objects, fmt.Sprint(i))))
	}
	before := snapshot(t, objects)
	s := start(t, root)
	attack(t, s, "lower", "/usr/lib/important", "/etc/passwd", "/proc/self/exe", "/usr/bin/hostile", "/var/lib/data/file", "/usr/bin/busybox")
	if after := snapshot(t, objects); after != before {
		t.Errorf("objects have changed:\n%s", diffLines(before, after))
	}
	if got := changes(t, s); len(got) < 4 {
		t.Errorf("the attack was none: %v", got)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	if os.Getenv("SANDBOX_TEST_ROOT") != "" {
		s, err := sandbox.Start(t.Context(), &sandbox.Config{Root: os.Getenv("SANDBOX_TEST_ROOT"), Upper: os.Getenv("SANDBOX_TEST_UPPER")})
		must(t, err)
		runScript(t, s, "echo running >> /etc/started; sleep 4711 & exec sleep 4711")
		t.Fatal("the script ended")
	}
	root, upper := makeTree(t), scratch(t)
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe, "-test.run=^TestNothingIsLeftBehind$")
	cmd.Env = append(os.Environ(), "SANDBOX_TEST_ROOT="+root, "SANDBOX_TEST_UPPER="+upper)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	must(t, cmd.Start())
	waitFor(t, func() bool {
		_, err := os.Stat(filepath.Join(upper, "layers/etc/started"))
		return err == nil
	}, &out)
	if len(sleepers(t)) == 0 || len(users(upper)) == 0 {
		t.Fatal("the script is not running")
	}
	must(t, cmd.Process.Kill())
	cmd.Wait()
	waitFor(t, func() bool { return len(sleepers(t))+len(users(upper)) == 0 }, &out)
	s := start(t, root, func(c *sandbox.Config) { c.Upper = upper })
	output(t, s, "grep running /etc/started")
}

// TestKilledAtAnyTime kills programs while their sandboxes are set up.
func TestKilledAtAnyTime(t *testing.T) {
	if os.Getenv("SANDBOX_TEST_ROOT") != "" {
		s, err := sandbox.Start(t.Context(), &sandbox.Config{Root: os.Getenv("SANDBOX_TEST_ROOT"), Upper: os.Getenv("SANDBOX_TEST_UPPER")})
		must(t, err)
		runScript(t, s, "exec sleep 4711")
		t.Fatal("the script ended")
	}
	root, upper := makeTree(t), scratch(t)
	exe, err := os.Executable()
	must(t, err)
	for i := range 25 {
		cmd := exec.Command(exe, "-test.run=^TestKilledAtAnyTime$")
		cmd.Env = append(os.Environ(), "SANDBOX_TEST_ROOT="+root, "SANDBOX_TEST_UPPER="+upper)
		must(t, cmd.Start())
		time.Sleep(time.Duration(i) * 2 * time.Millisecond)
		must(t, cmd.Process.Kill())
		cmd.Wait()
	}
	waitFor(t, func() bool { return len(users(upper)) == 0 }, new(bytes.Buffer))
	start(t, root, func(c *sandbox.Config) { c.Upper = upper })
}

// sleepers returns the processes of the test's script.
func sleepers(t *testing.T) []string {
	t.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	var found []string
	for _, f := range files {
		if data, _ := os.ReadFile(f); string(data) == "sleep\x004711\x00" {
			found = append(found, f)
		}
	}
	return found
}

// users returns the processes in whose namespaces something of a scratch directory is mounted.
func users(upper string) []string {
	files, _ := filepath.Glob("/proc/[0-9]*/mountinfo")
	var found []string
	for _, f := range files {
		if data, _ := os.ReadFile(f); bytes.Contains(data, []byte(filepath.Base(upper)+"/")) {
			found = append(found, f)
		}
	}
	return found
}

func waitFor(t *testing.T, done func() bool, out *bytes.Buffer) {
	t.Helper()
	for range 2400 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("waited too long\n%s", out.String())
}

func TestWithoutMain(t *testing.T) {
	if os.Getenv("SANDBOX_TEST_NO_MAIN") != "" {
		if _, err := sandbox.Start(t.Context(), &sandbox.Config{Root: "/", Upper: t.TempDir()}); !errors.Is(err, sandbox.ErrNoMain) {
			t.Errorf("got %v", err)
		}
		return
	}
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe, "-test.run=^TestWithoutMain$")
	cmd.Env = append(os.Environ(), "SANDBOX_TEST_NO_MAIN=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestMissingTree(t *testing.T) {
	if _, err := sandbox.Start(t.Context(), &sandbox.Config{}); err == nil {
		t.Error("a sandbox of nothing was started")
	}
	for _, c := range []*sandbox.Config{
		{Root: "/no/such", Upper: scratch(t)}, {Root: t.TempDir(), Upper: scratch(t)}, {Root: makeTree(t), Upper: "/no/such"},
		{Root: makeTree(t), Upper: scratch(t), Binds: []sandbox.Bind{{Source: "/no/such", Target: "x"}}},
	} {
		if s, err := sandbox.Start(t.Context(), c); !errors.Is(err, os.ErrNotExist) {
			if err == nil {
				s.Close()
			}
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestNoOverlay(t *testing.T) {
	testutil.Root(t)
	dir := t.TempDir()
	for _, d := range []string{"lower", "upper", "work", "merged"} {
		must(t, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	merged := filepath.Join(dir, "merged")
	must(t, unix.Mount("overlay", merged, "overlay", 0, fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", dir)))
	t.Cleanup(func() { must(t, unix.Unmount(merged, unix.MNT_DETACH)) })
	upper := filepath.Join(merged, "scratch")
	must(t, os.Mkdir(upper, 0o755))
	root := makeTree(t)
	s, err := sandbox.Start(t.Context(), &sandbox.Config{Root: root, Upper: upper})
	if !errors.Is(err, sandbox.ErrNoOverlay) {
		if err == nil {
			s.Close()
		}
		t.Fatalf("got %v", err)
	}
	s, err = sandbox.Start(t.Context(), &sandbox.Config{Root: root, Upper: upper, ReadWrite: true})
	must(t, err)
	output(t, s, "echo 1 > /usr/one")
	must(t, s.Close())
	must(t, sandbox.Remove(t.Context(), upper))
}

// TestAsUser repeats the others as an ordinary user.
func TestAsUser(t *testing.T) {
	testutil.Root(t)
	if os.Getenv("SANDBOX_TEST_USER") != "" {
		return
	}
	base, err := os.Stat(os.TempDir())
	must(t, err)
	if base.Mode()&1 == 0 { // the tests' own directory in memory
		must(t, os.Chmod(os.TempDir(), 0o711))
	}
	dir, err := os.MkdirTemp("", "user-")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	must(t, os.Chmod(dir, 0o755))
	exe, err := os.Executable()
	must(t, err)
	data, err := os.ReadFile(exe)
	must(t, err)
	mine := filepath.Join(dir, "sandbox.test")
	testutil.WriteProgram(t, mine, data)
	tmp := filepath.Join(dir, "tmp")
	must(t, os.Mkdir(tmp, 0o755))
	must(t, os.Chown(tmp, 1000, 1000))
	cmd := exec.Command(mine, "-test.v", "-test.skip=^(TestAsUser|TestNoOverlay)$") // the second needs root
	cmd.Dir = tmp
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1000, Gid: 1000}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.Contains(string(out), "--- SKIP") {
		t.Logf("%s", out)
	}
}
