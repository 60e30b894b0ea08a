package files_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	hostileUID = 61234
	hostileGID = 61235
)

// hostileHome is a root with a home directory whose owner made setup in it, with a
// shell as that user. secret is root's, outside is beside the root, public writable by all.
func hostileHome(t *testing.T, setup string) (root string) {
	t.Helper()
	root = newRoot(t)
	write(t, root, "etc/passwd", fmt.Sprintf("u:x:%d:%d::/home/u:/bin/sh\n", hostileUID, hostileGID))
	write(t, root, "secret/file", "root's\n")
	write(t, root, "home/u/own", "own\n")
	must(t, os.MkdirAll(filepath.Join(root, "public"), 0o755))
	must(t, os.Chmod(filepath.Join(root, "public"), 0o777))
	for _, p := range []string{"home/u", "home/u/own"} {
		must(t, os.Lchown(filepath.Join(root, p), hostileUID, hostileGID))
	}
	for dir := root; dir != "/" && dir != "/dev/shm"; dir = filepath.Dir(dir) {
		must(t, os.Chmod(dir, 0o755)) // the user must get there
	}
	c := exec.Command("sh", "-ec", setup)
	c.Dir = filepath.Join(root, "home/u")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: hostileUID, Gid: hostileGID}}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", setup, err, out)
	}
	return root
}

func TestHostileHomes(t *testing.T) {
	testutil.Root(t)
	const dir = "mkdir -p .ssh/authorized_keys.d; "
	const target = ".ssh/authorized_keys.d/ignition"
	for _, c := range []struct {
		setup string
		ok    bool
	}{
		{":", true},
		{dir + "echo old > " + target, true},
		{dir + "ln -s /secret/file " + target, true},
		{dir + "ln -s ../../../../secret/new " + target, true},
		{dir + "ln -s $PWD/../../secret/file " + target, true},
		{dir + "ln own " + target, true},
		{dir + "mkfifo " + target, true},
		{dir + "mkdir " + target, false},
		{"ln -s /secret .ssh", false},
		{"ln -s /public .ssh", false},
		{"mkdir d; ln -s d .ssh", false},
		{"mkdir .ssh; ln -s ../../../public .ssh/authorized_keys.d", false},
		{"mkfifo .ssh", false},
		{"mkdir .ssh; echo > .ssh/authorized_keys.d", false},
		{dir + "chmod 0 .ssh", false},
	} {
		t.Run(strings.ReplaceAll(c.setup, "/", "|"), func(t *testing.T) {
			root := hostileHome(t, c.setup)
			h, log := bare(t, root)
			done := make(chan error, 1)
			go func() {
				_, err := stage(t, h, log, config(t, `"passwd":{"users":[{"name":"u","sshAuthorizedKeys":["k"]}]}`))
				done <- err
			}()
			var err error
			select {
			case err = <-done:
			case <-time.After(2 * time.Minute):
				t.Fatal("blocked")
			}
			if (err == nil) != c.ok {
				t.Errorf("error %v", err)
			}
			list := strings.Join(listing(t, root), "\n")
			if want := fmt.Sprintf("home/u/%s -rw------- %d:%d \"k\\n\"", target, hostileUID, hostileGID); c.ok && !strings.Contains(list, want) {
				t.Errorf("%q is not in\n%s", want, list)
			}
			if !c.ok && strings.Contains(list, `"k\n"`) {
				t.Errorf("keys are somewhere:\n%s", list)
			}
			if strings.Count(list, `"k\n"`) > 1 || read(t, root, "secret/file") != "root's\n" || read(t, root, "home/u/own") != "own\n" ||
				!strings.Contains(list, "secret drwxr-xr-x 0:0") {
				t.Errorf("other files changed:\n%s", list)
			}
			if os.Geteuid() != 0 {
				t.Error("the identity of the process changed")
			}
		})
	}
}

