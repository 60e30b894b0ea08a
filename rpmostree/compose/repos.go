package compose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/osrelease"
	"github.com/nestos-dev/nestos/rpmostree/internal/fetchpkgs"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// repositories are those that a composition takes packages from.
type repositories struct {
	set    *fetchpkgs.Set
	client *rpmmd.Client
	root   *confine.Root // of the configuration; nil for that beside the treefile
}

func (r *repositories) close() {
	if r.client != nil {
		r.client.Close()
	}
	if r.root != nil {
		r.root.Close()
	}
}

// loadRepos reads the configuration of the repositories that a treefile asks for, and their metadata.
func (c *composer) loadRepos(ctx context.Context, tf *treefile.Treefile) (*repositories, error) {
	r := &repositories{}
	if c.opts.SourceRoot != "" {
		var err error
		if r.root, err = confine.OpenRoot(c.opts.SourceRoot); err != nil {
			return nil, err
		}
	}
	err := c.refresh(ctx, tf, r)
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (c *composer) refresh(ctx context.Context, tf *treefile.Treefile, r *repositories) error {
	vars, err := c.repoVars(r.root, tf)
	if err != nil {
		return err
	}
	configs, err := c.repoConfigs(r.root, vars)
	if err != nil {
		return err
	}
	if configs, err = chooseRepos(configs, tf); err != nil {
		return err
	}
	ids := make([]string, len(configs))
	for i, config := range configs {
		ids[i] = config.ID
		if config.Proxy == "" {
			config.Proxy = c.opts.Proxy
		}
	}
	o := rpmmd.ClientOptions{
		CacheDir: filepath.Join(c.dir, "repomd"), ReleaseVer: vars["releasever"], BaseArch: vars["basearch"], Offline: c.opts.CacheOnly,
		UserAgent: "rpm-ostree", ProxyEnv: c.opts.ProxyEnv, Progress: c.opts.Progress, Logger: c.opts.Logger,
	}
	if r.root != nil {
		o.KeyRoot = r.root.FS()
	}
	if r.client, err = rpmmd.NewClient(&o); err != nil {
		return err
	}
	c.message("Enabled rpm-md repositories: %s", strings.Join(ids, " "))
	r.set, err = fetchpkgs.Refresh(ctx, r.client, configs, &rpmmd.RefreshOptions{Force: !c.opts.CacheOnly})
	return err
}

// repoConfigs reads the .repo files of a system or those beside the treefile.
func (c *composer) repoConfigs(root *confine.Root, vars rpmmd.Vars) ([]*rpmmd.RepoConfig, error) {
	if root != nil {
		return rpmmd.LoadRepos(root.FS(), &rpmmd.LoadOptions{Vars: vars, Logger: c.opts.Logger})
	}
	if c.opts.Files == nil {
		return nil, nil
	}
	dir := cmp.Or(c.tf.Dir(), ".")
	entries, err := fs.ReadDir(c.opts.Files, dir)
	if err != nil {
		return nil, err
	}
	var configs []*rpmmd.RepoConfig
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if path.Ext(name) != ".repo" || e.IsDir() {
			continue
		}
		text, err := fs.ReadFile(c.opts.Files, name)
		if err != nil {
			return nil, err
		}
		list, warnings, err := rpmmd.ParseRepoFile(text, name, vars)
		if err != nil {
			return nil, err
		}
		for _, w := range warnings {
			c.opts.Logger.Warn("repository configuration", "error", w)
		}
		for _, r := range list {
			if !slices.ContainsFunc(configs, func(o *rpmmd.RepoConfig) bool { return o.ID == r.ID }) {
				configs = append(configs, r)
			}
		}
	}
	return configs, nil
}

// chooseRepos takes the repositories that the treefile lists, enabled or not, or else those that are enabled.
func chooseRepos(configs []*rpmmd.RepoConfig, tf *treefile.Treefile) ([]*rpmmd.RepoConfig, error) {
	if len(tf.Repos)+len(tf.LockfileRepos) == 0 {
		configs = slices.DeleteFunc(configs, func(r *rpmmd.RepoConfig) bool { return !r.Enabled })
		if len(configs) == 0 {
			return nil, errors.New("No enabled repositories")
		}
		return configs, nil
	}
	var chosen []*rpmmd.RepoConfig
	for _, id := range slices.Concat(tf.Repos, tf.LockfileRepos) {
		i := slices.IndexFunc(configs, func(r *rpmmd.RepoConfig) bool { return r.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("Unknown rpm-md repository: %s", id)
		}
		if !slices.Contains(chosen, configs[i]) {
			chosen = append(chosen, configs[i])
		}
	}
	return chosen, nil
}

// repoVars are the variables in .repo files.
func (c *composer) repoVars(root *confine.Root, tf *treefile.Treefile) (rpmmd.Vars, error) {
	vars := rpmmd.Vars{}
	if root != nil {
		var err error
		if vars, err = rpmmd.LoadVars(root.FS()); err != nil {
			return nil, err
		}
		if vars["releasever"] == "" {
			if vars["releasever"], err = osrelease.VersionID(root.FS()); err != nil {
				return nil, err
			}
		}
	}
	for name, value := range tf.Repovars {
		vars[name] = value
	}
	vars["arch"], vars["basearch"] = c.opts.arch(), c.opts.arch()
	if v := tf.ReleaseVersion(); v != "" {
		vars["releasever"] = v
	}
	return vars, nil
}
