package rpmostree

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/osrelease"
	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/pgp"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"golang.org/x/sync/errgroup"
)

// repoSet are the enabled repositories of a system with their metadata.
type repoSet struct {
	client  *rpmmd.Client
	list    []*repoMeta
	current atomic.Pointer[string] // id of the repository that packages are downloaded from
}

type repoMeta struct {
	config *rpmmd.RepoConfig
	meta   *rpmmd.Metadata
	keys   *pgp.Keyring // read when they are needed
}

func (m *repoMeta) time() int64 { return m.meta.Generated().Unix() }

func (m *repoMeta) source() *goal.Repo {
	open := func(typ string) func(context.Context) (io.ReadCloser, error) {
		return func(ctx context.Context) (io.ReadCloser, error) {
			if typ != "primary" { // which is always there
				if err := m.meta.Fetch(ctx, typ); err != nil {
					return nil, err
				}
			}
			return m.meta.OpenTrusted(typ) // the files were verified when they were fetched
		}
	}
	return &goal.Repo{
		ID: m.config.ID, Priority: m.config.Priority, Cost: m.config.Cost, Primary: open("primary"), Filelists: open("filelists"),
		Exclude: m.config.ExcludePackages, Include: m.config.IncludePackages,
	}
}

// describe tells people which state of the repository was loaded, and how many packages it has, -1 if that is not known.
func (m *repoMeta) describe(solvables int) string {
	state := ""
	if m.meta.Cached {
		state = " (cached)"
	}
	text := fmt.Sprintf("rpm-md repo '%s'%s; generated: %s", m.config.ID, state, m.meta.Generated().UTC().Format(time.RFC3339))
	if solvables >= 0 {
		text += fmt.Sprintf(" solvables: %d", solvables)
	}
	return text
}

// find returns the repository of an id.
func (s *repoSet) find(id string) *repoMeta {
	for _, m := range s.list {
		if m.config.ID == id {
			return m
		}
	}
	return nil
}

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
		if vars["releasever"], err = releaseVersion(root); err != nil {
			return nil, nil, err
		}
	}
	configs, err = rpmmd.LoadRepos(fsys, &rpmmd.LoadOptions{Vars: vars, Logger: s.opts.Log})
	return configs, vars, err
}

// releaseVersion is the VERSION_ID of a tree; empty if it has none.
func releaseVersion(root *confine.Root) (string, error) {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		text, err := root.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		rel, err := osrelease.Parse(text)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		return rel["VERSION_ID"], nil
	}
	return "", nil
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
func (s *System) newClient(vars rpmmd.Vars, report ostree.Progress) (*rpmmd.Client, error) {
	dir, err := s.cacheDir()
	if err != nil {
		return nil, err
	}
	o := rpmmd.ClientOptions{
		CacheDir: filepath.Join(dir, "repomd"), ReleaseVer: vars["releasever"], BaseArch: vars["basearch"],
		UserAgent: cmp.Or(s.opts.UserAgent, "rpm-ostree"), ProxyEnv: s.opts.ProxyEnv, Progress: report, Logger: s.opts.Log,
	}
	if !s.IsBooted() {
		if s.keys == nil {
			if s.keys, err = s.configRoot(); err != nil {
				return nil, err
			}
		}
		o.KeyRoot = s.keys.FS()
	}
	return rpmmd.NewClient(o)
}

// loadRepos brings the metadata of all enabled repositories up to date.
func (s *System) loadRepos(ctx context.Context) (*repoSet, error) { return s.refresh(ctx, nil) }

// RefreshMetadata brings the metadata of the enabled repositories up to date; force does so although they
// have not expired.
func (s *System) RefreshMetadata(ctx context.Context, force bool) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.unlock()
	set, err := s.refresh(ctx, &rpmmd.RefreshOptions{Force: force})
	if err != nil {
		return err
	}
	for _, m := range set.list {
		s.message(m.describe(-1))
	}
	return nil
}

