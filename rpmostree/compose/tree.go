package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// Result is what a composition made.
type Result struct {
	// Changed is false if the previous commit is what would be made, or nothing was to be made.
	Changed bool
	// Commit is the new commit; zero if there is none.
	Commit object.Checksum
	// Ref is the ref that was written; empty if none.
	Ref string
	// Previous is the commit that was compared with; zero if there is none.
	Previous object.Checksum
	// Version is that of the new commit; may be empty.
	Version string
	// InputHash identifies what was composed from.
	InputHash string
	// Packages are those of the tree, sorted.
	Packages []pkglist.Package
	// Stats count the objects of the commit.
	Stats ostree.TxnStats
}

// Tree composes a commit of a treefile: "rpm-ostree compose tree".
func Tree(ctx context.Context, tf *treefile.Treefile, o *TreeOptions) (res *Result, err error) {
	if o == nil || o.Repo == nil {
		return nil, errors.New("a repository is required")
	}
	if (o.DownloadOnly || o.DownloadOnlyRPMs) && o.CacheDir == "" {
		return nil, errors.New("--download-only can only be used with --cachedir")
	}
	if err := o.checkMain(); err != nil {
		return nil, err
	}
	c, err := newComposer(ctx, tf, &o.Options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	t := &treeRun{composer: c, o: o, res: &Result{}}
	return t.res, t.run(ctx)
}

// checkMain finds early that scripts could not run.
func (o *TreeOptions) checkMain() error {
	if o.withoutTree() {
		return nil
	}
	return sandbox.CheckMain()
}

// withoutTree tells whether nothing but packages are wanted.
func (o *TreeOptions) withoutTree() bool { return o.DryRun || o.DownloadOnly || o.DownloadOnlyRPMs }

// treeRun is one run of Tree.
type treeRun struct {
	*composer
	o        *TreeOptions
	res      *Result
	previous *object.Commit // nil if there is none
	prevTree *ostree.CommitFS
	layers   []*layer
	packages []goal.Package
	cached   []*pkgcache.Cached
	states   []repoState
	security []*advisory
	md       map[string]gvariant.Value
	detached map[string]gvariant.Value
}

func (t *treeRun) run(ctx context.Context) error {
	if err := t.findPrevious(); err != nil {
		return err
	}
	if err := t.baseMetadata(); err != nil {
		return err
	}
	proceed, err := t.choose(ctx)
	if err != nil || !proceed {
		return err
	}
	txn, err := t.repo.Begin(ctx, nil)
	if err != nil {
		return err
	}
	defer txn.Abort()
	b, err := t.assemble(ctx, txn)
	if err != nil {
		return err
	}
	return t.commit(ctx, txn, b)
}

// findPrevious finds the commit to compare with.
func (t *treeRun) findPrevious() (err error) {
	ref := t.tf.RefName()
	found := true
	switch {
	case t.o.Repo == nil:
		found = false
	case t.o.PreviousCommit != "":
		t.res.Previous, err = t.o.Repo.ResolveRev(t.o.PreviousCommit)
	case ref != "":
		t.res.Previous, found, err = t.o.Repo.ResolveRevOptional(ref)
		if err == nil && !found {
			t.message("No previous commit for %s", ref)
		} else if err == nil {
			t.message("Previous commit: %s", t.res.Previous)
		}
	default:
		found = false
	}
	if err != nil || !found {
		return err
	}
	if t.previous, err = t.o.Repo.LoadCommit(t.res.Previous); err != nil {
		return err
	}
	t.prevTree, err = t.o.Repo.CommitFS(t.res.Previous)
	return err
}

// previousString is a text that the previous commit records.
func (t *treeRun) previousString(key, given string) string {
	if given != "" || t.previous == nil {
		return given
	}
	v, ok := t.previous.Metadata.LookupType(key, "s")
	if !ok {
		return ""
	}
	return v.Str()
}

// baseMetadata collects what is known before: what the treefile and the caller want, and the version.
func (t *treeRun) baseMetadata() error {
	t.md, t.detached = map[string]gvariant.Value{}, map[string]gvariant.Value{}
	all := maps.Clone(t.tf.AddCommitMetadata)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, t.o.Metadata)
	for k, v := range all {
		value, err := variant(v)
		if err != nil {
			return fmt.Errorf("commit metadata: %s: %w", k, err)
		}
		t.md[k] = value
	}
	if v, ok := t.md[keyVersion]; ok {
		if v.Type() != "s" {
			return errors.New("commit metadata: version is no string")
		}
		t.res.Version = v.Str()
		return nil
	}
	if t.tf.AutomaticVersionPrefix == nil {
		return nil
	}
	version, warnings, err := t.tf.NextVersion(t.previousString(keyVersion, t.o.PreviousVersion), t.now)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		t.message("%s", w)
	}
	t.res.Version = version
	t.md[keyVersion] = gvariant.NewString(version)
	return nil
}

