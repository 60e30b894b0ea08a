package butane

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"runtime"
	"sync"

	"github.com/nestos-dev/nestos/ignition/internal/dataurl"
)

// encoder turns contents into data URLs, on all cores. The strings it hands out are
// only filled in by wait.
type encoder struct {
	noGzip  bool
	pending []pendingURL
}

type pendingURL struct {
	contents    []byte
	url         *string
	compression *string // nil: the contents are compressed already, or it is not recorded
}

// pendingText is what a URL is before wait: not empty, since it is there.
const pendingText = "data:,"

// add plans the encoding of contents. The config's own compression, if it names
// one, is kept and prevents another; else the compression of the URL is returned,
// which is given even if there is none, so that a config this one is merged into
// does not lend its own.
func (e *encoder) add(contents []byte, own *string) (url, compression *string) {
	p := pendingURL{contents: contents, url: ptr(pendingText)}
	if isEmpty(own) {
		p.compression = ptr("")
	}
	e.pending = append(e.pending, p)
	return p.url, p.compression
}

// plain encodes without a choice, as base schema 0.1 does.
func (e *encoder) plain(contents []byte) (url *string) {
	return ptr("data:," + dataurl.Escape(contents))
}

// wait encodes all that is pending.
func (e *encoder) wait() {
	jobs := e.pending
	e.pending = nil
	workers := min(runtime.GOMAXPROCS(0), (len(jobs)+7)/8)
	if workers <= 1 {
		e.encode(jobs, 0, 1)
		return
	}
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() { e.encode(jobs, i, workers) })
	}
	wg.Wait()
}

// encode does each step-th job from first on.
func (e *encoder) encode(jobs []pendingURL, first, step int) {
	var z compressor
	for i := first; i < len(jobs); i += step {
		j := &jobs[i]
		best := smallest{contents: j.contents}
		if j.compression != nil && !e.noGzip {
			best.tryGzip(&z)
		}
		*j.url = best.url()
		if best.gzip != nil {
			*j.compression = "gzip"
		}
	}
}

// smallest is the shortest way to write contents in a URL.
type smallest struct {
	contents []byte
	gzip     []byte // the compressed contents, if that is shorter
}

const base64Mark = ";base64,"

func base64Len(n int) int { return len(base64Mark) + base64.StdEncoding.EncodedLen(n) }

// plainLen is the length of the shorter uncompressed form.
func (s *smallest) plainLen() int { return min(s.escapedLen(), base64Len(len(s.contents))) }

func (s *smallest) escapedLen() int {
	n := 1 + len(s.contents)
	for _, c := range s.contents {
		if !unreserved[c] {
			n += 2
		}
	}
	return n
}

// minGzip is the least size of a gzip stream: header, an empty block, trailer.
const minGzip = 10 + 2 + 8

// gzipCost is what "compression":"gzip" has over "compression":"".
const gzipCost = len("gzip")

func (s *smallest) tryGzip(z *compressor) {
	limit := s.plainLen() - gzipCost
	if base64Len(minGzip) >= limit {
		return
	}
	if b := z.compress(s.contents); base64Len(len(b)) < limit {
		s.gzip = bytes.Clone(b)
	}
}

func (s *smallest) url() string {
	body := s.gzip
	if body == nil {
		if s.escapedLen() <= base64Len(len(s.contents)) {
			return "data:," + dataurl.Escape(s.contents)
		}
		body = s.contents
	}
	b := make([]byte, 0, len("data:")+base64Len(len(body)))
	b = append(b, "data:"+base64Mark...)
	return string(base64.StdEncoding.AppendEncode(b, body))
}

// unreserved are the bytes that stay as they are.
var unreserved = func() (set [256]bool) {
	for c := range 256 {
		set[c] = len(dataurl.Escape([]byte{byte(c)})) == 1
	}
	return set
}()

// compressor compresses one thing after another.
type compressor struct {
	buf bytes.Buffer
	w   *gzip.Writer
}

// compress returns the gzip stream of b, valid until the next call.
func (z *compressor) compress(b []byte) []byte {
	z.buf.Reset()
	if z.w == nil {
		// The level is a valid one: there is no error.
		z.w, _ = gzip.NewWriterLevel(io.Discard, gzip.BestCompression)
	}
	z.w.Reset(&z.buf)
	// A buffer takes all that is written.
	_, _ = z.w.Write(b)
	_ = z.w.Close()
	return z.buf.Bytes()
}
