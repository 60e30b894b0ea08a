package interop

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	number = flag.Int("cases", 3000, "number of configs for each test")
	seed   = flag.Uint64("seed", 0, "seed of the random configs (default: the time)")
	shown  = flag.Int("shown", 1, "examples shown of each kind of difference")
)

// finding is a difference between this module and upstream. Findings of one kind are
// counted together.
type finding struct {
	kind, detail string
	index        int // of the case
}

// compare runs check for many cases, on all processors, and fails if it finds
// differences. check returns "" as the kind if there is none. Of slow checks share is
// the part of the cases that is run: one of so many.
func compare(t *testing.T, share int, check func(s source) (kind, detail string)) {
	n := *number
	if env, err := strconv.Atoi(os.Getenv("INTEROP_N")); err == nil {
		n = env
	}
	n /= share
	start := *seed
	if start == 0 {
		start = uint64(time.Now().UnixNano())
	}
	t.Logf("%d cases, seed %d", n, start)
	byKind := map[string][]finding{}
	var lock sync.Mutex
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if kind, detail := guarded(check, newSource(start, i)); kind != "" {
					lock.Lock()
					byKind[kind] = append(byKind[kind], finding{kind, detail, i})
					lock.Unlock()
				}
			}
		})
	}
	workers.Wait()
	reportFindings(t, byKind)
}

// guarded makes a panic a finding.
func guarded(check func(source) (string, string), s source) (kind, detail string) {
	defer func() {
		if r := recover(); r != nil {
			stack := make([]byte, 1<<14)
			kind, detail = fmt.Sprint("panic: ", r), string(stack[:runtime.Stack(stack, false)])
		}
	}()
	return check(s)
}

func reportFindings(t *testing.T, byKind map[string][]finding) {
	kinds := make([]string, 0, len(byKind))
	for kind := range byKind {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b string) int { return len(byKind[b]) - len(byKind[a]) })
	for _, kind := range kinds {
		found := byKind[kind]
		slices.SortFunc(found, func(a, b finding) int { return len(a.detail) - len(b.detail) })
		for i, f := range found[:min(*shown, len(found))] {
			t.Errorf("%s (%d of %d, case %d)\n%s", kind, i+1, len(found), f.index, f.detail)
		}
	}
}
