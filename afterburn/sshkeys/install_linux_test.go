package sshkeys_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/sshkeys"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestMain(m *testing.M) {
	if do := children[os.Getenv(childVar)]; do != nil {
		do()
		os.Exit(0)
	}
	os.Exit(testutil.MainInMemory(m))
}

// keysNamed returns keys with the given comments.
func keysNamed(t testing.TB, comments ...string) (keys []sshkeys.Key, text string) {
	for _, c := range comments {
		k, err := sshkeys.Parse(simple + " " + c)
		require.NoError(t, err)
		keys = append(keys, k)
		text += k.String() + "\n"
	}
	return keys, text
}

// system is a tree with a user.
type system struct {
	root     string
	uid, gid int
}

const (
	keyDir  = "home/core/.ssh/authorized_keys.d"
	keyFile = keyDir + "/afterburn"
)

// newSystem makes a system whose user core is the one that runs the test.
func newSystem(t *testing.T) *system {
	s := &system{root: t.TempDir(), uid: os.Geteuid(), gid: os.Getegid()}
	s.mkdir(t, "etc", "usr/lib", "home/core")
	s.passwd(t, "/home/core")
	return s
}

func (s *system) passwd(t *testing.T, home string) {
	s.file(t, "etc/passwd", fmt.Sprintf("corelius:x:1:1::/:/bin/sh\ncore:x:%d:%d:CoreOS:%s:/bin/bash\ncore:x:1:1::/second:\n", s.uid, s.gid, home))
}

func (s *system) mkdir(t *testing.T, names ...string) {
	for _, name := range names {
		require.NoError(t, os.MkdirAll(s.path(name), 0o755))
	}
}

func (s *system) file(t *testing.T, name, text string) {
	require.NoError(t, os.WriteFile(s.path(name), []byte(text), 0o644))
}

func (s *system) path(name string) string { return filepath.Join(s.root, name) }

func (s *system) read(t *testing.T, name string) string {
	text, err := os.ReadFile(s.path(name))
	require.NoError(t, err)
	return string(text)
}

func (s *system) install(t *testing.T, keys []sshkeys.Key) (sshkeys.Installed, error) {
	return sshkeys.Install(t.Context(), "core", keys, &sshkeys.InstallOptions{Root: s.root, Journal: "-"})
}

