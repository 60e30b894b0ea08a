package container

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// smallFile is the largest content in bytes that is handed to a worker in memory; larger content is
// written as it is read.
const smallFile = 1 << 20

var smallBuffers = sync.Pool{New: func() any { b := make([]byte, smallFile); return &b }}

// writePool writes content objects of all layers that are imported at the same time.
type writePool struct {
	txn  *ostree.Txn
	ctx  context.Context
	jobs chan *writeJob
	wg   sync.WaitGroup
}

// writeJob is a content object on its way. The layer that it belongs to waits for it.
type writeJob struct {
	layer  *layerJobs
	want   *object.Checksum
	header object.FileHeader
	data   []byte
	buf    *[]byte
	sum    *object.Checksum // receives the name
	path   string           // for messages
}

func newWritePool(ctx context.Context, txn *ostree.Txn) *writePool {
	p := &writePool{txn: txn, ctx: ctx, jobs: make(chan *writeJob, 2)}
	for range max(2, runtime.GOMAXPROCS(0)) {
		p.wg.Add(1)
		go p.work()
	}
	return p
}

// close ends the workers; no jobs may come any more.
func (p *writePool) close() {
	close(p.jobs)
	p.wg.Wait()
}

func (p *writePool) work() {
	defer p.wg.Done()
	for j := range p.jobs {
		if !j.layer.failed() {
			c, err := p.txn.WriteFile(p.ctx, j.want, &j.header, int64(len(j.data)), bytes.NewReader(j.data))
			if err != nil {
				j.layer.fail(fmt.Errorf("%s: %w", j.path, err))
			} else if j.sum != nil {
				*j.sum = c
			}
		}
		if j.buf != nil {
			smallBuffers.Put(j.buf)
		}
		j.layer.wg.Done()
	}
}

// layerJobs are the jobs of one layer and the first error among them.
type layerJobs struct {
	wg  sync.WaitGroup
	mu  sync.Mutex
	err error
}

func (l *layerJobs) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
}

func (l *layerJobs) failed() bool { return l.error() != nil }

func (l *layerJobs) error() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// wait returns the first error of all jobs, once they are done.
func (l *layerJobs) wait() error {
	l.wg.Wait()
	return l.error()
}

// write stores a regular file or symlink of a tar stream: here, or in a worker if it is small.
func (p *writePool) write(l *layerJobs, j *writeJob, size int64, r io.Reader) error {
	if err := l.error(); err != nil {
		return err
	}
	j.layer = l
	if size > smallFile {
		c, err := p.txn.WriteFile(p.ctx, j.want, &j.header, size, r)
		if err == nil && j.sum != nil {
			*j.sum = c
		}
		return err
	}
	if size > 0 {
		j.buf = smallBuffers.Get().(*[]byte)
		j.data = (*j.buf)[:size]
		if _, err := io.ReadFull(r, j.data); err != nil {
			smallBuffers.Put(j.buf)
			return noEOF(err)
		}
	}
	l.wg.Add(1)
	select {
	case p.jobs <- j:
		return nil
	case <-p.ctx.Done():
		l.wg.Done()
		return p.ctx.Err()
	}
}

// noEOF makes the end of the data inside of an entry an error that nobody takes for a regular end.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// tarOwner checks the numbers of a tar header that become part of an object.
func tarOwner(h *tar.Header) (uid, gid, mode uint32, err error) {
	if h.Uid < 0 || h.Gid < 0 || int64(h.Uid) > 1<<32-1 || int64(h.Gid) > 1<<32-1 {
		return 0, 0, 0, fmt.Errorf("owner %d:%d is out of range", h.Uid, h.Gid)
	}
	if h.Size < 0 {
		return 0, 0, 0, errors.New("negative size")
	}
	return uint32(h.Uid), uint32(h.Gid), uint32(h.Mode) & object.ModePerm, nil
}
