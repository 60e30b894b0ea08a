package container

import (
	"archive/tar"
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/decompress"
	"github.com/nestos-dev/nestos/ostree"
)

// buildFunc writes an image to an OCI layout under a tag ("" for none).
type buildFunc func(d *ociDir, tag string) (v1.Descriptor, error)

// writeImage builds an image where it belongs, or in a temporary directory from which it is copied there.
func writeImage(ctx context.Context, dest ImageReference, tempDir string, reg *RegistryOptions, p ostree.Progress, build buildFunc) (v1.Hash, error) {
	path, tag := dest.path()
	if dest.Transport == TransportOCI {
		d, err := openOCIDir(path, true)
		if err != nil {
			return v1.Hash{}, err
		}
		desc, err := build(d, tag)
		return desc.Digest, err
	}
	copyTo, err := destination(ctx, dest, reg, p)
	if err != nil {
		return v1.Hash{}, err
	}
	tmp, err := os.MkdirTemp(tempRoot(tempDir), "ostree-container-")
	if err != nil {
		return v1.Hash{}, err
	}
	defer os.RemoveAll(tmp)
	d, err := openOCIDir(tmp, false)
	if err != nil {
		return v1.Hash{}, err
	}
	if dest.Transport != TransportOCIArchive {
		tag = ""
	}
	desc, err := build(d, tag)
	if err != nil {
		return v1.Hash{}, err
	}
	if err := copyTo(d, desc); err != nil {
		return v1.Hash{}, fmt.Errorf("writing %s: %w", dest, err)
	}
	return desc.Digest, nil
}

func tempRoot(dir string) string {
	if dir != "" {
		return dir
	}
	if st, err := os.Stat("/var/tmp"); err == nil && st.IsDir() {
		return "/var/tmp"
	}
	return os.TempDir()
}

type copyFunc func(d *ociDir, desc v1.Descriptor) error

// destination returns what copies a finished image to its place. What is wrong with the place is found
// before the image is built, as far as it can be.
func destination(ctx context.Context, dest ImageReference, reg *RegistryOptions, p ostree.Progress) (copyFunc, error) {
	switch dest.Transport {
	case TransportRegistry:
		ref, err := parseName(dest.Name, reg)
		if err != nil {
			return nil, err
		}
		return func(d *ociDir, desc v1.Descriptor) error { return push(ctx, d, desc, ref, reg, p) }, nil
	case TransportOCIArchive:
		path, _ := dest.path()
		return func(d *ociDir, _ v1.Descriptor) error { return writeOCIArchive(ctx, d, path) }, nil
	case TransportDockerArchive:
		path, ref := dest.path()
		if ref != "" {
			tag, err := name.NewTag(ref)
			if err != nil {
				return nil, err
			}
			ref = tag.Name()
		}
		return func(d *ociDir, desc v1.Descriptor) error { return writeDockerArchive(ctx, d, desc, path, ref) }, nil
	case TransportDir:
		return func(d *ociDir, desc v1.Descriptor) error { return writeFlatDir(ctx, d, desc, dest.Name) }, nil
	case TransportContainersStorage:
		return nil, errStorage
	}
	return nil, fmt.Errorf("writing to %s is not supported", dest.Transport)
}

// blobs lists the descriptors of an image in the layout: layers, configuration, manifest.
func (d *ociDir) blobs(desc v1.Descriptor) (m *v1.Manifest, raw []byte, err error) {
	if raw, err = os.ReadFile(d.blobPath(desc.Digest)); err != nil {
		return nil, nil, err
	}
	m, err = parseManifest(raw)
	return m, raw, err
}

// writeTarFile makes a tar archive appear at path when it is complete.
func writeTarFile(path string, fill func(*tar.Writer) error) error {
	f, err := atomicfile.Create(path, 0o644, nil)
	if err != nil {
		return err
	}
	defer f.Abort()
	b := bufio.NewWriterSize(f, 256<<10)
	tw := tar.NewWriter(b)
	if err := fill(tw); err != nil {
		return err
	}
	if err := tw.Close(); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return f.Commit()
}

