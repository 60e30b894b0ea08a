//go:build unix

package files

import (
	"context"

	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/resource"
)

const (
	// maxAhead is how many contents are fetched at the same time, and before their turn.
	maxAhead = 8
	// smallData is the size of data URLs below which decoding on the spot is faster.
	smallData = 32 << 10
)

// ahead fetches contents of the next files while earlier ones are made. It only fills
// files that have no names yet; everything else happens in order.
type ahead struct {
	next   int // the first entry that was not considered
	jobs   map[int]*job
	ctx    context.Context
	cancel context.CancelFunc
}

type job struct {
	f    *tree.NewFile
	done chan error
}

// schedule starts fetching for the files from entry i on. It ends at the first entry
// that is not a file: what that is may change where later files are.
func (w *writer) schedule(ctx context.Context, i int) {
	a := &w.ahead
	for a.next = max(a.next, i); a.next < len(w.entries) && len(a.jobs) < maxAhead; a.next++ {
		e := &w.entries[a.next]
		if e.kind != file {
			return
		}
		if !e.slow() {
			continue
		}
		there, err := w.t.Lstat(e.path)
		if err == nil && there.Directory() && e.overwrite {
			if a.next > i {
				return
			}
			continue // it is this one's turn
		}
		if (err == nil && !e.overwrite) || (err != nil && !tree.Missing(err)) {
			continue // its turn will tell
		}
		if w.t.Note(e.path) != nil {
			continue
		}
		f, err := w.t.Create(e.path)
		if err != nil {
			continue
		}
		w.start(ctx, a.next, f)
	}
}

// slow reports whether getting the contents takes time.
func (e *entry) slow() bool {
	if e.contents == nil || e.contents.inline != nil || e.contents.res.Source == nil {
		return false
	}
	switch scheme(*e.contents) {
	case "":
		return false
	case "data":
		return len(*e.contents.res.Source) >= smallData
	default:
		return true
	}
}

func (w *writer) start(ctx context.Context, i int, f *tree.NewFile) {
	a := &w.ahead
	if a.jobs == nil {
		a.jobs = map[int]*job{}
		a.ctx, a.cancel = context.WithCancel(resource.ContextWithLog(ctx, w.log))
	}
	j := &job{f: f, done: make(chan error, 1)}
	a.jobs[i] = j
	contents, ctx := *w.entries[i].contents, a.ctx
	go func() { j.done <- w.fetch(ctx, contents, f.File) }()
}

// take waits for the contents of an entry, if they were fetched ahead.
func (a *ahead) take(i int) (f *tree.NewFile, err error, ok bool) {
	j := a.jobs[i]
	if j == nil {
		return nil, nil, false
	}
	delete(a.jobs, i)
	return j.f, <-j.done, true
}

// stop gives up what was fetched and not taken.
func (a *ahead) stop() {
	if a.cancel != nil {
		a.cancel()
	}
	for i, j := range a.jobs {
		<-j.done
		j.f.Abort()
		delete(a.jobs, i)
	}
}
