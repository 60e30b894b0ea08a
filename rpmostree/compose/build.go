package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/internal/selinux"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/internal/assemble"
	"github.com/nestos-dev/nestos/rpmostree/internal/fetchpkgs"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// build is a tree in the making.
type build struct {
	*composer
	tree    *rootfs.Tree
	db      *assemble.Database
	version string   // of the new commit; may be empty
	layers  []*layer // of the treefile
}

// layer is a commit that is put over the packages.
type layer struct {
	ref      string
	commit   object.Checksum
	content  string // checksum of its tree
	override bool
}

// policyOf is the SELinux policy of a tree, nil if it has none, and its checksum.
func policyOf(tree fs.FS, epoch int) (*ostree.SELinuxPolicy, string, error) {
	p, err := selinux.Load(tree)
	if errors.Is(err, selinux.ErrNoPolicy) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	return &ostree.SELinuxPolicy{Policy: p, Epoch: epoch}, p.Checksum(), nil
}

func (c *composer) labelEpoch() int {
	if c.tf != nil && c.tf.LabelEtcAsEtc() {
		return 1
	}
	return 0
}

// fetch brings packages into the cache. Their files get the labels of the previous commit's policy: if the new one is
// the same, as most of the time, nothing has to be labelled afterwards.
func (c *composer) fetch(ctx context.Context, repos *repositories, packages []goal.Package, previous fs.FS, filesOnly bool) ([]*pkgcache.Cached, error) {
	o := &fetchpkgs.Options{
		Cache: c.repo, NoDocs: !c.tf.WantDocumentation(), ReadOnlyExecutables: c.tf.WantReadonlyExecutables(), IgnoreDevices: c.tf.DropDevices(),
		DownloadOnly: filesOnly, Progress: c.opts.Progress, Message: c.opts.Message, Logger: c.opts.Logger,
	}
	if previous != nil && c.useSELinux() {
		var err error
		if o.Labels, o.LabelsChecksum, err = policyOf(previous, c.labelEpoch()); err != nil {
			return nil, err
		}
	}
	return repos.set.Fetch(ctx, packages, o)
}

// install unpacks packages into a new tree and runs their scripts.
func (b *build) install(ctx context.Context, packages []*pkgcache.Cached, previous *treefile.Accounts) error {
	initial, err := b.tf.InitialAccounts(previous)
	if err != nil {
		return err
	}
	b.db = &assemble.Database{Dir: assemble.DatabaseDir, Set: newSet(), Backend: databaseBackend}
	removals, err := b.removals(packages)
	if err != nil {
		return err
	}
	x := &assemble.Transaction{
		Tree: b.tree, Database: b.db, Time: b.installTime(packages), Multilib: b.opts.arch() == "x86_64",
		Scripts: b.scriptOptions(), Exclude: b.excluded(removals),
		Progress: b.opts.Progress, Logger: b.opts.Logger,
	}
	x.Unpacked = func(ctx context.Context) error {
		if err := b.removeDirs(removals); err != nil {
			return err
		}
		if err := b.overlay(); err != nil {
			return err
		}
		return b.addAccounts(ctx, initial)
	}
	for _, p := range packages {
		x.Install = append(x.Install, &assemble.Package{Commit: p.Commit, Headers: p.Headers, Header: p.Headers.Header, NoDocs: p.NoDocs})
	}
	return x.Run(ctx)
}

// installTime is the time that the package database gives for the installation. One that shall be normalized, while
// no time is given, has that of the newest package.
func (b *build) installTime(packages []*pkgcache.Cached) time.Time {
	if !b.tf.NormalizeRPMDB() || !b.opts.Epoch.IsZero() {
		return b.now
	}
	newest := uint64(0)
	for _, p := range packages {
		if t, ok := p.Headers.Header.Uint64(rpm.TagBuildTime); ok {
			newest = max(newest, t)
		}
	}
	return time.Unix(int64(newest), 0)
}

// overlay puts the layers over the packages.
func (b *build) overlay() error {
	for _, l := range b.layers {
		opts := rootfs.OverlayOptions{}
		if l.override {
			opts.Collision = rootfs.Replace
		}
		if err := b.tree.OverlayCommit(l.commit, opts); err != nil {
			return fmt.Errorf("Checking out layer %s: %w", l.ref, err)
		}
	}
	return nil
}

// removal are the files of a package that remove-from-packages takes out.
type removal struct {
	header   *rpm.Header
	patterns []*regexp.Regexp
}

func (r *removal) matches(name string) bool {
	return slices.ContainsFunc(r.patterns, func(x *regexp.Regexp) bool { return x.MatchString(name) })
}

func (b *build) removals(packages []*pkgcache.Cached) ([]*removal, error) {
	var list []*removal
	for _, p := range packages {
		patterns, err := b.tf.RemovePatterns(p.Headers.NEVRA().Name)
		if err != nil {
			return nil, err
		}
		if len(patterns) > 0 {
			list = append(list, &removal{p.Headers.Header, patterns})
		}
	}
	for _, r := range b.tf.RemoveFromPackages {
		if !slices.ContainsFunc(packages, func(p *pkgcache.Cached) bool { return p.Headers.NEVRA().Name == r.Package }) {
			return nil, fmt.Errorf("Unable to find package '%s' specified in remove-from-packages", r.Package)
		}
	}
	return list, nil
}

