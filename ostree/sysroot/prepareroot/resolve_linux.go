package prepareroot

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

// pathFlags open a file for nothing but its place.
const pathFlags = unix.O_PATH | unix.O_DIRECTORY

// within returns the path, free of symbolic links, of a directory below root, which
// no link in the tree can leave. Mounts are made at such paths only: nothing else
// runs that could change the tree meanwhile.
func within(root, name string) (string, error) {
	r, err := confine.OpenRoot(root)
	if err != nil {
		return "", err
	}
	defer r.Close()
	return canonical(r, name)
}

func canonical(r *confine.Root, name string) (string, error) {
	f, err := r.OpenFile(name, pathFlags, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
}

// deployment is the directory of a deployment.
type deployment struct {
	path   string // absolute
	rel    string // below the physical root, with a slash before
	device uint64
	inode  uint64
}

// resolveTarget follows a target of the kernel command line below the physical
// root, which the deployment cannot be outside of.
func resolveTarget(sysroot, target string) (*deployment, error) {
	shown := sysroot + "/" + target
	r, err := confine.OpenRoot(sysroot)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	info, err := r.Lstat(target)
	if err != nil {
		return nil, errno.Wrap(fmt.Sprintf("Couldn't find specified OSTree root '%s'", shown), err)
	}
	if info.Mode()&os.ModeSymlink == 0 {
		return nil, fmt.Errorf("OSTree target is not a symbolic link: %s", shown)
	}
	d, err := openDeployment(r, sysroot, target)
	if err != nil {
		return nil, errno.Wrap(fmt.Sprintf("realpath(%s) failed", shown), err)
	}
	return d, nil
}

// openDeployment describes the directory that name leads to.
func openDeployment(r *confine.Root, sysroot, name string) (*deployment, error) {
	f, err := r.OpenFile(name, pathFlags, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var s unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &s); err != nil {
		return nil, err
	}
	path, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
	if err != nil {
		return nil, err
	}
	rel, ok := strings.CutPrefix(path, strings.TrimSuffix(sysroot, "/"))
	if !ok || rel != "" && rel[0] != '/' {
		return nil, fmt.Errorf("%s is not below %s", path, sysroot)
	}
	// Two levels above it is the stateroot, so it is never the physical root.
	if strings.Count(rel, "/") < 3 {
		return nil, fmt.Errorf("%s is not the directory of a deployment", path)
	}
	return &deployment{path: path, rel: rel, device: s.Dev, inode: s.Ino}, nil
}

// name is the last component, CHECKSUM.SERIAL.
func (d *deployment) name() string { return filepath.Base(d.rel) }

// stateVar is the stateroot's var, below the physical root.
func (d *deployment) stateVar() string { return filepath.Join(d.rel, "../../var") }

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

func isDir(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
