package container

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// ReplaceOptions adjust [ReplaceDetachedMetadata].
type ReplaceOptions struct {
	// Source and Dest say how to reach the registries of the two images.
	Source, Dest *RegistryOptions
	// TempDir holds the image in between; see [EncapsulateOptions].
	TempDir string
	// Progress receives events of the tasks "copy" and "push".
	Progress ostree.Progress
}

// ReplaceDetachedMetadata copies an image, with other detached metadata (signatures, for instance) of the
// commit inside: contents is an a{sv} in its serialized form, nil removes what is there. It returns the
// digest of the new manifest. Only the first layer changes.
func ReplaceDetachedMetadata(ctx context.Context, src, dest ImageReference, contents []byte, opts *ReplaceOptions) (v1.Hash, error) {
	if opts == nil {
		opts = &ReplaceOptions{}
	}
	if contents != nil {
		if err := object.Validate(object.TypeCommitMeta, contents); err != nil {
			return v1.Hash{}, err
		}
	}
	s, err := openSource(ctx, src, opts.Source)
	if err != nil {
		return v1.Hash{}, err
	}
	defer s.Close()
	i, err := inspect(ctx, s)
	if err != nil {
		return v1.Hash{}, fmt.Errorf("%s: %w", src, err)
	}
	kinds, err := layerKinds(i.Manifest, i.Config)
	if err == nil && !hasCommit(kinds) {
		err = errNoCommit
	}
	if err != nil {
		return v1.Hash{}, fmt.Errorf("%s: %w", src, err)
	}
	return writeImage(ctx, dest, opts.TempDir, opts.Dest, opts.Progress, func(d *ociDir, tag string) (v1.Descriptor, error) {
		desc, err := replaceDetached(ctx, s, i, d, tag, contents, opts.Progress)
		if err != nil {
			err = fmt.Errorf("%s: %w", src, err)
		}
		return desc, err
	})
}

// replaceDetached writes the changed image.
func replaceDetached(ctx context.Context, s source, i *RemoteImage, d *ociDir, tag string, contents []byte, p ostree.Progress) (_ v1.Descriptor, err error) {
	none := v1.Descriptor{}
	task := newTask(p, "copy", "Copying layers", len(i.Manifest.Layers))
	defer func() { task.End(err) }()
	b := &imageBuilder{config: *i.Config.DeepCopy(), manifest: *i.Manifest.DeepCopy()}
	first, err := rewriteFirstLayer(ctx, s, i, d, contents)
	if err != nil {
		return none, err
	}
	task.Add(first.desc.Size, 1)
	for _, l := range i.Manifest.Layers[1:] {
		if err := copyLayer(ctx, s, l, d); err != nil {
			return none, fmt.Errorf("layer %s: %w", l.Digest, err)
		}
		task.Add(l.Size, 1)
	}
	old := i.Config.RootFS.DiffIDs[0].String()
	b.config.RootFS.DiffIDs[0] = first.diffID
	first.desc.Annotations = i.Manifest.Layers[0].Annotations
	b.manifest.Layers[0] = first.desc
	for _, labels := range []map[string]string{b.config.Config.Labels, b.manifest.Annotations} {
		if labels[LabelFinalDiffID] == old {
			labels[LabelFinalDiffID] = first.diffID.String()
		}
	}
	return b.write(d, tag)
}

func copyLayer(ctx context.Context, s source, l v1.Descriptor, d *ociDir) error {
	r, err := s.blob(ctx, l)
	if err != nil {
		return err
	}
	defer r.Close()
	return d.copyBlob(l, r)
}

// rewriteFirstLayer writes the layer of the commit with other detached metadata.
func rewriteFirstLayer(ctx context.Context, s source, i *RemoteImage, d *ociDir, contents []byte) (exportedLayer, error) {
	l := i.Manifest.Layers[0]
	blob, err := s.blob(ctx, l)
	if err != nil {
		return exportedLayer{}, err
	}
	defer blob.Close()
	c := CompressionGzip
	switch {
	case strings.HasSuffix(string(l.MediaType), "zstd"):
		c = CompressionZstd
	case !strings.HasSuffix(string(l.MediaType), "gzip"):
		c = CompressionNone
	}
	made, err := exportLayer(d, c, func(w io.Writer) error {
		return readLayer(ctx, blob, l, i.Config.RootFS.DiffIDs[0], maxLayerSize, func(r io.Reader) error {
			return rewriteCommitMeta(r, w, contents)
		})
	})
	if err != nil {
		return made, fmt.Errorf("layer %s: %w", l.Digest, err)
	}
	if i.Manifest.MediaType == types.DockerManifestSchema2 {
		made.desc.MediaType = l.MediaType
	}
	return made, nil
}

// rewriteCommitMeta copies the tar stream of a commit. Entries keep their bytes; the one with detached
// metadata is dropped, and the new one put after the commit.
func rewriteCommitMeta(r io.Reader, w io.Writer, contents []byte) error {
	var raw bytes.Buffer // what the reader has taken to find the next entry
	tr := tar.NewReader(struct{ io.Reader }{io.TeeReader(r, &raw)})
	commit, keep, padding := "", true, 0
	for {
		raw.Reset()
		h, err := tr.Next()
		if keep {
			// The end of the entry before, whose name and header come after it.
			if _, err := w.Write(raw.Next(min(padding, raw.Len()))); err != nil {
				return err
			}
		} else {
			raw.Next(padding)
		}
		if commit != "" && contents != nil {
			if err := writeDetachedEntry(w, commit, contents); err != nil {
				return err
			}
			contents = nil
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("reading tar stream: %w", err)
		}
		if h.Typeflag == tar.TypeGNUSparse {
			return errors.New("files with holes are not supported")
		}
		name := relativeName(h.Name)
		isObject := strings.HasPrefix(name, objectsPath+"/") && h.Typeflag == tar.TypeReg
		if commit == "" && isObject && strings.HasSuffix(name, ".commit") {
			commit = name
		}
		keep = !isObject || !strings.HasSuffix(name, ".commitmeta")
		if keep {
			if _, err := w.Write(raw.Bytes()); err != nil {
				return err
			}
		}
		raw.Reset()
		if err := copyContent(w, tr, &raw, keep); err != nil {
			return err
		}
		padding = int(-h.Size & (tarBlock - 1))
	}
	if commit == "" {
		return errors.New("Missing commit object")
	}
	_, err := w.Write(zeroBlock[:])
	return err
}

// copyContent copies the content of an entry by way of the buffer that it is noted in.
func copyContent(w io.Writer, tr *tar.Reader, raw *bytes.Buffer, keep bool) error {
	buf := layerBuffers.Get().(*[]byte)
	defer layerBuffers.Put(buf)
	for {
		n, err := tr.Read(*buf)
		raw.Reset()
		if n > 0 && keep {
			if _, err := w.Write((*buf)[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading tar stream: %w", noEOF(err))
		}
	}
}

// writeDetachedEntry writes the object that belongs to a commit.
func writeDetachedEntry(w io.Writer, commit string, contents []byte) error {
	t := newTarWriter(w)
	if err := t.header(&tarEntry{name: commit + "meta", typ: tarFile, mode: 0o644, size: int64(len(contents))}); err != nil {
		return err
	}
	if _, err := t.Write(contents); err != nil {
		return err
	}
	t.finishEntry()
	if t.err != nil {
		return t.err
	}
	return t.w.Flush()
}
