package ostree

import (
	"io"
	"sync"

	"github.com/nestos-dev/nestos/internal/zdeflate"
	"github.com/nestos-dev/nestos/ostree/object"
)

// deflater writes the stored form of an archive object: header, then raw deflate. The encoder's
// output is zlib's, byte for byte, since ostree.sizes in a commit records how long it is.
type deflater struct {
	pool *sync.Pool
	dst  writeBuffer
	z    *zdeflate.Writer
	link bool
}

// writeBuffer gathers the encoder's output so that a small object is a single write.
type writeBuffer struct {
	w io.Writer
	b []byte
}

func (w *writeBuffer) Write(p []byte) (int, error) {
	if len(w.b)+len(p) > cap(w.b) {
		if err := w.flush(); err != nil {
			return 0, err
		}
		if len(p) >= cap(w.b) {
			return w.w.Write(p)
		}
	}
	w.b = append(w.b, p...)
	return len(p), nil
}

func (w *writeBuffer) flush() error {
	if len(w.b) == 0 {
		return nil
	}
	_, err := w.w.Write(w.b)
	w.b = w.b[:0]
	return err
}

// newDeflaterPool returns a pool of encoders for a compression level.
func newDeflaterPool(level int) *sync.Pool {
	p := &sync.Pool{}
	p.New = func() any {
		d := &deflater{pool: p}
		d.dst.b = make([]byte, 0, 64<<10)
		z, err := zdeflate.NewWriter(&d.dst, level)
		if err != nil {
			panic(err) // the level was clamped to 1–9
		}
		d.z = z
		return d
	}
	return p
}

func (r *Repo) newDeflater(w io.Writer) *deflater {
	d := r.Config().deflaters.Get().(*deflater)
	d.dst.w, d.dst.b = w, d.dst.b[:0]
	d.z.Reset(&d.dst)
	return d
}

// start writes the header; a symlink has no deflate stream at all.
func (d *deflater) start(h *object.FileHeader, size uint64) error {
	d.link = h.IsSymlink()
	var buf [256]byte
	_, err := d.dst.Write(h.AppendArchiveHeader(buf[:0], size))
	return err
}

func (d *deflater) Write(p []byte) (int, error) { return d.z.Write(p) }

func (d *deflater) finish() error {
	if !d.link {
		if err := d.z.Close(); err != nil {
			return err
		}
	}
	return d.dst.flush()
}

func (d *deflater) release() {
	d.dst.w = nil
	d.pool.Put(d)
}
