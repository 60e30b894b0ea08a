//go:build linux

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// soon runs what must not wait for anything.
func soon(t *testing.T, do func()) {
	t.Helper()
	done := make(chan bool)
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Minute):
		t.Fatal("it waits")
	}
}

// errorOf runs an admin command that must fail, and returns what it says.
func (f *adminFixture) errorOf(args ...string) (stderr string) {
	f.t.Helper()
	code := 0
	soon(f.t, func() { _, stderr, code = f.run(append([]string{"admin"}, args...)...) })
	require.Equal(f.t, 1, code, stderr)
	return strings.TrimSuffix(strings.TrimPrefix(stderr, "error: "), "\n")
}

// TestAdminOddFiles names files that are FIFOs, endless, or missing, and waits for none.
func TestAdminOddFiles(t *testing.T) {
	f := newAdminFixture(t)
	f.admin("deploy", "--os=demo", "origin:demo/x86_64")
	dir := t.TempDir()
	fifo, huge := filepath.Join(dir, "fifo"), filepath.Join(dir, "huge")
	require.NoError(t, unix.Mkfifo(fifo, 0o600))
	require.NoError(t, os.WriteFile(huge, nil, 0o600))
	require.NoError(t, os.Truncate(huge, 1<<20+1))
	deploy := func(option string) string { return f.errorOf("deploy", "--os=demo", option, "origin:demo/x86_64") }
	require.Equal(t, fifo+": not a regular file", deploy("--overlay-initrd="+fifo))
	require.Equal(t, "/dev/zero: not a regular file", deploy("--overlay-initrd=/dev/zero"))
	require.Equal(t, fifo+": not a regular file", deploy("--origin-file="+fifo))
	require.Equal(t, "/dev/zero: not a regular file", deploy("--origin-file=/dev/zero"))
	require.Equal(t, huge+": larger than 1048576 bytes", deploy("--origin-file="+huge))
	require.Equal(t, "read("+dir+"): Is a directory", deploy("--origin-file="+dir))
	require.Equal(t, "openat(/nonexistent): No such file or directory", deploy("--origin-file=/nonexistent"))

	ref := filepath.Join(f.dir, "ostree/repo/refs/remotes/origin/x")
	require.NoError(t, unix.Mkfifo(ref, 0o600))
	for _, args := range [][]string{{"cleanup"}, {"deploy", "--os=demo", "origin:x"}} {
		require.Contains(t, f.errorOf(args...), "refs/remotes/origin/x: not a regular file", args)
	}
	require.NoError(t, os.Remove(ref))

	config := filepath.Join(f.dir, "ostree/repo/config")
	require.NoError(t, os.Remove(config))
	require.NoError(t, unix.Mkfifo(config, 0o600))
	require.Contains(t, f.errorOf("status"), "config: not a regular file")

	run := t.TempDir()
	booted := filepath.Join(run, "ostree-booted")
	open := func() (err error) {
		soon(t, func() { _, err = sysroot.Open(f.dir, &sysroot.Options{RunDir: run}) })
		return err
	}
	require.NoError(t, unix.Mkfifo(booted, 0o600))
	require.EqualError(t, open(), booted+": not a regular file")
	require.NoError(t, os.Remove(booted))
	require.NoError(t, os.Symlink(huge, booted))
	require.EqualError(t, open(), booted+": larger than 1048576 bytes")
}

