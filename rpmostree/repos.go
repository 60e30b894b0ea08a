package rpmostree

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/osrelease"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/internal/fetchpkgs"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

func (s *System) machine() string {
	if s.opts.Machine != "" {
		return s.opts.Machine
	}
	return machines[runtime.GOARCH]
}

// machines are the names of processors as uname -m prints them.
var machines = map[string]string{"amd64": "x86_64", "arm64": "aarch64", "riscv64": "riscv64", "loong64": "loongarch64", "ppc64le": "ppc64le", "s390x": "s390x"}

// openDeployment opens the root of a deployment.
func openDeployment(s *System, d *sysroot.Deployment) (*confine.Root, error) {
	return confine.OpenRoot(s.root.DeploymentPath(d))
}

// RepoConfigs reads the configuration of the rpm-md repositories: that of the running system, or of the
// deployment whose /etc a new one inherits.
func (s *System) RepoConfigs(ctx context.Context) ([]*rpmmd.RepoConfig, error) {
	configs, _, err := s.repoConfigs()
	return configs, err
}

func (s *System) repoConfigs() (configs []*rpmmd.RepoConfig, vars rpmmd.Vars, err error) {
	root, err := s.configRoot()
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	fsys := root.FS()
	if vars, err = rpmmd.LoadVars(fsys); err != nil {
		return nil, nil, err
	}
	vars["arch"], vars["basearch"] = s.machine(), s.machine()
	if _, ok := vars["releasever"]; !ok {
		if vars["releasever"], err = osrelease.VersionID(root.FS()); err != nil {
			return nil, nil, err
		}
	}
	configs, err = rpmmd.LoadRepos(fsys, &rpmmd.LoadOptions{Vars: vars, Logger: s.opts.Logger})
	return configs, vars, err
}

// configRoot is the tree with the configuration.
func (s *System) configRoot() (*confine.Root, error) {
	if s.IsBooted() {
		return confine.OpenRoot("/")
	}
	stateroot, err := s.Stateroot()
	if err != nil {
		return nil, err
	}
	merge := s.root.MergeDeployment(stateroot)
	if merge == nil {
		return nil, fmt.Errorf("No previous deployment for OS '%s'", stateroot)
	}
	return openDeployment(s, merge)
}

// newClient makes the client for metadata and packages.
func (s *System) newClient(vars rpmmd.Vars) (*rpmmd.Client, error) {
	dir, err := s.cacheDir()
	if err != nil {
		return nil, err
	}
	o := rpmmd.ClientOptions{
		CacheDir: filepath.Join(dir, "repomd"), ReleaseVer: vars["releasever"], BaseArch: vars["basearch"],
		UserAgent: cmp.Or(s.opts.UserAgent, "rpm-ostree"), ProxyEnv: s.opts.ProxyEnv, Progress: s.opts.Progress, Logger: s.opts.Logger,
	}
	if !s.IsBooted() {
		if s.keys == nil {
			if s.keys, err = s.configRoot(); err != nil {
				return nil, err
			}
		}
		o.KeyRoot = s.keys.FS()
	}
	return rpmmd.NewClient(&o)
}

// RefreshMetadata brings the metadata of the enabled repositories up to date; force does so although they
// have not expired.
func (s *System) RefreshMetadata(ctx context.Context, force bool) (err error) {
	ctx, done, err := s.change(ctx, "refresh-md")
	if err != nil {
		return err
	}
	defer done(&err)
	set, err := s.refresh(ctx, &rpmmd.RefreshOptions{Force: force})
	if err != nil {
		return err
	}
	for _, r := range set.Repos {
		s.message(r.Describe(-1))
	}
	return nil
}

// refresh brings the metadata of all enabled repositories up to date.
func (s *System) refresh(ctx context.Context, opts *rpmmd.RefreshOptions) (*fetchpkgs.Set, error) {
	configs, vars, err := s.repoConfigs()
	if err != nil {
		return nil, err
	}
	configs = slices.DeleteFunc(configs, func(c *rpmmd.RepoConfig) bool { return !c.Enabled })
	client, err := s.newClient(vars)
	if err != nil {
		return nil, err
	}
	if len(configs) > 0 {
		ids := make([]string, len(configs))
		for i, c := range configs {
			ids[i] = c.ID
		}
		s.message("Enabled rpm-md repositories: " + strings.Join(ids, " "))
	}
	return fetchpkgs.Refresh(ctx, client, configs, opts)
}
