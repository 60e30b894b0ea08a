package cloudtest

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// vault is a directory of root's with files of the names that the program writes, which the user would like to change.
const vault = "/run/vault"

// names are those of files that the program writes.
var names = []string{"attributes", "hostname", "afterburn", "10-02:00:00:00:00:0a.network", "02:00:00:00:00:0a.nmconnection", "50-afterburn.yaml"}

// makeVault makes the vault and returns how it is.
func (m *machine) makeVault() string {
	m.Helper()
	for _, name := range append(slices.Clone(names), "authorized_keys.d/afterburn") {
		m.write(vault+"/"+name, "secret of "+name)
		m.must(os.Chmod(vault+"/"+name, 0o600))
	}
	return m.vault()
}

// vault describes everything in the vault but the number of links, which the user's attacks and their end change.
func (m *machine) vault() string {
	m.Helper()
	var b strings.Builder
	m.must(filepath.WalkDir(vault, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s: mode %o, owner %d:%d, inode %d, changed %v", path, st.Mode, st.Uid, st.Gid, st.Ino, st.Mtim)
		if d.Type().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, ", %q", data)
		}
		b.WriteByte('\n')
		return nil
	}))
	return b.String()
}

// plants are what a user puts in the place of a file.
var plants = map[string]func(path string) error{
	"link":            func(path string) error { return os.Symlink(vault+"/"+filepath.Base(path), path) },
	"relative link":   func(path string) error { return os.Symlink(up+vault+"/"+filepath.Base(path), path) },
	"dangling link":   func(path string) error { return os.Symlink(vault+"/new", path) },
	"second name":     func(path string) error { return os.Link(vault+"/"+filepath.Base(path), path) },
	"pipe":            func(path string) error { return unix.Mkfifo(path, 0o666) },
	"socket":          func(path string) error { return unix.Mknod(path, unix.S_IFSOCK|0o666, 0) },
	"read-only":       func(path string) error { return os.WriteFile(path, []byte("old"), 0o400) },
	"link to console": func(path string) error { return os.Symlink("/proc/self/fd/2", path) },
}

const up = "../../../../../../.."

// plant does it with the rights of root, as /proc/sys/fs/protected_hardlinks may keep users from the worst, and makes
// it the user's.
func (m *machine) plant(put func(string) error, path string) {
	m.Helper()
	m.must(os.MkdirAll(filepath.Dir(path), 0o755))
	m.must(put(path))
	var st unix.Stat_t
	m.must(unix.Lstat(path, &st))
	if st.Nlink == 1 || st.Mode&unix.S_IFMT == unix.S_IFDIR {
		m.must(os.Lchown(path, user, user))
	}
	for dir := filepath.Dir(path); dir != filepath.Dir(home); dir = filepath.Dir(dir) {
		m.must(os.Lchown(dir, user, user))
	}
}

// TestKeyAttacks: root installs keys for a user who has prepared the place.
func TestKeyAttacks(t *testing.T) {
	t.Parallel()
	for _, name := range slices.Sorted(maps.Keys(plants)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, cloud := example(t, "vultr")
			before := m.makeVault()
			file := home + "/.ssh/authorized_keys.d/afterburn"
			m.plant(plants[name], file)
			m.good("--provider=vultr", "--ssh-keys=core")
			m.same("the vault", m.vault(), before)
			e, _ := fakecloud.Expected("vultr")
			m.sameFile(file, e.KeyFile(), 0o600, user)
			// And once more, for the file to be removed.
			m.must(os.Remove(file))
			m.plant(plants[name], file)
			cloud.Delete("/v1/public-keys")
			m.good("--provider=vultr", "--ssh-keys=core")
			m.same("the vault", m.vault(), before)
			m.sameFiles("keys", m.files(filepath.Dir(file)), nil)
		})
	}
}

// sameFile checks that a file is a regular one with one name.
func (m *machine) sameFile(path, text string, mode os.FileMode, owner uint32) {
	m.Helper()
	var st unix.Stat_t
	m.must(unix.Lstat(path, &st))
	if st.Mode != unix.S_IFREG|uint32(mode) || st.Nlink != 1 || st.Uid != owner || st.Gid != owner {
		m.Errorf("%s: mode %o, %d names, owner %d:%d", path, st.Mode, st.Nlink, st.Uid, st.Gid)
		return
	}
	m.same(path, m.read(path), text)
}

// TestKeyDirectoryAttacks: directories of the user's home lead to root's.
func TestKeyDirectoryAttacks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ path, target string }{
		"keys":             {home + "/.ssh/authorized_keys.d", vault},
		"keys, relative":   {home + "/.ssh/authorized_keys.d", up + vault},
		"ssh":              {home + "/.ssh", vault},
		"through process":  {home + "/.ssh", "/proc/self/root" + vault},
		"through cwd":      {home + "/.ssh", "/proc/self/cwd" + vault},
		"to a file":        {home + "/.ssh", vault + "/attributes"},
		"to what is not":   {home + "/.ssh", vault + "/new"},
		"to the system":    {home + "/.ssh", "/etc"},
		"to itself":        {home + "/.ssh", ".ssh"},
		"to a user's file": {home + "/.ssh", "/run/home/other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, cloud := example(t, "vultr")
			m.mkdir("/run/home/other/authorized_keys.d")
			m.write("/run/home/other/authorized_keys.d/afterburn", "other")
			m.must(os.Chown("/run/home/other/authorized_keys.d", user+1, user+1))
			before := m.makeVault()
			m.plant(func(path string) error { return os.Symlink(c.target, path) }, c.path)
			etc := m.files("/etc/cmdline.d")
			for range 2 {
				if r := m.run("--provider=vultr", "--ssh-keys=core"); r.code != 1 && len(cloud.Paths()) > 0 {
					t.Errorf("exit %d, log is\n%s", r.code, r.log)
				}
				m.same("the vault", m.vault(), before)
				m.sameFiles("/etc", m.files("/etc/cmdline.d"), etc)
				if _, err := os.Lstat("/etc/authorized_keys.d"); err == nil {
					t.Error("a directory in /etc")
				}
				m.sameFiles("other", m.files("/run/home/other/authorized_keys.d"), map[string]string{"afterburn": "other"})
				for _, path := range cloud.Paths() {
					cloud.Delete(path) // so that the file is removed
				}
			}
		})
	}
}

