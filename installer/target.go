package installer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"

	"github.com/nestos-dev/nestos/internal/decompress"
)

// firstPart is what is held back until all else is written and verified: boot code and
// partition table.
const firstPart = 1 << 20

// medium is what an image is written to.
type medium interface {
	WriteAt(p []byte, off int64) (int, error)
	// Zero makes a range read as zeros, whatever was there.
	Zero(off, length int64) error
}

// target takes the decoded image. The first part goes to memory; when it is complete,
// prepare looks at it and makes the medium ready, and only then the rest is written.
// WriteAt may be called from several goroutines.
type target struct {
	ctx     context.Context
	medium  medium
	prepare func(first []byte) error
	// limit is the first byte that the image must not reach, if not negative; collision is
	// the error then.
	limit     int64
	collision func() error

	first  []byte
	mu     sync.Mutex
	filled int
	ready  chan struct{} // closed when prepare has run
	err    error         // what it said; valid when ready is closed
}

func newTarget(ctx context.Context, m medium, prepare func([]byte) error) *target {
	return &target{ctx: ctx, medium: m, prepare: prepare, limit: -1, first: make([]byte, firstPart), ready: make(chan struct{})}
}

// WriteAt implements io.WriterAt. Zeros are written like all other bytes, if perhaps by
// another system call: what was on the medium before is unknown.
func (t *target) WriteAt(p []byte, off int64) (int, error) {
	n := 0
	if off < firstPart {
		n = copy(t.first[off:], p)
		if err := t.fill(n); err != nil {
			return 0, err
		}
		off += int64(n)
	}
	if n == len(p) {
		return n, nil
	}
	select {
	case <-t.ready:
	case <-t.ctx.Done():
		return n, context.Cause(t.ctx)
	}
	if t.err != nil {
		return n, t.err
	}
	rest := p[n:]
	if t.limit >= 0 && off+int64(len(rest)) > t.limit {
		return n, t.collision()
	}
	if err := t.write(rest, off); err != nil {
		return n, err
	}
	return len(p), nil
}

// fill counts bytes of the first part. They may come in any order, each once.
func (t *target) fill(n int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.filled += n
	if t.filled < firstPart || n == 0 {
		return nil
	}
	t.err = t.prepare(t.first)
	close(t.ready)
	return t.err
}

// complete tells whether the first part is there.
func (t *target) complete() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.filled == firstPart
}

// write writes p in runs of data and of zeros.
func (t *target) write(p []byte, off int64) error {
	for len(p) > 0 {
		n, zero := run(p)
		var err error
		if zero {
			err = t.medium.Zero(off, int64(n))
		} else {
			_, err = t.medium.WriteAt(p[:n], off)
		}
		if err != nil {
			return deviceError(err)
		}
		p, off = p[n:], off+int64(n)
	}
	return nil
}

// zeroGrain is the size of the runs of zeros that are worth a system call of their own.
const zeroGrain = 128 << 10

// run returns the length of the longest beginning of p whose grains are all zero or none.
func run(p []byte) (n int, zero bool) {
	for n < len(p) {
		grain := p[n:min(n+zeroGrain, len(p))]
		z := len(grain) == zeroGrain && decompress.IsZero(grain)
		if n > 0 && z != zero {
			break
		}
		zero = z
		n += len(grain)
	}
	return n, zero
}

// deviceError gives a device that ends too early the error that says so.
func deviceError(err error) error {
	if errors.Is(err, errShortDevice) {
		return fmt.Errorf("writing image: %w", syscall.ENOSPC)
	}
	return err
}

var errShortDevice = errors.New("end of device")
