package prepareroot_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/mountapi"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// job is what a helper does: it makes a root like an initramfs's in a namespace of
// its own, changes into it and runs the steps.
type job struct {
	Dir        string            // scratch
	Sysroot    string            // directory or image that is mounted at /sysroot
	RO         bool              // /sysroot is mounted read-only
	Cmdline    string            // content of /proc/cmdline
	Config     string            // etc/ostree/prepare-root.conf, if not empty
	Files      map[string]string // more files
	Keep       string            // a mount point to make before the steps
	Steps      []string          // see job.step
	Legacy     bool              // use mount(2) only
	MountVar   bool
	Deployment string // for "nextroot"
	Checksum   string // for "stateoverlay"
	Label      string // of all files, for "remount"

	journal *net.UnixConn
}

// outcome is what it found afterwards.
type outcome struct {
	Err    string
	Lines  []string
	Mounts []mountapi.Entry // outside of the fake root's own
	Files  map[string]string
	Probes map[string]string
}

// helperMain runs a job in the helper process and prints the outcome.
func helperMain(text string) int {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	out, err := j.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "helper:", err)
		return 2
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		return 2
	}
	return 0
}

// do starts a helper and returns what it found.
func (j *job) do(t *testing.T) *outcome {
	t.Helper()
	testutil.Root(t)
	testutil.Namespaces(t, "--mount")
	j.Dir = t.TempDir()
	text, err := json.Marshal(j)
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), helperVariable+"="+string(text))
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s%s", &stdout, &stderr)
	var out outcome
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &out), "%s", &stdout)
	return &out
}

func (j *job) run() (*outcome, error) {
	root := filepath.Join(j.Dir, "root")
	if err := errors.Join(
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		os.Mkdir(root, 0o755),
		unix.Mount("tmpfs", root, "tmpfs", 0, "mode=0755"),
	); err != nil {
		return nil, err
	}
	if err := j.furnish(root); err != nil {
		return nil, err
	}
	if err := errors.Join(unix.Chroot(root), os.Chdir("/")); err != nil {
		return nil, err
	}
	if j.Keep != "" {
		if err := errors.Join(os.MkdirAll(j.Keep, 0o755), unix.Mount("keep", j.Keep, "tmpfs", 0, "")); err != nil {
			return nil, err
		}
	}
	before, err := mountapi.Table()
	if err != nil {
		return nil, err
	}
	out := &outcome{Files: map[string]string{}, Probes: map[string]string{}}
	for _, step := range j.Steps {
		if err := j.step(step, out); err != nil {
			out.Err = errno.Text(err)
			break
		}
	}
	return out, j.report(out, before)
}

// furnish fills the fake root with what an initramfs has.
func (j *job) furnish(root string) error {
	at := func(name string) string { return filepath.Join(root, name) }
	for _, name := range []string{"run", "proc", "dev", "sysroot", "etc/ostree", "usr", "tmp"} {
		if err := os.MkdirAll(at(name), 0o755); err != nil {
			return err
		}
	}
	for _, name := range []string{"bin", "lib", "lib64", "sbin"} {
		_ = os.Symlink("usr/"+name, at(name))
	}
	for _, name := range []string{"/usr", "/dev", "/proc"} {
		if err := unix.Mount(name, at(name), "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	files := map[string]string{"cmdline": j.Cmdline + "\n"}
	if j.Config != "" {
		files["etc/ostree/prepare-root.conf"] = j.Config
	}
	for name, text := range j.Files {
		files[name] = text
	}
	for name, text := range files {
		if err := errors.Join(os.MkdirAll(filepath.Dir(at(name)), 0o755), os.WriteFile(at(name), []byte(text), 0o644)); err != nil {
			return err
		}
	}
	if err := unix.Mount(at("cmdline"), at("proc/cmdline"), "", unix.MS_BIND, ""); err != nil {
		return err
	}
	return j.mountSysroot(at("sysroot"))
}

func (j *job) mountSysroot(target string) error {
	if j.Sysroot == "" {
		return nil
	}
	if info, err := os.Stat(j.Sysroot); err != nil {
		return err
	} else if !info.IsDir() {
		option := "loop,rw"
		if j.RO {
			option = "loop,ro"
		}
		out, err := exec.Command("mount", "-o", option, j.Sysroot, target).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	var m mountapi.Mounter
	return m.Bind(j.Sysroot, target, &mountapi.BindOptions{ReadOnly: j.RO})
}

// report describes the mounts that the steps made or changed.
func (j *job) report(out *outcome, before []mountapi.Entry) error {
	prefix, device := "", ""
	// The numbers of mounts that went away are given out again.
	key := func(e mountapi.Entry) string { return fmt.Sprintln(e.ID, e.Device, e.Root, e.Target) }
	old := map[string]bool{}
	for _, e := range before {
		old[key(e)] = true
		if e.Target == "/sysroot" {
			prefix, device = strings.TrimSuffix(e.Root, "/"), e.Device
		}
	}
	after, err := mountapi.Table()
	if err != nil {
		return err
	}
	for _, e := range after {
		if old[key(e)] && !(e.Target == "/sysroot" || strings.HasPrefix(e.Target, "/sysroot/")) {
			continue
		}
		if e.Device == device {
			if e.Root = strings.TrimPrefix(e.Root, prefix); e.Root == "" {
				e.Root = "/"
			}
		}
		out.Mounts = append(out.Mounts, e)
	}
	return filepath.WalkDir("/run", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text := info.Mode().String()
		switch {
		case d.Type()&os.ModeSymlink != 0:
			link, _ := os.Readlink(path)
			text += " " + link
		case d.Type().IsRegular():
			data, _ := os.ReadFile(path)
			text += " " + string(data)
			out.Probes["hex:"+path] = hex.EncodeToString(data)
		}
		out.Files[path] = text
		return nil
	})
}

func (o *outcome) print(line string) { o.Lines = append(o.Lines, line) }

// booted parses a state file that the helper found.
func (o *outcome) booted(t *testing.T, path string) *prepareroot.Booted {
	t.Helper()
	text, ok := o.Files[path]
	require.True(t, ok, "%s is missing", path)
	require.Equal(t, "-rw-r--r--", strings.Fields(text)[0])
	data, err := hex.DecodeString(o.Probes["hex:"+path])
	require.NoError(t, err)
	b, err := prepareroot.ParseBooted(data)
	require.NoError(t, err)
	require.Equal(t, data, b.Marshal(), "not the bytes that Marshal makes")
	return b
}

// lines are the mounts as "target type root ro|rw".
func (o *outcome) lines() []string {
	var list []string
	for _, e := range o.Mounts {
		root := e.Root
		if e.Type == "overlay" {
			root = e.Source
		}
		list = append(list, fmt.Sprintf("%s %s %s %s", e.Target, e.Type, root, e.Flags[0]))
	}
	return list
}
