package scripts_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/journal"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
	"github.com/nestos-dev/nestos/rpmostree/internal/scripts"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// busyboxTree makes a tree with a shell and some programs.
func busyboxTree(t testing.TB) string {
	t.Helper()
	busybox := testutil.Tool(t, "busybox")
	root := t.TempDir()
	data, err := os.ReadFile(busybox)
	must(t, err)
	write(t, root, "usr/bin/busybox", string(data), 0o755)
	list, err := exec.Command(busybox, "--list").Output()
	must(t, err)
	for _, name := range strings.Fields(string(list)) {
		if name != "busybox" && name != "rpm" {
			must(t, os.Symlink("busybox", filepath.Join(root, "usr/bin", name)))
		}
	}
	must(t, os.Symlink("usr/bin", filepath.Join(root, "bin")))
	must(t, os.Symlink("usr/sbin", filepath.Join(root, "sbin")))
	write(t, root, "etc/passwd", "root:x:0:0::/root:/bin/sh\n", 0o644)
	return root
}

func write(t testing.TB, root, name, content string, mode fs.FileMode) {
	t.Helper()
	path := filepath.Join(root, name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(content), mode))
}

func start(t testing.TB, c *sandbox.Config) *sandbox.Session {
	t.Helper()
	upper, err := os.MkdirTemp("", "upper-")
	must(t, err)
	t.Cleanup(func() { must(t, sandbox.Remove(context.Background(), upper)) })
	c.Upper = upper
	s, err := sandbox.Start(t.Context(), c)
	if errors.Is(err, unix.EPERM) && os.Geteuid() != 0 {
		testutil.Missing(t, "needs namespaces: %v", err)
	}
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// covered starts a sandbox with the wrappers.
func covered(t testing.TB, root string) *sandbox.Session {
	t.Helper()
	covers, err := scripts.Covers(func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(root, name)) })
	must(t, err)
	return start(t, &sandbox.Config{Root: root, Covers: covers})
}

func plan(t testing.TB, packages ...*scripts.Package) *scripts.Plan {
	t.Helper()
	p, err := scripts.NewPlan(nil, packages, nil)
	must(t, err)
	return p
}

func changed(t testing.TB, s *sandbox.Session) string {
	t.Helper()
	var list []string
	for c, err := range s.Changes(t.Context()) {
		must(t, err)
		list = append(list, c.Kind.String()+" "+c.Path)
	}
	return strings.Join(list, ", ")
}

