package rpmostree

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// clientLayerVersion is the version of what layering makes; a commit of another one is made anew.
const clientLayerVersion = 6

// The keys of the metadata of layered commits.
const (
	keyVersion       = "version"
	keyLayer         = "rpmostree.clientlayer"
	keyLayerVersion  = "rpmostree.clientlayer_version"
	keyPackages      = "rpmostree.packages"
	keyModules       = "rpmostree.modules"
	keyRemoved       = "rpmostree.removed-base-packages"
	keyReplaced      = "rpmostree.replaced-base-packages"
	keyReplacedFrom  = "rpmostree.replaced-base-remote-packages"
	keyRepos         = "rpmostree.rpmmd-repos"
	keyState         = "rpmostree.state-sha512"
	keyInitramfsArgs = "rpmostree.initramfs-args"
)

// replacement is a package of the base that another one took the place of.
type replacement struct {
	repo     string // empty for a package file
	old, new rpm.NEVRA
}

// repoState is an rpm-md repository that took part.
type repoState struct {
	id   string
	time uint64
}

// layerMetadata describes a layered commit.
func layerMetadata(base *object.Commit, r *resolution, packages []pkglist.Package, digest string) *object.Dict {
	var d object.Dict
	if v, ok := base.Metadata.LookupType(keyVersion, "s"); ok {
		d.Set(keyVersion, v)
	}
	d.Set(keyLayer, gvariant.NewBool(true))
	d.Set(keyLayerVersion, gvariant.NewUint32(clientLayerVersion))
	d.Set(keyPackages, gvariant.NewStrings(sortedStrings(r.active)))
	d.Set(keyModules, gvariant.NewStrings(nil))
	var removed []gvariant.Value
	for _, n := range r.removedNEVRAs() {
		removed = append(removed, gvariant.NewVariant(pkgcache.NEVRAVariant(n)))
	}
	d.Set(keyRemoved, gvariant.NewArray("v", removed...))
	d.Set(keyReplaced, pairs(r.replaced, ""))
	d.Set(keyReplacedFrom, remotePairs(r.replaced))
	d.Set(pkglist.Key, pkglist.Variant(packages))
	d.Set(keyRepos, reposVariant(r.repos))
	d.Set(keyState, gvariant.NewString(digest))
	return &d
}

func sortedStrings(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// pairs is a list of (new, old) of the replacements from one source.
func pairs(list []replacement, repo string) gvariant.Value {
	var items []gvariant.Value
	for _, r := range list {
		if r.repo == repo {
			items = append(items, gvariant.NewTuple(gvariant.NewVariant(pkgcache.NEVRAVariant(r.new)), gvariant.NewVariant(pkgcache.NEVRAVariant(r.old))))
		}
	}
	return gvariant.NewArray("(vv)", items...)
}

// remotePairs are the replacements from repositories, by "repo=ID".
func remotePairs(list []replacement) gvariant.Value {
	var d object.Dict
	var repos []string
	for _, r := range list {
		if r.repo != "" {
			repos = append(repos, r.repo)
		}
	}
	for _, repo := range sortedStrings(repos) {
		d.Set("repo="+repo, pairs(list, repo))
	}
	return d.Value()
}

func reposVariant(list []repoState) gvariant.Value {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b repoState) int { return cmp.Or(strings.Compare(a.id, b.id), cmp.Compare(a.time, b.time)) })
	var items []gvariant.Value
	for _, r := range list {
		var d object.Dict
		d.Set("id", gvariant.NewString(r.id))
		d.Set("timestamp", gvariant.NewUint64(r.time))
		items = append(items, d.Value())
	}
	return gvariant.NewArray("a{sv}", items...)
}

// layerState reads what tells whether a layered commit is still what would be made.
func layerState(repo *ostree.Repo, c object.Checksum) (base object.Checksum, digest string, ok bool) {
	commit, err := repo.LoadCommit(c)
	if err != nil {
		return base, "", false
	}
	v, isLayer := commit.Metadata.LookupType(keyLayerVersion, "u")
	state, hasState := commit.Metadata.LookupType(keyState, "s")
	if !isLayer || !hasState || v.Uint32() != clientLayerVersion {
		return base, "", false
	}
	return commit.Parent, state.Str(), true
}
