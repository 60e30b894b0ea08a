package sshkeys_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/sshkeys"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	mallory  = 54321 // a user that no system has
	childVar = "NESTOS_TEST_CHILD"
	rootVar  = "NESTOS_TEST_ROOT"
	patience = time.Minute
	tick     = 10 * time.Millisecond
)

// children are what this program does when a test starts it as another process.
var children = map[string]func(){
	"write":  func() { childInstall("new", "newer") },
	"remove": func() { childInstall() },
	"swap":   childSwap,
	"self":   childSelf,
}

func childInstall(comments ...string) {
	var keys []sshkeys.Key
	for _, c := range comments {
		k, err := sshkeys.Parse(simple + " " + c)
		if err != nil {
			panic(err)
		}
		keys = append(keys, k)
	}
	_, err := sshkeys.Install(context.Background(), "core", keys, &sshkeys.InstallOptions{Root: os.Getenv(rootVar), Journal: "-"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// newHostile makes a system whose user core is mallory. In it are things that mallory must not change:
//
//	secret/          0700, root's
//	secret/file      0600, root's
//	secret/open/     0777: only the directory above protects it
//	group/           0770, root's group's
//	public           0644, root's
//	home/core/       mallory's
//	home/core/own/   mallory's
func newHostile(t *testing.T) *system {
	testutil.Root(t)
	s := &system{root: t.TempDir(), uid: mallory, gid: mallory}
	letIn(t, s.root)
	s.mkdir(t, "etc", "usr/lib", "secret/open", "group", "home/core/own")
	s.passwd(t, "/home/core")
	s.file(t, "secret/file", "secret")
	s.file(t, "secret/open/afterburn", "precious")
	s.file(t, "group/afterburn", "precious")
	s.file(t, "public", "public")
	for name, mode := range map[string]fs.FileMode{"secret": 0o700, "secret/file": 0o600, "secret/open": 0o777, "secret/open/afterburn": 0o666, "group": 0o770} {
		require.NoError(t, os.Chmod(s.path(name), mode))
	}
	s.give(t, "home/core", "home/core/own")
	return s
}

// letIn gives everybody access to a directory of the test's, as mallory's processes and links need it.
func letIn(t *testing.T, dir string) {
	for ; dir != "/"; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		require.NoError(t, err)
		switch {
		case dir != os.TempDir() && strings.HasPrefix(dir, os.TempDir()), strings.HasPrefix(filepath.Base(dir), "nestos-test-"):
			require.NoError(t, os.Chmod(dir, 0o755))
		case info.Mode().Perm()&0o001 == 0:
			t.Skipf("temporary files are in %s, where other users have no access", dir)
		}
	}
}

func (s *system) give(t *testing.T, names ...string) {
	for _, name := range names {
		require.NoError(t, os.Lchown(s.path(name), mallory, mallory))
	}
}

func (s *system) link(t *testing.T, target, name string) {
	require.NoError(t, os.Symlink(target, s.path(name)))
	s.give(t, name)
}

// ownDir makes directories of mallory's.
func (s *system) ownDir(t *testing.T, names ...string) {
	for _, name := range names {
		require.NoError(t, os.Mkdir(s.path(name), 0o755))
		s.give(t, name)
	}
}

// outside describes everything but home directories: names, kinds, owners, modes, inodes, times, contents.
func (s *system) outside(t *testing.T) string {
	var b strings.Builder
	require.NoError(t, filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(s.root, path)
		if name == "home/core" || name == "home2/core" {
			return fs.SkipDir
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %o %d:%d ino %d modified %d.%d", name, st.Mode, st.Uid, st.Gid, st.Ino, st.Mtim.Sec, st.Mtim.Nsec)
		if d.Type().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %q", text)
		}
		b.WriteString("\n")
		return nil
	}))
	return b.String()
}

