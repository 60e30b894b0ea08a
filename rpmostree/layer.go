package rpmostree

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/internal/assemble"
	"github.com/nestos-dev/nestos/rpmostree/internal/fetchpkgs"
	"github.com/nestos-dev/nestos/rpmostree/internal/nameservice"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/workroot"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

// layer makes the commit of the base with the packages that the origin asks for, or finds that the present
// one still is what it would make.
func (t *transaction) layer(ctx context.Context, out *Outcome) error {
	repo := t.sys.Repo()
	if err := t.sys.prepareWorkdir(); err != nil {
		return err
	}
	if err := workroot.Remove(ctx, t.sys.workdir()); err != nil {
		return err
	}
	tree, db, policy, err := t.openBase(ctx)
	if err != nil {
		return err
	}
	res, err := t.resolve(ctx, db.Set.Records())
	if err != nil {
		return err
	}
	out.To, out.Sources = changedPackages(db.Packages(), res), map[string]string{}
	for _, e := range res.install {
		out.Sources[pkglist.FromNEVRA(e.NEVRA).String()] = e.Repo
	}
	if res.empty() && !t.origin.RegenerateInitramfs {
		if t.change.Uninstall == nil && len(t.change.InstallFiles)+len(t.change.OverrideReplaceFiles) > 0 && !t.change.Idempotent && !t.change.AllowInactive {
			return errors.New("No packages in transaction")
		}
		return nil // the base has everything
	}
	digest, err := t.digest(res)
	if err != nil {
		return err
	}
	if base, old, ok := layerState(repo, t.from.Commit); ok && base == t.base && old == digest {
		out.Commit = t.from.Commit
		return nil
	}
	out.Commit = object.Checksum{} // not known yet
	if t.change.DryRun {
		return nil
	}
	if err := t.sys.setRef(ctx, tmpBaseRef, t.base); err != nil {
		return err
	}
	packages, err := t.fetch(ctx, res, policy)
	if err != nil || t.change.DownloadOnly {
		return err
	}
	t.sys.announce(res)
	if err := t.checkLive(tree); err != nil {
		return err
	}
	out.Commit, err = t.assemble(ctx, &assembly{tree: tree, db: db, policy: policy, res: res, packages: packages, digest: digest})
	return err
}

// openBase prepares the tree of the base.
func (t *transaction) openBase(ctx context.Context) (tree *rootfs.Tree, db *assemble.Database, p policy, err error) {
	task := progress.Start(t.sys.opts.Progress, progress.Event{Task: "checkout", Text: "Checking out tree " + t.base.String()[:7]})
	defer func() { task.End(err) }()
	if tree, err = rootfs.FromCommit(t.sys.Repo(), t.base); err != nil {
		return nil, nil, p, err
	}
	if p, err = t.policy(t.base); err != nil {
		return nil, nil, p, err
	}
	tree.Policy = p.labels
	db, err = assemble.ReadDatabase(ctx, tree)
	return tree, db, p, err
}

// digest identifies what would be made.
func (t *transaction) digest(res *resolution) (string, error) {
	text, err := t.origin.Treefile().MarshalJSON()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return res.digest(hex.EncodeToString(sum[:])), nil
}

// changedPackages are the packages after the changes.
func changedPackages(base []pkglist.Package, res *resolution) []pkglist.Package {
	gone := map[pkglist.Package]bool{}
	for _, r := range res.remove {
		gone[pkglist.FromNEVRA(r.Header.NEVRA())] = true
	}
	list := slices.DeleteFunc(slices.Clone(base), func(p pkglist.Package) bool { return gone[p] })
	for _, e := range res.install {
		list = append(list, pkglist.FromNEVRA(e.NEVRA))
	}
	pkglist.Sort(list)
	return list
}

// announce tells how many packages are put on top.
func (s *System) announce(res *resolution) {
	overrides := len(res.replaced) + len(res.removedNEVRAs())
	overlays := len(res.install) - len(res.replaced)
	var parts []string
	plural := func(n int, what string) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+what)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n, what))
		}
	}
	plural(overrides, "override")
	plural(overlays, "overlay")
	if len(parts) > 0 {
		s.message("Applying " + strings.Join(parts, " and "))
	}
}

// checkLive refuses a base that could not be read on its own.
func (t *transaction) checkLive(tree *rootfs.Tree) error {
	ok, err := tree.Exists("usr")
	if err == nil && !ok {
		err = errors.New("base commit has no /usr")
	}
	return err
}

// assembly is what a layered commit is made of.
type assembly struct {
	tree     *rootfs.Tree
	db       *assemble.Database
	policy   policy
	res      *resolution
	packages []*assemble.Package
	digest   string
}

