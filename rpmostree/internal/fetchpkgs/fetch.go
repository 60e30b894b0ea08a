package fetchpkgs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"golang.org/x/sync/errgroup"
)

// Fetch makes sure that packages of the repositories are in the cache, and returns them in the same order.
func (s *Set) Fetch(ctx context.Context, packages []goal.Package, o *Options) ([]*pkgcache.Cached, error) {
	f := &fetcher{set: s, opts: o, packages: packages, cached: make([]*pkgcache.Cached, len(packages))}
	if err := f.look(); err != nil {
		return nil, err
	}
	if err := f.download(ctx); err != nil {
		return nil, err
	}
	if o.DownloadOnly {
		return nil, nil
	}
	if err := f.importAll(ctx); err != nil {
		return nil, err
	}
	return f.cached, Relabel(ctx, f.cached, o)
}

// Download fetches the files of packages to a directory, verifies their signatures where the repository
// promises some, and returns their paths in the same order.
func (s *Set) Download(ctx context.Context, dir string, packages []goal.Package, o *Options) ([]string, error) {
	f := &fetcher{set: s, opts: o, packages: packages}
	for i := range packages {
		f.missing = append(f.missing, i)
	}
	if err := f.downloadTo(ctx, dir); err != nil {
		return nil, err
	}
	for i := range f.missing {
		if err := f.verify(ctx, i); err != nil {
			return nil, err
		}
	}
	return f.files, nil
}

type fetcher struct {
	set      *Set
	opts     *Options
	packages []goal.Package
	cached   []*pkgcache.Cached
	missing  []int // indexes into packages
	from     []*Repo
	files    []string // both by position in missing
}

// look finds what the cache has.
func (f *fetcher) look() error {
	for i := range f.packages {
		p := &f.packages[i]
		c, err := pkgcache.Load(f.opts.Cache, pkgcache.Ref(p.NEVRA))
		if err != nil && !errors.Is(err, ostree.ErrNotFound) {
			return err
		}
		if err == nil && c.Repodata == p.Checksum.String() && c.NoDocs == f.opts.NoDocs {
			f.cached[i] = c
			continue
		}
		f.missing = append(f.missing, i)
	}
	return nil
}

func (f *fetcher) download(ctx context.Context) error { return f.downloadTo(ctx, "") }

func (f *fetcher) downloadTo(ctx context.Context, dir string) error {
	if len(f.missing) == 0 {
		return nil
	}
	var total uint64
	remote := make([]rpmmd.RemotePackage, len(f.missing))
	f.from = make([]*Repo, len(f.missing))
	for i, index := range f.missing {
		p := &f.packages[index]
		if f.from[i] = f.set.Find(p.Repo); f.from[i] == nil {
			return fmt.Errorf("package %s is not in the cache, and there is no repository %s", p.NEVRA, p.Repo)
		}
		total += p.Size
		remote[i] = rpmmd.RemotePackage{Meta: f.from[i].Meta, Href: p.Href, XMLBase: p.Base, Checksum: p.Checksum, Size: int64(p.Size)}
	}
	noun := "packages"
	if len(f.missing) == 1 {
		noun = "package"
	}
	f.opts.message("Will download: %d %s (%s)", len(f.missing), noun, strings.ReplaceAll(humansize.Format(total), "\u00a0", " "))
	f.files = make([]string, len(remote))
	for _, r := range f.set.Repos {
		if err := f.downloadFrom(ctx, r, dir, remote); err != nil {
			return err
		}
	}
	return nil
}

// downloadFrom downloads the packages of one repository.
func (f *fetcher) downloadFrom(ctx context.Context, r *Repo, dir string, remote []rpmmd.RemotePackage) error {
	var part []rpmmd.RemotePackage
	var at []int
	for i := range remote {
		if f.from[i] == r {
			part, at = append(part, remote[i]), append(at, i)
		}
	}
	if len(part) == 0 {
		return nil
	}
	files, err := f.set.Client.Download(ctx, dir, part)
	if err != nil {
		return err
	}
	for i, file := range files {
		f.files[at[i]] = file
	}
	return nil
}