// naive does what a program without care does as root.
func (s *system) naive() error {
	if err := os.MkdirAll(s.path(keyDir), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(s.path(keyFile), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteString("naive"); err != nil {
		return err
	}
	return f.Chmod(0o600)
}

// rooted returns the ways to name the same system: as a root of its own, where absolute links lead into it, and as part
// of the real root, where they lead to wherever they say.
func (s *system) rooted() map[string]*sshkeys.InstallOptions {
	home := s.path("home/core")
	return map[string]*sshkeys.InstallOptions{
		"own root": {Root: s.root, Journal: "-"},
		"real root": {Journal: "-", Lookup: func(_ context.Context, name string) (string, error) {
			return fmt.Sprintf("%s:x:%d:%d::%s:/bin/sh", name, mallory, mallory, home), nil
		}},
	}
}

// attack is a trap that mallory sets.
type attack struct {
	plant func(t *testing.T, s *system, top string) // top is what a link to the system's root begins with
	// write and remove are the errors of Install; nil means that it succeeds.
	write, remove error
	// at is where the file then is; "" means that there is none.
	at string
	// caught tells that a naive writer changes something outside, which shows that the trap works.
	caught bool
}

var attacks = map[string]attack{
	"ssh links to a secret directory": {func(t *testing.T, s *system, top string) {
		s.link(t, top+"/secret", "home/core/.ssh")
	}, unix.EACCES, unix.EACCES, "", true},
	"ssh links to a secret directory, relatively": {func(t *testing.T, s *system, top string) {
		s.link(t, "../../secret", "home/core/.ssh")
	}, unix.EACCES, unix.EACCES, "", true},
	"ssh links to an open directory in a secret one": {func(t *testing.T, s *system, top string) {
		s.link(t, top+"/secret/open", "home/core/.ssh")
	}, unix.EACCES, unix.EACCES, "", true},
	"ssh links to root's group's directory": {func(t *testing.T, s *system, top string) {
		s.link(t, top+"/group", "home/core/.ssh")
	}, unix.EACCES, unix.EACCES, "", true},
	"ssh links to a public directory": {func(t *testing.T, s *system, top string) {
		s.link(t, top+"/etc", "home/core/.ssh")
	}, unix.EACCES, nil, "", true},
	"ssh links to a file": {func(t *testing.T, s *system, top string) {
		s.link(t, top+"/public", "home/core/.ssh")
	}, unix.ENOTDIR, unix.ENOTDIR, "", false},
	"keys link to a secret directory": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh")
		s.link(t, top+"/secret/open", keyDir)
	}, unix.EACCES, unix.EACCES, "", true},
	"keys link to root's group's directory": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh")
		s.link(t, top+"/group", keyDir)
	}, unix.EACCES, unix.EACCES, "", true},
	"the file links to a secret file": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh", keyDir)
		s.link(t, top+"/secret/file", keyFile)
	}, nil, nil, keyFile, true},
	"the file links to a public file": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh", keyDir)
		s.link(t, top+"/public", keyFile)
	}, nil, nil, keyFile, true},
	"the file links to nothing in a secret directory": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh", keyDir)
		s.link(t, top+"/secret/new", keyFile)
	}, nil, nil, keyFile, true},
	"the file is root's, linked from elsewhere": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh", keyDir)
		require.NoError(t, os.Link(s.path("public"), s.path(keyFile)))
	}, nil, nil, keyFile, true},
	"the file is a pipe": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh", keyDir)
		require.NoError(t, unix.Mkfifo(s.path(keyFile), 0o666))
	}, nil, nil, keyFile, false},
	"the file is a directory": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh", keyDir, keyFile)
	}, unix.EISDIR, unix.EISDIR, "", false},
	"the file is a full directory": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh", keyDir, keyFile, keyFile+"/x")
	}, unix.EISDIR, unix.EISDIR, "", false},
	"ssh is a pipe": {func(t *testing.T, s *system, top string) {
		require.NoError(t, unix.Mkfifo(s.path("home/core/.ssh"), 0o666))
	}, unix.ENOTDIR, unix.ENOTDIR, "", false},
	"keys are a pipe": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh")
		require.NoError(t, unix.Mkfifo(s.path(keyDir), 0o666))
	}, unix.ENOTDIR, unix.ENOTDIR, "", false},
	"a ring of links": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh")
		s.link(t, "b", keyDir)
		s.link(t, "authorized_keys.d", "home/core/.ssh/b")
	}, unix.ELOOP, unix.ELOOP, "", false},
	"ssh links to nothing in a secret directory": {func(t *testing.T, s *system, top string) {
		s.link(t, top+"/secret/new", "home/core/.ssh")
	}, unix.EACCES, unix.EACCES, "", false},
	"ssh links to nothing in a public directory": {func(t *testing.T, s *system, top string) {
		s.link(t, top+"/etc/new", "home/core/.ssh")
	}, unix.EACCES, nil, "", false},
	"the home is a link to a secret directory": {func(t *testing.T, s *system, top string) {
		require.NoError(t, os.RemoveAll(s.path("home/core")))
		s.link(t, top+"/secret/open", "home/core")
	}, unix.EACCES, unix.EACCES, "", true},
	"a foreign file in a sticky foreign directory": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh", keyDir)
		s.file(t, keyFile, "root's")
		require.NoError(t, os.Chown(s.path(keyDir), 0, 0))
		require.NoError(t, os.Chmod(s.path(keyDir), 0o777|fs.ModeSticky))
	}, unix.EPERM, unix.EPERM, "", false},
	"keys are a foreign directory": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh", keyDir)
		s.file(t, keyFile, "root's")
		require.NoError(t, os.Chown(s.path(keyDir), 0, 0))
	}, unix.EACCES, unix.EACCES, "", false},
	"the home is not mallory's": {func(t *testing.T, s *system, top string) {
		require.NoError(t, os.Chown(s.path("home/core"), 0, 0))
	}, unix.EACCES, nil, "", false},
	"the home is closed": {func(t *testing.T, s *system, top string) {
		require.NoError(t, os.Chown(s.path("home/core"), 0, 0))
		require.NoError(t, os.Chmod(s.path("home/core"), 0o700))
	}, unix.EACCES, unix.EACCES, "", false},
	"the home is missing": {func(t *testing.T, s *system, top string) {
		require.NoError(t, os.RemoveAll(s.path("home/core")))
	}, unix.EACCES, nil, "", false},

	// What honest users do works.
	"ssh links to an own directory": {func(t *testing.T, s *system, top string) {
		s.link(t, top+"/home/core/own", "home/core/.ssh")
	}, nil, nil, "home/core/own/authorized_keys.d/afterburn", false},
	"keys link to an own directory": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh")
		s.link(t, "../own", keyDir)
	}, nil, nil, "home/core/own/afterburn", false},
	"ssh links to an own directory that is missing": {func(t *testing.T, s *system, top string) {
		s.link(t, "own/new", "home/core/.ssh")
	}, nil, nil, "home/core/own/new/authorized_keys.d/afterburn", false},
	"the home is a link": {func(t *testing.T, s *system, top string) {
		s.mkdir(t, "home2")
		require.NoError(t, os.Rename(s.path("home/core"), s.path("home2/core")))
		s.link(t, top+"/home2/core", "home/core")
	}, nil, nil, "home2/core/.ssh/authorized_keys.d/afterburn", false},
	"all homes are elsewhere": {func(t *testing.T, s *system, top string) {
		require.NoError(t, os.Rename(s.path("home"), s.path("home2")))
		require.NoError(t, os.Symlink("home2", s.path("home")))
	}, nil, nil, "home2/core/.ssh/authorized_keys.d/afterburn", false},
	"an old file of root's": {func(t *testing.T, s *system, top string) {
		s.ownDir(t, "home/core/.ssh", keyDir)
		s.file(t, keyFile, "root's")
	}, nil, nil, keyFile, false},
}

