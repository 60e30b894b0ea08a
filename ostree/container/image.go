package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// Keys of the metadata of an image's merge commit, and of layer commits.
const (
	KeyManifestDigest  = "ostree.manifest-digest"            // (s) "sha256:…"
	KeyManifest        = "ostree.manifest"                   // (s) JSON
	KeyImageConfig     = "ostree.container.image-config"     // (s) JSON
	KeyImporterVersion = "ostree.importer.version"           // (s)
	KeyFiltered        = "ostree.tar-filtered"               // (a{sa{su}}) files left out, by layer and top-level directory
	KeyCachedDigest    = "ostree-ext.cached.manifest-digest" // (s) detached: of an update that was seen
	KeyCachedManifest  = "ostree-ext.cached.manifest"        // (s) detached: JSON
	KeyCachedConfig    = "ostree-ext.cached.config"          // (s) detached: JSON
)

// importerVersion is what commits record as their maker.
const importerVersion = "nestos/1"

// RemoteImage is what can be known of an image without its layers.
type RemoteImage struct {
	// Digest of the manifest, "sha256:…".
	Digest v1.Hash
	// Manifest and Config are the parsed documents.
	Manifest *v1.Manifest
	Config   *v1.ConfigFile
	// RawManifest and RawConfig are their bytes. For images in a repository they are in canonical form
	// (sorted keys, no white space), which does not have the original digest.
	RawManifest, RawConfig []byte
}

// Version returns the version in the image's labels, "" if there is none.
func (i *RemoteImage) Version() string {
	for _, k := range []string{LabelVersion, legacyVersionLabel} {
		if v, ok := i.Config.Config.Labels[k]; ok {
			return v
		}
	}
	return ""
}

// Image is an image in a repository.
type Image struct {
	RemoteImage
	// Commit is the merge commit: the tree of all layers.
	Commit object.Checksum
	// Base is the commit that the image was made of, zero if it is not made of one.
	Base object.Checksum
	// Filtered counts the files that were left out, by digest of the layer and top-level directory.
	Filtered map[string]map[string]uint32
	// CachedUpdate is the newer image that the last check for updates has seen, nil if there is none.
	CachedUpdate *RemoteImage
	// Verified describes the signatures of the base commit for people. It is only set by a pull that
	// verified them.
	Verified string
}

// ErrNoImage is wrapped by errors about images that are not in the repository.
var ErrNoImage = fmt.Errorf("No such image: %w", fs.ErrNotExist)

// noImageError names the image and matches [ErrNoImage].
type noImageError struct{ img ImageReference }

// Error returns the reference implementation's text.
func (e *noImageError) Error() string { return "No such image: " + e.img.String() }

// Is matches ErrNoImage and fs.ErrNotExist.
func (e *noImageError) Is(target error) bool { return target == ErrNoImage || target == fs.ErrNotExist }

// Images lists the images in a repository, sorted, by the references that they were pulled from.
func Images(r *ostree.Repo) ([]ImageReference, error) {
	refs, err := r.Refs(ImagePrefix)
	if err != nil {
		return nil, err
	}
	var list []ImageReference
	for _, ref := range refs {
		if ref.Remote != "" {
			continue
		}
		img, err := imageOfRef(ref.Name)
		if err != nil {
			return nil, fmt.Errorf("ref %s: %w", ref.Name, err)
		}
		list = append(list, img)
	}
	return list, nil
}

func imageOfRef(ref string) (ImageReference, error) {
	if len(ref) <= len(ImagePrefix) {
		return ImageReference{}, errors.New("not the ref of an image")
	}
	s, err := UnescapeRef(ref[len(ImagePrefix)+1:])
	if err != nil {
		return ImageReference{}, err
	}
	return ParseImageReference(s)
}

// LoadImage returns an image of a repository. The error matches [ErrNoImage] if it is not there.
func LoadImage(r *ostree.Repo, img ImageReference) (*Image, error) {
	sum, err := imageCommit(r, img)
	if err != nil {
		return nil, err
	}
	i, err := LoadImageCommit(r, sum)
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", img, err)
	}
	return i, nil
}

// imageCommit returns the merge commit of an image.
func imageCommit(r *ostree.Repo, img ImageReference) (object.Checksum, error) {
	ref, err := ImageRef(img)
	if err != nil {
		return object.Checksum{}, err
	}
	sum, found, err := localRef(r, ref)
	if err == nil && !found {
		err = &noImageError{img}
	}
	return sum, err
}

// localRef looks up a local ref by its whole name, which may have been given to a remote's ref too.
func localRef(r *ostree.Repo, name string) (object.Checksum, bool, error) {
	refs, err := r.Refs(name)
	if err != nil {
		return object.Checksum{}, false, err
	}
	for _, ref := range refs {
		if ref.Remote == "" && ref.Name == name {
			return ref.Checksum, true, nil
		}
	}
	return object.Checksum{}, false, nil
}

// LoadImageCommit returns the image of a merge commit.
func LoadImageCommit(r *ostree.Repo, merge object.Checksum) (*Image, error) {
	c, err := r.LoadCommit(merge)
	if err != nil {
		return nil, err
	}
	i := &Image{Commit: merge}
	if err := i.parse(c.Metadata, KeyManifestDigest, KeyManifest, KeyImageConfig); err != nil {
		return nil, fmt.Errorf("commit %s: %w", merge, err)
	}
	if v, ok := c.Metadata.LookupType(KeyFiltered, "a{sa{su}}"); ok {
		i.Filtered = parseFiltered(v)
	}
	if i.Base, err = baseCommit(r, &i.RemoteImage); err != nil {
		return nil, err
	}
	md, err := r.LoadCommitMeta(merge)
	if err != nil || !md.IsValid() {
		return i, err
	}
	if _, ok := md.LookupType(KeyCachedDigest, "s"); ok {
		i.CachedUpdate = &RemoteImage{}
		if err := i.CachedUpdate.parse(md, KeyCachedDigest, KeyCachedManifest, KeyCachedConfig); err != nil {
			return nil, fmt.Errorf("detached metadata of commit %s: %w", merge, err)
		}
	}
	return i, nil
}

