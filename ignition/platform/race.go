package platform

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// source is one of several places where a config may be.
type source struct {
	name string
	// fetch returns the config, or nothing if the source is there but has none. It
	// calls found as soon as it knows that the source is there.
	fetch func(ctx context.Context, found func()) ([]byte, error)
}

// answer is what became of a source.
type answer struct {
	n   int
	raw []byte
	err error
}

// first asks all sources at once and returns the first config. That a source is
// there but has none decides as well, unless another one that has been found is
// still being read. All sources have ended when first returns. It is an error when
// none answers.
func (e *env) first(ctx context.Context, sources ...source) (Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan answer)
	found := make([]atomic.Bool, len(sources))
	for n, s := range sources {
		go func() {
			raw, err := s.fetch(ctx, func() { found[n].Store(true) })
			answers <- answer{n, raw, err}
		}()
	}
	var (
		raw     []byte
		decided bool
		errs    []error
		ended   = make([]bool, len(sources))
	)
	for range sources {
		a := <-answers
		ended[a.n] = true
		switch {
		case a.err == nil:
			decided = true
			if len(raw) == 0 {
				raw = a.raw
			}
		case errors.Is(a.err, context.Canceled):
		default:
			e.log.Err("failed to fetch config from %s: %v", sources[a.n].name, a.err)
			errs = append(errs, fmt.Errorf("%s: %w", sources[a.n].name, a.err))
		}
		if decided && (len(raw) > 0 || !pending(found, ended)) {
			cancel()
		}
	}
	if decided {
		return Result{Raw: raw}, nil
	}
	if ctx.Err() != nil {
		return Result{}, context.Cause(ctx)
	}
	e.log.Info("couldn't fetch config")
	return Result{}, errors.Join(errs...)
}

// pending tells whether a source was found and has not ended.
func pending(found []atomic.Bool, ended []bool) bool {
	for n := range found {
		if found[n].Load() && !ended[n] {
			return true
		}
	}
	return false
}

// drive is a source: a file on a drive that may appear at any time. Only the search
// for it ends when another source wins; once it is found, it is read under outer:
// a mount program that is killed leaves behind what it may have mounted already.
func (e *env) drive(outer context.Context, name, label, file string) source {
	return source{name, func(ctx context.Context, found func()) ([]byte, error) {
		device := e.label(label)
		if err := e.awaitDrive(ctx, device); err != nil {
			return nil, err
		}
		found()
		return e.readDrive(outer, device, optional(file))
	}}
}