func (s *System) refresh(ctx context.Context, opts *rpmmd.RefreshOptions) (*repoSet, error) {
	configs, vars, err := s.repoConfigs()
	if err != nil {
		return nil, err
	}
	configs = slices.DeleteFunc(configs, func(c *rpmmd.RepoConfig) bool { return !c.Enabled })
	set := &repoSet{}
	if set.client, err = s.newClient(vars, set.rename(s.opts.Progress)); err != nil {
		return nil, err
	}
	if len(configs) == 0 {
		return set, nil
	}
	ids := make([]string, len(configs))
	for i, c := range configs {
		ids[i] = c.ID
	}
	s.message("Enabled rpm-md repositories: " + strings.Join(ids, " "))
	metas, err := set.client.RefreshAll(ctx, configs, opts)
	if err != nil {
		return nil, err
	}
	for _, m := range metas {
		if m == nil {
			continue // skip_if_unavailable
		}
		set.list = append(set.list, &repoMeta{config: m.Repo, meta: m})
	}
	return set, nil
}

// download fetches and imports the packages of a resolution with the given indexes.
func (s *System) download(ctx context.Context, res *resolution, missing []int, cached []*pkgcache.Cached, p policy) error {
	if len(missing) == 0 {
		return nil
	}
	repos, err := s.reposOf(ctx, res)
	if err != nil {
		return err
	}
	var total uint64
	remote := make([]rpmmd.RemotePackage, len(missing))
	from := make([]*repoMeta, len(missing))
	for i, index := range missing {
		e := &res.install[index]
		if from[i] = repos.find(e.Repo); from[i] == nil {
			return fmt.Errorf("package %s is not in the cache, and there is no repository %s", e.NEVRA, e.Repo)
		}
		total += e.Size
		remote[i] = rpmmd.RemotePackage{Meta: from[i].meta, Href: e.Href, XMLBase: e.Base, Checksum: e.Checksum, Size: int64(e.Size)}
	}
	noun := "packages"
	if len(missing) == 1 {
		noun = "package"
	}
	s.message(fmt.Sprintf("Will download: %d %s (%s)", len(missing), noun, size(total)))
	files, err := repos.fetch(ctx, remote)
	if err != nil {
		return err
	}
	if err := s.importAll(ctx, res, missing, files, from, cached, p); err != nil {
		return err
	}
	return removeDownloads(repos.client, from, files)
}

// fetch downloads packages, one repository after the other, and returns their files in the order of the list.
func (s *repoSet) fetch(ctx context.Context, remote []rpmmd.RemotePackage) ([]string, error) {
	files := make([]string, len(remote))
	for _, m := range s.list {
		var part []rpmmd.RemotePackage
		var at []int
		for i, p := range remote {
			if p.Meta == m.meta {
				part, at = append(part, p), append(at, i)
			}
		}
		if len(part) == 0 {
			continue
		}
		s.current.Store(&m.config.ID)
		got, err := s.client.Download(ctx, "", part)
		if err != nil {
			return nil, err
		}
		for i, f := range got {
			files[at[i]] = f
		}
	}
	return files, nil
}

// rename gives the events of downloads the text that rpm-ostree shows.
func (s *repoSet) rename(r ostree.Progress) ostree.Progress {
	if r == nil {
		return nil
	}
	return progress.Func(func(e progress.Event) {
		if id := s.current.Load(); e.Task == "packages" && id != nil {
			e.Text = "Downloading from '" + *id + "'"
		}
		r.Report(e)
	})
}