// parse reads an image's description from the three keys of a dictionary.
func (i *RemoteImage) parse(md object.Variant, digest, manifest, config string) error {
	text, ok := md.LookupType(digest, "s")
	if !ok {
		return fmt.Errorf("Missing %s metadata on merge commit", digest)
	}
	var err error
	if i.Digest, err = v1.NewHash(text.Str()); err != nil {
		return fmt.Errorf("%s: %w", digest, err)
	}
	raw, ok := md.LookupType(manifest, "s")
	if !ok {
		return fmt.Errorf("Failed to find %s metadata key", manifest)
	}
	i.RawManifest = []byte(raw.Str())
	if i.Manifest, err = parseManifest(i.RawManifest); err != nil {
		return err
	}
	i.RawConfig = []byte("{}")
	if raw, ok := md.LookupType(config, "s"); ok && raw.Str() != "null" { // as early versions wrote it
		i.RawConfig = []byte(raw.Str())
	}
	i.Config, err = parseConfig(i.RawConfig)
	return err
}

// baseCommit finds the commit that an image was made of by the ref of its first layer.
func baseCommit(r *ostree.Repo, i *RemoteImage) (object.Checksum, error) {
	if kinds, err := layerKinds(i.Manifest, i.Config); err != nil || !hasCommit(kinds) {
		return object.Checksum{}, nil // images of early versions have no configuration
	}
	ref, err := LayerRef(i.Manifest.Layers[0].Digest.String())
	if err != nil {
		return object.Checksum{}, err
	}
	sum, found, err := localRef(r, ref)
	if err == nil && !found {
		err = fmt.Errorf("Missing base image ref %s", ref)
	}
	return sum, err
}

// metadata returns the keys of a merge commit, sorted.
func (i *RemoteImage) metadata(filtered map[string]map[string]uint32) (*object.Dict, error) {
	manifest, err := canonicalJSON(i.RawManifest)
	if err != nil {
		return nil, err
	}
	config, err := canonicalJSON(i.RawConfig)
	if err != nil {
		return nil, err
	}
	d := &object.Dict{}
	d.Set(KeyImageConfig, object.NewString(config))
	d.Set(KeyImporterVersion, object.NewString(importerVersion))
	d.Set(KeyManifest, object.NewString(manifest))
	d.Set(KeyManifestDigest, object.NewString(i.Digest.String()))
	d.Set(KeyFiltered, filteredValue(filtered))
	return d, nil
}

// filteredValue returns an a{sa{su}}, sorted.
func filteredValue(m map[string]map[string]uint32) object.Variant {
	entries := make([]gvariant.Value, 0, len(m))
	for _, k := range sortedKeys(m) {
		entries = append(entries, gvariant.NewDictEntry(gvariant.NewString(k), filteredCounts(m[k])))
	}
	return gvariant.NewArray("{sa{su}}", entries...)
}

func parseFiltered(v object.Variant) map[string]map[string]uint32 {
	out := map[string]map[string]uint32{}
	for e := range v.Children() {
		out[e.Child(0).Str()] = parseCounts(e.Child(1))
	}
	return out
}

func parseCounts(v object.Variant) map[string]uint32 {
	out := map[string]uint32{}
	for e := range v.Children() {
		out[e.Child(0).Str()] = e.Child(1).Uint32()
	}
	return out
}

// HistoryEntry describes a layer of an image.
type HistoryEntry struct {
	Digest    v1.Hash   `json:"digest"`
	Size      int64     `json:"size"` // bytes as stored in a registry
	Kind      LayerKind `json:"kind"`
	CreatedBy string    `json:"created-by,omitempty"`
}

// History lists the layers of an image with what its configuration says about them.
func (i *RemoteImage) History() ([]HistoryEntry, error) {
	kinds, err := layerKinds(i.Manifest, i.Config)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, h := range i.Config.History {
		if !h.EmptyLayer {
			texts = append(texts, h.CreatedBy)
		}
	}
	list := make([]HistoryEntry, len(kinds))
	for n, l := range i.Manifest.Layers {
		list[n] = HistoryEntry{Digest: l.Digest, Size: l.Size, Kind: kinds[n]}
		if n < len(texts) {
			list[n].CreatedBy = texts[n]
		}
	}
	return list, nil
}

// Inspect fetches the manifest and the configuration of an image. No signature is looked at.
func Inspect(ctx context.Context, img ImageReference, reg *RegistryOptions) (*RemoteImage, error) {
	src, err := openSource(ctx, img, reg)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	i, err := inspect(ctx, src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", img, err)
	}
	return i, nil
}

// CanonicalManifest returns the manifest in the form in which repositories hold it: sorted keys, no white space.
func (i *RemoteImage) CanonicalManifest() (string, error) { return canonicalJSON(i.RawManifest) }

// CanonicalConfig returns the configuration in the form in which repositories hold it.
func (i *RemoteImage) CanonicalConfig() (string, error) { return canonicalJSON(i.RawConfig) }
