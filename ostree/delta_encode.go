package ostree

import (
	"context"
	"io"
	"strconv"
	"sync"

	"github.com/nestos-dev/nestos/ostree/delta"
)

// partEncoder fills parts one after the other and compresses full ones in the background, a limited number at
// the same time.
type partEncoder struct {
	ctx     context.Context
	g       *deltaGenerator
	current *delta.PartWriter
	slots   chan struct{}
	running sync.WaitGroup

	mu      sync.Mutex
	headers []*delta.PartHeader // nil while a part is being compressed
	told    int                 // parts whose completion was reported
	err     error
}

func newPartEncoder(ctx context.Context, g *deltaGenerator) *partEncoder {
	e := &partEncoder{ctx: ctx, g: g, slots: make(chan struct{}, g.opts.Concurrency)}
	e.current = e.newPart()
	return e
}

func (e *partEncoder) newPart() *delta.PartWriter { return delta.NewPartWriter(fdPath(e.g.repo.tmpFD)) }

// add puts an object into the current part, or the next one if that would get too large. Empty files never begin
// a part: libostree fails to read one that has no data at all.
func (e *partEncoder) add(p *packed) error {
	if e.current.Len() > 0 && p.blob > 0 && e.current.BlobSize()+p.blob > e.g.opts.MaxChunkSize {
		if err := e.encode(); err != nil {
			return err
		}
		e.current = e.newPart()
	}
	return p.add(e.current)
}

// encode starts the compression of the current part when one of those before it is done.
func (e *partEncoder) encode() error {
	select {
	case e.slots <- struct{}{}:
	case <-e.ctx.Done():
		return e.ctx.Err()
	}
	e.mu.Lock()
	i, err := len(e.headers), e.err
	e.headers = append(e.headers, nil)
	e.mu.Unlock()
	if err != nil {
		return err
	}
	part := e.current
	e.current = nil
	f, err := e.g.stage.create(strconv.Itoa(i))
	if err != nil {
		part.Close()
		return err
	}
	fsync, options := e.g.repo.Config().Fsync, &delta.PartOptions{Concurrency: min(2, e.g.opts.Concurrency)}
	e.running.Go(func() {
		h, err := encodePart(part, f, fsync, options)
		<-e.slots
		e.done(i, h, err)
	})
	return nil
}

// encodePart writes a part to a file and closes both.
func encodePart(part *delta.PartWriter, f fdFile, fsync bool, options *delta.PartOptions) (*delta.PartHeader, error) {
	defer part.Close()
	defer f.Close()
	var h *delta.PartHeader
	err := writeDurably(f, fsync, func(w io.Writer) (err error) {
		h, err = part.Encode(w, options)
		return err
	})
	return h, err
}

// done takes the result of a part and reports what is complete, in order.
func (e *partEncoder) done(i int, h *delta.PartHeader, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		if e.err == nil {
			e.err = err
		}
		return
	}
	e.headers[i] = h
	for ; e.told < len(e.headers) && e.headers[e.told] != nil && e.ctx.Err() == nil; e.told++ {
		h := e.headers[e.told]
		e.g.tell(&DeltaPart{e.told + 1, len(h.Objects), h.Size, h.USize})
	}
}

// finish compresses the last part, which may be empty, and enters all of them into the superblock.
func (e *partEncoder) finish() error {
	if err := e.encode(); err != nil {
		return e.abandon(err)
	}
	idle := make(chan struct{})
	go func() {
		e.running.Wait()
		close(idle)
	}()
	select {
	case <-idle:
	case <-e.ctx.Done():
		return e.ctx.Err()
	}
	if e.err != nil {
		return e.err
	}
	for _, h := range e.headers {
		e.g.super.Parts = append(e.g.super.Parts, *h)
		e.g.stats.Parts++
		e.g.stats.Size += h.Size
		e.g.stats.USize += h.USize
	}
	return nil
}

// abandon gives up; parts that are being compressed end on their own.
func (e *partEncoder) abandon(err error) error {
	if e.current != nil {
		e.current.Close()
	}
	return err
}
