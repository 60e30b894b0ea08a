package container

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// PullOptions adjust the import of images. The zero value takes any image and verifies what its
// reference asks for.
type PullOptions struct {
	// Registry says how to reach registries.
	Registry *RegistryOptions
	// Policy is the signature policy that "ostree-image-signed" references are checked against; they
	// are refused without one.
	Policy *Policy
	// Target is the image that the result is stored as; nil is the one that is pulled.
	Target *ImageReference
	// NoImageRef writes the refs of the layers, but not that of the image.
	NoImageRef bool
	// KeepLayers keeps the refs of layers that no image needs any more.
	KeepLayers bool
	// RequireBootable refuses images that are not made for booting, or for another architecture.
	RequireBootable bool
	// SELinuxFrom is a commit whose policy labels the files of images without a commit inside; zero
	// leaves them to the policy that the image itself brings.
	SELinuxFrom object.Checksum
	// Composefs records the digest of the tree's composefs image in the merge commit
	// (ostree.composefs.digest.v0).
	Composefs bool
	// MaxLayerSize bounds the uncompressed size of one layer in bytes; 0 means 64 GiB.
	MaxLayerSize int64
	// Downloads is how many layers are fetched at the same time; 0 means 4.
	Downloads int
	// Progress receives events of the task "pull".
	Progress ostree.Progress
}

func (o *PullOptions) orDefault() *PullOptions {
	p := PullOptions{}
	if o != nil {
		p = *o
	}
	if p.MaxLayerSize <= 0 {
		p.MaxLayerSize = maxLayerSize
	}
	if p.Downloads <= 0 {
		p.Downloads = 4
	}
	return &p
}

// Layer is a layer of an image that is to be imported.
type Layer struct {
	Kind   LayerKind
	Digest v1.Hash // of the blob
	DiffID v1.Hash // of its uncompressed form
	Size   int64   // of the blob in bytes
	// CreatedBy is what the image's history says about the layer.
	CreatedBy string
	// Ref is the ref of the layer's commit; Commit is zero if the layer has to be fetched.
	Ref    string
	Commit object.Checksum

	desc v1.Descriptor
	made *layerTree // what was fetched, if the commit has to be written
}

// Import is an image that was looked at and compared with what the repository holds. [Import.Run] brings
// it into the repository; Close releases its source.
type Import struct {
	// Image is what was found. If Present is set it may lack the configuration, or be nil.
	Image *RemoteImage
	// Present is the image in the repository if it is the same, so that there is nothing to do.
	Present *Image
	// Previous is the image in the repository that will be replaced, nil if there is none.
	Previous *Image
	// Layers are the image's layers in the order of the manifest.
	Layers []Layer

	repo *ostree.Repo
	ref  Reference
	img  ImageReference // what the result is stored as
	opts *PullOptions
	src  source
}

// Pull brings an image into the repository: its layers as a commit each, and a merge commit with the tree
// of all of them, under the refs of [LayerRef] and [ImageRef]. Layers that are there already are not
// fetched. The image that the repository holds is returned if nothing has changed.
//
// Everything is written in one transaction: after an error, no ref and no commit has appeared.
func Pull(ctx context.Context, r *ostree.Repo, ref Reference, opts *PullOptions) (*Image, error) {
	i, err := Prepare(ctx, r, ref, opts)
	if err != nil {
		return nil, err
	}
	defer i.Close()
	return i.Run(ctx)
}

