package container

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Bounds of what is read into memory, in bytes and in elements.
const (
	maxManifestSize = 4 << 20  // the limit of most registries
	maxConfigSize   = 16 << 20 // an image's configuration
	maxLayers       = 1000     // of one image
)

// DigestError reports a blob that is not what its digest says.
type DigestError struct{ Want, Got string }

// Error names both digests.
func (e *DigestError) Error() string {
	return fmt.Sprintf("digest mismatch: expected %s, got %s", e.Want, e.Got)
}

// SizeError reports a blob that is larger or smaller than the manifest says.
type SizeError struct{ Want, Got int64 }

// Error names both sizes; the one found is a lower bound when the blob is too large.
func (e *SizeError) Error() string {
	return fmt.Sprintf("size mismatch: expected %d bytes, got %d", e.Want, e.Got)
}

// verifyReader reports io.EOF only after exactly the bytes of the descriptor.
type verifyReader struct {
	r    io.ReadCloser
	hash hash.Hash // nil when somebody else computes the digest
	want v1.Descriptor
	n    int64
}

func newVerifyReader(r io.ReadCloser, want v1.Descriptor) (io.ReadCloser, error) {
	if want.Digest.Algorithm != "sha256" {
		r.Close()
		return nil, fmt.Errorf("digest algorithm %q is not supported", want.Digest.Algorithm)
	}
	return &verifyReader{r: r, hash: sha256.New(), want: want}, nil
}

// Read passes bytes on, at most as many as the descriptor says.
func (v *verifyReader) Read(p []byte) (int, error) {
	n, err := v.r.Read(p)
	v.n += int64(n)
	if v.n > v.want.Size {
		return 0, &SizeError{v.want.Size, v.n}
	}
	if v.hash != nil {
		v.hash.Write(p[:n])
	}
	if err != io.EOF {
		return n, err
	}
	if v.n != v.want.Size {
		return n, &SizeError{v.want.Size, v.n}
	}
	if v.hash != nil {
		if got := hashOf(v.hash); got != v.want.Digest {
			return n, &DigestError{v.want.Digest.String(), got.String()}
		}
	}
	return n, io.EOF
}

// Close closes the source.
func (v *verifyReader) Close() error { return v.r.Close() }

// readLimited reads all of r, which must not be larger than limit.
func readLimited(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("larger than the limit of %d bytes", limit)
	}
	return b, nil
}

// parseManifest reads the manifest of one image and checks what later code relies on.
func parseManifest(raw []byte) (*v1.Manifest, error) {
	if len(raw) > maxManifestSize {
		return nil, fmt.Errorf("manifest of %d bytes exceeds the limit of %d", len(raw), maxManifestSize)
	}
	m, err := v1.ParseManifest(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	switch {
	case m.SchemaVersion != 2:
		return nil, fmt.Errorf("manifest: schema version %d is not supported", m.SchemaVersion)
	case m.MediaType != "" && !m.MediaType.IsImage():
		return nil, fmt.Errorf("manifest: media type %q is not that of an image", m.MediaType)
	case len(m.Layers) == 0:
		return nil, errors.New("No layers in manifest")
	case len(m.Layers) > maxLayers:
		return nil, fmt.Errorf("manifest: %d layers exceed the limit of %d", len(m.Layers), maxLayers)
	}
	for _, d := range append([]v1.Descriptor{m.Config}, m.Layers...) {
		if d.Digest.Algorithm != "sha256" || len(d.Digest.Hex) != 64 {
			return nil, fmt.Errorf("manifest: digest %q is not supported", d.Digest)
		}
		if d.Size < 0 {
			return nil, fmt.Errorf("manifest: negative size of %s", d.Digest)
		}
	}
	return m, nil
}

// parseConfig reads an image's configuration.
func parseConfig(raw []byte) (*v1.ConfigFile, error) {
	c, err := v1.ParseConfigFile(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("image configuration: %w", err)
	}
	return c, nil
}

// canonicalJSON writes a document with sorted keys and without white space. Numbers stay as they are.
func canonicalJSON(raw []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}