// assemble makes the commit in one transaction of the repository.
func (t *transaction) assemble(ctx context.Context, a *assembly) (commit object.Checksum, err error) {
	repo := t.sys.Repo()
	txn, err := repo.Begin(ctx, nil)
	if err != nil {
		return commit, err
	}
	defer txn.Abort()
	a.tree.Begin(txn)
	local, err := t.localUsers()
	if err != nil {
		return commit, err
	}
	x := &assemble.Transaction{
		Tree: a.tree, Database: a.db, Install: a.packages, Remove: a.res.remove, Local: local, Time: t.sys.now(),
		Multilib: t.sys.machine() == "x86_64", Scripts: t.sys.scriptOptions(), Kernel: t.kernelOptions(),
		Progress: t.sys.opts.Progress, Logger: t.sys.opts.Logger,
	}
	if err := x.Run(ctx); err != nil {
		return commit, err
	}
	task := progress.Start(t.sys.opts.Progress, progress.Event{Task: "commit", Text: "Writing OSTree commit"})
	defer func() { task.End(err) }()
	dirTree, dirMeta, err := a.tree.Store()
	if err != nil {
		return commit, err
	}
	baseCommit, err := repo.LoadCommit(t.base)
	if err != nil {
		return commit, err
	}
	md := layerMetadata(baseCommit, a.res, a.db.Packages(), a.digest)
	commit, err = txn.WriteCommit(ctx, dirTree, dirMeta, &ostree.CommitOptions{
		Parent: t.base, Time: t.sys.now(), Metadata: md, NoBindings: true, Bootable: isBootable(baseCommit),
	})
	if err != nil {
		return commit, err
	}
	_, err = txn.Commit(ctx)
	return commit, err
}

func isBootable(c *object.Commit) bool {
	v, ok := c.Metadata.LookupType("ostree.bootable", "b")
	return ok && v.Bool()
}

// localUsers are the users of the deployment whose /etc the new one inherits.
func (t *transaction) localUsers() (nameservice.Local, error) {
	var l nameservice.Local
	merge := t.sys.root.MergeDeployment(t.from.Stateroot)
	if merge == nil {
		return l, nil
	}
	root, err := openDeployment(t.sys, merge)
	if err != nil {
		return l, err
	}
	defer root.Close()
	for _, f := range []struct {
		name string
		text *string
	}{{"etc/passwd", &l.Passwd}, {"etc/group", &l.Group}} {
		b, err := root.ReadFile(f.name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return l, err
		}
		*f.text = string(b)
	}
	return l, nil
}

// kernelOptions say how a new kernel is finished: with the arguments that the base's initramfs was made
// with, and further ones if the administrator wants it made here.
func (t *transaction) kernelOptions() *assemble.KernelOptions {
	o := &assemble.KernelOptions{Initramfs: true, Regenerate: t.origin.RegenerateInitramfs, Reproducible: !t.sys.opts.Epoch.IsZero()}
	base, err := t.sys.Repo().LoadCommit(t.base)
	if err == nil {
		if v, ok := base.Metadata.LookupType(keyInitramfsArgs, "as"); ok {
			o.DracutArgs = v.Strings()
		}
	}
	if t.origin.RegenerateInitramfs {
		o.DracutArgs = append(slices.Clone(o.DracutArgs), t.origin.InitramfsArgs...)
		if merge := t.sys.root.MergeDeployment(t.from.Stateroot); merge != nil {
			o.HostEtc = t.sys.root.DeploymentPath(merge) + "/etc"
		}
	} else if len(o.DracutArgs) == 0 {
		o.DracutArgs = []string{"--no-hostonly"}
	}
	return o
}

// fetch makes sure that all packages are in the cache, with labels of the policy.
func (t *transaction) fetch(ctx context.Context, res *resolution, p policy) ([]*assemble.Package, error) {
	replaced := map[string]bool{}
	for _, r := range res.replaced {
		replaced[r.new.String()] = true
	}
	cached, err := t.cache(ctx, res, p)
	if err != nil {
		return nil, err
	}
	list := make([]*assemble.Package, len(res.install))
	for i, e := range res.install {
		c := cached[i]
		list[i] = &assemble.Package{
			Commit: c.Commit, Headers: c.Headers, Header: c.Headers.Header, Replaces: replaced[e.NEVRA.String()],
			ReplaceFiles: e.replaceFiles, NoDocs: c.NoDocs,
		}
	}
	return list, nil
}

// cache downloads and imports what is missing, and relabels what has labels of another policy.
func (t *transaction) cache(ctx context.Context, res *resolution, p policy) ([]*pkgcache.Cached, error) {
	opts := &fetchpkgs.Options{
		Cache: t.sys.Repo(), Labels: p.labels, LabelsChecksum: p.checksum,
		Progress: t.sys.opts.Progress, Message: t.sys.opts.Message, Logger: t.sys.opts.Logger,
	}
	all := make([]*pkgcache.Cached, len(res.install))
	var given []*pkgcache.Cached // package files of the user's, and what -C found
	var packages []goal.Package
	var at []int
	for i := range res.install {
		e := &res.install[i]
		if c := res.cached[e.Header]; c != nil {
			all[i] = c
			given = append(given, c)
			continue
		}
		packages, at = append(packages, e.Package), append(at, i)
	}
	if len(packages) > 0 {
		fetched, err := res.set.Fetch(ctx, packages, opts)
		if err != nil {
			return nil, err
		}
		for i, c := range fetched {
			all[at[i]] = c
		}
	}
	return all, fetchpkgs.Relabel(ctx, given, opts)
}
