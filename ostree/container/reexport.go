package container

import (
	"context"
	"fmt"
	"io"
	"maps"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// ReexportOptions adjust [Reexport].
type ReexportOptions struct {
	// Compression of the layers.
	Compression Compression
	// Registry says how to reach the registry that is pushed to.
	Registry *RegistryOptions
	// TempDir holds the layers until they are pushed; see [EncapsulateOptions].
	TempDir string
	// Progress receives events of the tasks "encapsulate" and "push".
	Progress ostree.Progress
}

// Reexport writes an image of the repository to another place and returns the digest of its manifest. The
// image keeps its layers, configuration, labels and annotations. Layers are made anew from their commits,
// so digests of compressed data, and of layers that other tools made, differ from the original's.
func Reexport(ctx context.Context, r *ostree.Repo, img ImageReference, dest ImageReference, opts *ReexportOptions) (v1.Hash, error) {
	if opts == nil {
		opts = &ReexportOptions{}
	}
	i, err := LoadImage(r, img)
	if err != nil {
		return v1.Hash{}, err
	}
	return writeImage(ctx, dest, opts.TempDir, opts.Registry, opts.Progress, func(d *ociDir, tag string) (v1.Descriptor, error) {
		x := &reexport{repo: r, image: i, dest: d, opts: opts}
		if err := x.layers(ctx); err != nil {
			return v1.Descriptor{}, fmt.Errorf("image %s: %w", img, err)
		}
		return x.write(tag)
	})
}

type reexport struct {
	repo  *ostree.Repo
	image *Image
	dest  *ociDir
	opts  *ReexportOptions
	kinds []LayerKind
	made  []exportedLayer
}

func (x *reexport) layers(ctx context.Context) error {
	var err error
	if x.kinds, err = layerKinds(x.image.Manifest, x.image.Config); err != nil {
		return err
	}
	below := ostree.NewTree()
	if hasCommit(x.kinds) {
		plans, err := x.commitPlans(ctx)
		if err != nil {
			return err
		}
		if x.made, err = exportLayers(ctx, x.repo, x.image.Base, plans, x.dest, x.opts.Compression, x.opts.Progress); err != nil {
			return err
		}
		if below, err = x.repo.CommitTree(x.image.Base); err != nil {
			return err
		}
	}
	for n := len(x.made); n < len(x.kinds); n++ {
		if err := x.derived(ctx, n, below); err != nil {
			return fmt.Errorf("layer %s: %w", x.image.Manifest.Layers[n].Digest, err)
		}
	}
	return nil
}

// layerCommit returns the commit of a layer.
func (x *reexport) layerCommit(n int) (object.Checksum, error) {
	ref, err := LayerRef(x.image.Manifest.Layers[n].Digest.String())
	if err != nil {
		return object.Checksum{}, err
	}
	sum, found, err := localRef(x.repo, ref)
	if err == nil && !found {
		err = fmt.Errorf("layer ref %s does not exist", ref)
	}
	return sum, err
}

// commitPlans distributes the content of the base commit as the commits of the chunks say.
func (x *reexport) commitPlans(ctx context.Context) ([]*layerPlan, error) {
	all, err := commitContents(ctx, x.repo, x.image.Base)
	if err != nil {
		return nil, err
	}
	left := make(map[object.Checksum]*content, len(all))
	for _, o := range all {
		left[o.sum] = o
	}
	plans := []*layerPlan{{name: "ostree commit"}}
	for n := 1; n < len(x.kinds) && x.kinds[n] == LayerChunk; n++ {
		p := &layerPlan{name: x.image.Manifest.Layers[n].Digest.String()}
		plans = append(plans, p)
		if err := x.takeChunk(n, p, left); err != nil {
			return nil, err
		}
	}
	for _, o := range left {
		plans[0].objects = append(plans[0].objects, o)
	}
	for _, p := range plans {
		sortContents(p.objects)
	}
	return plans, nil
}

// takeChunk moves the objects of a chunk into its plan.
func (x *reexport) takeChunk(n int, p *layerPlan, left map[object.Checksum]*content) error {
	sum, err := x.layerCommit(n)
	if err != nil {
		return err
	}
	t, err := x.repo.CommitTree(sum)
	if err != nil {
		return err
	}
	names, _, err := t.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		c, err := object.ParseChecksum(name)
		if err != nil {
			return fmt.Errorf("commit %s is not that of a chunk: %w", sum, err)
		}
		if o := left[c]; o != nil {
			p.objects = append(p.objects, o)
			delete(left, c)
		}
	}
	return nil
}

// derived writes a layer of ordinary files, and puts it on top of the tree below.
func (x *reexport) derived(ctx context.Context, n int, below *ostree.Tree) error {
	sum, err := x.layerCommit(n)
	if err != nil {
		return err
	}
	t, err := x.repo.CommitTree(sum)
	if err != nil {
		return err
	}
	made, err := exportLayer(x.dest, x.opts.Compression, func(w io.Writer) error { return writeRawLayer(ctx, x.repo, t, below, w) })
	if err != nil {
		return err
	}
	x.made = append(x.made, made)
	return overlayLayer(below, t, 0)
}

// write stores configuration and manifest: the image's own, with the new layers.
func (x *reexport) write(tag string) (v1.Descriptor, error) {
	b := newImageBuilder(nil, x.image.Config.Created.Time)
	b.config = *x.image.Config.DeepCopy()
	b.config.RootFS.DiffIDs = nil
	b.manifest.Annotations = maps.Clone(x.image.Manifest.Annotations)
	final := v1.Hash{}
	for n, l := range x.made {
		l.desc.Annotations = x.image.Manifest.Layers[n].Annotations
		b.manifest.Layers = append(b.manifest.Layers, l.desc)
		b.config.RootFS.DiffIDs = append(b.config.RootFS.DiffIDs, l.diffID)
		if x.kinds[n] != LayerDerived {
			final = l.diffID
		}
	}
	for _, labels := range []map[string]string{b.config.Config.Labels, b.manifest.Annotations} {
		if _, ok := labels[LabelFinalDiffID]; ok {
			labels[LabelFinalDiffID] = final.String()
		}
	}
	return b.write(x.dest, tag)
}
