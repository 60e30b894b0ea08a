//go:build linux

package sysroot

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/run"
)

// refreshPolicy rebuilds the SELinux policy in a deployment's /etc, which the merge may have made of modules
// of the administrator and of the new tree, by the deployment's own semodule in a sandbox. Old ones
// that cannot just refresh are left alone.
func (s *Sysroot) refreshPolicy(ctx context.Context, d *Deployment) error {
	dir := s.DeploymentPath(d)
	if _, err := s.root.Stat(filepath.Join(d.Dir(), "etc/selinux/config")); isMissing(err) {
		return nil
	}
	if _, err := s.root.Stat(filepath.Join(d.Dir(), "usr/sbin/semodule")); isMissing(err) {
		return nil
	}
	help, err := s.inDeployment(ctx, dir, "semodule", "--help")
	if err != nil {
		return fmt.Errorf("running semodule --help in deployment %s: %w", d.Name(), err)
	}
	if !strings.Contains(string(help), "--refresh") {
		return nil
	}
	if _, err := s.inDeployment(ctx, dir, "semodule", "-N", "--refresh"); err != nil {
		return fmt.Errorf("refreshing the SELinux policy of deployment %s: %w", d.Name(), err)
	}
	return nil
}

// inDeployment runs a program of a deployment with the deployment as its root: /usr read-only, /etc to be
// written.
func (s *Sysroot) inDeployment(ctx context.Context, dir string, args ...string) ([]byte, error) {
	argv := []string{
		"--die-with-parent", "--unshare-pid", "--unshare-uts", "--unshare-ipc", "--unshare-cgroup-try",
		"--dev", "/dev", "--proc", "/proc", "--dir", "/run", "--dir", "/tmp", "--chdir", "/",
		"--ro-bind", filepath.Join(dir, "usr"), "/usr",
		"--bind", filepath.Join(dir, "etc"), "/etc",
		"--bind", filepath.Join(dir, "../../var"), "/var",
		"--symlink", "usr/lib", "/lib", "--symlink", "usr/lib32", "/lib32", "--symlink", "usr/lib64", "/lib64",
		"--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin", "/sbin",
		"--setenv", "PATH", "/usr/bin:/usr/sbin", "--",
	}
	return run.Output(ctx, s.runner(), "bwrap", append(argv, args...)...)
}

// runner runs the programs that this package needs.
func (s *Sysroot) runner() run.Runner { return &run.Exec{} }
