package ostree

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/nestos-dev/nestos/ostree/object"
)

// treeWalker marks the objects of directory trees, level by level, each dirtree once.
type treeWalker struct {
	repo *Repo
	set  *ObjectSet
	// unusable is asked about a dirtree that is missing, has another checksum or is malformed: nil goes
	// on without its children. Calls come one at a time, sorted within a level. A nil func stops at any.
	unusable func(n object.Name, err error) error
}

// commits marks the trees of those commits that are partial, or of those that are not.
func (w *treeWalker) commits(ctx context.Context, list []*seenCommit, partial bool) error {
	var roots []object.Checksum
	for _, c := range list {
		if c.partial == partial {
			roots = w.enter(roots, c.tree, c.meta)
		}
	}
	return w.walk(ctx, roots)
}

// enter marks a directory and appends it to the list of those to read, if it is new.
func (w *treeWalker) enter(list []object.Checksum, tree, meta object.Checksum) []object.Checksum {
	w.set.Add(object.Name{Checksum: meta, Type: object.TypeDirMeta})
	if w.set.Add(object.Name{Checksum: tree, Type: object.TypeDirTree}) {
		list = append(list, tree)
	}
	return list
}

func (w *treeWalker) walk(ctx context.Context, level []object.Checksum) error {
	for len(level) > 0 {
		next, failed, err := w.readLevel(ctx, level)
		if err != nil {
			return err
		}
		slices.SortFunc(failed, func(a, b failedObject) int { return a.name.Compare(b.name) })
		for _, f := range failed {
			if w.unusable == nil {
				return f.err
			}
			if err := w.unusable(f.name, f.err); err != nil {
				return err
			}
		}
		level = next
	}
	return nil
}

type failedObject struct {
	name object.Name
	err  error
}

// readLevel marks the children of all the dirtrees and returns the new ones among them.
func (w *treeWalker) readLevel(ctx context.Context, level []object.Checksum) (next []object.Checksum, failed []failedObject, err error) {
	var mu sync.Mutex
	err = forEachIndex(ctx, len(level), 16, func(i int) error {
		n := object.Name{Checksum: level[i], Type: object.TypeDirTree}
		dirs, err := w.readTree(n)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			failed = append(failed, failedObject{n, err})
			return nil
		}
		next = append(next, dirs...)
		return nil
	})
	return next, failed, err
}

func (w *treeWalker) readTree(n object.Name) (dirs []object.Checksum, err error) {
	b, err := w.repo.loadVerified(n)
	if err != nil {
		return nil, err
	}
	t, err := object.ParseDirTree(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n, err)
	}
	for i := range t.Files {
		w.set.Add(object.Name{Checksum: t.Files[i].Checksum, Type: object.TypeFile})
	}
	for i := range t.Dirs {
		dirs = w.enter(dirs, t.Dirs[i].Tree, t.Dirs[i].Meta)
	}
	return dirs, nil
}

// forEachIndex calls fn for 0 … n-1 from as many goroutines as there are cores, each taking batch
// indexes at a time in ascending order. The first error, or the end of the context, stops it.
func forEachIndex(ctx context.Context, n, batch int, fn func(i int) error) error {
	workers := min(runtime.GOMAXPROCS(0), (n+batch-1)/batch)
	var next atomic.Int64
	var stop atomic.Pointer[error]
	work := func() {
		for stop.Load() == nil {
			start := int(next.Add(int64(batch))) - batch
			if start >= n {
				return
			}
			err := ctx.Err()
			for i := start; err == nil && i < min(start+batch, n); i++ {
				err = fn(i)
			}
			if err != nil {
				stop.CompareAndSwap(nil, &err)
			}
		}
	}
	if workers <= 1 {
		work()
	} else {
		var wg sync.WaitGroup
		for range workers {
			wg.Go(work)
		}
		wg.Wait()
	}
	if err := stop.Load(); err != nil {
		return *err
	}
	return nil
}