// choose resolves the packages and brings them into the cache; false means that there is nothing further to do.
func (t *treeRun) choose(ctx context.Context) (proceed bool, err error) {
	layerRepo := t.o.LayerRepo
	if layerRepo == nil {
		layerRepo = t.o.Repo
	}
	if layerRepo == nil && len(t.tf.Layers()) > 0 {
		return false, errors.New("layers need a repository")
	}
	if t.layers, err = t.resolveLayers(ctx, layerRepo); err != nil {
		return false, err
	}
	repos, err := t.loadRepos(ctx, t.tf)
	if err != nil {
		return false, err
	}
	defer repos.close()
	for _, r := range repos.set.Repos {
		t.states = append(t.states, repoState{r.Config.ID, r.Time()})
	}
	if t.packages, err = t.resolve(ctx, repos); err != nil {
		return false, err
	}
	t.announce()
	if t.o.WriteLockfileTo != "" {
		text, err := t.lockfile(t.packages, repos).JSON()
		if err != nil {
			return false, err
		}
		if err := writeFile(t.o.WriteLockfileTo, append(text, '\n')); err != nil {
			return false, err
		}
	}
	if t.res.InputHash, err = t.inputHash(t.packages, contents(t.layers)); err != nil {
		return false, err
	}
	t.message("Input state hash: %s", t.res.InputHash)
	dry := t.o.withoutTree()
	if !t.o.ForceNoCache && t.previousString(keyInputHash, t.o.PreviousInputHash) == t.res.InputHash {
		hint := "; use --force-nocache to override"
		if dry {
			hint = "."
		}
		t.message("No apparent changes since previous commit%s", hint)
		return false, nil
	}
	t.res.Changed = true
	if t.tf.AdvisoriesTarget() != treefile.MetadataDisabled && !dry {
		if t.security, err = t.advisories(ctx, repos, t.packages); err != nil {
			return false, err
		}
	}
	if !t.o.DryRun {
		// What was imported before a failure is not imported again.
		if t.cached, err = t.fetch(ctx, repos, t.packages, t.previousFS(), t.o.DownloadOnlyRPMs); err != nil {
			return false, err
		}
		if err := t.pullLayers(ctx, layerRepo, t.layers); err != nil {
			return false, err
		}
	}
	if !dry {
		return true, nil
	}
	return false, t.endDryRun()
}

func (t *treeRun) endDryRun() error {
	text := "--dry-run complete"
	if t.o.TouchIfChanged != "" {
		text += ", updating --touch-if-changed=" + t.o.TouchIfChanged
	}
	t.message("%s; exiting", text)
	return touch(t.o.TouchIfChanged, t.now)
}

func (t *treeRun) previousFS() fs.FS {
	if t.prevTree == nil {
		return nil
	}
	return t.prevTree
}

// announce lists the packages that were chosen.
func (t *treeRun) announce() {
	noun := "packages"
	if len(t.packages) == 1 {
		noun = "package"
	}
	t.message("Installing %d %s:", len(t.packages), noun)
	for _, p := range t.packages {
		n := pkglist.FromNEVRA(p.NEVRA)
		t.res.Packages = append(t.res.Packages, n)
		t.message("  %s (%s)", n, p.Repo)
	}
	pkglist.Sort(t.res.Packages)
}

// assemble makes the tree.
func (t *treeRun) assemble(ctx context.Context, txn *ostree.Txn) (*build, error) {
	b := &build{composer: t.composer, tree: rootfs.New(t.repo), version: t.res.Version, layers: t.layers}
	b.tree.Begin(txn)
	if err := b.make(ctx, t.cached, t.prevTree); err != nil {
		return nil, err
	}
	if err := b.finish(ctx); err != nil {
		return nil, err
	}
	if err := b.checkAccounts(t.previousReader()); err != nil {
		return nil, err
	}
	return b, b.label(ctx)
}

func (t *treeRun) previousReader() reader {
	if t.prevTree == nil {
		return nil
	}
	return t.prevTree
}

// make installs packages and does all up to the toplevel directories.
func (b *build) make(ctx context.Context, packages []*pkgcache.Cached, previous *ostree.CommitFS) (err error) {
	var accounts *treefile.Accounts
	if previous != nil {
		if accounts, err = accountsOf(previous, "usr/etc", "usr/lib"); err != nil {
			return err
		}
	}
	if err := b.install(ctx, packages, accounts); err != nil {
		return err
	}
	if err := b.applyTreefile(ctx); err != nil {
		return err
	}
	return b.prepareRoot(ctx)
}

// Print returns the flattened treefile as "compose tree --print-only" prints it, without a newline at the end.
func Print(tf *treefile.Treefile) ([]byte, error) { return tf.JSON() }
