package httpserve

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"
)

// recheck is how often files are looked at. Renewals are rare, and a second late harms nobody.
const recheck = time.Second

// watched holds what was last read from some files.
type watched[T any] struct {
	value atomic.Pointer[T]
	load  func() (T, error)
	paths []string
	seen  []fileState

	failure string // of the last look; empty: what is held is what the files say
}

// fileState tells whether a file is another one than before; the number of the inode counts through os.SameFile.
type fileState struct{ info os.FileInfo }

func watch[T any](load func() (T, error), paths ...string) (*watched[T], error) {
	w := &watched[T]{load: load, paths: slices.DeleteFunc(paths, func(p string) bool { return p == "" })}
	// The state is taken before the contents: a change in between is found again by the next look.
	w.seen = w.states()
	v, err := load()
	if err != nil {
		return nil, err
	}
	w.value.Store(&v)
	return w, nil
}

func (w *watched[T]) get() T { return *w.value.Load() }

// refresh reads the files again if one of them has changed. When that fails the previous value stays in force, each
// further look tries again, as the reason may pass without a change of the files, and the error is told once until it
// or the files are others.
func (w *watched[T]) refresh(log *slog.Logger) {
	now := w.states()
	same := slices.EqualFunc(now, w.seen, fileState.equal)
	if same && w.failure == "" {
		return
	}
	w.seen = now
	v, err := w.load()
	if err != nil {
		if !same || err.Error() != w.failure {
			log.Warn("file not reloaded, the previous one stays in force", "error", err)
		}
		w.failure = err.Error()
		return
	}
	w.failure = ""
	w.value.Store(&v)
	log.Info("file reloaded", "path", w.paths[0])
}

func (w *watched[T]) states() []fileState {
	s := make([]fileState, len(w.paths))
	for i, path := range w.paths {
		s[i].info, _ = os.Stat(path)
	}
	return s
}

func (a fileState) equal(b fileState) bool {
	if a.info == nil || b.info == nil {
		return a.info == nil && b.info == nil
	}
	return os.SameFile(a.info, b.info) && a.info.Size() == b.info.Size() && a.info.ModTime().Equal(b.info.ModTime())
}

func (s *Server) watchFiles(ctx context.Context) {
	t := time.NewTicker(recheck)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if s.tls != nil {
			s.tls.refresh(s.log)
		}
		if s.auth != nil {
			s.auth.refresh(s.log)
		}
	}
}