// removeDownloads deletes package files in the cache: they are imported now.
func removeDownloads(c *rpmmd.Client, from []*repoMeta, files []string) error {
	for i, f := range files {
		if from[i].config.KeepCache || !strings.HasPrefix(f, c.RepoDir(from[i].config)+"/") {
			continue
		}
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	return nil
}

// reposOf are the repositories that the resolver has loaded.
func (s *System) reposOf(ctx context.Context, res *resolution) (*repoSet, error) {
	if res.set == nil {
		return nil, errors.New("there are no repositories to download packages from")
	}
	return res.set, nil
}

// importAll imports packages, as many at a time as there are processors, in one transaction.
func (s *System) importAll(ctx context.Context, res *resolution, missing []int, files []string, from []*repoMeta, cached []*pkgcache.Cached, p policy) (err error) {
	task := progress.Start(s.opts.Progress, progress.Event{Task: "import", Text: "Importing packages", Items: progress.Count{Total: int64(len(missing))}})
	defer func() { task.End(err) }()
	repo := s.Repo()
	for _, m := range from {
		if m.config.GPGCheck && m.keys == nil {
			if m.keys, err = readKeys(ctx, res.set.client, m.config); err != nil {
				return err
			}
		}
	}
	txn, err := repo.Begin(ctx, nil)
	if err != nil {
		return err
	}
	defer txn.Abort()
	imported := make([]*pkgcache.Imported, len(missing))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, index := range missing {
		g.Go(func() error {
			got, err := s.importOne(gctx, txn, &res.install[index], files[i], from[i], p)
			if err == nil {
				imported[i] = got
				task.Add(0, 1)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("importing RPMs: %w", err)
	}
	for _, got := range imported {
		if err := txn.SetRef(got.Ref, got.Commit); err != nil {
			return err
		}
	}
	if _, err := txn.Commit(ctx); err != nil {
		return err
	}
	for i, index := range missing {
		if cached[index], err = pkgcache.LoadCommit(repo, imported[i].Commit); err != nil {
			return err
		}
	}
	return nil
}

func (s *System) importOne(ctx context.Context, txn *ostree.Txn, e *element, file string, from *repoMeta, p policy) (*pkgcache.Imported, error) {
	if from.config.GPGCheck {
		if err := verifyPackage(ctx, file, from); err != nil {
			return nil, err
		}
	}
	pkg, err := rpm.Open(file)
	if err != nil {
		return nil, err
	}
	defer pkg.Close()
	if got := pkg.NEVRA(); !sameNEVRA(got, e.NEVRA) {
		return nil, fmt.Errorf("%s: package is %s, the metadata of %s say %s", file, got, e.Repo, e.NEVRA)
	}
	return pkgcache.Import(ctx, txn, s.Repo(), pkg, &pkgcache.ImportOptions{
		Policy: p.labels, PolicyChecksum: p.checksum, RepoID: e.Repo, RepoTime: uint64(from.time()), Repodata: e.Checksum.String(),
		Payload: rpm.PayloadOptions{TrustPayload: true}, // the whole file had the checksum of the metadata
	})
}

func sameNEVRA(a, b rpm.NEVRA) bool {
	if a.Epoch == "0" {
		a.Epoch = ""
	}
	if b.Epoch == "0" {
		b.Epoch = ""
	}
	return a == b
}

// verifyPackage checks the signature of a package file from a repository that promises one.
func verifyPackage(ctx context.Context, file string, from *repoMeta) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	report, err := rpm.Verify(ctx, f, &rpm.VerifyOptions{Keyring: from.keys, Level: rpm.LevelSignature})
	if err != nil {
		return fmt.Errorf("%s could not be verified: %w", filepath.Base(file), err)
	}
	if !report.OK() || !report.Signed() {
		return fmt.Errorf("package %s cannot be verified and repo %s is GPG enabled: %s", filepath.Base(file), from.config.ID, report.Summary())
	}
	return nil
}

// readKeys reads the keys that a repository's packages are signed with.
func readKeys(ctx context.Context, c *rpmmd.Client, config *rpmmd.RepoConfig) (*pgp.Keyring, error) {
	keys := &pgp.Keyring{}
	for _, address := range config.GPGKey {
		data, err := c.ReadKey(ctx, config, address)
		if err != nil {
			return nil, fmt.Errorf("key of repository %s: %w", config.ID, err)
		}
		if err := keys.Add(data); err != nil {
			return nil, fmt.Errorf("key of repository %s: %s: %w", config.ID, address, err)
		}
	}
	return keys, nil
}