// importAll imports what was downloaded, as many packages at a time as there are processors, in one transaction.
func (f *fetcher) importAll(ctx context.Context) (err error) {
	if len(f.missing) == 0 {
		return nil
	}
	task := progress.Start(f.opts.Progress, progress.Event{Task: "import", Text: "Importing packages", Items: progress.Count{Total: int64(len(f.missing))}})
	defer func() { task.End(err) }()
	txn, err := f.opts.Cache.Begin(ctx, nil)
	if err != nil {
		return err
	}
	defer txn.Abort()
	imported := make([]*pkgcache.Imported, len(f.missing))
	for i := range f.missing {
		if f.from[i].Config.GPGCheck {
			if err := f.from[i].loadKeys(ctx, f.set.Client); err != nil {
				return err
			}
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range f.missing {
		g.Go(func() (err error) {
			if imported[i], err = f.importOne(gctx, txn, i); err == nil {
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
	for i, index := range f.missing {
		if f.cached[index], err = pkgcache.LoadCommit(f.opts.Cache, imported[i].Commit); err != nil {
			return err
		}
	}
	return f.removeFiles()
}

func (f *fetcher) importOne(ctx context.Context, txn *ostree.Txn, i int) (*pkgcache.Imported, error) {
	if err := f.verify(ctx, i); err != nil {
		return nil, err
	}
	pkg, err := rpm.Open(f.files[i])
	if err != nil {
		return nil, err
	}
	defer pkg.Close()
	p := &f.packages[f.missing[i]]
	if got := pkg.NEVRA(); !sameNEVRA(got, p.NEVRA) {
		return nil, fmt.Errorf("%s: package is %s, the metadata of %s say %s", f.files[i], got, p.Repo, p.NEVRA)
	}
	return pkgcache.Import(ctx, txn, f.opts.Cache, pkg, &pkgcache.ImportOptions{
		Policy: f.opts.Labels, PolicyChecksum: f.opts.LabelsChecksum,
		RepoID: p.Repo, RepoTime: f.from[i].Time(), Repodata: p.Checksum.String(),
		NoDocs: f.opts.NoDocs, IMA: f.opts.IMA, ReadOnlyExecutables: f.opts.ReadOnlyExecutables, IgnoreDevices: f.opts.IgnoreDevices,
		Payload: rpm.PayloadOptions{TrustPayload: true}, // the whole file had the checksum of the metadata
	})
}

// verify checks the signature of a package file from a repository that promises one.
func (f *fetcher) verify(ctx context.Context, i int) error {
	from := f.from[i]
	if !from.Config.GPGCheck {
		return nil
	}
	if err := from.loadKeys(ctx, f.set.Client); err != nil {
		return err
	}
	file, err := os.Open(f.files[i])
	if err != nil {
		return err
	}
	defer file.Close()
	name := filepath.Base(f.files[i])
	report, err := rpm.Verify(ctx, file, &rpm.VerifyOptions{Keyring: from.keys, Level: rpm.LevelSignature})
	if err != nil {
		return fmt.Errorf("%s could not be verified: %w", name, err)
	}
	if !report.OK() || !report.Signed() {
		return fmt.Errorf("package %s cannot be verified and repo %s is GPG enabled: %s", name, from.Config.ID, report.Summary())
	}
	return nil
}

// removeFiles deletes package files in the cache of the client: they are imported now.
func (f *fetcher) removeFiles() error {
	for i, file := range f.files {
		if f.opts.KeepFiles || f.from[i].Config.KeepCache || !strings.HasPrefix(file, f.set.Client.RepoDir(f.from[i].Config)+"/") {
			continue
		}
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
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

// Relabel gives packages in the cache that have labels of another policy those of the right one.
func Relabel(ctx context.Context, cached []*pkgcache.Cached, o *Options) (err error) {
	var stale []*pkgcache.Cached
	for _, c := range cached {
		if c.Policy != o.LabelsChecksum {
			stale = append(stale, c)
		}
	}
	if len(stale) == 0 {
		return nil
	}
	task := progress.Start(o.Progress, progress.Event{Task: "relabel", Text: "Relabeling"})
	defer func() { task.End(err) }()
	txn, err := o.Cache.Begin(ctx, nil)
	if err != nil {
		return err
	}
	defer txn.Abort()
	for _, c := range stale {
		commit, err := pkgcache.Relabel(ctx, txn, o.Cache, c.Commit, o.Labels, o.LabelsChecksum)
		if err != nil {
			return err
		}
		if err := txn.SetRef(pkgcache.Ref(c.Headers.NEVRA()), commit); err != nil {
			return err
		}
		c.Commit, c.Policy = commit, o.LabelsChecksum
	}
	_, err = txn.Commit(ctx)
	return err
}
