package container

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// Labels and annotations of images that hold a commit.
const (
	LabelCommit      = "ostree.commit"       // checksum of the commit
	LabelFinalDiffID = "ostree.final-diffid" // uncompressed digest of the last layer of the commit; what follows is derived
	LabelBootc       = "containers.bootc"    // "1" for bootable images
	LabelVersion     = "org.opencontainers.image.version"
	LabelComponents  = "ostree.components" // of a layer: names of the components in it, separated by commas

	legacyVersionLabel = "version"
)

// Compression is how layers are compressed.
type Compression uint8

// The compressions.
const (
	CompressionGzip     Compression = iota // level 6
	CompressionGzipFast                    // level 1
	CompressionZstd                        // the default level of zstd
	CompressionNone
)

// EncapsulateOptions describe the image to make of a commit. The zero value is an image with one layer.
type EncapsulateOptions struct {
	// Labels are added to the image's labels, which are also the annotations of its manifest.
	Labels map[string]string
	// CopyMeta and CopyMetaOpt are keys of string values in the commit's metadata that become labels;
	// those of CopyMeta must exist.
	CopyMeta, CopyMetaOpt []string
	// LegacyVersionLabel adds the label "version" beside org.opencontainers.image.version.
	LegacyVersionLabel bool
	// Config is the base of the image's runtime configuration.
	Config *v1.Config
	// Cmd is the default command; nil takes ostree.container-cmd of the commit.
	Cmd []string
	// Created is the creation time in the image's configuration; zero takes the commit's timestamp.
	Created time.Time
	// Platform is the architecture and operating system; nil means Linux on the running architecture.
	Platform *v1.Platform
	// Compression of the layers.
	Compression Compression
	// Contents tells which component each content object belongs to; components are packed into
	// layers. nil puts everything into one layer.
	Contents *ContentMeta
	// MaxLayers bounds the layers that Contents are packed into, in addition to the first; 0 means 64.
	MaxLayers int
	// PriorBuild is the manifest of the previous image: its layers keep their components, so that
	// those without a change stay the same.
	PriorBuild *v1.Manifest
	// Registry says how to reach the registry that is pushed to.
	Registry *RegistryOptions
	// TempDir holds the layers until they are pushed; empty means /var/tmp, or the system's choice
	// where there is none.
	TempDir string
	// Progress receives events of the tasks "encapsulate" and "push".
	Progress ostree.Progress
}

// Encapsulate makes a container image of a commit and writes it to dest. It returns the digest of the
// image's manifest. The same commit and options give the same bytes.
func Encapsulate(ctx context.Context, r *ostree.Repo, rev string, dest ImageReference, opts *EncapsulateOptions) (v1.Hash, error) {
	if opts == nil {
		opts = &EncapsulateOptions{}
	}
	commit, err := r.ResolveRev(rev)
	if err != nil {
		return v1.Hash{}, err
	}
	return writeImage(ctx, dest, opts.TempDir, opts.Registry, opts.Progress, func(d *ociDir, tag string) (v1.Descriptor, error) {
		return buildImage(ctx, r, commit, d, tag, opts)
	})
}

// buildImage writes the layers, the configuration and the manifest of an image.
func buildImage(ctx context.Context, r *ostree.Repo, sum object.Checksum, d *ociDir, tag string, opts *EncapsulateOptions) (v1.Descriptor, error) {
	none := v1.Descriptor{}
	commit, err := r.LoadCommit(sum)
	if err != nil {
		return none, err
	}
	labels, err := imageLabels(commit, sum, opts)
	if err != nil {
		return none, err
	}
	if commit.Timestamp > 253402300799 { // the year 9999, the last that the text form can express
		return none, fmt.Errorf("timestamp %d of commit %s is out of range", commit.Timestamp, sum)
	}
	plans, err := planLayers(ctx, r, sum, opts)
	if err != nil {
		return none, err
	}
	plans[0].name = commit.Subject
	if plans[0].name == "" {
		plans[0].name = "ostree export of commit " + sum.String()
	}
	layers, err := exportLayers(ctx, r, sum, plans, d, opts.Compression, opts.Progress)
	if err != nil {
		return none, err
	}
	b := newImageBuilder(opts.Platform, opts.Created)
	if opts.Created.IsZero() {
		b.config.Created = v1.Time{Time: time.Unix(int64(commit.Timestamp), 0).UTC()}
	}
	for i, l := range layers {
		b.addLayer(l, plans[i].name, plans[i].annotations(i))
	}
	labels[LabelFinalDiffID] = layers[len(layers)-1].diffID.String()
	b.setConfig(commit, labels, opts)
	return b.write(d, tag)
}

