package ostree

import (
	"context"
	"iter"
	"sync"

	"golang.org/x/sync/semaphore"
)

// orderLimits bound the work that inOrder does ahead.
type orderLimits struct {
	workers int
	ahead   int               // items that are begun or wait to be taken
	memory  int64             // sum of the weights of those; one that is heavier goes alone
	weight  func(i int) int64 // of an item, in bytes
}

// limits are those for the comparison and the reading of files.
func (g *deltaGenerator) limits(weight func(int) int64) orderLimits {
	n := g.opts.Concurrency
	return orderLimits{workers: n, ahead: 64 * n, memory: int64(n) * 256 << 20, weight: weight}
}

// orderedJob is an item between its dispatch and its use.
type orderedJob[T any] struct {
	index  int
	weight int64
	done   chan orderedResult[T] // takes one without waiting
}

type orderedResult[T any] struct {
	value T
	err   error
}

// inOrder calls work for 0 … n-1 on several goroutines and yields the results in that order, up to the first
// error. All goroutines have ended when the iteration is over; results that were not yielded by then go to drop,
// which may be nil.
func inOrder[T any](ctx context.Context, n int, limits orderLimits, work func(context.Context, int) (T, error), drop func(T)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		memory := semaphore.NewWeighted(limits.memory)
		jobs, ordered := make(chan orderedJob[T]), make(chan orderedJob[T], limits.ahead)
		var wg sync.WaitGroup
		defer func() {
			cancel()
			wg.Wait()
			dropRest(ordered, drop)
		}()
		wg.Go(func() { dispatch(ctx, n, limits, memory, jobs, ordered) })
		for range min(limits.workers, n) {
			wg.Go(func() {
				for j := range jobs {
					v, err := work(ctx, j.index)
					j.done <- orderedResult[T]{v, err}
				}
			})
		}
		for j := range ordered {
			var r orderedResult[T]
			select {
			case r = <-j.done:
			case <-ctx.Done():
				wg.Wait()
				dropOne(j, drop)
				r.err = ctx.Err()
			}
			if !yield(r.value, r.err) || r.err != nil {
				return
			}
			memory.Release(j.weight)
		}
		if err := ctx.Err(); err != nil {
			var zero T
			yield(zero, err)
		}
	}
}

// dispatch hands out the jobs in order, so that the one to be taken next always has its memory.
func dispatch[T any](ctx context.Context, n int, limits orderLimits, memory *semaphore.Weighted, jobs, ordered chan<- orderedJob[T]) {
	defer close(jobs)
	defer close(ordered)
	for i := range n {
		j := orderedJob[T]{i, min(limits.weight(i), limits.memory), make(chan orderedResult[T], 1)}
		if memory.Acquire(ctx, j.weight) != nil {
			return
		}
		for _, c := range []chan<- orderedJob[T]{ordered, jobs} {
			select {
			case c <- j:
			case <-ctx.Done():
				return
			}
		}
	}
}

// dropRest takes what is left when nobody works any more.
func dropRest[T any](ordered <-chan orderedJob[T], drop func(T)) {
	for j := range ordered {
		dropOne(j, drop)
	}
}

func dropOne[T any](j orderedJob[T], drop func(T)) {
	select {
	case r := <-j.done:
		if r.err == nil && drop != nil {
			drop(r.value)
		}
	default: // never begun
	}
}
