package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/progress"
)

// play reports a transfer of total bytes, of which the given ones are done at intervals of half a second.
func play(r *reader, now *time.Time, total int64, done ...int64) {
	e := progress.Event{Task: "read", ID: "disk", State: progress.Started, Bytes: progress.Count{Total: total}}
	r.Report(e)
	e.State = progress.Running
	for _, n := range done {
		*now = now.Add(time.Second / 2)
		e.Bytes.Done = n
		r.Report(e)
	}
	e.State = progress.Done
	r.Report(e)
}

func TestProgressLines(t *testing.T) {
	var b bytes.Buffer
	now := time.Unix(1, 0)
	r := &reader{w: &b, now: func() time.Time { return now }}
	play(r, &now, 1717986918, 1<<20, 18350080, 30<<20, 1717986918)
	play(r, &now, 0, 512<<10, 1<<20, 2<<40)
	play(r, &now, 500, 500)
	play(r, &now, 1000, 500, 999, 1000, 1000)
	require.Equal(t, `Read disk 17.5 MiB/1.6 GiB (1%)
Read disk 1.6 GiB/1.6 GiB (100%)
Read disk 1.0 MiB
Read disk 500 B/500 B (100%)
Read disk 999 B/1000 B (99%)
Read disk 1000 B/1000 B (100%)
`, b.String())
}

func TestProgressOnTerminal(t *testing.T) {
	var b bytes.Buffer
	now := time.Unix(1, 0)
	r := &reader{w: &b, now: func() time.Time { return now }, terminal: true, width: 100}
	play(r, &now, 100<<20, 10<<20, 20<<20, 50<<20, 60<<20, 100<<20)
	r.note("Install complete.")
	require.Equal(t, "> Read disk 20.0 MiB/100.0 MiB (20%) [====                ]   20.0 MiB/s 0:04 left   \r"+
		"> Read disk 60.0 MiB/100.0 MiB (60%) [============        ]   30.0 MiB/s 0:01 left   \r"+
		"> Read disk 100.0 MiB/100.0 MiB (100%) [====================]   40.0 MiB/s   \r\n"+
		"Install complete.\n", b.String())

	// A note in the middle gets a line of its own; what does not fit is left out.
	b.Reset()
	r.width = 50
	e := progress.Event{ID: "disk", State: progress.Started, Bytes: progress.Count{Total: 100}}
	r.Report(e)
	now = now.Add(2 * time.Second)
	e.State, e.Bytes.Done = progress.Running, 10
	r.Report(e)
	r.note("Sleeping 1s and retrying...")
	e.State = progress.Failed
	r.Report(e)
	require.Equal(t, "> Read disk 10 B/100 B (10%)   \r\nSleeping 1s and retrying...\n", b.String())
}

func TestSizesAndTimes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1<<20 - 1: "1024.0 KiB", 1 << 20: "1.0 MiB", 1 << 62: "4.0 EiB",
	} {
		require.Equal(t, want, binarySize(n))
	}
	require.Equal(t, "0:00", clock(0))
	require.Equal(t, "1:05", clock(65*time.Second))
	require.Equal(t, "2:00:00", clock(2*time.Hour))
}
