package sshkeys_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/sshkeys"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestMagicLinks shows that the links of /proc, which lead around the permissions of directories, are not followed.
func TestMagicLinks(t *testing.T) {
	keys, _ := keysNamed(t, "a")
	s := newHostile(t)
	open, err := os.Open(s.path("secret/open")) // as a file that the program has open
	require.NoError(t, err)
	defer open.Close()
	before := s.outside(t)
	for _, target := range []string{
		fmt.Sprintf("/proc/self/fd/%d", open.Fd()), fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), open.Fd()),
		fmt.Sprintf("/proc/thread-self/fd/%d", open.Fd()), fmt.Sprintf("/dev/fd/%d", open.Fd()),
		"/proc/self/root" + s.path("secret/open"), "/proc/1/root" + s.path("secret/open"), "/proc/self/cwd",
	} {
		require.NoError(t, os.Symlink(target, s.path("home/core/.ssh")))
		for _, given := range [][]sshkeys.Key{keys, nil} {
			_, err := sshkeys.Install(t.Context(), "core", given, s.rooted()["real root"])
			require.Error(t, err, target)
			require.Equal(t, before, s.outside(t))
		}
		require.NoError(t, os.Remove(s.path("home/core/.ssh")))
	}
	// The trap works.
	require.NoError(t, os.Symlink(fmt.Sprintf("/proc/self/fd/%d", open.Fd()), s.path("home/core/.ssh")))
	require.NoError(t, s.naive())
	require.NotEqual(t, before, s.outside(t))
}

// childSwap exchanges, as fast as it can, what the program is just using.
func childSwap() {
	root := os.Getenv(rootVar)
	home := root + "/home/core"
	must := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	must(os.MkdirAll(home+"/.ssh/authorized_keys.d", 0o755))
	must(os.MkdirAll(home+"/own/authorized_keys.d", 0o755))
	must(os.Symlink(root+"/secret", home+"/link"))
	must(os.Symlink(root+"/secret/open", home+"/open"))
	must(os.Symlink(root+"/group", home+"/group"))
	must(os.Symlink(root+"/public", home+"/own/authorized_keys.d/afterburn"))
	swap := func(a, b string) {
		must(unix.Renameat2(unix.AT_FDCWD, home+"/"+a, unix.AT_FDCWD, home+"/"+b, unix.RENAME_EXCHANGE))
	}
	fmt.Println("ready")
	end := time.Now().Add(5 * time.Minute)
	for i := 0; time.Now().Before(end) && os.Getppid() != 1; i++ {
		swap(".ssh", "link")
		swap(".ssh", "open")
		swap(".ssh", "own")
		if dir := home + "/.ssh/authorized_keys.d"; i%2 == 0 {
			// The temporary file becomes a link to somebody else's.
			entries, _ := os.ReadDir(dir)
			for _, e := range entries {
				if strings.HasPrefix(e.Name(), ".") {
					_ = os.Remove(dir + "/" + e.Name())
					_ = os.Symlink(root+"/public", dir+"/"+e.Name())
				}
			}
			_ = os.Remove(dir + "/afterburn")
			_ = os.Symlink(root+"/secret/file", dir+"/afterburn")
		}
		swap(".ssh", "group")
		swap(".ssh", "own")
		swap(".ssh", "link")
	}
}

// TestRace lets a process of mallory's exchange directories and files while keys are installed and removed.
func TestRace(t *testing.T) {
	s := newHostile(t)
	keys, text := keysNamed(t, "a")
	before := s.outside(t)
	cmd := asMallory(t, s, "swap")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	ready := make([]byte, 6)
	_, err = io.ReadFull(out, ready)
	require.NoError(t, err)
	require.Equal(t, "ready\n", string(ready))

	duration := 3 * time.Second
	if testing.Short() {
		duration = time.Second / 2
	}
	won, lost, reasons := 0, 0, map[string]int{}
	start := time.Now()
	for time.Since(start) < duration || (won == 0 || lost == 0) && time.Since(start) < patience {
		for _, options := range s.rooted() {
			given := keys
			if (won+lost)%5 == 4 {
				given = nil
			}
			if _, err := sshkeys.Install(t.Context(), "core", given, options); err != nil {
				lost++
				var errno unix.Errno
				require.ErrorAs(t, err, &errno)
				reasons[errno.Error()]++
			} else {
				won++
			}
		}
	}
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	require.Equal(t, before, s.outside(t), "something outside was changed")
	t.Logf("%d runs succeeded, %d failed: %v", won, lost, reasons)
	require.NotZero(t, won)
	require.NotZero(t, lost)

	// Nothing of it stays in the way once mallory gives up.
	for _, name := range []string{".ssh", "link", "open", "own", "group"} {
		_ = os.RemoveAll(s.path("home/core/" + name))
	}
	_, err = s.install(t, keys)
	require.NoError(t, err)
	require.Equal(t, text, s.read(t, keyFile))
}