// annotations of a layer: the components of a chunk.
func (p *layerPlan) annotations(i int) map[string]string {
	if i == 0 {
		return nil
	}
	return map[string]string{LabelComponents: joinComponents(p.components)}
}

// imageLabels collects the labels that follow from the commit and the options.
func imageLabels(c *object.Commit, sum object.Checksum, opts *EncapsulateOptions) (map[string]string, error) {
	labels := map[string]string{}
	for _, k := range opts.CopyMeta {
		v, ok := c.Metadata.LookupType(k, "s")
		if !ok {
			return nil, fmt.Errorf("Could not find commit metadata key: %s", k)
		}
		labels[k] = v.Str()
	}
	for _, k := range append(append([]string{}, opts.CopyMetaOpt...), object.KeyLinux) {
		if v, ok := c.Metadata.LookupType(k, "s"); ok {
			labels[k] = v.Str()
		}
	}
	if v, ok := c.Metadata.LookupType(object.KeyBootable, "b"); ok {
		labels[object.KeyBootable] = fmt.Sprint(v.Bool())
		if v.Bool() {
			labels[LabelBootc] = "1"
		}
	}
	if v, ok := c.Metadata.LookupType(object.KeyVersion, "s"); ok {
		labels[LabelVersion] = v.Str()
		if opts.LegacyVersionLabel {
			labels[legacyVersionLabel] = v.Str()
		}
	}
	labels[LabelCommit] = sum.String()
	maps.Copy(labels, opts.Labels)
	return labels, nil
}

// imageBuilder assembles the configuration and the manifest.
type imageBuilder struct {
	config   v1.ConfigFile
	manifest v1.Manifest
}

func newImageBuilder(p *v1.Platform, created time.Time) *imageBuilder {
	b := &imageBuilder{}
	b.config.OS, b.config.Architecture = "linux", runtime.GOARCH
	if p != nil {
		b.config.OS, b.config.Architecture, b.config.Variant = p.OS, p.Architecture, p.Variant
		b.config.OSVersion, b.config.OSFeatures = p.OSVersion, p.OSFeatures
	}
	b.config.Created = v1.Time{Time: created.UTC().Truncate(time.Second)}
	b.config.RootFS = v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{}}
	b.manifest = v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Layers: []v1.Descriptor{}}
	return b
}

func (b *imageBuilder) addLayer(l exportedLayer, text string, annotations map[string]string) {
	l.desc.Annotations = annotations
	b.manifest.Layers = append(b.manifest.Layers, l.desc)
	b.config.RootFS.DiffIDs = append(b.config.RootFS.DiffIDs, l.diffID)
	b.config.History = append(b.config.History, v1.History{Created: b.config.Created, CreatedBy: text})
}

func (b *imageBuilder) setConfig(c *object.Commit, labels map[string]string, opts *EncapsulateOptions) {
	if opts.Config != nil {
		b.config.Config = *opts.Config.DeepCopy()
	}
	if b.config.Config.Labels == nil {
		b.config.Config.Labels = map[string]string{}
	}
	maps.Copy(b.config.Config.Labels, labels)
	if v, ok := c.Metadata.LookupType(object.KeyContainerCmd, "as"); ok {
		b.config.Config.Cmd = v.Strings()
	}
	if opts.Cmd != nil {
		b.config.Config.Cmd = opts.Cmd
	}
	b.manifest.Annotations = labels
}

// write stores configuration and manifest, the latter under the tag.
func (b *imageBuilder) write(d *ociDir, tag string) (v1.Descriptor, error) {
	raw, err := json.Marshal(&b.config)
	if err != nil {
		return v1.Descriptor{}, err
	}
	mt := types.OCIConfigJSON
	if b.manifest.MediaType == types.DockerManifestSchema2 {
		mt = types.DockerConfigJSON
	}
	if b.manifest.Config, err = d.writeBlob(raw, mt); err != nil {
		return v1.Descriptor{}, err
	}
	if raw, err = json.Marshal(&b.manifest); err != nil {
		return v1.Descriptor{}, err
	}
	return d.addManifest(raw, b.config.Platform(), tag)
}

// newTask starts counting for a progress consumer; r may be nil.
func newTask(r ostree.Progress, task, text string, items int) *progress.Task {
	return progress.Start(r, progress.Event{Task: task, Text: text, Items: progress.Count{Total: int64(items)}})
}