func TestAttacks(t *testing.T) {
	keys, text := keysNamed(t, "a")
	for name, a := range attacks {
		for where := range (&system{}).rooted() {
			t.Run(name+", "+where, func(t *testing.T) {
				for _, install := range []bool{true, false} {
					s := newHostile(t)
					top := ""
					if where == "real root" {
						top = s.root
					}
					a.plant(t, s, top)
					before := s.outside(t)
					want, given := a.write, keys
					if !install {
						want, given = a.remove, nil
					}
					got, err := sshkeys.Install(t.Context(), "core", given, s.rooted()[where])
					require.Equal(t, before, s.outside(t), "something outside was changed")
					if want != nil {
						require.ErrorIs(t, err, want)
						require.False(t, got.Wrote || got.Removed)
						continue
					}
					require.NoError(t, err)
					if install {
						require.Equal(t, text, s.read(t, a.at))
						info, err := os.Lstat(s.path(a.at))
						require.NoError(t, err)
						require.Equal(t, fs.FileMode(0o600), info.Mode())
						require.Equal(t, mallory, int(info.Sys().(*syscall.Stat_t).Uid))
						require.Equal(t, mallory, int(info.Sys().(*syscall.Stat_t).Gid))
					} else if a.at != "" {
						require.NoFileExists(t, s.path(a.at))
					}
				}
				if a.caught && where == "real root" {
					s := newHostile(t)
					a.plant(t, s, s.root)
					before := s.outside(t)
					err := s.naive()
					require.NotEqual(t, before, s.outside(t), "the trap does not work: %v", err)
				}
			})
		}
	}
}
