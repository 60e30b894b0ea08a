package torturetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore/etcdtest"
)

const (
	nodes     = 200
	killEvery = 1500 * time.Millisecond
)

// duration is how long each fleet suffers; NESTOS_TORTURE=60s is the full length.
func duration(t *testing.T) time.Duration {
	t.Helper()
	if v := os.Getenv("NESTOS_TORTURE"); v != "" {
		d, err := time.ParseDuration(v)
		require.NoError(t, err)
		return d
	}
	if testing.Short() {
		return 4 * time.Second
	}
	return 8 * time.Second
}

// process is what can be killed and come back.
type process struct {
	name        string
	kill, start func()
}

func (s *lockServer) process(name string) process { return process{name, s.kill, s.start} }

func TestFileStore(t *testing.T) {
	program := build(t)
	s := newServer(t, program, fmt.Sprintf("[store]\nkind = \"file\"\npath = %s\n", strconv.Quote(t.TempDir())))
	torture(t, newFleet(t, nodes, s), s.process("server"))
}

func TestEtcd(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	program := build(t)
	store := fmt.Sprintf("[etcd3]\nendpoints = [%q]\n", c.Members[0].Endpoint)
	a, b := newServer(t, program, store), newServer(t, program, store)
	torture(t, newFleet(t, nodes, a, b), a.process("server a"), b.process("server b"),
		process{"etcd", c.Members[0].Kill, c.Members[0].Start})
}

// torture kills a random one of the processes every killEvery, and sometimes all of them at once.
func torture(t *testing.T, f *fleet, processes ...process) {
	f.run()
	kills := 0
	began := time.Now()
	enough := func() bool { return f.granted.Load() > 20 && f.unknown.Load() > 0 && f.verified.Load() > 0 }
	end := began.Add(duration(t))
	for patience := end.Add(5 * time.Minute); time.Now().Before(end) || !enough() && time.Now().Before(patience); {
		time.Sleep(killEvery*9/10 + rand.N(killEvery/5))
		victims := []process{processes[kills%len(processes)]}
		if rand.IntN(5) == 0 {
			victims = processes
		}
		for _, p := range victims {
			p.kill()
		}
		kills += len(victims)
		time.Sleep(rand.N(200 * time.Millisecond))
		for _, p := range victims {
			p.start()
		}
		if kills%3 == 0 {
			f.audit()
		}
	}
	f.audit()
	f.finish()
	t.Logf("%v: %d kills, %d grants, %d refusals, %d unknown outcomes, %d locks verified from outside, at most %d of %d slots held",
		time.Since(began).Round(time.Second), kills, f.granted.Load(), f.refused.Load(), f.unknown.Load(), f.verified.Load(), f.most.Load(), slots)
	require.Positive(t, kills)
	require.Greater(t, f.granted.Load(), int64(20), "too little happened to prove anything")
	require.Positive(t, f.unknown.Load(), "the kills have hit no request")
	require.Positive(t, f.verified.Load())
	f.afterwards()
}
