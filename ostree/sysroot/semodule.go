//go:build linux

package sysroot

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/run"
)

// refreshPolicy rebuilds the SELinux policy in a deployment's /etc, which the merge may have made of modules
// of the administrator and of the new tree, by the deployment's own semodule in a sandbox. Old ones
// that cannot just refresh are left alone.
func (s *Sysroot) refreshPolicy(ctx context.Context, d *Deployment) error {
	if _, err := s.root.Stat(filepath.Join(d.Dir(), "etc/selinux/config")); isMissing(err) {
		return nil
	}
	if _, err := s.root.Stat(filepath.Join(d.Dir(), "usr/sbin/semodule")); isMissing(err) {
		return nil
	}
	help, err := s.inDeployment(ctx, d, "semodule", "--help")
	if err != nil {
		return fmt.Errorf("running semodule --help in deployment %s: %w", d.Name(), err)
	}
	if !strings.Contains(string(help), "--refresh") {
		return nil
	}
	if _, err := s.inDeployment(ctx, d, "semodule", "-N", "--refresh"); err != nil {
		return fmt.Errorf("refreshing the SELinux policy of deployment %s: %w", d.Name(), err)
	}
	return nil
}

// inDeployment runs a program of a deployment with the deployment as its root: /usr read-only, /etc to be
// written.
func (s *Sysroot) inDeployment(ctx context.Context, d *Deployment, args ...string) ([]byte, error) {
	var dirs [3]string
	for i, name := range []string{path.Join(d.Dir(), "usr"), path.Join(d.Dir(), "etc"), varDir(d.Stateroot)} {
		var err error
		if dirs[i], err = s.realPath(name); err != nil {
			return nil, err
		}
	}
	argv := []string{
		"--die-with-parent", "--unshare-pid", "--unshare-uts", "--unshare-ipc", "--unshare-cgroup-try",
		"--dev", "/dev", "--proc", "/proc", "--dir", "/run", "--dir", "/tmp", "--chdir", "/",
		"--ro-bind", dirs[0], "/usr",
		"--bind", dirs[1], "/etc",
		"--bind", dirs[2], "/var",
		"--symlink", "usr/lib", "/lib", "--symlink", "usr/lib32", "/lib32", "--symlink", "usr/lib64", "/lib64",
		"--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin", "/sbin",
		"--setenv", "PATH", "/usr/bin:/usr/sbin", "--",
	}
	return run.Output(ctx, s.runner(), "bwrap", append(argv, args...)...)
}

// realPath returns the path of a directory without links. In the sandbox links would be followed as the machine
// sees them, out of the sysroot.
func (s *Sysroot) realPath(name string) (string, error) {
	dir, err := s.openDir(name)
	if err != nil {
		return "", err
	}
	defer dir.Close()
	real, err := os.Readlink(fdPath(dir))
	if err != nil {
		return "", errno.New("readlinkat", fdPath(dir), err)
	}
	return real, nil
}

// runner runs the programs that this package needs.
func (s *Sysroot) runner() run.Runner { return &run.Exec{} }
