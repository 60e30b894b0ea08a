package progress_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/progress"
)

type record struct {
	mu     sync.Mutex
	events []progress.Event
}

func (r *record) Report(e progress.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func TestNilIsFine(t *testing.T) {
	progress.Report(nil, progress.Event{})
	task := progress.Start(nil, progress.Event{Task: "x"})
	task.Add(1, 2)
	task.AddTotal(1, 1)
	task.AddCached(1, 1)
	task.End(nil)
	r := strings.NewReader("abc")
	require.Equal(t, io.Reader(r), task.Reader(r))
	require.Nil(t, progress.Limit(nil, time.Second))
	require.Nil(t, progress.Multi(nil, nil))
}

func TestTaskCounts(t *testing.T) {
	var a, b record
	task := progress.Start(progress.Multi(&a, nil, &b), progress.Event{Task: "pull", ID: "main"})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			task.AddTotal(20, 2)
			task.Add(10, 1)
			task.AddCached(10, 1)
		})
	}
	wg.Wait()
	n, err := io.Copy(io.Discard, task.Reader(strings.NewReader("12345")))
	require.NoError(t, err)
	require.EqualValues(t, 5, n)
	task.End(errors.New("x"))
	task.End(nil)
	task.Add(1, 1)
	require.Equal(t, a.events, b.events)
	require.Equal(t, progress.Started, a.events[0].State)
	last := a.events[len(a.events)-1]
	require.Equal(t, progress.Event{
		Task: "pull", ID: "main", State: progress.Failed,
		Bytes: progress.Count{Cached: 100, Done: 105, Total: 200},
		Items: progress.Count{Cached: 10, Done: 10, Total: 20},
	}, last)
	for i := 1; i < len(a.events); i++ {
		require.GreaterOrEqual(t, a.events[i].Bytes.Done, a.events[i-1].Bytes.Done, "in order")
	}
}

func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		limited := progress.Limit(&r, time.Second)
		one := progress.Start(limited, progress.Event{Task: "a", ID: "1"})
		two := progress.Start(limited, progress.Event{Task: "a", ID: "2"})
		for range 100 {
			one.Add(1, 0)
			two.Add(1, 0)
			time.Sleep(100 * time.Millisecond)
		}
		one.End(nil)
		two.End(nil)
		require.Len(t, r.events, 2*(1+9+1), "started, one a second, done")
		require.EqualValues(t, 100, r.events[len(r.events)-1].Bytes.Done, "the last one has it all")
	})
}

func TestFraction(t *testing.T) {
	for c, want := range map[progress.Count]float64{
		{}: -1, {Done: 5}: -1, {Done: 5, Total: 10}: .5, {Cached: 5, Done: 5, Total: 20}: .5,
		{Done: 30, Total: 10}: 1, {Done: -1, Total: 10}: 0,
	} {
		f, ok := c.Fraction()
		if !ok {
			f = -1
		}
		require.InDelta(t, want, f, 1e-9, "%v", c)
	}
}

func TestJSON(t *testing.T) {
	data, err := json.Marshal(progress.Event{Task: "pull", State: progress.Running, Bytes: progress.Count{Done: 1}})
	require.NoError(t, err)
	require.Equal(t, `{"task":"pull","state":"running","bytes":{"done":1}}`, string(data))
}

func ExampleStart() {
	print := progress.Func(func(e progress.Event) {
		fmt.Println(e.State, e.Task, e.Items.Done, "of", e.Items.Total)
	})
	task := progress.Start(print, progress.Event{Task: "fsck", Items: progress.Count{Total: 2}})
	task.Add(0, 1)
	task.Add(0, 1)
	task.End(nil)
	// Output:
	// started fsck 0 of 2
	// running fsck 1 of 2
	// running fsck 2 of 2
	// done fsck 2 of 2
}
