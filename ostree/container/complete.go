package container

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sync/errgroup"
)

// checkComplete makes sure that the repository, with its running transaction, has everything that a commit
// needs. The commit itself need not be there yet.
func checkComplete(ctx context.Context, r *ostree.Repo, c *object.Commit) error {
	w := &completeWalk{repo: r, seen: map[object.Name]struct{}{}}
	w.files, w.ctx = errgroup.WithContext(ctx)
	w.files.SetLimit(max(2, runtime.GOMAXPROCS(0)))
	err := w.meta(c.Meta)
	if err == nil {
		err = w.dir(c.Tree, 0)
	}
	if e := w.files.Wait(); e != nil {
		err = e
	}
	return err
}

type completeWalk struct {
	repo  *ostree.Repo
	ctx   context.Context
	files *errgroup.Group
	mu    sync.Mutex
	seen  map[object.Name]struct{}
}

// first tells whether an object is met for the first time.
func (w *completeWalk) first(n object.Name) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.seen[n]; ok {
		return false
	}
	w.seen[n] = struct{}{}
	return true
}

func (w *completeWalk) meta(c object.Checksum) error {
	n := object.Name{Checksum: c, Type: object.TypeDirMeta}
	if !w.first(n) {
		return nil
	}
	_, err := w.repo.LoadDirMeta(c)
	return err
}

func (w *completeWalk) dir(c object.Checksum, depth int) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if depth > maxTreeDepth {
		return errTooDeep
	}
	if !w.first(object.Name{Checksum: c, Type: object.TypeDirTree}) {
		return nil
	}
	dt, err := w.repo.LoadDirTree(c)
	if err != nil {
		return err
	}
	w.files.Go(func() error { return w.haveFiles(dt) })
	for _, d := range dt.Dirs {
		if err := w.meta(d.Meta); err != nil {
			return err
		}
		if err := w.dir(d.Tree, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *completeWalk) haveFiles(dt *object.DirTree) error {
	for _, f := range dt.Files {
		n := object.Name{Checksum: f.Checksum, Type: object.TypeFile}
		if !w.first(n) {
			continue
		}
		if found, err := w.repo.HasObject(n); err != nil {
			return err
		} else if !found {
			return fmt.Errorf("object %s is missing", n)
		}
	}
	return nil
}
