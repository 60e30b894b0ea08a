package platform

import (
	"context"
	"errors"
	"fmt"
)

// source is one of several places where a config may be.
type source struct {
	name string
	// fetch returns the config, or nothing if the source is there but has none.
	fetch func(ctx context.Context) ([]byte, error)
}

// answer is what became of a source.
type answer struct {
	n   int
	raw []byte
	err error
}

// brokenDrive is the error of a drive that is there and cannot be read.
type brokenDrive struct{ error }

func (b brokenDrive) Unwrap() error { return b.error }

// first asks all sources at once and returns the first config. That a source is
// there but has none decides as well, unless a drive that was found meanwhile has a
// config, or cannot be read and so may have one. All sources have ended when first
// returns. It is an error when none answers.
func (e *env) first(ctx context.Context, sources ...source) (Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan answer)
	for n, s := range sources {
		go func() {
			raw, err := s.fetch(ctx)
			answers <- answer{n, raw, err}
		}()
	}
	var (
		raw     []byte
		decided bool
		errs    []error
	)
	for range sources {
		a := <-answers
		switch {
		case a.err == nil:
			decided = true
			cancel()
			if len(raw) == 0 {
				raw = a.raw
			}
		case errors.Is(a.err, context.Canceled):
		default:
			e.log.Err("failed to fetch config from %s: %v", sources[a.n].name, a.err)
			errs = append(errs, fmt.Errorf("%s: %w", sources[a.n].name, a.err))
		}
	}
	err := errors.Join(errs...)
	if decided && (len(raw) > 0 || !errors.As(err, new(brokenDrive))) {
		return Result{Raw: raw}, nil
	}
	if !decided && ctx.Err() != nil {
		return Result{}, context.Cause(ctx)
	}
	e.log.Info("couldn't fetch config")
	return Result{}, err
}

// drive is a source: a file on a drive that may appear at any time. Only the search
// for it ends when another source wins; once it is found, it is read under outer:
// a mount program that is killed leaves behind what it may have mounted already.
func (e *env) drive(outer context.Context, name, label, file string) source {
	return source{name, func(ctx context.Context) ([]byte, error) {
		device := e.label(label)
		if err := e.awaitDrive(ctx, device); err != nil {
			return nil, err
		}
		raw, err := e.readDrive(outer, device, optional(file))
		if err != nil {
			err = brokenDrive{err}
		}
		return raw, err
	}}
}
