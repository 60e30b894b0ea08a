package etcdstore_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore/etcdtest"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// BenchmarkLock has 32 nodes that take and give back locks of a group with room for all; an operation is one of
// the two. airlock does 250 to 300 a second on two cores.
func BenchmarkLock(b *testing.B) {
	c := etcdtest.Start(b, 1, nil)
	s := open(b, c, func(o *etcdstore.Options) { o.Groups = semaphore.Groups{"wide": 64} })
	b.SetParallelism(16)
	b.ReportAllocs()
	var nodes atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		id := fmt.Sprint("node", nodes.Add(1))
		for held := false; pb.Next(); held = !held {
			change := s.Lock
			if held {
				change = s.Unlock
			}
			if _, err := change(b.Context(), "wide", id); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

// BenchmarkRefuse has 32 nodes that ask for the lock of a full group. airlock does 640 a second.
func BenchmarkRefuse(b *testing.B) {
	c := etcdtest.Start(b, 1, nil)
	s := open(b, c)
	b.SetParallelism(16)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Lock(b.Context(), "none", "x"); err == nil {
				b.Error("granted")
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}
