package container

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// source is where an image is read from. Its methods may be called by several goroutines.
type source interface {
	// manifest returns the bytes of the manifest of one image.
	manifest(ctx context.Context) ([]byte, error)
	// blob opens a blob; the reader reports io.EOF only if digest and size are right.
	blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error)
	Close() error
}

// openSource finds the image that a reference names.
func openSource(ctx context.Context, img ImageReference, reg *RegistryOptions) (source, error) {
	switch img.Transport {
	case TransportRegistry:
		return openRegistry(ctx, img.Name, reg)
	case TransportOCI:
		path, tag := img.path()
		return &ociSource{files: dirFiles(path), tag: tag}, nil
	case TransportOCIArchive:
		path, tag := img.path()
		files, err := openTarFiles(path)
		return &ociSource{files: files, tag: tag}, err
	case TransportDockerArchive:
		path, tag := img.path()
		files, err := openTarFiles(path)
		if err != nil {
			return nil, err
		}
		return openDockerArchive(files, tag)
	case TransportDir:
		return &flatSource{dirFiles(img.Name)}, nil
	case TransportContainersStorage:
		return nil, errStorage
	}
	return nil, fmt.Errorf("reading from %s is not supported", img.Transport)
}

// loadManifest reads the manifest of a source. The configuration is not loaded.
func loadManifest(ctx context.Context, s source) (*RemoteImage, error) {
	raw, err := s.manifest(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetching manifest: %w", err)
	}
	m, err := parseManifest(raw)
	if err != nil {
		return nil, err
	}
	return &RemoteImage{RawManifest: raw, Digest: digestBytes(raw), Manifest: m}, nil
}

// loadConfig reads the configuration that the manifest names.
func (i *RemoteImage) loadConfig(ctx context.Context, s source) error {
	d := i.Manifest.Config
	if d.Size > maxConfigSize {
		return fmt.Errorf("image configuration of %d bytes exceeds the limit of %d", d.Size, maxConfigSize)
	}
	r, err := s.blob(ctx, d)
	if err != nil {
		return fmt.Errorf("fetching image configuration: %w", err)
	}
	defer r.Close()
	if i.RawConfig, err = readLimited(r, maxConfigSize); err != nil {
		return fmt.Errorf("fetching image configuration %s: %w", d.Digest, err)
	}
	i.Config, err = parseConfig(i.RawConfig)
	return err
}

// inspect reads manifest and configuration.
func inspect(ctx context.Context, s source) (*RemoteImage, error) {
	i, err := loadManifest(ctx, s)
	if err != nil {
		return nil, err
	}
	return i, i.loadConfig(ctx, s)
}

// files is a set of named files: a directory, or a tar archive.
type files interface {
	open(name string) (io.ReadCloser, int64, error)
	Close() error
}

// dirFiles is a directory. Only fixed names and digests are opened in it.
type dirFiles string

func (d dirFiles) open(name string) (io.ReadCloser, int64, error) {
	f, err := os.Open(filepath.Join(string(d), name))
	if err != nil {
		return nil, 0, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", f.Name())
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}

// Close does nothing.
func (d dirFiles) Close() error { return nil }

func readFileOf(f files, name string, limit int64) ([]byte, error) {
	r, _, err := f.open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := readLimited(r, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

func openBlobOf(f files, name string, d v1.Descriptor) (io.ReadCloser, error) {
	r, _, err := f.open(name)
	if err != nil {
		return nil, err
	}
	return newVerifyReader(r, d)
}

// ociSource is an image in OCI layout.
type ociSource struct {
	files files
	tag   string
}

const maxIndexDepth = 4 // of indexes that name indexes

func (s *ociSource) manifest(context.Context) ([]byte, error) {
	raw, err := readFileOf(s.files, "index.json", maxManifestSize)
	if err != nil {
		return nil, err
	}
	desc, err := chooseManifest(raw, s.tag, true)
	for range maxIndexDepth {
		if err != nil {
			return nil, err
		}
		if raw, err = s.readBlob(desc); err != nil {
			return nil, err
		}
		if !isIndex(desc, raw) {
			return raw, nil
		}
		desc, err = chooseManifest(raw, "", false)
	}
	return nil, errors.New("image indexes are nested too deeply")
}

func (s *ociSource) readBlob(d v1.Descriptor) ([]byte, error) {
	r, err := openBlobOf(s.files, ociBlobs+"/"+d.Digest.Hex, d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readLimited(r, maxManifestSize)
}

func isIndex(d v1.Descriptor, raw []byte) bool {
	if d.MediaType != "" {
		return d.MediaType.IsIndex()
	}
	var probe struct{ Manifests []json.RawMessage }
	return json.Unmarshal(raw, &probe) == nil && len(probe.Manifests) > 0
}

// chooseManifest picks an image of an index: by its tag in the top index, by platform below it.
func chooseManifest(raw []byte, tag string, top bool) (v1.Descriptor, error) {
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil {
		return v1.Descriptor{}, fmt.Errorf("image index: %w", err)
	}
	var found []v1.Descriptor
	for _, d := range index.Manifests {
		if tag == "" || d.Annotations[refNameAnnotation] == tag {
			found = append(found, d)
		}
	}
	if len(found) > 1 {
		found = forPlatform(found)
	}
	switch {
	case len(found) == 0 && top && tag != "":
		return v1.Descriptor{}, fmt.Errorf("no image with tag %q: %w", tag, fs.ErrNotExist)
	case len(found) == 0:
		return v1.Descriptor{}, errors.New("no image for this platform in the index")
	case len(found) > 1:
		return v1.Descriptor{}, errors.New("more than one image in the index, a tag is needed")
	}
	return found[0], nil
}

func forPlatform(list []v1.Descriptor) []v1.Descriptor {
	var out []v1.Descriptor
	for _, d := range list {
		if d.Platform == nil || d.Platform.Satisfies(defaultPlatform()) {
			out = append(out, d)
		}
	}
	return out
}

func (s *ociSource) blob(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	return openBlobOf(s.files, ociBlobs+"/"+d.Digest.Hex, d)
}

// Close closes the archive.
func (s *ociSource) Close() error { return s.files.Close() }

// flatSource is a directory as the transport "dir" makes it.
type flatSource struct{ files files }

func (s *flatSource) manifest(context.Context) ([]byte, error) {
	return readFileOf(s.files, "manifest.json", maxManifestSize)
}

func (s *flatSource) blob(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	return openBlobOf(s.files, d.Digest.Hex, d)
}

// Close does nothing.
func (s *flatSource) Close() error { return nil }
