//go:build unix

package bootloader

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// zipl is the boot loader of IBM Z: zipl(8) writes the blocks of the kernel
// that the entries name into the boot record.
type zipl struct {
	host string // "/", where the kernel tells about the machine
}

func (*zipl) Name() string { return "zipl" }
func (*zipl) Atomic() bool { return true }

func (*zipl) Write(_ context.Context, req *Request) error { return writing(writeStamp(req)) }

// PostSync does nothing without privileges, as in a build of an image by an
// ordinary user.
func (z *zipl) PostSync(ctx context.Context, req *Request) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return withStamp(req, func() error {
		if on, err := z.flag("sys/firmware/uv/prot_virt_guest"); err != nil {
			return err
		} else if on {
			return fmt.Errorf("zipl: s390x Secure Execution: %w", ErrNotSupported)
		}
		secure, err := z.secureBoot()
		if err != nil {
			return err
		}
		return req.run(ctx, ziplCommand(req, secure))
	})
}

func ziplCommand(req *Request, secure string) Command {
	c := Command{Name: "zipl", Args: []string{"--secure", secure, "-V"}}
	if req.Booted || len(req.Entries) == 0 {
		return c
	}
	return inDeployment(c, req)
}

// inDeployment makes a command run with the deployment of the first entry as its
// system, the physical root's /boot and the machine's devices.
func inDeployment(c Command, req *Request) Command {
	args := []string{
		"--dev-bind", "/dev", "/dev", "--proc", "/proc", "--ro-bind", "/sys", "/sys",
		"--dir", "/run", "--dir", "/tmp", "--chdir", "/", "--die-with-parent",
		"--unshare-pid", "--unshare-uts", "--unshare-ipc", "--unshare-cgroup-try",
	}
	for _, dir := range []string{"usr", "etc"} {
		args = append(args, "--bind", dir, "/"+dir)
	}
	for _, dir := range []string{"lib", "lib32", "lib64", "bin", "sbin"} {
		args = append(args, "--symlink", "/usr/"+dir, "/"+dir)
	}
	args = append(args, "--bind", path.Join(req.Path, "boot"), "/boot", c.Name)
	return Command{
		Name: "bwrap", Args: append(args, c.Args...),
		Dir: path.Join(req.Path, req.Entries[0].Deployment),
	}
}

// flag reads a boolean of sysfs; a kernel without it says no.
func (z *zipl) flag(name string) (bool, error) {
	data, err := os.ReadFile(filepath.Join(z.host, name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return bytes.Contains(data, []byte("1")), err
}

// secureBoot returns the argument of --secure. The machine may verify what
// it boots without the kernel having a flag for it: then one of its first
// messages tells.
func (z *zipl) secureBoot() (string, error) {
	const name = "sys/firmware/ipl/secure"
	on, err := z.flag(name)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(z.host, name)); errors.Is(err, fs.ErrNotExist) {
		on = z.earlyMessage("Secure-IPL enabled")
	}
	if on {
		return "1", nil
	}
	return "auto", nil
}

// earlyMessage looks for a text in the first messages of the kernel. If they
// cannot be read the answer is no, and zipl finds out by itself.
func (z *zipl) earlyMessage(text string) bool {
	f, err := os.OpenFile(filepath.Join(z.host, "dev/kmsg"), os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	buf := make([]byte, 8192) // one record per read
	for range 5 {
		n, err := unix.Read(int(f.Fd()), buf)
		if err != nil || n == 0 {
			return false
		}
		if bytes.Contains(buf[:n], []byte(text)) {
			return true
		}
	}
	return false
}
