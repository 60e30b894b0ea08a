package installer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/nestos-dev/nestos/installer/signature"
	"github.com/nestos-dev/nestos/installer/stream"
	"github.com/nestos-dev/nestos/internal/decompress"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/progress"
)

// image is an opened image: stored bytes to read, and what vouches for them.
type image struct {
	body     io.ReadCloser
	length   int64  // of the stored bytes; 0 or less if unknown
	name     string // for texts
	file     string // name of its file, after redirects
	artifact string // "disk", or what else a download consists of

	signature []byte // nil if there is none
	trusted   bool   // the body verifies itself: osmet
	sha256    string // of the stored bytes, from metadata that came over TLS; may be empty

	stored   int64 // bytes read, when decode has returned
	verified bool
}

func (i *image) Close() error { return i.body.Close() }

// signatureLimit bounds what is read of a signature file.
const signatureLimit = 1 << 20

// checkSignaturePresent refuses an image without signature unless the user allowed it. A
// signature that is there is checked in any case.
func (i *image) checkSignaturePresent(c *Common, insecure bool) error {
	if i.trusted || i.signature != nil {
		return nil
	}
	if !insecure {
		return ErrNoSignature
	}
	c.note("Signature not found; skipping verification as requested")
	return nil
}

// ErrNoSignature is what images without a signature are refused with.
var ErrNoSignature = errors.New("--insecure not specified and signature not found")

// openFile opens a local image and the signature beside it.
func (c *Common) openFile(name string) (*image, error) {
	c.note(fmt.Sprintf("Copying image from %s\nReading signature from %s.sig", name, name))
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening source image file %s: %w", name, errno.Bare(err))
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("reading metadata of %s: %w", name, errno.Bare(err))
	}
	if st.IsDir() {
		f.Close()
		return nil, fmt.Errorf("opening source image file %s: %w", name, syscall.EISDIR)
	}
	i := &image{body: f, name: name, file: filepath.Base(name), artifact: "disk"}
	if st.Mode().IsRegular() {
		i.length = st.Size()
	}
	i.signature, err = readLimited(name+".sig", signatureLimit)
	if errors.Is(err, errTooLong) { // it is there, so nothing excuses that it is bad
		f.Close()
		return nil, fmt.Errorf("reading signature file: %w", err)
	}
	if err != nil {
		c.note("Couldn't read signature file: " + osText(err))
	}
	return i, nil
}

// osText words an error of the system as users of the reference program know it.
func osText(err error) string {
	var no syscall.Errno
	if errors.As(err, &no) {
		return fmt.Sprintf("%s (os error %d)", errno.Text(no), int(no))
	}
	return err.Error()
}

// readLimited reads a small file whole.
func readLimited(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, errno.Bare(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, errno.Bare(err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes: %w", name, limit, errTooLong)
	}
	return b, nil
}

var errTooLong = errors.New("file is too long")

// defaultArchitecture is the name of this machine's architecture in metadata.
func defaultArchitecture(name string) string {
	if name != "" {
		return name
	}
	return stream.CurrentArch()
}

// streamURL says where the metadata of a stream are.
func (c *Common) streamURL(base, name string) (string, error) {
	if base == "" {
		base = c.flavour().StreamBaseURL
	}
	return stream.URL(base, streamName(name))
}

func streamName(name string) string {
	if name == "" {
		return "stable"
	}
	return name
}

// decodeOptions adjust [image.decode].
type decodeOptions struct {
	common *Common
	size   func(decoded int64) error // called early if the size is known
	raw    bool                      // the stored bytes are the image
}

// decode reads the image to its end and writes it to dst, which gets the first part too.
// When it returns without an error everything about the image has been verified.
func (i *image) decode(ctx context.Context, dst io.WriterAt, o *decodeOptions) (int64, error) {
	task := progress.Start(o.common.Progress, progress.Event{
		Task: "read", ID: i.artifact, Text: "Read " + i.artifact, Bytes: progress.Count{Total: max(i.length, 0)},
	})
	n, err := i.decodeCounted(ctx, dst, o, task)
	task.End(err)
	return n, err
}

func (i *image) decodeCounted(ctx context.Context, dst io.WriterAt, o *decodeOptions, task *progress.Task) (int64, error) {
	verdict, err := i.newVerdict(o.common)
	if err != nil {
		return 0, err
	}
	if f, ok := i.body.(*os.File); ok { // a pipe may have nothing to read for long; others know ctx
		defer context.AfterFunc(ctx, func() { f.Close() })()
	}
	n, _, err := decompress.Copy(ctx, dst, &tap{ctx, i.body, func(b []byte) {
		verdict.write(b)
		i.stored += int64(len(b))
		task.Add(int64(len(b)), 0)
	}}, &decompress.CopyOptions{Size: o.size, Length: i.length, Raw: o.raw || i.trusted})
	if err != nil {
		return n, fmt.Errorf("decoding and writing image: %w", err)
	}
	i.verified, err = verdict.result(o.common)
	return n, err
}

// tap shows everything that is read of a source to see, in the goroutine that reads ahead
// of the decoder.
type tap struct {
	ctx context.Context
	src io.Reader
	see func([]byte)
}

// Read implements io.Reader.
func (t *tap) Read(p []byte) (int, error) {
	n, err := t.src.Read(p)
	t.see(p[:n])
	if err != nil && t.ctx.Err() != nil {
		err = context.Cause(t.ctx) // and not that the file was closed because of it
	}
	return n, err
}

// verdict judges the stored bytes.
type verdict struct {
	signature *signature.Verifier // nil without a signature
	sum       hash.Hash           // nil without a digest
	want      string
	trusted   bool
}

func (i *image) newVerdict(c *Common) (*verdict, error) {
	v := &verdict{trusted: i.trusted, want: i.sha256}
	if v.want != "" {
		v.sum = sha256.New()
	}
	if i.signature == nil {
		return v, nil
	}
	keys := c.Keyring
	if keys == nil {
		var err error
		if keys, err = signature.Builtin(); err != nil {
			return nil, err
		}
	}
	v.signature = keys.NewVerifier(i.signature)
	return v, nil
}

func (v *verdict) write(b []byte) {
	if v.signature != nil {
		v.signature.Write(b)
	}
	if v.sum != nil {
		v.sum.Write(b)
	}
}

// result tells whether the bytes are what somebody trusted signed. An image without a
// signature gets here only with the user's consent.
func (v *verdict) result(c *Common) (verified bool, err error) {
	if v.signature != nil {
		messages, err := v.signature.Result()
		for _, m := range messages {
			c.note(m)
		}
		if err != nil {
			return false, err
		}
	}
	if v.sum != nil {
		if got := hex.EncodeToString(v.sum.Sum(nil)); got != v.want {
			return false, fmt.Errorf("image has SHA-256 %s, stream metadata say %s: %w", got, v.want, ErrDigest)
		}
	}
	return v.trusted || v.signature != nil, nil
}
