package container

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/nestos-dev/nestos/internal/decompress"
)

const maxArchiveFiles = 100_000

// tarFiles gives access to the files of an uncompressed tar archive at their places in it.
type tarFiles struct {
	f     *os.File
	index map[string]tarSpan
}

type tarSpan struct{ offset, size int64 }

// openTarFiles reads the headers of an archive.
func openTarFiles(p string) (*tarFiles, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	t := &tarFiles{f: f, index: map[string]tarSpan{}}
	if err := t.scan(); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	return t, nil
}

func (t *tarFiles) scan() error {
	var magic [16]byte
	if n, _ := t.f.ReadAt(magic[:], 0); decompress.Sniff(magic[:n]) != decompress.Raw {
		return errors.New("compressed archives are not supported")
	}
	links := map[string]string{}
	for tr := tar.NewReader(t.f); ; {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if len(t.index)+len(links) > maxArchiveFiles {
			return errors.New("too many files in the archive")
		}
		n := path.Clean(h.Name)
		switch h.Typeflag {
		case tar.TypeReg:
			at, err := t.f.Seek(0, io.SeekCurrent)
			if err != nil {
				return err
			}
			t.index[n] = tarSpan{at, h.Size}
		case tar.TypeSymlink: // docker save names equal layers so
			links[n] = path.Join(path.Dir(n), h.Linkname)
		case tar.TypeLink:
			links[n] = path.Clean(h.Linkname)
		}
	}
	for n, target := range links {
		if span, ok := t.index[target]; ok {
			t.index[n] = span
		}
	}
	return nil
}

func (t *tarFiles) open(n string) (io.ReadCloser, int64, error) {
	s, ok := t.index[path.Clean(n)]
	if !ok {
		return nil, 0, fmt.Errorf("%s in %s: %w", n, t.f.Name(), fs.ErrNotExist)
	}
	return io.NopCloser(io.NewSectionReader(t.f, s.offset, s.size)), s.size, nil
}

// Close closes the archive.
func (t *tarFiles) Close() error { return t.f.Close() }

// dockerSource is an image in the output of docker save, whose layers are not compressed. It has no
// manifest of the usual form; one is made that names the layers by the digests in the configuration.
type dockerSource struct {
	files *tarFiles
	raw   []byte
	names map[v1.Hash]string
}

func openDockerArchive(t *tarFiles, ref string) (_ *dockerSource, err error) {
	defer func() {
		if err != nil {
			t.Close()
		}
	}()
	b, err := readFileOf(t, "manifest.json", maxManifestSize)
	if err != nil {
		return nil, err
	}
	var list []dockerImage
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	img, err := chooseDockerImage(list, ref)
	if err != nil {
		return nil, err
	}
	s := &dockerSource{files: t, names: map[v1.Hash]string{}}
	return s, s.makeManifest(img)
}

func chooseDockerImage(list []dockerImage, ref string) (*dockerImage, error) {
	if ref == "" {
		if len(list) != 1 {
			return nil, fmt.Errorf("the archive holds %d images, a reference is needed", len(list))
		}
		return &list[0], nil
	}
	tag, err := name.NewTag(ref)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if slices.ContainsFunc(list[i].RepoTags, func(s string) bool {
			other, err := name.NewTag(s)
			return err == nil && other.Name() == tag.Name()
		}) {
			return &list[i], nil
		}
	}
	return nil, fmt.Errorf("no image %q in the archive: %w", ref, fs.ErrNotExist)
}

func (s *dockerSource) makeManifest(img *dockerImage) error {
	raw, err := readFileOf(s.files, img.Config, maxConfigSize)
	if err != nil {
		return err
	}
	config, err := parseConfig(raw)
	if err != nil {
		return err
	}
	if len(config.RootFS.DiffIDs) != len(img.Layers) {
		return fmt.Errorf("%d layers, but %d in the image configuration", len(img.Layers), len(config.RootFS.DiffIDs))
	}
	m := v1.Manifest{SchemaVersion: 2, MediaType: types.DockerManifestSchema2,
		Config: v1.Descriptor{MediaType: types.DockerConfigJSON, Size: int64(len(raw)), Digest: digestBytes(raw)}}
	s.names[m.Config.Digest] = img.Config
	for i, n := range img.Layers {
		r, size, err := s.files.open(n)
		if err != nil {
			return err
		}
		r.Close()
		d := v1.Descriptor{MediaType: types.DockerUncompressedLayer, Size: size, Digest: config.RootFS.DiffIDs[i]}
		s.names[d.Digest] = n
		m.Layers = append(m.Layers, d)
	}
	s.raw, err = json.Marshal(&m)
	return err
}

func (s *dockerSource) manifest(context.Context) ([]byte, error) { return bytes.Clone(s.raw), nil }

func (s *dockerSource) blob(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	return openBlobOf(s.files, s.names[d.Digest], d)
}

// Close closes the archive.
func (s *dockerSource) Close() error { return s.files.Close() }
