package compose

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/internal/fetchpkgs"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// ExtensionsOptions adjust [Extensions].
type ExtensionsOptions struct {
	Options

	// Repo and BaseRev are the tree that the extensions belong to; empty means the treefile's ref.
	Repo    *ostree.Repo
	BaseRev string
	// RootFS, unless empty, is a directory with that tree instead.
	RootFS string
	// OutputDir gets the packages, extensions.json, and a checksum by which the next run finds that nothing changed.
	OutputDir string
	// TouchIfChanged is a file whose modification time is set if there is something new.
	TouchIfChanged string
}

// ExtensionsResult is what [Extensions] found.
type ExtensionsResult struct {
	// Changed is false if the directory has all of it already.
	Changed bool
	// Packages are the files, by NEVRA.
	Packages []pkglist.Package
}

// stateFile has the checksum of the last run in the output directory.
const stateFile = ".rpm-ostree-state-chksum"

// Extensions downloads packages that clients may layer on the tree of a treefile: "rpm-ostree compose extensions". text
// is the document that lists them, in YAML. Those for the OS come with what they need and the tree does not have; what
// would change a package of the tree is an error.
func Extensions(ctx context.Context, tf *treefile.Treefile, text []byte, o *ExtensionsOptions) (res *ExtensionsResult, err error) {
	if o == nil || o.OutputDir == "" {
		return nil, errors.New("an output directory is required")
	}
	c, err := newComposer(ctx, tf, &o.Options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	base, err := c.baseHeaders(ctx, o)
	if err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for _, p := range pkglist.FromHeaders(base) {
		versions[p.Name] = p.EVR()
	}
	ext, err := treefile.ParseExtensions(text, c.opts.arch(), versions)
	if err != nil {
		return nil, err
	}
	repos, err := c.loadRepos(ctx, ext.Treefile(tf))
	if err != nil {
		return nil, err
	}
	defer repos.close()
	packages, err := c.resolveExtensions(ctx, repos, ext, base)
	if err != nil {
		return nil, err
	}
	return c.writeExtensions(ctx, repos, ext, packages, o)
}

// baseHeaders are the packages of the tree that the extensions belong to.
func (c *composer) baseHeaders(ctx context.Context, o *ExtensionsOptions) ([]*rpm.Header, error) {
	if o.RootFS != "" {
		root, err := confine.OpenRoot(o.RootFS)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		return pkglist.Headers(ctx, root.FS())
	}
	rev := o.BaseRev
	if rev == "" {
		rev = c.tf.RefName()
	}
	if o.Repo == nil || rev == "" {
		return nil, errors.New("--base-rev or --rootfs must be specified")
	}
	tree, err := o.Repo.FS(rev)
	if err != nil {
		return nil, err
	}
	return pkglist.Headers(ctx, tree)
}

// resolveExtensions finds the packages to download, sorted.
func (c *composer) resolveExtensions(ctx context.Context, repos *repositories, ext *treefile.Extensions, base []*rpm.Header) ([]goal.Package, error) {
	var list []goal.Package
	if names := ext.PackagesOf(treefile.OSExtension); len(names) > 0 {
		g := c.emptyGoal(c.tf, goal.Options{})
		if err := g.AddInstalled(recordSeq(base)); err != nil {
			return nil, err
		}
		if err := repos.set.AddTo(ctx, g, c.opts.Progress, c.opts.Message); err != nil {
			return nil, err
		}
		if err := g.Install(ctx, names...); err != nil {
			return nil, err
		}
		if err := g.LockInstalled(); err != nil {
			return nil, err
		}
		res, err := g.Resolve(ctx)
		if err != nil {
			return nil, err
		}
		if err := checkBase(res); err != nil {
			return nil, err
		}
		list = append(list, res.Installs...)
	}
	if names := ext.PackagesOf(treefile.Development); len(names) > 0 {
		g, err := c.newGoal(ctx, repos, c.tf, goal.Options{})
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			p, err := newest(ctx, g, name)
			if err != nil {
				return nil, err
			}
			list = append(list, p)
		}
	}
	list = sortPackages(list)
	return slices.CompactFunc(list, func(a, b goal.Package) bool { return a.NEVRA == b.NEVRA }), nil
}

