package rpmostree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/internal/workroot"
	"github.com/nestos-dev/nestos/rpmostree/origin"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
)

const (
	baseRefPrefix = "rpmostree/base/"
	tmpBaseRef    = "rpmostree/base/tmp"
)

// CleanupOptions say what Cleanup deletes. Nil and the zero value say nothing, which is an [ErrNoCleanupOption].
type CleanupOptions struct {
	Base     bool // what no deployment needs: leftovers, package cache, objects
	Pending  bool // deployments that would boot next
	Rollback bool // the deployment before the booted one
	Metadata bool // cached rpm-md metadata
}

// ErrNoCleanupOption is returned by Cleanup without any option.
var ErrNoCleanupOption = errors.New("At least one cleanup option must be specified")

// Cleanup deletes deployments and caches. Pinned deployments stay.
func (s *System) Cleanup(ctx context.Context, o *CleanupOptions) (err error) {
	if o == nil || *o == (CleanupOptions{}) {
		return ErrNoCleanupOption
	}
	ctx, done, err := s.change(ctx, "cleanup")
	if err != nil {
		return err
	}
	defer done(&err)
	if o.Metadata {
		if err := s.cleanMetadata(); err != nil {
			return err
		}
	}
	if o.Pending || o.Rollback {
		dropped, err := s.dropDeployments(ctx, o)
		if err != nil || dropped {
			return err // what no deployment needs is gone with them
		}
	}
	if o.Base {
		return s.clean(ctx)
	}
	return nil
}