// excluded tells which files are not installed: those that the treefile removes from their packages, and those
// for languages that it does not list.
func (b *build) excluded(removals []*removal) func(*rpm.Header, *rpm.File) bool {
	langs := b.tf.InstallLangs
	if len(removals) == 0 && len(langs) == 0 {
		return nil
	}
	byHeader := map[*rpm.Header]*removal{}
	for _, r := range removals {
		byHeader[r.header] = r
	}
	return func(h *rpm.Header, f *rpm.File) bool {
		if r := byHeader[h]; r != nil && r.matches(f.Path) {
			return true
		}
		return len(langs) > 0 && f.Langs != "" && !wantedLanguage(langs, f.Langs)
	}
}

// wantedLanguage compares as rpm does: the languages of a file are separated by bars; one that is wanted also
// stands for its territories and variants.
func wantedLanguage(wanted []string, of string) bool {
	for lang := range strings.SplitSeq(of, "|") {
		for _, w := range wanted {
			rest, ok := strings.CutPrefix(lang, w)
			if w == "all" || ok && (rest == "" || strings.ContainsAny(rest[:1], "@._")) {
				return true
			}
		}
	}
	return false
}

// removeDirs removes directories of packages whose removal was asked for and that are empty now.
func (b *build) removeDirs(removals []*removal) error {
	for _, r := range removals {
		files, err := r.header.Files()
		if err != nil {
			return err
		}
		slices.SortFunc(files, func(x, y rpm.File) int { return strings.Compare(y.Path, x.Path) })
		for _, f := range files {
			if !f.IsDir() || !r.matches(f.Path) {
				continue
			}
			name, where, err := pkgcache.Translate(r.header.String(rpm.TagName), f.Path)
			if err != nil || where != pkgcache.Kept {
				continue
			}
			err = b.tree.Remove(name)
			if err != nil && !errors.Is(err, syscall.ENOTEMPTY) && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// resolveLayers finds the commits of the treefile's layers.
func (c *composer) resolveLayers(ctx context.Context, from *ostree.Repo) ([]*layer, error) {
	var list []*layer
	for i, ref := range c.tf.Layers() {
		sum, err := from.ResolveRev(ref)
		if err != nil {
			return nil, fmt.Errorf("layer %s: %w", ref, err)
		}
		commit, err := from.LoadCommit(sum)
		if err != nil {
			return nil, fmt.Errorf("layer %s: %w", ref, err)
		}
		list = append(list, &layer{ref, sum, commit.ContentChecksum().String(), i >= len(c.tf.OstreeLayers)})
	}
	return list, nil
}

// pullLayers copies the layers into the repository in the cache.
func (c *composer) pullLayers(ctx context.Context, from *ostree.Repo, layers []*layer) error {
	for _, l := range layers {
		if _, err := c.repo.PullLocal(ctx, from, &ostree.PullLocalOptions{Refs: []string{l.commit.String()}, NoVerifyBindings: true, Progress: c.opts.Progress}); err != nil {
			return fmt.Errorf("layer %s: %w", l.ref, err)
		}
	}
	return nil
}

func contents(layers []*layer) []string {
	list := make([]string, len(layers))
	for i, l := range layers {
		list[i] = l.content
	}
	return list
}

// ensureParent makes the directories that lead to a name.
func (b *build) ensureParent(name string) error {
	dir := path.Dir(name)
	if dir == "." {
		return nil
	}
	return b.tree.MkdirAll(dir, rootfs.Attr{Mode: 0o755})
}

// write puts a file into the tree, with the directories that lead to it.
func (b *build) write(ctx context.Context, name string, mode uint32, text string) error {
	if err := b.ensureParent(name); err != nil {
		return err
	}
	return b.tree.WriteFile(ctx, name, rootfs.Attr{Mode: mode}, []byte(text))
}

// link puts a symbolic link into the tree, with the directories that lead to it.
func (b *build) link(ctx context.Context, name, target string) error {
	if err := b.ensureParent(name); err != nil {
		return err
	}
	return b.tree.Symlink(ctx, name, target, rootfs.Attr{})
}

// rewrite changes a text file of the tree, keeping its owner; one that does not exist stays so.
func (b *build) rewrite(ctx context.Context, name string, change func(text string) string) error {
	i, err := b.tree.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	text, err := b.tree.ReadFile(name)
	if err != nil {
		return err
	}
	next := change(string(text))
	if next == string(text) {
		return nil
	}
	attr := rootfs.Attr{UID: i.Header.UID, GID: i.Header.GID, Mode: i.Header.Mode & 0o7777, Xattrs: i.Header.Xattrs}
	real, err := b.tree.Resolve(name)
	if err != nil {
		return err
	}
	return b.tree.WriteFile(ctx, real, attr, []byte(next))
}
