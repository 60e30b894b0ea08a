package container

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/nestos-dev/nestos/internal/atomicfile"
)

const (
	refNameAnnotation = "org.opencontainers.image.ref.name"
	ociLayoutText     = `{"imageLayoutVersion":"1.0.0"}`
	ociBlobs          = "blobs/sha256"
)

// ociDir is an image store in OCI layout that is being written.
type ociDir struct {
	path    string
	durable bool // blobs reach the disk before the index names them
}

// openOCIDir opens or makes an OCI layout.
func openOCIDir(path string, durable bool) (*ociDir, error) {
	if err := os.MkdirAll(filepath.Join(path, ociBlobs), 0o755); err != nil {
		return nil, err
	}
	d := &ociDir{path, durable}
	if _, err := os.Stat(filepath.Join(path, "oci-layout")); err == nil {
		return d, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return d, atomicfile.WriteFile(filepath.Join(path, "oci-layout"), []byte(ociLayoutText), 0o644, nil)
}

func (d *ociDir) blobPath(h v1.Hash) string { return filepath.Join(d.path, ociBlobs, h.Hex) }

// blobWriter takes the bytes of a blob whose digest is only known at the end.
type blobWriter struct {
	dir  *ociDir
	f    *os.File
	hash hash.Hash
	size int64
}

func (d *ociDir) createBlob() (*blobWriter, error) {
	f, err := os.CreateTemp(filepath.Join(d.path, ociBlobs), atomicfile.TempPrefix)
	if err != nil {
		return nil, err
	}
	return &blobWriter{dir: d, f: f, hash: sha256.New()}, nil
}

// Write adds bytes.
func (b *blobWriter) Write(p []byte) (int, error) {
	n, err := b.f.Write(p)
	b.hash.Write(p[:n])
	b.size += int64(n)
	return n, err
}

// commit gives the blob its name.
func (b *blobWriter) commit(mt types.MediaType) (v1.Descriptor, error) {
	d := v1.Descriptor{MediaType: mt, Size: b.size, Digest: hashOf(b.hash)}
	err := b.f.Chmod(0o644)
	if err == nil && b.dir.durable {
		err = b.f.Sync()
	}
	if err == nil {
		err = b.f.Close()
	}
	if err == nil {
		err = os.Rename(b.f.Name(), b.dir.blobPath(d.Digest))
	}
	return d, err
}

// abort removes an unfinished blob; after commit it does nothing.
func (b *blobWriter) abort() {
	b.f.Close()
	os.Remove(b.f.Name())
}

func hashOf(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

func digestBytes(b []byte) v1.Hash {
	s := sha256.Sum256(b)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(s[:])}
}

func (d *ociDir) writeBlob(b []byte, mt types.MediaType) (v1.Descriptor, error) {
	w, err := d.createBlob()
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer w.abort()
	if _, err := w.Write(b); err != nil {
		return v1.Descriptor{}, err
	}
	return w.commit(mt)
}

// copyBlob takes a blob whose digest is known.
func (d *ociDir) copyBlob(desc v1.Descriptor, r io.Reader) error {
	w, err := d.createBlob()
	if err != nil {
		return err
	}
	defer w.abort()
	if _, err := io.Copy(w, r); err != nil {
		return err
	}
	got, err := w.commit(desc.MediaType)
	if err == nil && got.Digest != desc.Digest {
		err = &DigestError{Want: desc.Digest.String(), Got: got.Digest.String()}
	}
	return err
}

// addManifest enters a manifest into the index: under a tag, beside those with other tags, or without
// a tag as the only one.
func (d *ociDir) addManifest(raw []byte, platform *v1.Platform, tag string) (v1.Descriptor, error) {
	m, err := parseManifest(raw)
	if err != nil {
		return v1.Descriptor{}, err
	}
	mt := m.MediaType
	if mt == "" {
		mt = types.OCIManifestSchema1
	}
	desc, err := d.writeBlob(raw, mt)
	if err != nil {
		return desc, err
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	entry := desc
	entry.Platform = platform
	if tag != "" {
		entry.Annotations = map[string]string{refNameAnnotation: tag}
		if index.Manifests, err = d.otherManifests(tag); err != nil {
			return desc, err
		}
	}
	index.Manifests = append(index.Manifests, entry)
	b, err := json.Marshal(index)
	if err != nil {
		return desc, err
	}
	if err := d.syncBlobs(); err != nil {
		return desc, err
	}
	return desc, atomicfile.WriteFile(filepath.Join(d.path, "index.json"), b, 0o644, nil)
}

// syncBlobs makes the names of the blobs durable.
func (d *ociDir) syncBlobs() error {
	if !d.durable {
		return nil
	}
	f, err := os.Open(filepath.Join(d.path, ociBlobs))
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func (d *ociDir) otherManifests(tag string) ([]v1.Descriptor, error) {
	f, err := os.Open(filepath.Join(d.path, "index.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := readLimited(f, maxManifestSize)
	if err != nil {
		return nil, fmt.Errorf("index.json: %w", err)
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(b, &index); err != nil {
		return nil, fmt.Errorf("index.json: %w", err)
	}
	return slices.DeleteFunc(index.Manifests, func(m v1.Descriptor) bool {
		name, ok := m.Annotations[refNameAnnotation]
		return !ok || name == tag
	}), nil
}