// TestAdminLockErrors names the lock file in errors.
func TestAdminLockErrors(t *testing.T) {
	f := newAdminFixture(t)
	lock := filepath.Join(f.dir, "ostree/lock")
	require.NoError(t, os.Symlink("elsewhere", lock))
	f.fails("openat(ostree/lock): Too many levels of symbolic links", "cleanup")
	require.NoError(t, os.Remove(lock))
	require.NoError(t, os.Mkdir(lock, 0o755))
	f.fails("openat(ostree/lock): Is a directory", "cleanup")
	s, err := sysroot.Open(f.dir, nil)
	require.NoError(t, err)
	defer s.Close()
	_, err = s.TryLock()
	require.EqualError(t, err, "openat(ostree/lock): Is a directory")
	require.ErrorIs(t, err, unix.EISDIR)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, context.Canceled, s.Lock(ctx))
	require.NoError(t, os.Remove(lock))

	testutil.BindMount(t, f.dir, f.dir)
	require.NoError(t, unix.Mount("", f.dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
	f.fails("openat(ostree/lock): Read-only file system", "cleanup")
}

// TestAdminForeignTexts shows what others have written such that terminals do nothing but show it, and what it cannot
// make sense of it shows nevertheless.
func TestAdminForeignTexts(t *testing.T) {
	f := newAdminFixture(t)
	tree := filepath.Join(filepath.Dir(f.dir), "tree0")
	f.must("--repo="+f.dir+"/ostree/repo", "commit", "-b", "evil", "--tree=dir="+tree, "--owner-uid=0", "--owner-gid=0", "--no-xattrs",
		"--add-metadata-string=version=1\x1b[2J\x7f\u009b", "--add-metadata-string=ostree.source-title=grün\r\nzwei\t✓")
	f.admin("deploy", "--os=demo", "evil")
	origins, err := filepath.Glob(f.dir + "/ostree/deploy/demo/deploy/*.origin")
	require.NoError(t, err)
	require.Len(t, origins, 1)
	stamp := filepath.Join(f.dir, "boot/ostree/finalize-failure.stamp")
	require.NoError(t, os.WriteFile(stamp, []byte("one\ntwo\x1b]0;x\a\n\n"), 0o644))
	for refspec, shown := range map[string]string{"../../x": "../../x", "a:b\x1b[31m": `a:b\x1b[31m`} {
		require.NoError(t, os.WriteFile(origins[0], []byte("[origin]\nrefspec="+refspec+"\n"), 0o644))
		_, rest, ok := strings.Cut(f.admin("status"), "\n")
		require.True(t, ok)
		require.Equal(t, `    Version: 1\x1b[2J\x7f\x9b
    origin refspec: `+shown+`
    `+"`- grün"+`\x0d\nzwei\t✓
Warning: finalization failed on previous shutdown: one\ntwo\x1b]0;x\x07
`, rest)
	}
	require.NoError(t, os.WriteFile(origins[0], []byte("[origin]\nrefspec=../../x\n"), 0o644))
	f.fails("Deployment 0: Invalid refspec ../../x", "status", "--verify")
	require.Contains(t, f.admin("status", "--json"), `"refspec": "../../x"`)
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"":             "",
		"grün ✓ \\x1":  "grün ✓ \\x1",
		"a\xffb\xe2":   `a\xffb\xe2`,
		"\x00\x1b\n":   `\x00\x1b\n`,
		"\ufffd\u0085": "\ufffd" + `\x85`,
	} {
		require.Equal(t, want, printable(text))
	}
	require.Equal(t, "a\n"+`\x1bb`+"\n\ufffd"+`\xff`, printableLines("a\n\x1bb\n\ufffd\xff"))
}

// TestAdminIndexes changes nothing if one index is wrong, or if a variable of a script was not set.
func TestAdminIndexes(t *testing.T) {
	f := newAdminFixture(t)
	f.admin("deploy", "--os=demo", "origin:demo/x86_64")
	f.pull(1)
	f.admin("deploy", "--os=demo", "origin:demo/x86_64")
	before := f.list()
	f.fails("Out of range deployment index 9, expected < 2", "pin", "0", "9")
	f.fails("Invalid index: x", "pin", "0", "x")
	for _, command := range []string{"pin", "undeploy", "set-default", "prepare-soft-reboot"} {
		f.fails("Invalid index: ''", command, "")
		f.fails(`Invalid index: ' \t'`, command, " \t")
	}
	f.fails("Invalid index: ''", "pin", "0", "")
	require.NotContains(t, f.admin("status"), "Pinned")
	require.Equal(t, before, f.list())
	require.Equal(t, "Deployment 1 is now pinned\nDeployment 0 is now pinned\n", f.admin("pin", "1", "0"))
}

// TestAdminUndeployFails does not say that it has deleted what is still there.
func TestAdminUndeployFails(t *testing.T) {
	f := newAdminFixture(t)
	f.admin("deploy", "--os=demo", "origin:demo/x86_64")
	f.pull(1)
	f.admin("deploy", "--os=demo", "origin:demo/x86_64")
	testutil.BindMount(t, f.dir+"/boot", f.dir+"/boot")
	require.NoError(t, unix.Mount("", f.dir+"/boot", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
	stdout, stderr, code := f.run("admin", "undeploy", "0")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "Read-only file system")
	require.NotContains(t, stdout, "Deleted deployment")
	require.Equal(t, 2, strings.Count(f.admin("status"), "  demo "))
}

// TestAdminNotRoot tells ordinary users of the running system what they lack, not that they cannot have the lock.
func TestAdminNotRoot(t *testing.T) {
	testutil.Namespaces(t, "--mount")
	testutil.Tool(t, "setpriv")
	dir := t.TempDir()
	testutil.Run(t, &testutil.RunOptions{Must: true, Env: append(os.Environ(), "CGO_ENABLED=0")}, "go", "build", "-o", dir+"/ostree", ".")
	for _, args := range []string{"cleanup", "deploy x", "pin 0", "set-default 0", "undeploy 0", "upgrade"} {
		r := testutil.Run(t, nil, "unshare", "--mount", "sh", "-c", "set -e; mount -t tmpfs -o mode=755 tmpfs /run; : >/run/ostree-booted; cp "+dir+"/ostree /run/; "+
			"exec setpriv --reuid=1000 --regid=1000 --clear-groups /run/ostree admin --sysroot=/ "+args)
		require.Equal(t, 1, r.Exit, args)
		require.Equal(t, "error: You must be root to perform this command\n", r.Stderr, args)
	}
}
