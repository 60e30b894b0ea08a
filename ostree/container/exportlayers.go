package container

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sync/errgroup"
)

const ociLayerZstd types.MediaType = "application/vnd.oci.image.layer.v1.tar+zstd"

// exportedLayer is a layer in an OCI layout.
type exportedLayer struct {
	desc   v1.Descriptor
	diffID v1.Hash
}

// exportLayers writes the layers of a commit. Several are written at a time; the result does not depend on it.
func exportLayers(ctx context.Context, r *ostree.Repo, commit object.Checksum, plans []*layerPlan, d *ociDir, c Compression, p ostree.Progress) (_ []exportedLayer, err error) {
	task := newTask(p, "encapsulate", "Writing layers", len(plans))
	defer func() { task.End(err) }()
	layers := make([]exportedLayer, len(plans))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(min(2, runtime.GOMAXPROCS(0))) // compression of one layer is parallel in itself
	for i, plan := range plans {
		g.Go(func() error {
			l, err := exportLayer(d, c, func(w io.Writer) error {
				if i == 0 {
					return writeOSTreeLayer(ctx, r, commit, plan.objects, w)
				}
				return writeChunkLayer(ctx, r, plan.objects, w)
			})
			if err != nil {
				return fmt.Errorf("layer %q: %w", plan.name, err)
			}
			layers[i] = l
			task.Add(l.desc.Size, 1)
			return nil
		})
	}
	return layers, g.Wait()
}

// exportLayer compresses the tar stream that write makes into a blob.
func exportLayer(d *ociDir, c Compression, write func(io.Writer) error) (exportedLayer, error) {
	blob, err := d.createBlob()
	if err != nil {
		return exportedLayer{}, err
	}
	defer blob.abort()
	out := bufio.NewWriterSize(blob, 256<<10)
	z, mt, err := compressor(out, c)
	if err != nil {
		return exportedLayer{}, err
	}
	diff := sha256.New()
	werr := write(io.MultiWriter(diff, z))
	if err := z.Close(); werr == nil {
		werr = err
	}
	if werr == nil {
		werr = out.Flush()
	}
	if werr != nil {
		return exportedLayer{}, werr
	}
	desc, err := blob.commit(mt)
	return exportedLayer{desc, hashOf(diff)}, err
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// compressor returns the encoder of a compression and the media type of its layers.
func compressor(w io.Writer, c Compression) (io.WriteCloser, types.MediaType, error) {
	switch c {
	case CompressionGzip:
		return newGzipWriter(w, 6), types.OCILayer, nil
	case CompressionGzipFast:
		return newGzipWriter(w, 1), types.OCILayer, nil
	case CompressionZstd:
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(2))
		return z, ociLayerZstd, err
	case CompressionNone:
		return nopCloser{w}, types.OCIUncompressedLayer, nil
	}
	return nil, "", fmt.Errorf("compression %d is not supported", c)
}

// WriteCommit writes the layer that holds a whole commit, uncompressed: a root file system whose files
// are hard links into a repository. [ImportTar] is the inverse.
func WriteCommit(ctx context.Context, r *ostree.Repo, rev string, w io.Writer) error {
	commit, err := r.ResolveRev(rev)
	if err != nil {
		return err
	}
	objects, err := commitContents(ctx, r, commit)
	if err != nil {
		return err
	}
	return writeOSTreeLayer(ctx, r, commit, objects, w)
}