func addTarFile(tw *tar.Writer, name string, size int64, r io.Reader) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: size, Format: tar.FormatUSTAR}
	if size >= 1<<33 {
		h.Format = tar.FormatPAX
	}
	if err := tw.WriteHeader(h); err != nil {
		return err
	}
	_, err := io.Copy(tw, r)
	return err
}

func addTarPath(tw *tar.Writer, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	return addTarFile(tw, name, st.Size(), f)
}

func writeOCIArchive(ctx context.Context, d *ociDir, path string) error {
	blobs, err := os.ReadDir(filepath.Join(d.path, ociBlobs))
	if err != nil {
		return err
	}
	names := []string{"oci-layout", "index.json"}
	for _, b := range blobs {
		names = append(names, ociBlobs+"/"+b.Name())
	}
	return writeTarFile(path, func(tw *tar.Writer) error {
		for _, n := range names {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := addTarPath(tw, n, filepath.Join(d.path, n)); err != nil {
				return err
			}
		}
		return nil
	})
}

// dockerImage is an element of manifest.json in the output of docker save.
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// writeDockerArchive writes uncompressed layers, named by their digests.
func writeDockerArchive(ctx context.Context, d *ociDir, desc v1.Descriptor, path, ref string) error {
	m, _, err := d.blobs(desc)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(d.blobPath(m.Config.Digest))
	if err != nil {
		return err
	}
	config, err := parseConfig(raw)
	if err != nil {
		return err
	}
	img := dockerImage{Config: m.Config.Digest.Hex + ".json", RepoTags: []string{}}
	if ref != "" {
		img.RepoTags = append(img.RepoTags, ref)
	}
	return writeTarFile(path, func(tw *tar.Writer) error {
		seen := map[string]bool{}
		for i, l := range m.Layers {
			if err := ctx.Err(); err != nil {
				return err
			}
			name := config.RootFS.DiffIDs[i].Hex + ".tar"
			img.Layers = append(img.Layers, name)
			if seen[name] {
				continue
			}
			seen[name] = true
			if err := addUnpacked(tw, name, d.blobPath(l.Digest)); err != nil {
				return err
			}
		}
		if err := addTarFile(tw, img.Config, int64(len(raw)), strings.NewReader(string(raw))); err != nil {
			return err
		}
		list, err := json.Marshal([]dockerImage{img})
		if err != nil {
			return err
		}
		return addTarFile(tw, "manifest.json", int64(len(list)), strings.NewReader(string(list)))
	})
}

// addUnpacked decompresses a layer twice: its size comes before it.
func addUnpacked(tw *tar.Writer, name, path string) error {
	var size int64
	for _, pass := range []func(io.Reader) error{
		func(r io.Reader) (err error) { size, err = io.Copy(io.Discard, r); return err },
		func(r io.Reader) error { return addTarFile(tw, name, size, r) },
	} {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		z, _, err := decompress.NewReader(f, nil)
		if err == nil {
			err = pass(z)
			z.Close()
		}
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// writeFlatDir writes the layout of the transport "dir": blobs named by their digests, without subdirectories.
func writeFlatDir(ctx context.Context, d *ociDir, desc v1.Descriptor, path string) error {
	m, raw, err := d.blobs(desc)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	for _, b := range append([]v1.Descriptor{m.Config}, m.Layers...) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := copyFileTo(d.blobPath(b.Digest), filepath.Join(path, b.Digest.Hex)); err != nil {
			return err
		}
	}
	if err := atomicfile.WriteFile(filepath.Join(path, "version"), []byte("Directory Transport Version: 1.1\n"), 0o644, nil); err != nil {
		return err
	}
	return atomicfile.WriteFile(filepath.Join(path, "manifest.json"), raw, 0o644, nil)
}

func copyFileTo(src, dst string) error {
	f, err := os.Open(src)
	if err != nil {
		return err
	}
	defer f.Close()
	return atomicfile.WriteReader(dst, f, 0o644, nil)
}
