package rpm

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/ulikunitz/xz/lzma"

	"github.com/nestos-dev/nestos/internal/decompress"
)

// The headers of .lzma files, which have no magic number: properties 0x5d, as nearly all have them, and a window size.
const (
	lzmaHeader     = 13
	lzmaProperties = 0x5d
)

// decompressor decodes a payload. The data tell the format, only .lzma is known better from the header.
func decompressor(r io.Reader, name string, o *PayloadOptions) (io.ReadCloser, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	start, err := b.Peek(lzmaHeader)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	isLZMA := len(start) == lzmaHeader && start[0] == lzmaProperties && start[1] == 0 && start[2] == 0
	if name == "lzma" && decompress.Sniff(start) == decompress.Raw || name == "" && isLZMA {
		return lzmaDecompressor(b, start, o)
	}
	rc, format, err := decompress.NewReader(b, &decompress.Options{MaxMemory: o.MaxMemory, Concurrency: o.Concurrency})
	if err != nil {
		return nil, err
	}
	if format == decompress.Raw && len(start) > 0 && !strings.HasPrefix(string(start), "0707") {
		rc.Close()
		return nil, payloadError("unknown compression, the header says %q", name)
	}
	return rc, nil
}

func lzmaDecompressor(b *bufio.Reader, start []byte, o *PayloadOptions) (io.ReadCloser, error) {
	limit := o.MaxMemory
	if limit == 0 {
		limit = 256 << 20
	}
	if len(start) < lzmaHeader {
		return nil, io.ErrUnexpectedEOF
	}
	// The decoder allocates the window at once.
	window := int64(start[1]) | int64(start[2])<<8 | int64(start[3])<<16 | int64(start[4])<<24
	if window > limit {
		return nil, payloadError("lzma window of %d bytes", window)
	}
	z, err := lzma.ReaderConfig{DictCap: int(max(window, lzma.MinDictCap))}.NewReader(b)
	if err != nil {
		return nil, payloadError("lzma: %v", err)
	}
	return io.NopCloser(z), nil
}

// gzipReader reads gzip streams up to what is none.
type gzipReader struct {
	*gzip.Reader
	in *bufio.Reader
}

func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := g.Reader.Read(p)
		if n > 0 || err != io.EOF || !isGzip(g.in) {
			return n, err
		}
		if err := g.Reset(g.in); err != nil {
			return 0, err
		}
		g.Multistream(false)
	}
}

func isGzip(b *bufio.Reader) bool {
	start, _ := b.Peek(2)
	return string(start) == "\x1f\x8b"
}

// payloadDigests are the digests of the payload in the header: of its bytes in the file, or of the archive.
func payloadDigests(h *Header, plain bool) []digest {
	tags := [...]struct {
		packed, plain Tag
		algo          DigestAlgo
	}{
		{TagPayloadSHA512, TagPayloadSHA512Alt, SHA512},
		{TagPayloadSHA3, TagPayloadSHA3Alt, SHA3_256},
		{TagPayloadDigest, TagPayloadDigestAlt, SHA256}, // whatever TagPayloadDigestAlgo says: rpm does not look at it
	}
	for _, t := range tags {
		want, other := h.String(t.packed), h.String(t.plain)
		if plain {
			want, other = other, ""
		}
		if want != "" && t.algo.Size() > 0 {
			return []digest{{t.algo, want, other}}
		}
	}
	return nil
}

// digest is a digest that data must have. A package that was unpacked and stored anew without compression has the other
// of the two.
type digest struct {
	algo  DigestAlgo
	want  string // hex
	other string // hex, of the archive; empty for none
}

// hashingReader computes digests of what is read.
type hashingReader struct {
	r    io.Reader
	sums []hash.Hash
	want []digest
}

func newHashingReader(r io.Reader, want []digest) *hashingReader {
	h := &hashingReader{r: r, want: want}
	for _, d := range want {
		h.sums = append(h.sums, d.algo.New())
	}
	return h
}

func (h *hashingReader) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	for _, s := range h.sums {
		s.Write(p[:n])
	}
	return n, err
}

// check compares the digests when all was read.
func (h *hashingReader) check() error {
	for i, d := range h.want {
		got := hex.EncodeToString(h.sums[i].Sum(nil))
		if !strings.EqualFold(got, d.want) && !strings.EqualFold(got, d.other) {
			return fmt.Errorf("%w: %s digest of the payload is %s, not %s", ErrDigest, d.algo, got, d.want)
		}
	}
	return nil
}