// asMallory prepares this program to run as mallory, who may have no access to the directory it is in.
func asMallory(t *testing.T, s *system, child string) *exec.Cmd {
	self, err := os.Executable()
	require.NoError(t, err)
	file, err := os.Open(self)
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	cmd := exec.CommandContext(t.Context(), "/proc/self/fd/3")
	cmd.ExtraFiles = []*os.File{file}
	cmd.Env = append(os.Environ(), childVar+"="+child, rootVar+"="+s.root)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: mallory, Gid: mallory}, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// childSelf installs keys as mallory: for mallory, then for root, which must fail.
func childSelf() {
	childInstall("new", "newer")
	_, err := sshkeys.Install(context.Background(), "root", []sshkeys.Key{{Type: "x"}},
		&sshkeys.InstallOptions{Root: os.Getenv(rootVar), Journal: "-"})
	fmt.Print(err)
	if !errors.Is(err, unix.EPERM) {
		os.Exit(1)
	}
}

// TestWithoutPrivileges runs as mallory.
func TestWithoutPrivileges(t *testing.T) {
	s := newHostile(t)
	s.file(t, "etc/passwd", s.read(t, "etc/passwd")+"root:x:0:0::/home/core:/bin/sh\n")
	out, err := asMallory(t, s, "self").Output()
	require.NoError(t, err, "%s", out)
	require.Equal(t, `failed to switch user/group: acting as user "root" (0:0) takes root's rights: operation not permitted`, string(out))
	_, text := keysNamed(t, "new", "newer")
	require.Equal(t, text, s.read(t, keyFile))
}

// TestSupplementaryGroups shows that the groups of the program's own are no help for mallory.
func TestSupplementaryGroups(t *testing.T) {
	s := newHostile(t)
	s.link(t, "/group", "home/core/.ssh")
	before := s.outside(t)
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childVar+"=write", rootVar+"="+s.root)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Groups: []uint32{0, 777}}}
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "permission denied")
	require.Equal(t, before, s.outside(t))
}

// onHome makes the home directory the mount of a memory file system.
func (s *system) onHome(t *testing.T, options string) {
	if err := unix.Mount("tmpfs", s.path("home/core"), "tmpfs", 0, options); err != nil {
		t.Skipf("tmpfs with %s: %v", options, err)
	}
	t.Cleanup(func() { _ = unix.Unmount(s.path("home/core"), unix.MNT_DETACH) })
}

// TestFull fills the disk, and mallory's share of it: the old file stays.
func TestFull(t *testing.T) {
	old, oldText := keysNamed(t, "old")
	many, _ := keysNamed(t, strings.Repeat("x", 200_000))
	for name, test := range map[string]struct {
		options string
		want    error
	}{
		"disk":  {"uid=54321,gid=54321,mode=755,size=64k", unix.ENOSPC},
		"files": {"uid=54321,gid=54321,mode=755,nr_inodes=5", unix.ENOSPC},
		"quota": {"uid=54321,gid=54321,mode=755,size=10m,usrquota,usrquota_block_hardlimit=64k", unix.EDQUOT},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHostile(t)
			s.onHome(t, test.options)
			_, err := s.install(t, old)
			require.NoError(t, err)
			if name == "files" {
				s.file(t, "home/core/last", "")
			}
			got, err := s.install(t, many)
			require.ErrorIs(t, err, test.want)
			require.False(t, got.Wrote)
			require.Equal(t, oldText, s.read(t, keyFile))
			require.Equal(t, []string{"afterburn"}, names(t, s.path(keyDir)))
			_, err = s.install(t, nil)
			require.NoError(t, err, "removing needs no room")
		})
	}
}