// Prepare fetches the manifest and the configuration of an image, and checks its signature policy. Nothing
// is written.
func Prepare(ctx context.Context, r *ostree.Repo, ref Reference, opts *PullOptions) (*Import, error) {
	i := &Import{repo: r, ref: ref, img: ref.Image, opts: opts.orDefault()}
	if i.opts.Target != nil {
		i.img = *i.opts.Target
	}
	if err := i.prepare(ctx); err != nil {
		i.Close()
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	return i, nil
}

// Close releases the image's source.
func (i *Import) Close() error {
	if i.src == nil {
		return nil
	}
	err := i.src.Close()
	i.src = nil
	return err
}

func (i *Import) prepare(ctx context.Context) error {
	if err := i.checkPolicy(); err != nil {
		return err
	}
	if err := i.loadPrevious(); err != nil {
		return err
	}
	if i.Previous != nil && i.ref.Verify != VerifyPolicy && namesDigest(i.ref.Image, i.Previous.Digest) {
		return i.present()
	}
	var err error
	if i.src, err = openSource(ctx, i.ref.Image, i.opts.Registry); err != nil {
		return err
	}
	if i.Image, err = loadManifest(ctx, i.src); err != nil {
		return err
	}
	if i.ref.Verify == VerifyPolicy {
		if err := i.opts.Policy.accept(ctx, i.ref.Image, i.Image, i.opts.Registry); err != nil {
			return err
		}
	}
	if p := i.Previous; p != nil && (p.Digest == i.Image.Digest || p.Manifest.Config.Digest == i.Image.Manifest.Config.Digest) {
		return i.present()
	}
	if err := i.Image.loadConfig(ctx, i.src); err != nil {
		return err
	}
	return i.plan()
}

// namesDigest tells whether a reference asks for exactly the manifest of a digest.
func namesDigest(img ImageReference, digest v1.Hash) bool {
	if img.Transport != TransportRegistry {
		return false
	}
	d, err := name.NewDigest(img.Name)
	return err == nil && d.DigestStr() == digest.String()
}

// loadPrevious finds the image that is in the repository. A damaged one is replaced.
func (i *Import) loadPrevious() error {
	p, err := LoadImage(i.repo, i.img)
	if err != nil {
		return nil
	}
	state, err := i.repo.CommitState(p.Commit)
	if err == nil && state == ostree.CommitComplete {
		i.Previous = p
	}
	return err
}

// present ends the preparation: there is nothing to import. What was pulled without verification still
// has to be verified if the reference demands it.
func (i *Import) present() error {
	i.Present = i.Previous
	if i.ref.Verify != VerifyRemote {
		return nil
	}
	kinds, err := layerKinds(i.Present.Manifest, i.Present.Config)
	if err == nil {
		err = remoteVerifiable(kinds)
	}
	if err == nil {
		i.Present.Verified, err = verifyStored(i.repo, i.ref.Remote, i.Present.Base)
	}
	return err
}

// remoteVerifiable refuses images whose files are not all covered by the signature of the commit.
func remoteVerifiable(kinds []LayerKind) error {
	switch {
	case !hasCommit(kinds):
		return errNoCommit
	case derivedCount(kinds) > 0:
		return errors.New("Cannot currently verify layered containers via ostree remote")
	}
	return nil
}

// verifyStored checks the signatures of a commit that is in the repository.
func verifyStored(r *ostree.Repo, remote string, c object.Checksum) (string, error) {
	raw, err := r.LoadMeta(object.Name{Checksum: c, Type: object.TypeCommit})
	if err != nil {
		return "", err
	}
	md, err := r.LoadCommitMeta(c)
	if err != nil {
		return "", err
	}
	var detached []byte
	if md.IsValid() {
		detached = md.Bytes()
	}
	return r.VerifyRemoteCommit(remote, raw, detached)
}

// plan finds out what each layer is, and whether it has to be fetched.
func (i *Import) plan() error {
	kinds, err := layerKinds(i.Image.Manifest, i.Image.Config)
	if err != nil {
		return err
	}
	if i.ref.Verify == VerifyRemote {
		if err := remoteVerifiable(kinds); err != nil {
			return err
		}
	}
	if err := i.checkBootable(); err != nil {
		return err
	}
	history, err := i.Image.History()
	if err != nil {
		return err
	}
	for n, desc := range i.Image.Manifest.Layers {
		l := Layer{Kind: kinds[n], Digest: desc.Digest, Size: desc.Size, DiffID: i.Image.Config.RootFS.DiffIDs[n],
			CreatedBy: history[n].CreatedBy, desc: desc}
		if err := i.findLayer(&l); err != nil {
			return err
		}
		i.Layers = append(i.Layers, l)
	}
	return nil
}

func (i *Import) checkBootable() error {
	if !i.opts.RequireBootable {
		return nil
	}
	labels := i.Image.Config.Config.Labels
	_, bootable := labels[object.KeyBootable]
	_, bootc := labels[LabelBootc]
	if !bootable && !bootc {
		return fmt.Errorf("Target image does not have %s label", object.KeyBootable)
	}
	if arch := i.Image.Config.Architecture; arch != runtime.GOARCH {
		return fmt.Errorf("Image has architecture %s; expected %s", limitText(arch), runtime.GOARCH)
	}
	return nil
}

// findLayer looks for the commit of a layer that was imported before.
func (i *Import) findLayer(l *Layer) error {
	var err error
	if l.Ref, err = LayerRef(l.Digest.String()); err != nil {
		return err
	}
	sum, found, err := localRef(i.repo, l.Ref)
	if err != nil || !found {
		return err
	}
	c, err := i.repo.LoadCommit(sum)
	if errors.Is(err, ostree.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	// An image may call the very same layer something else, and what it was imported as then is of no use.
	if _, derived := c.Metadata.Lookup(KeyImporterVersion); derived != (l.Kind == LayerDerived) {
		return nil
	}
	state, err := i.repo.CommitState(sum)
	if err == nil && state == ostree.CommitComplete {
		l.Commit = sum
	}
	return err
}

// Missing counts the layers that have to be fetched, and their bytes.
func (i *Import) Missing() (layers int, bytes int64) {
	for n := range i.Layers {
		if i.Layers[n].Commit.IsZero() {
			layers++
			bytes += i.Layers[n].Size
		}
	}
	return layers, bytes
}

// FilteredWarning describes files that were left out of the image, "" if there are none.
func (i *Image) FilteredWarning() string {
	sum := map[string]uint32{}
	for _, m := range i.Filtered {
		for k, n := range m {
			sum[k] += n
		}
	}
	if len(sum) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("Image contains non-ostree compatible file paths:")
	for _, k := range sortedKeys(sum) {
		fmt.Fprintf(&b, " %s: %d", k, sum[k])
	}
	return b.String()
}