// TestFileAttacks: root writes its files to a directory of the user's.
func TestFileAttacks(t *testing.T) {
	t.Parallel()
	const dir = home + "/dir"
	options := []string{"--attributes=" + dir + "/attributes", "--hostname=" + dir + "/hostname", "--network-units=" + dir, "--networkmanager-profiles=" + dir}
	e, _ := fakecloud.Expected("digitalocean")
	want := map[string]string{"attributes": e.AttributesFile(), "hostname": e.HostnameFile()}
	maps.Copy(want, e.Units)
	maps.Copy(want, e.Profiles)
	for _, kind := range slices.Sorted(maps.Keys(plants)) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m, _ := example(t, "digitalocean")
			before := m.makeVault()
			for name := range want {
				if slices.Contains(names, name) {
					m.plant(plants[kind], dir+"/"+name)
				}
			}
			m.good(append([]string{"--provider=digitalocean"}, options...)...)
			m.same("the vault", m.vault(), before)
			for name, text := range want {
				mode := os.FileMode(0o644)
				if strings.HasSuffix(name, ".nmconnection") {
					mode = 0o600
				}
				m.sameFile(dir+"/"+name, text, mode, 0)
			}
		})
	}
	for name, target := range map[string]string{"directory": vault, "relative": up + vault, "process": "/proc/self/root" + vault} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, _ := example(t, "digitalocean")
			before := m.makeVault()
			m.plant(func(path string) error { return os.Symlink(target, path) }, dir)
			for _, option := range append(options, "--netplan-config="+dir, "--attributes="+dir+"/new/attributes") {
				if r := m.run("--provider=digitalocean", option); r.code != 1 {
					t.Errorf("%s: exit %d, log is\n%s", option, r.code, r.log)
				}
				m.same("the vault", m.vault(), before)
			}
		})
	}
}

// exchanger is the first argument with which the test's own binary is the attacker of TestRaces.
const exchanger = "exchange"

// exchange exchanges two paths for ever.
func exchange(a, b string) {
	for {
		if err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// TestRaces has the user's process exchange a directory and a link to the vault all the time.
func TestRaces(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir     string
		options []string
	}{
		"keys":  {home + "/.ssh/authorized_keys.d", []string{"--ssh-keys=core"}},
		"ssh":   {home + "/.ssh", []string{"--ssh-keys=core"}},
		"files": {home + "/dir", []string{"--attributes=" + home + "/dir/attributes", "--hostname=" + home + "/dir/hostname"}},
		"units": {home + "/dir", []string{"--network-units=" + home + "/dir"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, _ := example(t, "digitalocean")
			before := m.makeVault()
			link := filepath.Join(filepath.Dir(c.dir), "link")
			m.plant(func(path string) error { return os.Mkdir(path, 0o755) }, c.dir)
			m.plant(func(path string) error { return os.Symlink(vault, path) }, link)
			data, err := os.ReadFile(self)
			m.must(err)
			testutil.WriteProgram(m, "/run/exchanger", data) // where the user may start it
			attacker := exec.Command("/run/exchanger", exchanger, c.dir, link)
			attacker.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}, Pdeathsig: syscall.SIGKILL}
			var log strings.Builder
			attacker.Stderr = &log
			m.must(attacker.Start())
			written := 0
			for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
				if r := m.run(append([]string{"--provider=digitalocean"}, c.options...)...); r.code == 0 {
					written++
				} else if r.code != 1 {
					t.Errorf("exit %d, log is\n%s", r.code, r.log)
				}
			}
			m.must(attacker.Process.Kill())
			_ = attacker.Wait()
			m.same("the vault", m.vault(), before)
			if written == 0 || log.Len() > 0 {
				t.Errorf("%d runs succeeded; attacker: %s", written, &log)
			}
		})
	}
}

// TestUnprivileged: without rights the program writes what its user may.
func TestUnprivileged(t *testing.T) {
	t.Parallel()
	setpriv := testutil.Tool(t, "setpriv")
	m, _ := example(t, "vultr")
	before := m.makeVault()
	data, err := os.ReadFile(m.bin)
	m.must(err)
	testutil.WriteProgram(m, "/run/afterburn", data)
	args := func(options ...string) []string {
		return append([]string{"--reuid=4711", "--regid=4711", "--clear-groups", "/run/afterburn", "--provider=vultr"}, options...)
	}
	m.bin = setpriv
	m.good(args("--attributes="+home+"/attributes", "--ssh-keys=core")...)
	e, _ := fakecloud.Expected("vultr")
	m.sameFile(home+"/attributes", e.AttributesFile(), 0o644, user)
	m.sameFile(home+"/.ssh/authorized_keys.d/afterburn", e.KeyFile(), 0o600, user)
	m.bad("Permission denied (os error 13)\n", args("--hostname="+vault+"/hostname")...)
	m.same("the vault", m.vault(), before)
}