func TestRunOrder(t *testing.T) {
	s := start(t, &sandbox.Config{Root: busyboxTree(t)})
	spec := func(name string) *rpmtest.Spec {
		return &rpmtest.Spec{Name: name, Scripts: scriptMap{
			rpm.ScriptPre: sh("echo pre $1; echo " + name + " >> /usr/log"), rpm.ScriptPost: sh("echo post $1; printf unfinished"),
			rpm.ScriptPostTrans: sh("echo posttrans $1 >&2; cat /usr/log"),
		}, Files: []rpmtest.File{{Path: "/usr/share/" + name}}}
	}
	a, b := spec("a"), spec("b")
	b.TransFileTriggers = []rpm.Trigger{trigger("echo trigger $# $1; cat", "/usr/share/")}
	update := pkg(t, a)
	update.Update = true
	base := header(t, &rpmtest.Spec{Name: "base", TransFileTriggers: []rpm.Trigger{trigger("cat", "/usr/share/a")}, Files: []rpmtest.File{{Path: "/usr/share/base"}}})
	p, err := scripts.NewPlan([]*rpm.Header{base}, []*scripts.Package{update, pkg(t, b)}, nil)
	must(t, err)
	var out bytes.Buffer
	var records []string
	must(t, p.Run(t.Context(), s, &scripts.RunOptions{
		Output:   &out,
		Begin:    func(k scripts.Kind) error { out.WriteString("== " + k.String() + "\n"); return nil },
		AfterPre: func(context.Context) error { out.WriteString("== users\n"); return nil },
		BeforePost: func(_ context.Context, p *scripts.Package) error {
			out.WriteString("== owners of " + p.Header.NEVRA().Name + "\n")
			return nil
		},
		Record: func(fields []journal.Field) {
			var b strings.Builder
			for _, f := range fields {
				if f.Name != "MESSAGE" && f.Name != "EXEC_TIME_MS" {
					b.WriteString(f.Name + "=" + f.Value + " ")
				}
			}
			records = append(records, b.String())
		},
	}))
	const want = `== %prein
a.prein: pre 2
b.prein: pre 1
== users
== %post
== owners of a
a.post: post 2
a.post: unfinished
== owners of b
b.post: post 1
b.post: unfinished
== %posttrans
a.posttrans: posttrans 2
a.posttrans: a
a.posttrans: b
b.posttrans: posttrans 1
b.posttrans: a
b.posttrans: b
== %transfiletriggerin
base.transfiletriggerin: /usr/share/a
b.transfiletriggerin: trigger 0
b.transfiletriggerin: /usr/share/a
b.transfiletriggerin: /usr/share/b
b.transfiletriggerin: /usr/share/base
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
	if len(records) != 8 || records[0] != "MESSAGE_ID=42d37222dca24a3b9d30ced4bbbcacd2 SCRIPT_TYPE=%prein PKG=a " ||
		records[6] != "MESSAGE_ID=efdd0e4e79ca45d38876ac45e1282368 SCRIPT_TYPE=%transfiletriggerin PKG=base PATTERNS=usr/share/a TRIGGER_N_MATCHES=1 " {
		t.Errorf("records:\n%s", strings.Join(records, "\n"))
	}
}

func TestFailures(t *testing.T) {
	s := start(t, &sandbox.Config{Root: busyboxTree(t)})
	ran := 0
	for _, c := range []struct {
		spec *rpmtest.Spec
		want string
	}{
		{&rpmtest.Spec{Scripts: scriptMap{rpm.ScriptPost: sh("exit 3")}}, "Running %post for foo: bwrap(/bin/sh): Child process exited with code 3"},
		{&rpmtest.Spec{Scripts: scriptMap{rpm.ScriptPre: sh("kill -15 $$")}}, "Running %prein for foo: bwrap(/bin/sh): Child process killed by signal 15"},
		{&rpmtest.Spec{Scripts: scriptMap{rpm.ScriptPostTrans: {Prog: []string{"/usr/bin/false", "x"}}}}, "Running %posttrans for foo: bwrap(/usr/bin/false): Child process exited with code 1"},
		{&rpmtest.Spec{Scripts: scriptMap{rpm.ScriptPost: {Body: "x", HasBody: true, Prog: []string{"/usr/bin/perl"}}}},
			"Running %post for foo: bwrap(/usr/bin/perl): execvp /usr/bin/perl: No such file or directory"},
		{&rpmtest.Spec{TransFileTriggers: []rpm.Trigger{trigger("exit 4", "/usr/share")}, Files: []rpmtest.File{{Path: "/usr/share/x"}}},
			"Executing %transfiletriggerin for foo: bwrap(/bin/sh): Child process exited with code 4"},
		{&rpmtest.Spec{Scripts: scriptMap{rpm.ScriptPost: {Body: "%{x}", HasBody: true, Flags: rpm.ScriptExpand}}},
			"Running %post for foo: expansion is not supported in a tree without /usr/bin/rpm"},
	} {
		c.spec.Name = "foo"
		next := pkg(t, &rpmtest.Spec{Name: "next", Scripts: scriptMap{rpm.ScriptPostTrans: sh("true")}})
		p := plan(t, pkg(t, c.spec), next)
		err := p.Run(t.Context(), s, &scripts.RunOptions{Output: io.Discard, Record: func(f []journal.Field) { ran++ }})
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if ran != 1 {
		t.Errorf("%d scriptlets ran after a failure", ran)
	}
}

type closer struct{ *bytes.Buffer }

func (closer) Close() error { return nil }

func TestJournal(t *testing.T) {
	s := start(t, &sandbox.Config{Root: busyboxTree(t)})
	p := plan(t, pkg(t, &rpmtest.Spec{Name: "foo", Scripts: scriptMap{rpm.ScriptPre: sh("echo fine"), rpm.ScriptPost: sh("echo broken; exit 1")}}))
	var out bytes.Buffer
	err := p.Run(t.Context(), s, &scripts.RunOptions{Journal: func(id string) (io.WriteCloser, error) {
		out.WriteString(id + ": ")
		return closer{&out}, nil
	}})
	const want = "Running %post for foo: bwrap(/bin/sh): Child process exited with code 1; run `journalctl -t 'rpm-ostree(foo.post)'` for more information"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if got := out.String(); got != "rpm-ostree(foo.prein): fine\nrpm-ostree(foo.post): broken\n" {
		t.Errorf("journal: %q", got)
	}
}

func TestEnvironmentOfScripts(t *testing.T) {
	s := start(t, &sandbox.Config{Root: busyboxTree(t)})
	p := plan(t, pkg(t, &rpmtest.Spec{Name: "e", Scripts: scriptMap{rpm.ScriptPost: {Body: "env", HasBody: true, Prog: []string{"/usr/bin/env", "-u", "SHLVL", "/bin/sh"}}}}))
	epoch := int64(1700000000)
	var out bytes.Buffer
	must(t, p.Run(t.Context(), s, &scripts.RunOptions{Output: &out, Lang: "de_DE.UTF-8", SourceDateEpoch: &epoch}))
	for _, want := range []string{"PATH=/usr/sbin:/usr/bin", "LANG=de_DE.UTF-8", "SOURCE_DATE_EPOCH=1700000000", "SYSTEMD_OFFLINE=1"} {
		if !strings.Contains(out.String(), "e.post: "+want+"\n") {
			t.Errorf("%s is missing in\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "\n"); n > 6 { // SHLVL and PWD are the shell's
		t.Errorf("more than was asked for:\n%s", out.String())
	}
}

// fakeProgram prints its name and arguments.
const fakeProgram = "#!/bin/sh\necho \"real ${0##*/} $*\"\n"

func TestWrappers(t *testing.T) {
	root := busyboxTree(t)
	for _, program := range []string{"usr/bin/systemctl", "usr/bin/kernel-install", "usr/sbin/sss_cache", "usr/sbin/groupadd", "usr/sbin/useradd"} {
		write(t, root, program, fakeProgram, 0o755)
	}
	write(t, root, "etc/selinux/semanage.conf", "module-store = direct", 0o644)
	s := covered(t, root)
	p := plan(t, pkg(t, &rpmtest.Spec{Name: "w", Scripts: scriptMap{rpm.ScriptPost: sh(`set -e
systemctl daemon-reload
systemctl --no-reload preset x.service
systemctl --root=/mnt enable y
kernel-install add 1 2
sss_cache -E
groupadd -r -g 23 squid
useradd -r -u 23 -g squid -c "The squid" -d /var/spool/squid -s /sbin/nologin squid
cat /etc/selinux/semanage.conf
! usermod 2>/dev/null
`)}}))
	var out bytes.Buffer
	must(t, p.Run(t.Context(), s, &scripts.RunOptions{Output: &out}))
	const want = `w.post: rpm-ostree-systemctl: Ignored non-preset command: daemon-reload
w.post: real systemctl --no-reload preset x.service
w.post: real systemctl --root=/mnt enable y
w.post: real groupadd -r -g 23 squid
w.post: real useradd -r -u 23 -g squid -c The squid -d /var/spool/squid -s /sbin/nologin squid
w.post: module-store = direct
w.post: store-root=/etc/selinux
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
	if got := changed(t, s); got != "" {
		t.Errorf("the tree has changed: %s", got)
	}
	fragments, err := scripts.Accounts(t.Context(), s)
	must(t, err)
	var list strings.Builder
	for _, f := range fragments {
		list.WriteString(f.Path + ": " + strings.ReplaceAll(string(f.Content), "\n", "|") + "\n")
	}
	const accounts = `usr/lib/sysusers.d/30-rpmostree-pkg-group-squid.conf: # Generated by rpm-ostree|g squid 23|
usr/lib/sysusers.d/35-rpmostree-pkg-user-squid.conf: # Generated by rpm-ostree|u squid 23:squid "The squid" /var/spool/squid -|
`
	if list.String() != accounts {
		t.Errorf("accounts:\n%s", list.String())
	}
}

