package bootloader

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/internal/confine"
)

// searchPath is where programs are in a system that is not running.
var searchPath = [...]string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

func runChroot(ctx context.Context, c Command) error {
	name, err := findProgram(c.Chroot, c.Name)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, name, c.Args...)
	cmd.Dir, cmd.Env = "/", append(os.Environ(), c.Env...)
	cmd.Stdout, cmd.Stderr = c.Stdout, c.Stderr
	// The standard library makes all mounts of the new namespace private.
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.Chroot, Unshareflags: syscall.CLONE_NEWNS, Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status := exit.Sys().(syscall.WaitStatus)
		if status.Signaled() {
			return &ExitError{Code: -1, Signal: int(status.Signal())}
		}
		return &ExitError{Code: status.ExitStatus()}
	}
	return err
}

// findProgram returns the absolute path, in the root, of a program.
func findProgram(dir, name string) (string, error) {
	if strings.Contains(name, "/") {
		return path.Join("/", name), nil
	}
	root, err := confine.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	for _, dir := range searchPath {
		full := path.Join(dir, name)
		if info, err := root.Stat(full); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return full, nil
		}
	}
	return "", fs.ErrNotExist
}
