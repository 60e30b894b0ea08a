package pkgcache

import (
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// The keys of the metadata, see the package documentation.
const (
	keyHeaders  = "rpmostree.metadata"
	keySHA256   = "rpmostree.metadata_sha256"
	keyNEVRA    = "rpmostree.nevra"
	keyPolicy   = "rpmostree.sepolicy"
	keyUnpack   = "rpmostree.unpack_version"
	keyMinor    = "rpmostree.unpack_minor_version"
	keyRepo     = "rpmostree.repo"
	keyRepodata = "rpmostree.repodata_checksum"
	keyNoDocs   = "rpmostree.nodocs"
)

const (
	unpackVersion = 1
	unpackMinor   = 6
)

// NEVRAVariant is the form that identities of packages have in metadata: (sstsss) with the whole text, name,
// epoch, version, release and architecture.
func NEVRAVariant(n rpm.NEVRA) object.Variant {
	text := n
	if text.Epoch == "0" {
		text.Epoch = ""
	}
	return gvariant.NewTuple(
		gvariant.NewString(text.String()), gvariant.NewString(n.Name), gvariant.NewUint64(epochNumber(n.Epoch)),
		gvariant.NewString(n.Version), gvariant.NewString(n.Release), gvariant.NewString(n.Arch),
	)
}

func (im *importer) metadata() *object.Dict {
	var d object.Dict
	d.Set(keyHeaders, gvariant.NewByteArray(im.pkg.HeaderBytes()))
	d.Set(keySHA256, gvariant.NewString(headerSum(im.pkg)))
	d.Set(keyNEVRA, NEVRAVariant(im.pkg.NEVRA()))
	if im.opts.Policy != nil {
		d.Set(keyPolicy, gvariant.NewString(im.opts.PolicyChecksum))
	}
	d.Set(keyUnpack, gvariant.NewUint32(unpackVersion))
	d.Set(keyMinor, gvariant.NewUint32(unpackMinor))
	if im.opts.RepoID != "" {
		var repo object.Dict
		repo.Set("id", gvariant.NewString(im.opts.RepoID))
		repo.Set("timestamp", gvariant.NewUint64(im.opts.RepoTime))
		d.Set(keyRepo, repo.Value())
	}
	if im.opts.Repodata != "" {
		d.Set(keyRepodata, gvariant.NewString(im.opts.Repodata))
	}
	d.Set(keyNoDocs, gvariant.NewBool(im.opts.NoDocs))
	return &d
}

// Cached is a package in the cache.
type Cached struct {
	// Commit has the files of the package.
	Commit object.Checksum
	// Headers are lead, signature and main header; there is no payload.
	Headers *rpm.Package
	// HeaderSHA256 is the identity of the package in origin files, hex.
	HeaderSHA256 string
	// Policy is the checksum of the policy that the labels come from, empty for no labels.
	Policy string
	// Repodata is the checksum in the repository it came from, empty for a file of the user's.
	Repodata string
	// NoDocs says that documentation was left out.
	NoDocs bool
}

// Load reads what the cache knows of a package by its ref. A ref that does not exist, and a commit whose
// objects are not all there, give an error that wraps [ostree.ErrNotFound].
func Load(repo *ostree.Repo, ref string) (*Cached, error) {
	commit, found, err := repo.ResolveRevOptional(ref)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("package cache %s: %w", ref, ostree.ErrNotFound)
	}
	state, err := repo.CommitState(commit)
	if err != nil {
		return nil, err
	}
	if state != ostree.CommitComplete {
		return nil, fmt.Errorf("package cache %s: commit is partial: %w", ref, ostree.ErrNotFound)
	}
	c, err := LoadCommit(repo, commit)
	if err != nil {
		return nil, fmt.Errorf("package cache %s: %w", ref, err)
	}
	return c, nil
}

// LoadCommit is Load for a commit.
func LoadCommit(repo *ostree.Repo, commit object.Checksum) (*Cached, error) {
	obj, err := repo.LoadCommit(commit)
	if err != nil {
		return nil, err
	}
	md := obj.Metadata
	headers, ok := md.LookupType(keyHeaders, "ay")
	if !ok {
		return nil, errors.New("commit has no headers of a package")
	}
	c := &Cached{Commit: commit}
	if c.Headers, err = rpm.ParseHeaderBytes(headers.ByteArray()); err != nil {
		return nil, err
	}
	c.HeaderSHA256 = headerSum(c.Headers)
	c.Policy = text(md, keyPolicy)
	c.Repodata = text(md, keyRepodata)
	if v, ok := md.LookupType(keyNoDocs, "b"); ok {
		c.NoDocs = v.Bool()
	}
	return c, nil
}

func text(md object.Variant, key string) string {
	if v, ok := md.LookupType(key, "s"); ok {
		return v.Str()
	}
	return ""
}