func TestKernelInstallOfTheTree(t *testing.T) {
	root := busyboxTree(t)
	write(t, root, "usr/bin/kernel-install", fakeProgram, 0o755)
	write(t, root, "usr/lib/kernel/install.conf", "# x\nlayout=ostree\n", 0o644)
	s := covered(t, root)
	var out bytes.Buffer
	must(t, plan(t, pkg(t, &rpmtest.Spec{Name: "k", Scripts: scriptMap{rpm.ScriptPost: sh("kernel-install add 1")}})).Run(t.Context(), s, &scripts.RunOptions{Output: &out}))
	if out.String() != "k.post: real kernel-install add 1\n" {
		t.Errorf("got %q", out.String())
	}
}

func TestDebugShell(t *testing.T) {
	s := start(t, &sandbox.Config{Root: busyboxTree(t)})
	p := plan(t, pkg(t, &rpmtest.Spec{Name: "d", Scripts: scriptMap{rpm.ScriptPre: sh("echo 1"), rpm.ScriptPost: sh("exit 1")}}))
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	terminal, user := os.NewFile(uintptr(pair[0]), "terminal"), os.NewFile(uintptr(pair[1]), "user")
	defer terminal.Close()
	defer user.Close()
	if _, err := user.WriteString("echo by hand > /usr/x; exit 0\n"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	must(t, p.Run(t.Context(), s, &scripts.RunOptions{Output: &out, Debug: "d.post", Terminal: terminal}))
	if out.String() != "d.prein: 1\n" || changed(t, s) != "file usr/x" {
		t.Errorf("output %q, changes %s", out.String(), changed(t, s))
	}
}

func TestSanityCheck(t *testing.T) {
	s := start(t, &sandbox.Config{Root: busyboxTree(t)})
	must(t, scripts.SanityCheck(t.Context(), s))
	p := plan(t, pkg(t, &rpmtest.Spec{Name: "evil", Scripts: scriptMap{rpm.ScriptPost: sh("rm -rf --no-preserve-root / 2>/dev/null; rm -rf /usr 2>/dev/null; exit 0")}}))
	p.Run(t.Context(), s, nil)
	err := scripts.SanityCheck(t.Context(), s)
	if err == nil || !strings.HasPrefix(err.Error(), "Sanity-checking final rootfs: bwrap(/usr/bin/true): ") {
		t.Errorf("got %v", err)
	}
}

// TestHostPrograms uses the root of the machine as the tree, which scriptlets cannot change.
func TestHostPrograms(t *testing.T) {
	testutil.Root(t)
	testutil.Tool(t, "rpm")
	testutil.Tool(t, "bash")
	testutil.Tool(t, "systemd-sysusers")
	testutil.Tool(t, "useradd")
	covers, err := scripts.Covers(func(name string) ([]byte, error) { return os.ReadFile("/" + name) })
	must(t, err)
	work := t.TempDir()
	write(t, work, "nestos-test.conf", "u nestostest - \"A test\" /var/empty\n", 0o644)
	s := start(t, &sandbox.Config{Root: "/", Covers: covers, Binds: []sandbox.Bind{
		{Source: filepath.Join(work, "nestos-test.conf"), Target: "run/sysusers.d/nestos-test.conf"},
	}})
	p := plan(t, pkg(t, &rpmtest.Spec{Name: "h", Scripts: scriptMap{
		rpm.ScriptPre:  sh("getent passwd nestostest >/dev/null && echo present; useradd -r -M nestostool; getent passwd nestostool >/dev/null && echo made"),
		rpm.ScriptPost: {Body: "echo ${BASH_VERSION:+bash} %{_bindir} %%\necho two", HasBody: true, Prog: []string{"/bin/bash", "-e"}, Flags: rpm.ScriptExpand},
	}}))
	var out bytes.Buffer
	must(t, p.Run(t.Context(), s, &scripts.RunOptions{Output: &out, Sysusers: scripts.SysusersAlways}))
	for _, want := range []string{"h.prein: present\n", "h.prein: made\n", "h.post: bash /usr/bin %\n", "h.post: two\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if got := changed(t, s); !strings.Contains(got, "file etc/passwd") || strings.Contains(got, "usr/sbin/useradd") {
		t.Errorf("changes: %s", got)
	}
	if data, _ := os.ReadFile("/etc/passwd"); bytes.Contains(data, []byte("nestos")) {
		t.Error("the machine has changed")
	}
	fragments, err := scripts.Accounts(t.Context(), s)
	must(t, err)
	if len(fragments) != 1 || string(fragments[0].Content) != "# Generated by rpm-ostree\nu nestostool - - - -\n" {
		t.Errorf("accounts: %+v", fragments)
	}
	p = plan(t, pkg(t, &rpmtest.Spec{Name: "s"}))
	out.Reset()
	must(t, p.Run(t.Context(), s, &scripts.RunOptions{Output: &out, Sysusers: scripts.SysusersByMacro})) // rpm 4.18 has no such macro
}
