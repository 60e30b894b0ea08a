package installer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/internal/errno"
)

// DownloadOptions say what to download.
type DownloadOptions struct {
	Common
	// ImageURL is the image; if empty it is one of a stream.
	ImageURL string
	// Stream, StreamBaseURL, Architecture, Platform and Format select the image; the defaults
	// are "stable", the flavour's, this machine's, "metal" and "raw.xz".
	Stream, StreamBaseURL, Architecture, Platform, Format string
	// Directory, which must exist, takes the files; empty is the working directory.
	Directory string
	// Decompress stores the images decompressed.
	Decompress bool
	// Insecure accepts images without a signature.
	Insecure bool
	// Retries is how often a request is repeated.
	Retries config.Retries
	// Done is called with the path of each file when it is complete and verified.
	Done func(path string)
}

// Download fetches all artifacts of an image into a directory, verified while they are
// read, each with its signature in a file beside it unless it was to be decompressed. It
// returns their paths. A file that is there with the same signature and verifies is left
// alone. Another one is replaced, with its permissions and, where allowed, its owner kept, when the new one is complete,
// verified and durable: until then, and on errors, it stays as it is, so there must be room
// for both. Links and files that somebody else put into a directory such as /tmp are refused,
// as Linux does. Nil options are the zero value.
func Download(ctx context.Context, o *DownloadOptions) ([]string, error) {
	if o == nil {
		o = &DownloadOptions{}
	}
	client := o.client(o.Retries)
	defer client.Close()
	var opens []func() (*image, error)
	var err error
	if o.ImageURL != "" {
		opens = []func() (*image, error){func() (*image, error) { return o.openURL(ctx, o.ImageURL, client) }}
	} else if opens, err = o.openStream(ctx, client, o.query()); err != nil {
		return nil, err
	}
	if len(opens) == 0 {
		return nil, errNoArtifacts
	}
	var paths []string
	for _, open := range opens {
		p, err := o.one(ctx, open)
		if err != nil {
			return paths, err
		}
		paths = append(paths, p)
		if o.Done != nil {
			o.Done(p)
		}
	}
	return paths, nil
}

func (o *DownloadOptions) query() *streamQuery {
	q := &streamQuery{base: o.StreamBaseURL, name: o.Stream, arch: defaultArchitecture(o.Architecture), platform: o.Platform, format: o.Format}
	if q.platform == "" {
		q.platform = "metal"
	}
	if q.format == "" {
		q.format = "raw.xz"
	}
	return q
}

// one downloads an artifact.
func (o *DownloadOptions) one(ctx context.Context, open func() (*image, error)) (string, error) {
	i, err := open()
	if err != nil {
		return "", err
	}
	defer i.Close()
	if err := i.checkSignaturePresent(&o.Common, o.Insecure); err != nil {
		return "", err
	}
	name, decode := i.file, false
	if o.Decompress {
		name, decode = decodedName(name)
	}
	if name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
		return "", fmt.Errorf("%s: URL has no file name", i.name)
	}
	file := filepath.Join(o.Directory, name)
	if !decode && o.present(ctx, file, i) {
		return file, nil
	}
	if ctx.Err() != nil { // what is there was not judged
		return "", context.Cause(ctx)
	}
	return file, o.store(ctx, i, file, decode)
}

// decodedName is the name of a file after decompression, and whether it is to be
// decompressed: archives are kept as they are.
func decodedName(name string) (string, bool) {
	if strings.HasSuffix(name, ".tar.gz") || strings.HasSuffix(name, ".tar.xz") || strings.HasSuffix(name, ".tar.zst") {
		return name, false
	}
	decode := false
	for {
		short, found := cutSuffixes(name, ".gz", ".xz", ".zst")
		if !found || short == "" {
			return name, decode
		}
		name, decode = short, true
	}
}

func cutSuffixes(name string, suffixes ...string) (string, bool) {
	for _, s := range suffixes {
		if short, ok := strings.CutSuffix(name, s); ok {
			return short, true
		}
	}
	return name, false
}

// present tells whether a file is there, with the same signature as the image, by which it
// verifies.
func (o *DownloadOptions) present(ctx context.Context, file string, i *image) bool {
	if i.signature == nil {
		return false
	}
	sig, err := readLimited(file+".sig", signatureLimit)
	if err != nil || !bytes.Equal(sig, i.signature) {
		return false
	}
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	quiet := Common{Keyring: o.Keyring}
	local := &image{body: f, signature: sig, artifact: i.artifact}
	_, err = local.decode(ctx, discard{}, &decodeOptions{common: &quiet, raw: true})
	return err == nil && local.verified
}

type discard struct{}

func (discard) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

// store writes the artifact, and its signature, so that they are durable. What was there
// stays until both are complete. Between the two renames a crash leaves an image with the
// signature of another one, which fits no image and is noticed by all who look at it.
func (o *DownloadOptions) store(ctx context.Context, i *image, file string, decode bool) error {
	f, err := createAside(file)
	if err != nil {
		return err
	}
	defer f.discard()
	drop := o.Decompress || i.signature == nil
	if err := checkSignatureFile(file+".sig", drop); err != nil {
		return err
	}
	if err := o.storeImage(ctx, i, f, file, decode); err != nil {
		return err
	}
	if err := checkSignatureFile(file+".sig", drop); err != nil { // transfers take time
		return err
	}
	if drop {
		if err := f.keep(); err != nil {
			return err
		}
		if err := os.Remove(file + ".sig"); err != nil && !errors.Is(err, fs.ErrNotExist) { // that of another image
			return fmt.Errorf("removing the signature of another image: %w", err)
		}
		return f.syncDir()
	}
	sig, err := storeSignature(file+".sig", i.signature)
	if err != nil {
		return fmt.Errorf("writing signature: %w", err)
	}
	defer sig.discard()
	if err := f.keep(); err != nil {
		return err
	}
	if err := sig.keep(); err != nil {
		return fmt.Errorf("writing signature: %w", err)
	}
	return errors.Join(f.syncDir(), sig.syncDir())
}

// checkSignatureFile tells, before anything is replaced, why a file of a signature could not be
// removed or written.
func checkSignatureFile(path string, drop bool) error {
	if drop {
		if err := checkRemovable(path); err != nil {
			return fmt.Errorf("removing the signature of another image, %s: %w", path, errno.Bare(err))
		}
		return nil
	}
	if _, _, err := destination(path); err != nil {
		return fmt.Errorf("writing signature: opening %s: %w", path, errno.Bare(err))
	}
	return nil
}

func storeSignature(file string, signature []byte) (*asideFile, error) {
	f, err := createAside(file)
	if err != nil {
		return nil, err
	}
	if _, err = f.Write(signature); err == nil {
		err = f.finish()
	}
	if err != nil {
		f.discard()
		return nil, err
	}
	return f, nil
}

// storeImage writes and verifies what will be file.
func (o *DownloadOptions) storeImage(ctx context.Context, i *image, f *asideFile, file string, decode bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newFileMedium(f.File)
	t := newTarget(ctx, m, func([]byte) error { return nil })
	n, err := i.decode(ctx, t, &decodeOptions{common: &o.Common, raw: !decode})
	if err != nil {
		return err
	}
	if err := m.finish(); err != nil {
		return err
	}
	if _, err := f.WriteAt(t.first[:min(n, firstPart)], 0); err != nil {
		return fmt.Errorf("writing to first MiB of %s: %w", file, errno.Bare(err))
	}
	return f.finish()
}