// TestHostileRoots writes where links, FIFOs and devices wait.
func TestHostileRoots(t *testing.T) {
	root := newRoot(t)
	outside := filepath.Join(filepath.Dir(root), "outside")
	must(t, os.MkdirAll(outside, 0o755))
	write(t, outside, "file", "safe\n")
	up := strings.Repeat("../", 30)
	for name, link := range map[string]string{
		"abs": outside, "rel": up + outside[1:], "absfile": outside + "/file",
		"etc/systemd": outside, "etc/luks": outside, "var": "/proc/self/root", "proc/self/root": "/../..",
	} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		must(t, os.Symlink(link, filepath.Join(root, name)))
	}
	h, log := bare(t, root)
	h.State.LuksPersistKeyFiles = map[string]string{"r": "data:,key"}
	var stdin string
	h.Run = programs(t, &stdin)
	cfg := config(t, `"storage":{"files":[{"path":"/abs/n"},{"path":"/rel/m"},{"path":"/var/v"},{"path":"/absfile","overwrite":true,"contents":{"source":"data:,x"}}],
			"directories":[{"path":"/abs/dir"}],"links":[{"path":"/abs/hard","target":"/rel/m","hard":true}],
			"luks":[{"name":"r","device":"/dev/b"}]},
		"systemd":{"units":[{"name":"a.service","contents":"x","enabled":true,"dropins":[{"name":"d.conf","contents":"y"}]},{"name":"m.service","mask":true}]}`)
	if _, err := stage(t, h, log, cfg); err != nil {
		t.Error(err)
	}
	if got := listing(t, outside); len(got) != 2 || read(t, outside, "file") != "safe\n" {
		t.Errorf("written outside: %q", got)
	}
	in := outside[1:]
	for _, name := range []string{in + "/n", in + "/m", in + "/hard", "v", in + "/system/a.service", in + "/system/a.service.d/d.conf", in + "/system-preset/20-ignition.preset", in + "/r"} {
		if _, err := os.Lstat(filepath.Join(root, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestHostileDatabases refuses what would block.
func TestHostileDatabases(t *testing.T) {
	for _, name := range []string{"etc/passwd", "etc/group", "etc/systemd/system-preset/20-ignition.preset", "etc/crypttab", "etc/selinux/config"} {
		root := newRoot(t)
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		_ = os.Remove(filepath.Join(root, name))
		must(t, syscall.Mkfifo(filepath.Join(root, name), 0o666))
		h, log := bare(t, root)
		h.Settings.ResultFile, h.Settings.SELinuxRelabel = "/etc/.ignition-result.json", true
		var stdin string
		h.Run = programs(t, &stdin)
		h.State.LuksPersistKeyFiles = map[string]string{"r": "data:,key"}
		done := make(chan error, 1)
		go func() {
			_, err := stage(t, h, log, config(t, `"storage":{"files":[{"path":"/a","user":{"name":"me"},"group":{"name":"us"}}],"luks":[{"name":"r","device":"/dev/b"}]},
				"systemd":{"units":[{"name":"a.service","enabled":true}]}`))
			done <- err
		}()
		select {
		case err := <-done:
			if err == nil {
				t.Errorf("%s: a FIFO was taken for a file", name)
			}
		case <-time.After(2 * time.Minute):
			t.Fatalf("%s: blocked", name)
		}
	}
}

// TestHostileRaces has somebody exchange directories for links all the time.
func TestHostileRaces(t *testing.T) {
	root := newRoot(t)
	outside := filepath.Join(filepath.Dir(root), "outside")
	must(t, os.MkdirAll(filepath.Join(outside, "b/c"), 0o755))
	must(t, os.MkdirAll(filepath.Join(root, "a/b/c"), 0o755))
	before := strings.Join(listing(t, outside), "\n")
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		p, q := filepath.Join(root, "a"), filepath.Join(root, "aa")
		for {
			select {
			case <-stop:
				return
			default:
			}
			_ = os.Rename(p, q)
			_ = os.Symlink(outside, p)
			_ = os.Remove(p)
			_ = os.Rename(q, p)
		}
	}()
	var entries bytes.Buffer
	for i := range 200 {
		fmt.Fprintf(&entries, `{"path":"/a/b/c/f%d","contents":{"source":"data:,x"}},`, i)
	}
	cfg := config(t, `"storage":{"files":[`+strings.TrimSuffix(entries.String(), ",")+`],"directories":[{"path":"/a/b/d"}],"links":[{"path":"/a/b/l","target":"x"}]}`)
	for range 20 {
		h, log := bare(t, root)
		_, _ = stageQuiet(h, log, cfg) // may fail, as directories vanish
		must(t, os.RemoveAll(filepath.Join(root, "a/b/d")))
	}
	close(stop)
	<-stopped
	if after := strings.Join(listing(t, outside), "\n"); after != before {
		t.Errorf("written outside:\n%s", after)
	}
}
