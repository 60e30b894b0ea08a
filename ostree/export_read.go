package ostree

import (
	"bytes"
	"context"
	"io"
	"runtime"

	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sync/errgroup"
)

// exportItem is an entry on its way into the archive. Files are read by several goroutines while
// the archive is written in order.
type exportItem struct {
	path string
	sum  object.Checksum // file object, or dirmeta of a directory
	dir  bool

	ready chan struct{} // closed when the fields below are set; nil if nobody reads ahead
	file  *File
	data  *bytes.Buffer // the whole payload, if it is small
	err   error
}

const (
	exportAhead = 64        // files read ahead
	exportSmall = 128 << 10 // largest payload that is read ahead, in bytes
)

// run walks in one goroutine, reads files ahead in several, and writes in the caller's.
func (e *exporter) run(ctx context.Context, root *treeNode) error {
	g, ctx := errgroup.WithContext(ctx)
	items := make(chan *exportItem, exportAhead)
	work := make(chan *exportItem, exportAhead)
	g.Go(func() error {
		defer close(items)
		defer close(work)
		p := &exportProducer{ctx: ctx, repo: e.repo, items: items, work: work, queued: map[object.Checksum]struct{}{}}
		return p.directory(root, "", 0)
	})
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			for it := range work {
				it.read(e.repo)
				close(it.ready)
			}
			return nil
		})
	}
	g.Go(func() error {
		for it := range items {
			if err := e.item(ctx, it); err != nil {
				return err
			}
		}
		return nil
	})
	err := g.Wait()
	for it := range items {
		it.close()
	}
	return err
}

func (e *exporter) item(ctx context.Context, it *exportItem) error {
	defer it.close()
	if it.dir {
		return e.directory(it.path, it.sum)
	}
	if it.ready == nil {
		return e.repeated(it)
	}
	select {
	case <-it.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	if it.err != nil {
		return it.err
	}
	var data io.Reader = it.file
	if it.data != nil {
		data = it.data
	}
	return e.file(it.path, it.sum, it.file, data)
}

// repeated writes an object that was in the archive before: files as links, symlinks once more.
func (e *exporter) repeated(it *exportItem) error {
	h, _, err := e.repo.StatFile(it.sum)
	if err != nil {
		return err
	}
	if first, ok := e.seen[it.sum]; ok {
		return e.link(it.path, first, h)
	}
	return e.file(it.path, it.sum, &File{Header: *h, fd: -1}, nil)
}

// read opens the file, and reads it if it is small: the others are read when their turn comes.
func (it *exportItem) read(r *Repo) {
	if it.file, it.err = r.LoadFile(it.sum); it.err != nil || it.file.Size > exportSmall {
		return
	}
	it.data = &bytes.Buffer{}
	it.data.Grow(int(it.file.Size) + bytes.MinRead)
	if _, err := it.data.ReadFrom(it.file); err != nil {
		it.err = err
	}
}

func (it *exportItem) close() {
	if it.ready == nil {
		return
	}
	<-it.ready
	if it.file != nil {
		it.file.Close()
	}
}

// exportProducer lists the tree in the order of the archive.
type exportProducer struct {
	ctx    context.Context
	repo   *Repo
	items  chan<- *exportItem
	work   chan<- *exportItem
	queued map[object.Checksum]struct{}
}

func (p *exportProducer) send(ch chan<- *exportItem, it *exportItem) error {
	select {
	case ch <- it:
		return nil
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}

func (p *exportProducer) directory(n *treeNode, path string, depth int) error {
	if depth > maxTreeDepth {
		return errTooDeep
	}
	if err := p.send(p.items, &exportItem{path: path, sum: n.meta, dir: true}); err != nil {
		return err
	}
	tree, err := p.repo.LoadDirTree(n.sum)
	if err != nil {
		return err
	}
	if path != "" {
		path += "/"
	}
	for i := range tree.Files {
		if err := p.file(&tree.Files[i], path); err != nil {
			return err
		}
	}
	for i := range tree.Dirs {
		d := &tree.Dirs[i]
		if err := p.directory(&treeNode{dir: true, sum: d.Tree, meta: d.Meta}, path+d.Name, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (p *exportProducer) file(f *object.FileEntry, dir string) error {
	it := &exportItem{path: dir + f.Name, sum: f.Checksum}
	if _, again := p.queued[f.Checksum]; again {
		return p.send(p.items, it)
	}
	p.queued[f.Checksum] = struct{}{}
	it.ready = make(chan struct{})
	if err := p.send(p.work, it); err != nil {
		return err
	}
	// A worker has it for certain now, so whoever takes it from items may wait for it.
	err := p.send(p.items, it)
	if err != nil {
		it.close()
	}
	return err
}