func (s *System) cleanMetadata() error {
	dir, err := s.cacheDir()
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// dropDeployments writes the list without the pending or rollback deployments. On a sysroot that is not
// running nothing is pending, and everything but the first deployment is for rollback.
func (s *System) dropDeployments(ctx context.Context, o *CleanupOptions) (dropped bool, err error) {
	stateroot, err := s.Stateroot()
	if err != nil {
		return false, err
	}
	booted := s.root.Booted()
	var keep []*sysroot.Deployment
	passed := booted == nil
	for i, d := range s.root.Deployments() {
		drop := false
		switch {
		case d.Stateroot != stateroot || d.Pinned():
		case booted != nil && d.Name() == booted.Name() && d.Stateroot == booted.Stateroot:
			passed = true
		case booted == nil:
			drop = o.Rollback && i > s.firstIndex(stateroot)
		case passed:
			drop = o.Rollback
		default:
			drop = o.Pending
		}
		if drop {
			dropped = true
		} else {
			keep = append(keep, d)
		}
	}
	if !dropped {
		s.message("Deployments unchanged.")
		return false, nil
	}
	if err := s.root.WriteDeployments(ctx, keep, &sysroot.WriteOptions{NoClean: true}); err != nil {
		return false, err
	}
	return true, s.cleanAfter(ctx)
}

func (s *System) firstIndex(stateroot string) int {
	for i, d := range s.root.Deployments() {
		if d.Stateroot == stateroot {
			return i
		}
	}
	return -1
}

// clean brings everything beside the deployments in line with them: refs of bases, the package cache,
// container images, objects. It also removes what a killed operation left.
func (s *System) clean(ctx context.Context) error {
	if err := s.root.PrepareCleanup(ctx); err != nil {
		return err
	}
	if err := workroot.Remove(ctx, s.workdir()); err != nil {
		return err
	}
	for _, dir := range []string{"commit", "run"} {
		if err := os.RemoveAll(filepath.Join(s.root.Repo().Path(), "extensions/rpmostree", dir)); err != nil {
			return err
		}
	}
	branches, err := s.cleanRefs(ctx)
	if err != nil {
		return err
	}
	if err := s.cleanImages(ctx); err != nil {
		return err
	}
	depth := 0
	prune := &ostree.PruneOptions{RefsOnly: true, Depth: &depth}
	for _, d := range s.root.Deployments() {
		prune.Keep = append(prune.Keep, d.Commit) // the refs of a staged one come with its finalization
	}
	stats, err := s.root.Repo().Prune(ctx, prune)
	if err != nil {
		return err
	}
	if branches > 0 || stats.Freed > 0 {
		s.message(fmt.Sprintf("Freed: %s (pkgcache branches: %d)", size(stats.Freed), branches))
	}
	return nil
}

// cleanRefs makes the refs of the bases of layered deployments anew, and deletes those of cached packages
// that no deployment has.
func (s *System) cleanRefs(ctx context.Context) (branches int, err error) {
	repo := s.root.Repo()
	want := map[string]object.Checksum{}
	keep := map[string]bool{}
	for _, d := range s.root.Deployments() {
		if err := keepRequested(d, keep); err != nil {
			return 0, err
		}
		base, layered, err := BaseCommit(repo, d.Commit)
		if err != nil {
			return 0, err
		}
		if !layered {
			continue
		}
		want[baseRefPrefix+strconv.Itoa(len(want))] = base
		if err := keepLayered(ctx, repo, base, d.Commit, keep); err != nil {
			return 0, err
		}
	}
	refs, err := repo.Refs("rpmostree")
	if err != nil {
		return 0, err
	}
	txn, err := repo.Begin(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer txn.Abort()
	for _, r := range refs {
		name := r.Name
		switch {
		case strings.HasPrefix(name, baseRefPrefix):
			if want[name].IsZero() {
				err = txn.SetRef(name, object.Checksum{})
			}
		case strings.HasPrefix(name, pkgcache.RefPrefix):
			nevra, perr := pkgcache.ParseRef(name)
			if perr == nil && keep[nevra] {
				continue
			}
			branches++
			err = txn.SetRef(name, object.Checksum{})
		}
		if err != nil {
			return 0, err
		}
	}
	for name, commit := range want {
		if err := txn.SetRef(name, commit); err != nil {
			return 0, err
		}
	}
	_, err = txn.Commit(ctx)
	return branches, err
}

// keepRequested collects the local packages that an origin asks for, also if they are not active now.
func keepRequested(d *sysroot.Deployment, keep map[string]bool) error {
	if d.Origin == nil {
		return nil
	}
	o, err := origin.FromSysroot(d.Origin)
	if err != nil {
		return nil // a damaged origin asks for nothing, and must not be in the way of a cleanup
	}
	for _, list := range []origin.Locals{o.Local, o.LocalFileOverride, o.OverrideReplaceLocal} {
		for _, p := range list {
			keep[p.NEVRA] = true
		}
	}
	return nil
}

// keepLayered collects the packages of a layered commit that its base does not have.
func keepLayered(ctx context.Context, repo *ostree.Repo, base, commit object.Checksum, keep map[string]bool) error {
	var lists [2][]pkglist.Package
	for i, c := range []object.Checksum{base, commit} {
		list, err := pkglist.Load(ctx, repo, c)
		if err != nil && !errors.Is(err, pkglist.ErrNoDatabase) {
			return err
		}
		lists[i] = list
	}
	for _, c := range pkglist.Compare(lists[0], lists[1]) {
		if c.New != nil {
			keep[c.New.String()] = true
		}
	}
	return nil
}

// cleanImages deletes the container images that no deployment follows.
func (s *System) cleanImages(ctx context.Context) error {
	var keep []container.ImageReference
	for _, d := range s.root.Deployments() {
		if d.Origin == nil {
			continue
		}
		text, ok := d.Origin.Value("origin", "container-image-reference")
		if !ok {
			continue
		}
		ref, err := container.ParseReference(text)
		if err != nil {
			return err
		}
		keep = append(keep, ref.Image)
	}
	removed, err := container.RemoveOtherImages(ctx, s.root.Repo(), keep)
	if err != nil {
		return err
	}
	layers, err := container.PruneLayers(ctx, s.root.Repo())
	if err != nil {
		return err
	}
	if len(removed) > 0 || layers > 0 {
		s.message(fmt.Sprintf("Pruned images: %d (layers: %d)", len(removed), layers))
	}
	return nil
}

// BaseCommit returns the commit that packages were layered on; of a commit without layers it is the commit
// itself.
func BaseCommit(repo *ostree.Repo, commit object.Checksum) (base object.Checksum, layered bool, err error) {
	c, err := repo.LoadCommit(commit)
	if err != nil {
		return commit, false, err
	}
	if v, ok := c.Metadata.LookupType("rpmostree.clientlayer", "b"); ok && v.Bool() {
		return c.Parent, true, nil
	}
	return commit, false, nil
}

// size is a number of bytes for people, with an ordinary blank since scripts look for it.
func size(n uint64) string { return strings.ReplaceAll(humansize.Format(n), "\u00a0", " ") }
