package sandbox

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/mountapi"
)

// devices shows a few devices of the host. The mounts are read-only: that does not matter for what is read
// from and written to devices, but their modes and owners cannot be changed through them.
func (b *builder) devices() error {
	if err := os.MkdirAll("/dev/shm", 0o755); err != nil {
		return err
	}
	for _, name := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		if err := os.WriteFile("/dev/"+name, nil, 0o666); err != nil {
			return err
		}
		if err := b.mount.Bind(oldRoot+"/dev/"+name, "/dev/"+name, &mountapi.BindOptions{ReadOnly: true}); err != nil {
			return err
		}
	}
	for name, target := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
		"core": "/proc/kcore", "ptmx": "pts/ptmx",
	} {
		if err := os.Symlink(target, "/dev/"+name); err != nil {
			return err
		}
	}
	if err := os.Chmod("/dev/shm", 0o777|fs.ModeSticky); err != nil {
		return err
	}
	err := b.newMount("/dev/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
	if err != nil {
		b.note("terminals", err)
	}
	return nil
}

func (b *builder) mountSys() error {
	for _, name := range []string{"block", "bus", "class", "dev", "devices"} {
		source, target := oldRoot+"/sys/"+name, "/sys/"+name
		if !exists(source) {
			continue
		}
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		if err := b.mount.Bind(source, target, &mountapi.BindOptions{ReadOnly: true}); err != nil {
			b.note("devices of the kernel", err)
		}
	}
	return nil
}

func (b *builder) hide() error {
	for _, name := range b.Hide {
		dir := path.Join("/", name)
		if st, err := os.Stat(dir); err != nil || !st.IsDir() {
			continue
		}
		if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_RDONLY, "mode=0755"); err != nil {
			return fmt.Errorf("covering %s: %w", dir, err)
		}
	}
	return nil
}

func (b *builder) bind() error {
	for i, bind := range b.Binds {
		target := path.Join("/", bind.Target)
		if err := mountPoint(b.binds[i], target); err != nil {
			return err
		}
		o := &mountapi.BindOptions{ReadOnly: !bind.Writable, Writable: bind.Writable}
		if err := b.mount.Bind(fdPath(b.binds[i]), target, o); err != nil {
			return err
		}
		if err := restrict(target); err != nil {
			return err
		}
	}
	return nil
}

// mountPoint makes the directory or file at which fd is to be mounted.
func mountPoint(fd int, target string) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if exists(target) {
		return nil
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(path.Dir(target), 0o755); err != nil {
		return err
	}
	return os.WriteFile(target, nil, 0o644)
}

// cover mounts files over those of the tree. The files are in memory; the covered ones appear elsewhere through
// mounts that were made before.
func (b *builder) cover() error {
	const dir = "/run/rpm-ostree/covers"
	for i, c := range b.Covers {
		target := path.Join("/", c.Path)
		if st, err := os.Lstat(target); err != nil || !st.Mode().IsRegular() {
			continue
		}
		if err := b.keep(target, c.Keep); err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if c.Executable {
			mode = 0o755
		}
		file := dir + "/" + strconv.Itoa(i)
		if err := os.WriteFile(file, c.Content, mode); err != nil {
			return err
		}
		if err := b.mount.Bind(file, target, &mountapi.BindOptions{ReadOnly: true}); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) keep(file, at string) error {
	if at == "" {
		return nil
	}
	at = path.Join("/", at)
	if !strings.HasPrefix(at, "/run/") {
		return fmt.Errorf("%s is not below run", at)
	}
	if err := os.MkdirAll(path.Dir(at), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(at, nil, 0o644); err != nil {
		return err
	}
	return b.mount.Bind(file, at, nil)
}

// restrict keeps set-user-id files and devices from working.
func restrict(target string) error {
	err := unix.MountSetattr(unix.AT_FDCWD, target, 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV})
	if err == nil {
		return nil
	}
	var s unix.Statfs_t // before Linux 5.12
	if err := unix.Statfs(target, &s); err != nil {
		return err
	}
	kept := uintptr(s.Flags) & (unix.MS_RDONLY | unix.MS_NOEXEC)
	if err := unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_NOSUID|unix.MS_NODEV|kept, ""); err != nil {
		return fmt.Errorf("restricting %s: %w", target, err)
	}
	return nil
}

func openPath(name string, flags int) (int, error) {
	fd, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC|flags, 0)
	if err != nil {
		return 0, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return fd, nil
}

// openAt opens an entry of a directory, which must not be a link; errors are plain numbers.
func openAt(dir int, name string, flags int) (int, error) {
	return unix.Openat(dir, name, unix.O_PATH|unix.O_CLOEXEC|unix.O_NOFOLLOW|flags, 0)
}

func mkdirAt(dir int, name string, mode uint32) error {
	if err := unix.Mkdirat(dir, name, mode); err != nil && err != unix.EEXIST {
		return &fs.PathError{Op: "mkdir", Path: name, Err: err}
	}
	return nil
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

func fdPath(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }
