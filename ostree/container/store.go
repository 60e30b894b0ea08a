package container

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// deploymentPrefixes are refs of commits that systems run, whose layers have to stay.
var deploymentPrefixes = []string{"ostree/0", "ostree/1", "rpmostree/base", BaseImagePrefix}

// RemoveImages deletes the refs of images. The other images are removed even if some do not exist, which
// is an error that matches [ErrNoImage]. The layers stay; see [PruneLayers].
func RemoveImages(ctx context.Context, r *ostree.Repo, images ...ImageReference) error {
	txn, err := r.Begin(ctx, nil)
	if err != nil {
		return err
	}
	defer txn.Abort()
	var missing []string
	for _, img := range images {
		ref, err := ImageRef(img)
		if err != nil {
			return err
		}
		_, found, err := localRef(r, ref)
		if err != nil {
			return err
		}
		if !found {
			missing = append(missing, img.String())
			continue
		}
		if err := txn.SetRef(ref, object.Checksum{}); err != nil {
			return err
		}
	}
	if _, err := txn.Commit(ctx); err != nil {
		return err
	}
	if len(missing) > 0 {
		return &missingImagesError{missing}
	}
	return nil
}

// RemoveOtherImages is [RemoveImages] for all images of the repository but those to keep, such as those that
// deployments came from. It returns what it removed.
func RemoveOtherImages(ctx context.Context, r *ostree.Repo, keep []ImageReference) ([]ImageReference, error) {
	images, err := Images(r)
	if err != nil {
		return nil, err
	}
	images = slices.DeleteFunc(images, func(img ImageReference) bool { return slices.Contains(keep, img) })
	if len(images) == 0 {
		return nil, nil
	}
	return images, RemoveImages(ctx, r, images...)
}

type missingImagesError struct{ images []string }

// Error lists the images.
func (e *missingImagesError) Error() string { return "Missing images: " + strings.Join(e.images, " ") }

// Is matches ErrNoImage.
func (e *missingImagesError) Is(target error) bool { return target == ErrNoImage }