func names(t *testing.T, dir string) (all []string) {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestInstall(t *testing.T) {
	s := newSystem(t)
	keys, text := keysNamed(t, "a", "b c")
	const shown = "/" + keyFile

	got, err := s.install(t, nil)
	require.NoError(t, err)
	require.Equal(t, sshkeys.Installed{Path: shown}, got)
	require.NoDirExists(t, s.path("home/core/.ssh"))

	got, err = s.install(t, keys)
	require.NoError(t, err)
	require.Equal(t, sshkeys.Installed{Path: shown, Wrote: true}, got)
	require.Equal(t, text, s.read(t, keyFile))
	for name, mode := range map[string]fs.FileMode{"home/core/.ssh": 0o755 | fs.ModeDir, keyDir: 0o755 | fs.ModeDir, keyFile: 0o600} {
		info, err := os.Lstat(s.path(name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode(), name)
		require.Equal(t, s.uid, int(info.Sys().(*syscall.Stat_t).Uid), name)
		require.Equal(t, s.gid, int(info.Sys().(*syscall.Stat_t).Gid), name)
	}

	s.file(t, keyDir+"/ignition", "x")
	s.file(t, "home/core/.ssh/authorized_keys", "y")
	one, text := keysNamed(t, "c")
	got, err = s.install(t, one)
	require.NoError(t, err)
	require.True(t, got.Wrote)
	require.Equal(t, text, s.read(t, keyFile))
	require.Equal(t, []string{"afterburn", "ignition"}, names(t, s.path(keyDir)))

	got, err = s.install(t, nil)
	require.NoError(t, err)
	require.Equal(t, sshkeys.Installed{Path: shown, Removed: true}, got)
	require.Equal(t, []string{"ignition"}, names(t, s.path(keyDir)))
	got, err = s.install(t, nil)
	require.NoError(t, err)
	require.False(t, got.Removed)
	require.Equal(t, "y", s.read(t, "home/core/.ssh/authorized_keys"))
}

func TestManyKeys(t *testing.T) {
	s := newSystem(t)
	var comments []string
	for i := range 3000 {
		comments = append(comments, fmt.Sprint("key", i))
	}
	keys, text := keysNamed(t, comments...)
	_, err := s.install(t, keys)
	require.NoError(t, err)
	require.Equal(t, text, s.read(t, keyFile))
}

// A key that was not made by Parse cannot put a second line into the file.
func TestLineBreak(t *testing.T) {
	s := newSystem(t)
	for _, k := range []sshkeys.Key{{Options: "a\nb"}, {Type: "\n"}, {Comment: "x\n" + simple}} {
		_, err := s.install(t, []sshkeys.Key{k})
		require.ErrorIs(t, err, sshkeys.ErrFormat)
	}
	require.NoDirExists(t, s.path("home/core/.ssh"))
}

func TestLookup(t *testing.T) {
	keys, text := keysNamed(t, "a")
	entry := func(s *system, home string) string {
		return fmt.Sprintf("core:x:%d:%d::%s:/bin/bash\n", s.uid, s.gid, home)
	}
	asked := ""
	answer := func(line string, err error) func(context.Context, string) (string, error) {
		return func(_ context.Context, name string) (string, error) {
			asked = name
			return line, err
		}
	}
	s := newSystem(t)
	for name, test := range map[string]struct {
		etc, lib string
		lookup   func(context.Context, string) (string, error)
		want     string // home, or the error
		asks     bool
	}{
		"etc":              {entry(s, "/home/etc"), entry(s, "/home/lib"), answer(entry(s, "/home/nss"), nil), "/home/etc", false},
		"altfiles":         {"", entry(s, "/home/lib"), answer(entry(s, "/home/nss"), nil), "/home/lib", false},
		"name service":     {"", "", answer(entry(s, "/home/nss"), nil), "/home/nss", true},
		"nobody asked":     {"", "", nil, `could not find user with username "core"`, false},
		"unknown":          {"", "", answer("", nil), `could not find user with username "core"`, true},
		"somebody else":    {"", "", answer("root:x:0:0::/root:\n", nil), `could not find user with username "core"`, true},
		"service fails":    {"", "", answer("", errors.New("no network")), `looking for user "core": no network`, true},
		"bad id":           {"core:x:1x:1::/home/a:\n", entry(s, "/home/lib"), nil, "/home/lib", false},
		"no id":            {"core:x:4294967295:1::/home/a:\n", "core:x:1:4294967295::/home/a:\n", nil, `could not find user with username "core"`, false},
		"short":            {"core:x:1:1:\ncore\ncore:\n", "", nil, `could not find user with username "core"`, false},
		"no shell":         {strings.TrimSuffix(entry(s, "/home/etc"), ":/bin/bash\n"), "", nil, "/home/etc", false},
		"relative home":    {entry(s, "home"), "", nil, `the home directory "home" of user "core" is not an absolute path`, false},
		"no home":          {entry(s, ""), "", nil, `the home directory "" of user "core" is not an absolute path`, false},
		"long lines":       {strings.Repeat("x", 5000) + "\ncore:" + strings.Repeat(":", 10000) + "\n" + entry(s, "/home/etc"), "", nil, "/home/etc", false},
		"home with slash":  {entry(s, "/home/etc//"), "", nil, "/home/etc", false},
		"home, upwards":    {entry(s, "/../../home/etc"), "", nil, "/home/etc", false},
		"home in the root": {entry(s, "/"), "", nil, "/", false},
	} {
		t.Run(name, func(t *testing.T) {
			asked = ""
			s := newSystem(t)
			s.file(t, "etc/passwd", test.etc)
			s.file(t, "usr/lib/passwd", test.lib)
			got, err := sshkeys.Install(t.Context(), "core", keys, &sshkeys.InstallOptions{Root: s.root, Journal: "-", Lookup: test.lookup})
			require.Equal(t, test.asks, asked == "core")
			if strings.HasPrefix(test.want, "/") {
				require.NoError(t, err)
				require.Equal(t, filepath.Join(test.want, ".ssh/authorized_keys.d/afterburn"), got.Path)
				require.Equal(t, text, s.read(t, got.Path))
				return
			}
			require.EqualError(t, err, test.want)
			require.Empty(t, names(t, s.path("home/core")))
		})
	}
	for _, name := range []string{"", "+", "-core", "core:x", "a\nb", "\x00"} {
		s.file(t, "etc/passwd", fmt.Sprintf("%s:x:%d:%d::/home/core:\n:x:0:0::/home/core:\n", name, s.uid, s.gid))
		_, err := sshkeys.Install(t.Context(), name, keys, &sshkeys.InstallOptions{Root: s.root, Journal: "-"})
		var unknown *sshkeys.UnknownUserError
		require.ErrorAs(t, err, &unknown, "%q", name)
		require.Equal(t, name, unknown.Name)
	}
}

func TestOddPasswd(t *testing.T) {
	keys, _ := keysNamed(t, "a")
	s := newSystem(t)
	require.NoError(t, os.Remove(s.path("etc/passwd")))
	_, err := s.install(t, keys)
	require.EqualError(t, err, `could not find user with username "core"`)
	require.NoError(t, unix.Mkfifo(s.path("etc/passwd"), 0o644))
	_, err = s.install(t, keys)
	require.ErrorContains(t, err, "/etc/passwd is not a regular file")
	_, err = sshkeys.Install(t.Context(), "core", keys, &sshkeys.InstallOptions{Root: s.path("none")})
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// record is a slog.Handler that keeps messages.
type record struct{ lines []string }

func (r *record) Enabled(context.Context, slog.Level) bool { return true }
func (r *record) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r *record) WithGroup(string) slog.Handler            { return r }
func (r *record) Handle(_ context.Context, e slog.Record) error {
	r.lines = append(r.lines, e.Level.String()+" "+e.Message)
	return nil
}

func TestJournal(t *testing.T) {
	s := newSystem(t)
	socket := s.path("socket")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	require.NoError(t, err)
	defer conn.Close()
	log := &record{}
	install := func(keys []sshkeys.Key) string {
		_, err := sshkeys.Install(t.Context(), "core", keys, &sshkeys.InstallOptions{Root: s.root, Journal: socket, Logger: slog.New(log)})
		require.NoError(t, err)
		require.Empty(t, log.lines)
		b := make([]byte, 4096)
		raw, err := conn.SyscallConn()
		require.NoError(t, err)
		n := 0
		require.NoError(t, raw.Control(func(fd uintptr) { n, _, _ = unix.Recvfrom(int(fd), b, unix.MSG_DONTWAIT) }))
		return string(b[:max(n, 0)])
	}
	keys, _ := keysNamed(t, "a")
	require.Empty(t, install(nil), "nothing was removed")
	require.Equal(t, "MESSAGE=wrote ssh authorized keys file for user: core\nPRIORITY=6\nMESSAGE_ID=0f7d7a502f2d433caa1323440a6b4190\n"+
		"AFTERBURN_USER_NAME=core\nAFTERBURN_PATH=/home/core/.ssh/authorized_keys.d/afterburn\n", install(keys))
	require.Equal(t, "MESSAGE=removed ssh authorized keys file for user: core\nPRIORITY=6\nMESSAGE_ID=f8b91c53f5544868a3a10d0dcf68e9ea\n"+
		"AFTERBURN_USER_NAME=core\nAFTERBURN_PATH=/home/core/.ssh/authorized_keys.d/afterburn\n", install(nil))

	got, err := sshkeys.Install(t.Context(), "core", keys, &sshkeys.InstallOptions{Root: s.root, Journal: s.path("none"), Logger: slog.New(log)})
	require.NoError(t, err)
	require.True(t, got.Wrote)
	require.Equal(t, []string{"WARN failed to send information to journald: sendto: no such file or directory"}, log.lines)
}

func TestInstallCancelled(t *testing.T) {
	s := newSystem(t)
	keys, _ := keysNamed(t, "a")
	_, err := s.install(t, keys)
	require.NoError(t, err)
	before := s.read(t, keyFile)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	more, _ := keysNamed(t, "b")
	for _, keys := range [][]sshkeys.Key{more, nil} {
		got, err := sshkeys.Install(ctx, "core", keys, &sshkeys.InstallOptions{Root: s.root, Journal: "-"})
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, got.Wrote || got.Removed)
		require.Equal(t, before, s.read(t, keyFile))
	}
	require.Len(t, names(t, s.path(keyDir)), 1)
}

// Kills a real process at each change that it makes.
func TestInstallKilled(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	old, oldText := keysNamed(t, "old")
	_, newText := keysNamed(t, "new", "newer")
	for _, test := range []struct {
		do, text string
		before   bool // there was a file
	}{{"write", newText, true}, {"write", newText, false}, {"remove", "", true}} {
		t.Run(fmt.Sprint(test.do, " over ", test.before), func(t *testing.T) {
			olds, news := 0, 0
			for n := 1; ; n++ {
				s := newSystem(t)
				if test.before {
					_, err := s.install(t, old)
					require.NoError(t, err)
				}
				s.file(t, "home/core/other", "x")
				opts := &testutil.RunOptions{Env: []string{childVar + "=" + test.do, rootVar + "=" + s.root}}
				res, _ := testutil.KillAt(t, opts, n, self)
				text, err := os.ReadFile(s.path(keyFile))
				switch {
				case err == nil && string(text) == oldText && test.before:
					olds++
				case err != nil && !test.before:
					require.ErrorIs(t, err, fs.ErrNotExist)
					olds++
				case test.text == "":
					require.ErrorIs(t, err, fs.ErrNotExist)
					news++
				default:
					require.NoError(t, err)
					require.Equal(t, test.text, string(text))
					news++
				}
				require.Equal(t, "x", s.read(t, "home/core/other"))
				if res.Exit == 0 {
					break
				}
				_, err = s.install(t, old) // what was left behind is in nobody's way
				require.NoError(t, err)
			}
			require.NotZero(t, olds)
			require.NotZero(t, news)
			t.Logf("%d kills left the old state, %d the new one", olds, news)
		})
	}
}