// checkBase refuses what changes packages of the tree.
func checkBase(res *goal.Result) error {
	var names []string
	for _, r := range res.Replacements {
		names = append(names, r.Old.NEVRA.String())
	}
	for _, r := range res.Removals {
		names = append(names, r.NEVRA.String())
	}
	if len(names) > 0 {
		return fmt.Errorf("Base packages would be changed: %s", strings.Join(names, ", "))
	}
	return nil
}

// newest is the newest package of those that a name stands for.
func newest(ctx context.Context, g *goal.Goal, name string) (best goal.Package, err error) {
	found, err := g.Match(ctx, name)
	if err != nil {
		return best, err
	}
	if len(found) == 0 {
		return best, &goal.NotFoundError{Subjects: []string{name}}
	}
	return slices.MaxFunc(found, func(a, b goal.Package) int {
		if c := evr.Compare(a.NEVRA.EVR(), b.NEVRA.EVR()); c != 0 {
			return c
		}
		return strings.Compare(b.NEVRA.String(), a.NEVRA.String())
	}), nil
}

// writeExtensions downloads, unless that was done before.
func (c *composer) writeExtensions(ctx context.Context, repos *repositories, ext *treefile.Extensions, packages []goal.Package, o *ExtensionsOptions) (*ExtensionsResult, error) {
	res := &ExtensionsResult{}
	doc, err := ext.JSON()
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	h.Write(doc)
	for _, p := range packages {
		res.Packages = append(res.Packages, pkglist.FromNEVRA(p.NEVRA))
		fmt.Fprintf(h, "%s %s\n", p.NEVRA, p.Checksum)
	}
	sum := hex.EncodeToString(h.Sum(nil))
	state := filepath.Join(o.OutputDir, stateFile)
	old, err := os.ReadFile(state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if string(old) == sum {
		c.message("No change.")
		return res, nil
	}
	if err := os.MkdirAll(o.OutputDir, 0o755); err != nil {
		return nil, err
	}
	fetch := &fetchpkgs.Options{Progress: c.opts.Progress, Message: c.opts.Message, Logger: c.opts.Logger}
	files, err := repos.set.Download(ctx, o.OutputDir, packages, fetch)
	if err != nil {
		return nil, err
	}
	if err := copyLocal(o.OutputDir, files); err != nil {
		return nil, err
	}
	if err := writeFile(filepath.Join(o.OutputDir, "extensions.json"), doc); err != nil {
		return nil, err
	}
	// Last, so that a run that was interrupted is done again.
	if err := writeFile(state, []byte(sum)); err != nil {
		return nil, err
	}
	res.Changed = true
	return res, touch(o.TouchIfChanged, c.now)
}

// copyLocal copies those files to a directory that lie elsewhere: in repositories on this machine, which the client
// does not copy.
func copyLocal(dir string, files []string) error {
	for _, name := range files {
		dest := filepath.Join(dir, filepath.Base(name))
		if filepath.Dir(name) == filepath.Clean(dir) {
			continue
		}
		if err := copyFile(dest, name); err != nil {
			return err
		}
	}
	return nil
}

// recordSeq yields headers as a database does.
func recordSeq(headers []*rpm.Header) iter.Seq2[rpmdb.Record, error] {
	return func(yield func(rpmdb.Record, error) bool) {
		for i, h := range headers {
			if !yield(rpmdb.Record{Num: uint32(i + 1), Header: h}, nil) {
				return
			}
		}
	}
}

func copyFile(dest, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return atomicfile.WriteReader(dest, f, 0o644, nil)
}
