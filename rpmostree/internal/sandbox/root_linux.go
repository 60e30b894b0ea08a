package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/mountapi"
)

// layersDir is what is made below Config.Upper. Nobody but the owner may enter it: programs can leave
// set-user-id files there.
const layersDir = "layers"

// oldRoot is where the host's root is while the new one is built.
const oldRoot = "/.host"

// builder makes the root file system.
type builder struct {
	*setup
	child  *child
	mount  mountapi.Mounter
	tree   int // Root
	layers int // Upper/layersDir
	binds  []int
}

// setup builds the root, enters it, and gives up what programs must not have.
func (c *child) setup(set *setup) error {
	unix.Umask(0)
	b := &builder{setup: set, child: c}
	defer b.close()
	if err := mountapi.Propagate("/", unix.MS_REC|unix.MS_PRIVATE); err != nil {
		return err
	}
	steps := []func() error{
		b.openSources, b.enter, b.mountProc, b.mountTrees, b.links, b.mountMemory, b.mountVar, b.devices, b.mountSys,
		b.hide, b.bind, b.cover, b.leaveHost, b.loopback,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	if err := limitProcesses(set.Processes, set.UserNS); err != nil {
		b.note("limiting processes", err)
	}
	if err := b.protectProc(); err != nil {
		return err
	}
	unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	var err error
	if c.root, err = confine.OpenRoot("/"); err != nil {
		return err
	}
	unix.Umask(0o022)
	if err := dropPrivileges(set.Capabilities); err != nil {
		return err
	}
	if set.UserNS {
		if err := recordOwners(); err != nil {
			b.note("recording owners", err)
		}
	}
	return nil
}

func (b *builder) note(what string, err error) {
	b.child.notes = append(b.child.notes, what+": "+err.Error())
}

func (b *builder) close() {
	for _, fd := range append([]int{b.tree, b.layers}, b.binds...) {
		if fd > 0 {
			unix.Close(fd)
		}
	}
}

// openSources opens what is mounted later. Then the names of the host do not matter any more, and neither do
// characters in them that mean something in mount options.
func (b *builder) openSources() error {
	var err error
	if b.tree, err = openPath(b.Root, unix.O_DIRECTORY); err != nil {
		return err
	}
	upper, err := openPath(b.Upper, unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(upper)
	if err := mkdirAt(upper, layersDir, 0o700); err != nil {
		return err
	}
	if b.layers, err = openAt(upper, layersDir, unix.O_DIRECTORY); err != nil {
		return err
	}
	for _, dir := range []string{"root", "empty", "state"} {
		if err := mkdirAt(b.layers, dir, 0o755); err != nil {
			return err
		}
	}
	for _, bind := range b.Binds {
		fd, err := openPath(bind.Source, 0)
		if err != nil {
			return err
		}
		b.binds = append(b.binds, fd)
	}
	return nil
}

// enter makes an empty file system the root. The host's is below oldRoot until leaveHost.
func (b *builder) enter() error {
	const flags = unix.MS_NOSUID | unix.MS_NODEV
	root := b.Upper + "/" + layersDir + "/root"
	if err := unix.Mount("tmpfs", root, "tmpfs", flags, "mode=0755"); err != nil {
		return fmt.Errorf("mounting the root: %w", err)
	}
	if err := unix.Chdir(root); err != nil {
		return err
	}
	if err := unix.Mkdir(oldRoot[1:], 0o700); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", oldRoot[1:]); err != nil {
		return os.NewSyscallError("pivot_root", err)
	}
	return unix.Chdir("/")
}

func (b *builder) leaveHost() error {
	if err := mountapi.Detach(oldRoot); err != nil {
		return err
	}
	return unix.Rmdir(oldRoot)
}

// newDir makes a directory in the root and mounts a file system of the kernel there.
func (b *builder) newMount(dir, fstype string, flags uintptr, data string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(fstype, dir, fstype, flags, data); err != nil {
		return fmt.Errorf("mounting %s: %w", dir, err)
	}
	return nil
}

func (b *builder) mountProc() error {
	return b.newMount("/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
}

// protectProc keeps programs, which have the host's uid 0, from the settings of the kernel. It comes after our
// own writing to them.
func (b *builder) protectProc() error {
	for _, name := range []string{"sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi", "tty", "mtrr"} {
		file := "/proc/" + name
		if err := b.mount.Bind(file, file, &mountapi.BindOptions{ReadOnly: true}); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, name := range []string{"kcore", "keys", "key-users", "kmsg", "latency_stats", "timer_list", "sched_debug", "kpagecount", "kpageflags", "kpagecgroup"} {
		file := "/proc/" + name
		if err := b.mount.Bind("/dev/null", file, &mountapi.BindOptions{ReadOnly: true}); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (b *builder) mountTrees() error {
	for _, name := range []string{"usr", "etc"} {
		if err := b.mountTree(name); err != nil {
			return err
		}
	}
	if b.ReadOnlyUsr {
		return b.mount.SetReadOnly("/usr", true)
	}
	return nil
}

// mountTree makes usr or etc of the tree writable.
func (b *builder) mountTree(name string) error {
	lower, err := openAt(b.tree, name, unix.O_DIRECTORY)
	if err == unix.ENOENT && name != "usr" {
		lower, err = openAt(b.layers, "empty", unix.O_DIRECTORY)
	}
	if err != nil {
		return &fs.PathError{Op: "open", Path: path.Join(b.Root, name), Err: err}
	}
	defer unix.Close(lower)
	if !b.ReadWrite {
		return b.overlay(name, lower, "/"+name)
	}
	if err := os.Mkdir("/"+name, 0o755); err != nil {
		return err
	}
	if err := b.mount.Bind(fdPath(lower), "/"+name, &mountapi.BindOptions{Writable: true}); err != nil {
		return err
	}
	return restrict("/" + name)
}

// overlay mounts the directory lower at target, with the layer called name above it.
func (b *builder) overlay(name string, lower int, target string) error {
	if err := mkdirAt(b.layers, name+".work", 0o755); err != nil {
		return err
	}
	upper, err := b.upperDir(name, lower)
	if err != nil {
		return err
	}
	defer unix.Close(upper)
	work, err := openAt(b.layers, name+".work", unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(work)
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	o := &mountapi.Overlay{Lower: []string{fdPath(lower)}, Upper: fdPath(upper), Work: fdPath(work)}
	// Files that are one in the tree, because they have the same content, must not change together; directories
	// are not to be renamed by reference, nor files to be copied in part: the layers are read by us.
	o.Options = []string{"index=off", "redirect_dir=nofollow", "metacopy=off"}
	if b.UserNS {
		o.Options = []string{"userxattr", "index=off"} // the others are its defaults and cannot be given
	}
	if err := b.mount.Overlay(o, target); err != nil {
		return fmt.Errorf("%w: %w", ErrNoOverlay, err)
	}
	return restrict(target)
}

// upperDir makes the writable layer, whose root has the attributes of the directory that it covers.
func (b *builder) upperDir(name string, lower int) (int, error) {
	err := unix.Mkdirat(b.layers, name, 0o755)
	if err != nil && err != unix.EEXIST {
		return 0, &fs.PathError{Op: "mkdir", Path: name, Err: err}
	}
	upper, oerr := openAt(b.layers, name, unix.O_DIRECTORY)
	if oerr != nil {
		return 0, oerr
	}
	if err == nil {
		if err := copyAttrs(lower, upper); err != nil {
			unix.Close(upper)
			return 0, err
		}
	}
	return upper, nil
}

// copyAttrs gives the directory to the attributes of from.
func copyAttrs(from, to int) error {
	var st unix.Stat_t
	if err := unix.Fstat(from, &st); err != nil {
		return err
	}
	src, dst := fdPath(from), fdPath(to)
	if err := unix.Chown(dst, int(st.Uid), int(st.Gid)); err != nil && err != unix.EINVAL {
		return &fs.PathError{Op: "chown", Path: "layer", Err: err}
	}
	xattrs, err := readXattrs(src)
	if err != nil {
		return err
	}
	for _, x := range xattrs {
		if err := unix.Setxattr(dst, x.Name, x.Value, 0); err != nil && err != unix.EPERM && err != unix.EOPNOTSUPP {
			return &fs.PathError{Op: "setxattr", Path: x.Name, Err: err}
		}
	}
	return unix.Chmod(dst, st.Mode&0o7777)
}

// links makes the links of the tree's root that lead into usr.
func (b *builder) links() error {
	for _, name := range []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"} {
		target := make([]byte, unix.PathMax)
		n, err := unix.Readlinkat(b.tree, name, target)
		switch {
		case err == nil:
			if err := os.Symlink(string(target[:n]), "/"+name); err != nil {
				return err
			}
		case err == unix.EINVAL:
			if err := b.plainDir(name); err != nil {
				return err
			}
		case exists("/usr/" + name):
			if err := os.Symlink("usr/"+name, "/"+name); err != nil {
				return err
			}
		}
	}
	if st, err := os.Lstat("/usr/lib/opt"); err == nil && st.IsDir() {
		return os.Symlink("usr/lib/opt", "/opt")
	}
	return nil
}

// plainDir shows a directory of a tree that has not been merged into usr, read-only.
func (b *builder) plainDir(name string) error {
	fd, err := openAt(b.tree, name, unix.O_DIRECTORY)
	if err != nil {
		return nil // a file: nothing that programs need
	}
	defer unix.Close(fd)
	if err := os.Mkdir("/"+name, 0o755); err != nil {
		return err
	}
	if err := b.mount.Bind(fdPath(fd), "/"+name, &mountapi.BindOptions{ReadOnly: true}); err != nil {
		return err
	}
	return restrict("/" + name)
}

func (b *builder) mountMemory() error {
	const flags = unix.MS_NOSUID | unix.MS_NODEV
	if err := b.newMount("/tmp", "tmpfs", flags, "mode=1777"); err != nil {
		return err
	}
	if err := b.newMount("/run", "tmpfs", flags, "mode=0755"); err != nil {
		return err
	}
	return os.WriteFile("/run/ostree-booted", nil, 0o644)
}

// mountVar shows var of the tree. To have the two directories to mount on, whatever the tree has there, it is an
// overlay too; only then it becomes read-only.
func (b *builder) mountVar() error {
	lower, err := openAt(b.tree, "var", unix.O_DIRECTORY)
	if err == unix.ENOENT {
		lower, err = openAt(b.layers, "empty", unix.O_DIRECTORY)
	}
	if err != nil {
		return &fs.PathError{Op: "open", Path: path.Join(b.Root, "var"), Err: err}
	}
	defer unix.Close(lower)
	if b.ReadWrite {
		if err := os.Mkdir("/var", 0o755); err != nil {
			return err
		}
		if err := b.mount.Bind(fdPath(lower), "/var", &mountapi.BindOptions{Writable: true}); err != nil {
			return err
		}
		if err := restrict("/var"); err != nil {
			return err
		}
	} else if err := b.overlay("var", lower, "/var"); err != nil {
		return err
	}
	if err := b.newMount("/var/tmp", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777"); err != nil {
		return err
	}
	state, err := openAt(b.layers, "state", unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(state)
	if err := os.MkdirAll("/var/lib/rpm-state", 0o755); err != nil {
		return err
	}
	if err := b.mount.Bind(fdPath(state), "/var/lib/rpm-state", &mountapi.BindOptions{Writable: true}); err != nil {
		return err
	}
	if err := restrict("/var/lib/rpm-state"); err != nil {
		return err
	}
	return b.mount.SetReadOnly("/var", true)
}

// loopback switches the loopback device on, the only one that there is.
func (b *builder) loopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		defer unix.Close(fd)
		var r *unix.Ifreq
		if r, err = unix.NewIfreq("lo"); err == nil {
			r.SetUint16(unix.IFF_UP)
			err = unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
		}
	}
	if err != nil {
		b.note("loopback device", err)
	}
	return nil
}
