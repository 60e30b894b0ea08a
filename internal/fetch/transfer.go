package fetch

import (
	"context"
	"io"
	"sync"
	"time"
)

// lowSpeedSteps is how often a transfer is looked at within Options.LowSpeedTime, and
// lowSpeedWindow how many steps its speed is the mean of; curl looks once a second at the
// last five.
const (
	lowSpeedSteps  = 30
	lowSpeedWindow = 5
)

// transfer watches over one exchange: it ends it when the context does, or when it is too
// slow, by closing whatever the exchange waits for.
type transfer struct {
	c      *Client
	ctx    context.Context
	stop   func() bool        // ends the watch over ctx
	cancel context.CancelFunc // releases the context given to net/http, if any

	mu    sync.Mutex
	timer *time.Timer
	kill  io.Closer
	cause error // why it was ended
	done  bool

	now     sample    // the time and the bytes of completed waits
	since   time.Time // when the present wait for the network began, if there is one
	samples [lowSpeedWindow]sample
	ticks   int
	low     time.Duration // how long it has been too slow
}

// sample is how far a transfer has come. Time that a consumer takes between reads is not the
// network's fault, and does not count.
type sample struct {
	bytes  int64
	waited time.Duration
}

func (c *Client) startTransfer(ctx context.Context) *transfer {
	t := &transfer{c: c, ctx: ctx, since: time.Now()}
	if ctx.Done() != nil {
		t.stop = context.AfterFunc(ctx, t.onContext)
	}
	if c.opt.LowSpeedLimit > 0 {
		t.mu.Lock()
		t.timer = time.AfterFunc(t.step(), t.tick)
		t.mu.Unlock()
	}
	return t
}

func (t *transfer) step() time.Duration {
	return max(t.c.opt.LowSpeedTime/lowSpeedSteps, time.Millisecond)
}

func (t *transfer) onContext() { t.abort(context.Cause(t.ctx)) }

// wait and waited enclose everything that waits for the network.
func (t *transfer) wait() {
	t.mu.Lock()
	t.since = time.Now()
	t.mu.Unlock()
}

func (t *transfer) waited(n int) {
	t.mu.Lock()
	t.now.waited += time.Since(t.since)
	t.now.bytes += int64(n)
	t.since = time.Time{}
	t.mu.Unlock()
}

// tick takes a sample and ends the transfer when the last ones are too slow.
func (t *transfer) tick() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.done || t.cause != nil {
		return
	}
	t.timer.Reset(t.step())
	now := t.now
	if !t.since.IsZero() {
		now.waited += time.Since(t.since)
	}
	var last sample
	if t.ticks > 0 {
		last = t.samples[(t.ticks-1)%lowSpeedWindow]
	}
	if now.waited <= last.waited {
		return
	}
	oldest := &t.samples[t.ticks%lowSpeedWindow]
	span, bytes := now.waited-oldest.waited, now.bytes-oldest.bytes
	*oldest = now
	t.ticks++
	if float64(bytes) >= float64(t.c.opt.LowSpeedLimit)*span.Seconds() {
		t.low = 0
		return
	}
	if t.low += now.waited - last.waited; t.low >= t.c.opt.LowSpeedTime {
		t.abortLocked(errLowSpeed)
	}
}

// setKill says what to close in order to end the transfer.
func (t *transfer) setKill(k io.Closer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kill = k
	if t.cause != nil && k != nil {
		k.Close()
	}
}

func (t *transfer) abort(cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.abortLocked(cause)
}

func (t *transfer) abortLocked(cause error) {
	if t.done || t.cause != nil {
		return
	}
	t.cause = cause
	if t.kill != nil {
		t.kill.Close()
	}
}

// aborted returns why the transfer was ended from outside, or nil.
func (t *transfer) aborted() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cause
}

// finish ends the watch; the connection may belong to another transfer afterwards. It reports
// whether the transfer was left alone until then.
func (t *transfer) finish() bool {
	t.mu.Lock()
	t.done = true
	t.kill = nil
	if t.timer != nil {
		t.timer.Stop()
	}
	ok := t.cause == nil
	t.mu.Unlock()
	if t.stop != nil {
		t.stop()
	}
	if t.cancel != nil {
		t.cancel()
	}
	return ok
}

// failure turns an error of the transport into the caller's.
func (t *transfer) failure(at target, err error, ph phase) error {
	if cause := t.aborted(); cause != nil {
		if cause != errLowSpeed {
			return cause
		}
		err = cause
	}
	return &Error{URL: at.String(), CurlCode: curlCode(err, ph), Err: err}
}
