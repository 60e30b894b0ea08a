//go:build linux

package agenttest

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/agentlab"
)

// TestSoak polls some thousand times: neither descriptors nor memory may grow with that. The server knows 160 releases,
// answers "not modified" mostly, and has a new graph now and then.
func TestSoak(t *testing.T) {
	const polls, every = 10000, 40
	l := agentlab.New(t)
	l.Quiet = []string{"notify"}
	graph := func(generation int64) string {
		var nodes []node
		for i := range 160 {
			nodes = append(nodes, node{Version: fmt.Sprintf("40.%d", 161-i), Payload: fmt.Sprintf("%064x", 0x1000+i), Age: 160 - i, Meta: map[string]string{"generation": fmt.Sprint(generation)}})
		}
		nodes[0].Version, nodes[0].Payload = "40.1", sum(1)
		var edges [][2]int
		for i := range 159 {
			edges = append(edges, [2]int{i + 1, 0}) // all lead to the release that runs
		}
		return agentlab.GraphJSON(edges, nodes...)
	}
	var asked, unchanged atomic.Int64
	serve := &late{}
	url := serve.listen(t)
	var text string
	var made int64 = -1
	serve.set(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		tag := fmt.Sprintf("%q", fmt.Sprint(n/every))
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			unchanged.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if n/every != made { // one client, one request at a time
			made, text = n/every, graph(n/every)
		}
		fmt.Fprint(w, text)
	}))
	l.Files["/etc/zincati/config.d/50.toml"] = fmt.Sprintf("cincinnati.base_url = %q\nagent.timing.steady_interval_secs = 1\n", url)
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	l.Env = append(l.Env, "NESTOS_CLOCK_SPEED=1000000")
	l.Start(program)
	await := func(n int64) {
		deadline := time.Now().Add(4 * time.Minute)
		for asked.Load() < n {
			select {
			case <-l.Exited():
				t.Fatalf("the agent ended: %s", l.Log())
			case <-time.After(5 * time.Millisecond):
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d polls only", asked.Load())
			}
		}
	}
	await(polls / 5)
	before := descriptors(t, l.Pid())
	memory := resident(t, l.Pid())
	for n := int64(polls/5 + 500); n <= polls; n += 500 {
		await(n)
		if now := descriptors(t, l.Pid()); now > before+4 {
			t.Fatalf("%d descriptors after %d polls, %d before", now, n, before)
		}
	}
	if now := resident(t, l.Pid()); now > memory+16<<20 || now > 80<<20 {
		t.Errorf("%d MiB of memory, %d MiB before", now>>20, memory>>20)
	}
	if unchanged.Load() < polls*8/10 {
		t.Errorf("only %d of %d answers were the same as before", unchanged.Load(), asked.Load())
	}
	metrics := l.Metrics()
	if !strings.Contains(metrics, "zincati_cincinnati_graph_nodes_count 160\n") || strings.Contains(metrics, "errors_total{") {
		t.Errorf("metrics:\n%s", metrics)
	}
	if exit := l.Terminate(); exit != 0 {
		t.Errorf("exit status %d", exit)
	}
	if text := strings.Join(l.Texts(), "\n"); strings.Contains(text, "deploy --lock") {
		t.Errorf("something was staged:\n%s", text)
	}
}

func descriptors(t *testing.T, pid int) int {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// resident is the memory of a process in bytes.
func resident(t *testing.T, pid int) int64 { return memory(t, pid, "VmRSS") }

func memory(t *testing.T, pid int, key string) int64 {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var kib int64
		if n, _ := fmt.Sscanf(lines.Text(), key+": %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	t.Fatalf("no %s of process %d", key, pid)
	return 0
}