// PruneLayers deletes the refs of layers that belong to no image in the repository, to no deployment and
// to no ref below [BaseImagePrefix], and returns how many there were. Their objects go with the next
// [ostree.Repo.Prune].
func PruneLayers(ctx context.Context, r *ostree.Repo) (int, error) {
	txn, err := r.Begin(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer txn.Abort()
	n, err := dropLayers(r, txn, map[string]bool{}, nil)
	if err != nil {
		return 0, err
	}
	_, err = txn.Commit(ctx)
	return n, err
}

// dropLayers deletes unused layer refs in a transaction, apart from those in keep. What the image
// replaced had does not count as used.
func dropLayers(r *ostree.Repo, txn *ostree.Txn, keep map[string]bool, replaced *ImageReference) (int, error) {
	commits, err := imageCommits(r, replaced)
	if err != nil {
		return 0, err
	}
	for _, c := range commits {
		if err := keepLayers(r, c, keep); err != nil {
			return 0, err
		}
	}
	layers, err := r.Refs(LayerPrefix)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, l := range layers {
		if l.Remote != "" || keep[l.Name] {
			continue
		}
		if err := txn.SetRef(l.Name, object.Checksum{}); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// imageCommits lists the commits that keep layers.
func imageCommits(r *ostree.Repo, replaced *ImageReference) ([]object.Checksum, error) {
	skip := ""
	if replaced != nil {
		var err error
		if skip, err = ImageRef(*replaced); err != nil {
			return nil, err
		}
	}
	var list []object.Checksum
	for _, prefix := range append([]string{ImagePrefix}, deploymentPrefixes...) {
		refs, err := r.Refs(prefix)
		if err != nil {
			return nil, err
		}
		for _, ref := range refs {
			if ref.Remote == "" && ref.Name != skip {
				list = append(list, ref.Checksum)
			}
		}
	}
	return list, nil
}

// keepLayers notes the layers of an image; other commits have none.
func keepLayers(r *ostree.Repo, c object.Checksum, keep map[string]bool) error {
	commit, err := r.LoadCommit(c)
	if err != nil {
		return err
	}
	if _, ok := commit.Metadata.LookupType(KeyManifestDigest, "s"); !ok {
		return nil
	}
	i := &RemoteImage{}
	if err := i.parse(commit.Metadata, KeyManifestDigest, KeyManifest, KeyImageConfig); err != nil {
		return fmt.Errorf("commit %s: %w", c, err)
	}
	for _, l := range i.Manifest.Layers {
		ref, err := LayerRef(l.Digest.String())
		if err != nil {
			return err
		}
		keep[ref] = true
	}
	return nil
}

// CopyImage copies an image with its layers to another repository, where it gets the reference to. Refs
// are written when all objects are there.
func CopyImage(ctx context.Context, src *ostree.Repo, from ImageReference, dest *ostree.Repo, to ImageReference) error {
	i, err := LoadImage(src, from)
	if err != nil {
		return err
	}
	refs := map[string]object.Checksum{}
	ref, err := ImageRef(to)
	if err != nil {
		return err
	}
	refs[ref] = i.Commit
	for _, l := range i.Manifest.Layers {
		name, err := LayerRef(l.Digest.String())
		if err != nil {
			return err
		}
		sum, found, err := localRef(src, name)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("image %s: layer ref %s does not exist", from, name)
		}
		refs[name] = sum
	}
	return copyCommits(ctx, src, dest, refs)
}

func copyCommits(ctx context.Context, src, dest *ostree.Repo, refs map[string]object.Checksum) error {
	var commits []string
	for _, name := range sortedKeys(refs) {
		commits = append(commits, refs[name].String())
	}
	slices.Sort(commits)
	opts := &ostree.PullLocalOptions{Refs: slices.Compact(commits), NoVerifyBindings: true}
	if _, err := dest.PullLocal(ctx, src, opts); err != nil {
		return err
	}
	txn, err := dest.Begin(ctx, nil)
	if err != nil {
		return err
	}
	defer txn.Abort()
	for _, name := range sortedKeys(refs) {
		if err := txn.SetRef(name, refs[name]); err != nil {
			return err
		}
	}
	_, err = txn.Commit(ctx)
	return err
}

// CheckUpdate looks whether a newer image than the one in the repository is offered, and records what it
// sees in the detached metadata of the latter, where [LoadImage] finds it without a network. It returns
// nil if the image in the repository is the newest; the error matches [ErrNoImage] if there is none.
func CheckUpdate(ctx context.Context, r *ostree.Repo, ref Reference, opts *PullOptions) (*RemoteImage, error) {
	i, err := Prepare(ctx, r, ref, opts)
	if err != nil {
		return nil, err
	}
	defer i.Close()
	switch {
	case i.Present != nil:
		return nil, clearCached(r, i.Present.Commit)
	case i.Previous == nil:
		return nil, &noImageError{i.img}
	}
	return i.Image, i.Cache()
}

// Cache records the image that was found in the detached metadata of the one that it would replace. It
// does nothing if there is none.
func (i *Import) Cache() error {
	if i.Previous == nil || i.Present != nil {
		return nil
	}
	manifest, err := canonicalJSON(i.Image.RawManifest)
	if err != nil {
		return err
	}
	config, err := canonicalJSON(i.Image.RawConfig)
	if err != nil {
		return err
	}
	return editDetached(i.repo, i.Previous.Commit, func(d *object.Dict) bool {
		d.Set(KeyCachedDigest, object.NewString(i.Image.Digest.String()))
		d.Set(KeyCachedManifest, object.NewString(manifest))
		d.Set(KeyCachedConfig, object.NewString(config))
		return true
	})
}

// ClearCachedUpdate forgets the update of an image that [CheckUpdate] has recorded.
func ClearCachedUpdate(r *ostree.Repo, img ImageReference) error {
	sum, err := imageCommit(r, img)
	if err != nil {
		return err
	}
	return clearCached(r, sum)
}

func clearCached(r *ostree.Repo, commit object.Checksum) error {
	return editDetached(r, commit, func(d *object.Dict) bool {
		changed := false
		for _, k := range []string{KeyCachedConfig, KeyCachedManifest, KeyCachedDigest} {
			changed = d.Delete(k) || changed
		}
		return changed
	})
}

// editDetached changes the detached metadata of a commit if edit says that it did.
func editDetached(r *ostree.Repo, commit object.Checksum, edit func(*object.Dict) bool) error {
	md, err := r.LoadCommitMeta(commit)
	if err != nil {
		return err
	}
	d := &object.Dict{}
	if md.IsValid() {
		d = gvariant.DictFromValue(md)
	}
	if !edit(d) {
		return nil
	}
	return r.WriteDetachedMetadata(commit, d)
}
