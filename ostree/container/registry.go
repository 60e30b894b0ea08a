package container

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/nestos-dev/nestos/ostree"
)

// registrySource reads an image from a registry.
type registrySource struct {
	ref    name.Reference
	puller *remote.Puller
}

func openRegistry(ctx context.Context, s string, o *RegistryOptions) (*registrySource, error) {
	ref, err := parseName(s, o)
	if err != nil {
		return nil, err
	}
	opts, err := o.remoteOptions(ctx)
	if err != nil {
		return nil, err
	}
	opts = append(opts, remote.WithPlatform(defaultPlatform()))
	p, err := remote.NewPuller(opts...)
	return &registrySource{ref, p}, err
}

// defaultPlatform is what is chosen from an index of several images.
func defaultPlatform() v1.Platform { return v1.Platform{OS: "linux", Architecture: runtime.GOARCH} }

func (s *registrySource) manifest(ctx context.Context) ([]byte, error) {
	desc, err := s.puller.Get(ctx, s.ref)
	if err != nil {
		return nil, err
	}
	if desc.MediaType.IsSchema1() {
		return nil, fmt.Errorf("media type %q is not supported", desc.MediaType)
	}
	if !desc.MediaType.IsIndex() {
		return desc.Manifest, nil
	}
	img, err := desc.Image()
	if err != nil {
		return nil, err
	}
	return img.RawManifest()
}

// blob opens a blob. The client computes its digest; only the size is checked here.
func (s *registrySource) blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	l, err := s.puller.Layer(ctx, s.ref.Context().Digest(d.Digest.String()))
	if err != nil {
		return nil, err
	}
	r, err := l.Compressed()
	if err != nil {
		return nil, err
	}
	return &verifyReader{r: r, want: d}, nil
}

func (s *registrySource) Close() error { return nil }

// resuming is a transport whose downloads go on where a connection broke, as far as the server
// allows it. The registry client above compares the digest of the whole.
type resuming struct{ base http.RoundTripper }

const (
	resumeTries = 5
	resumePause = 500 * time.Millisecond
)

// RoundTrip sends a request.
func (t *resuming) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	if err != nil || req.Method != http.MethodGet || resp.StatusCode != http.StatusOK || resp.ContentLength < 1<<20 {
		return resp, err
	}
	resp.Body = &resumeBody{t: t, req: req, body: resp.Body, size: resp.ContentLength, etag: resp.Header.Get("ETag"), tries: resumeTries}
	return resp, nil
}

type resumeBody struct {
	t     *resuming
	req   *http.Request
	body  io.ReadCloser
	n     int64
	size  int64
	etag  string
	tries int
}

// Read reads on, with a new connection if need be.
func (b *resumeBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.n += int64(n)
	if err == nil || err == io.EOF && b.n >= b.size || b.req.Context().Err() != nil {
		return n, err
	}
	for b.tries > 0 && n == 0 {
		b.tries--
		if !b.reopen() {
			continue
		}
		return b.Read(p)
	}
	if n > 0 {
		return n, nil // the error comes again
	}
	return 0, err
}

// reopen asks for the rest.
func (b *resumeBody) reopen() bool {
	select {
	case <-time.After(resumePause):
	case <-b.req.Context().Done():
		b.tries = 0
		return false
	}
	req := b.req.Clone(b.req.Context())
	req.Header.Set("Range", "bytes="+strconv.FormatInt(b.n, 10)+"-")
	resp, err := b.t.base.RoundTrip(req)
	if err != nil {
		return false
	}
	want := fmt.Sprintf("bytes %d-%d/", b.n, b.size-1)
	if resp.StatusCode != http.StatusPartialContent || !strings.HasPrefix(resp.Header.Get("Content-Range"), want) || resp.Header.Get("ETag") != b.etag {
		resp.Body.Close()
		b.tries = 0
		return false
	}
	b.body.Close()
	b.body = resp.Body
	return true
}

// Close ends the download.
func (b *resumeBody) Close() error { return b.body.Close() }

// push uploads an image from an OCI layout. Blobs that the registry has are not sent.
func push(ctx context.Context, d *ociDir, desc v1.Descriptor, ref name.Reference, o *RegistryOptions, p ostree.Progress) (err error) {
	m, raw, err := d.blobs(desc)
	if err != nil {
		return err
	}
	task := newTask(p, "push", "Pushing to "+ref.Name(), len(m.Layers)+1)
	defer func() { task.End(err) }()
	opts, err := o.remoteOptions(ctx)
	if err != nil {
		return err
	}
	pusher, err := remote.NewPusher(opts...)
	if err != nil {
		return err
	}
	for _, l := range append(append([]v1.Descriptor{}, m.Layers...), m.Config) {
		if err := pusher.Upload(ctx, ref.Context(), &fileLayer{d, l}); err != nil {
			return err
		}
		task.Add(l.Size, 1)
	}
	return pusher.Push(ctx, ref, &rawManifest{raw, desc})
}

// rawManifest is a manifest to upload as it is.
type rawManifest struct {
	raw  []byte
	desc v1.Descriptor
}

// RawManifest returns the bytes.
func (m *rawManifest) RawManifest() ([]byte, error) { return m.raw, nil }

// MediaType returns the manifest's type.
func (m *rawManifest) MediaType() (types.MediaType, error) { return m.desc.MediaType, nil }

// fileLayer is a blob of an OCI layout, as the registry client wants it.
type fileLayer struct {
	dir  *ociDir
	desc v1.Descriptor
}

// Digest is the name of the blob.
func (l *fileLayer) Digest() (v1.Hash, error) { return l.desc.Digest, nil }

// DiffID is not known and not needed for an upload.
func (l *fileLayer) DiffID() (v1.Hash, error) { return v1.Hash{}, fmt.Errorf("not known") }

// Compressed opens the file.
func (l *fileLayer) Compressed() (io.ReadCloser, error) {
	return os.Open(l.dir.blobPath(l.desc.Digest))
}

// Uncompressed is not needed for an upload.
func (l *fileLayer) Uncompressed() (io.ReadCloser, error) { return nil, fmt.Errorf("not available") }

// Size is that of the file.
func (l *fileLayer) Size() (int64, error) { return l.desc.Size, nil }

// MediaType is that of the manifest's entry.
func (l *fileLayer) MediaType() (types.MediaType, error) { return l.desc.MediaType, nil }