// TestReserved fills a disk up to what is reserved for the system: root's share is not mallory's.
func TestReserved(t *testing.T) {
	testutil.Loop(t)
	mkfs, mount := testutil.Tool(t, "mkfs.ext4"), testutil.Tool(t, "mount")
	s := newHostile(t)
	image := s.path("image")
	require.NoError(t, os.WriteFile(image, nil, 0o600))
	require.NoError(t, os.Truncate(image, 16<<20))
	testutil.Run(t, &testutil.RunOptions{Must: true}, mkfs, "-q", "-m", "50", "-O", "^has_journal", image)
	testutil.Run(t, &testutil.RunOptions{Must: true}, mount, "-o", "loop", image, s.path("home/core"))
	t.Cleanup(func() { _ = unix.Unmount(s.path("home/core"), unix.MNT_DETACH) })
	s.give(t, "home/core")
	old, oldText := keysNamed(t, "old")
	_, err := s.install(t, old)
	require.NoError(t, err)

	big, err := os.Create(s.path("home/core/big"))
	require.NoError(t, err)
	defer big.Close()
	var room unix.Statfs_t
	require.NoError(t, unix.Statfs(s.path("home/core"), &room))
	require.Greater(t, room.Bfree-room.Bavail, uint64(1000))
	require.NoError(t, unix.Fallocate(int(big.Fd()), 0, 0, (int64(room.Bavail)-100)*int64(room.Bsize)))

	many, _ := keysNamed(t, strings.Repeat("x", 1<<20))
	_, err = s.install(t, many)
	require.ErrorIs(t, err, unix.ENOSPC)
	require.Equal(t, oldText, s.read(t, keyFile))
	require.Equal(t, []string{"afterburn"}, names(t, s.path(keyDir)))
	require.NoError(t, os.WriteFile(s.path("home/core/roots"), make([]byte, 1<<20), 0o600), "root has room")
}

func TestReadOnly(t *testing.T) {
	keys, text := keysNamed(t, "a")
	s := newHostile(t)
	s.onHome(t, "uid=54321,gid=54321,mode=755")
	_, err := s.install(t, keys)
	require.NoError(t, err)
	require.NoError(t, unix.Mount("", s.path("home/core"), "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	for _, given := range [][]sshkeys.Key{keys, nil} {
		_, err = s.install(t, given)
		require.ErrorIs(t, err, unix.EROFS)
		require.Equal(t, text, s.read(t, keyFile))
	}
}

// TestIdentity shows that no other thread ever has another identity, also when many users' keys are installed at once.
func TestIdentity(t *testing.T) {
	testutil.Root(t)
	keys, _ := keysNamed(t, "a")
	root := t.TempDir()
	var passwd strings.Builder
	require.NoError(t, os.Mkdir(root+"/etc", 0o755))
	const users = 40
	for i := range users {
		id := mallory + i
		fmt.Fprintf(&passwd, "u%d:x:%d:%d::/u%d:/bin/sh\n", i, id, id+1000, i)
		require.NoError(t, os.Mkdir(fmt.Sprintf("%s/u%d", root, i), 0o700))
		require.NoError(t, os.Chown(fmt.Sprintf("%s/u%d", root, i), id, 0))
	}
	require.NoError(t, os.WriteFile(root+"/etc/passwd", []byte(passwd.String()), 0o600))
	require.NoError(t, os.WriteFile(root+"/secret", []byte("x"), 0o600))
	before := identities(t)
	require.Len(t, before, 1)

	stop := make(chan struct{})
	var watchers, workers sync.WaitGroup
	for range 4 {
		watchers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := os.ReadFile(root + "/secret"); err != nil {
					t.Error("another goroutine lost its rights:", err)
					return
				}
				runtime.Gosched()
			}
		})
	}
	for i := range users {
		workers.Go(func() {
			for range 5 {
				if _, err := sshkeys.Install(t.Context(), fmt.Sprintf("u%d", i), keys, &sshkeys.InstallOptions{Root: root, Journal: "-"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	close(stop)
	watchers.Wait()
	for i := range users {
		var st unix.Stat_t
		require.NoError(t, unix.Lstat(fmt.Sprintf("%s/u%d/.ssh/authorized_keys.d/afterburn", root, i), &st))
		require.Equal(t, [2]int{mallory + i, mallory + i + 1000}, [2]int{int(st.Uid), int(st.Gid)})
	}
	require.Eventually(t, func() bool { return len(identities(t)) == 1 }, patience, tick, "threads with another identity stay")
	require.Equal(t, before, identities(t))
}

// identities returns the different identities of this process's threads.
func identities(t *testing.T) map[string]bool {
	all := map[string]bool{}
	dirs, err := filepath.Glob("/proc/self/task/*/status")
	require.NoError(t, err)
	for _, name := range dirs {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it ended
		}
		var id []string
		for line := range strings.Lines(string(text)) {
			for _, field := range []string{"Uid:", "Gid:", "Groups:", "CapEff:", "CapPrm:"} {
				if strings.HasPrefix(line, field) {
					id = append(id, strings.TrimSpace(line))
				}
			}
		}
		all[strings.Join(id, "; ")] = true
	}
	return all
}
