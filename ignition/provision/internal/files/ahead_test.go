//go:build unix

package files_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ignition/internal/dataurl"
	"github.com/nestos-dev/nestos/ignition/provision/internal/files"
)

// remote is a config of n files with contents from the network, in three directories.
func remote(n int, more string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"path":"/new/%d/f%02d","overwrite":true,"contents":{"source":"mem:%d"},"append":[{"source":"mem:%d"}]},`, i%3, i, i, i)
	}
	return `"storage":{"files":[` + strings.TrimSuffix(b.String(), ",") + more + `]}`
}

func contents(n int) map[string]string {
	m := map[string]string{}
	for i := range n {
		m[fmt.Sprint(i)] = strings.Repeat(fmt.Sprint(i, " "), 1000)
	}
	return m
}

func TestFetchAhead(t *testing.T) {
	root := newRoot(t)
	h, log := bare(t, root)
	var now, most atomic.Int32
	some := make(chan bool) // closed when four are there at the same time
	enough := sync.OnceFunc(func() { close(some) })
	h.Fetcher = fetcher{mem: contents(40), wait: func(string) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); old < n && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		if n == 4 {
			enough()
		}
		select {
		case <-some:
			time.Sleep(3 * time.Millisecond)
		case <-time.After(2 * time.Minute):
		}
	}}
	write(t, root, "etc/selinux/config", "SELINUXTYPE=targeted\n")
	h.Settings.SELinuxRelabel = true
	var stdin string
	h.Run = programs(t, &stdin)
	text, err := stage(t, h, log, config(t, remote(40, "")))
	must(t, err)
	// The topmost new directory, then the directories and files in what was there by then.
	if got := strings.Count(stdin, "\x00"); got != 40 {
		t.Errorf("%d labels: %q", got, stdin)
	}
	if most.Load() < 4 || most.Load() > 9 {
		t.Errorf("%d at the same time", most.Load())
	}
	want := ""
	for i := range 40 {
		name := fmt.Sprintf("new/%d/f%02d", i%3, i)
		if got := read(t, root, name); got != contents(40)[fmt.Sprint(i)]+contents(40)[fmt.Sprint(i)] {
			t.Errorf("%s: %d bytes", name, len(got))
		}
		want += fmt.Sprintf("INFO     : files: createFilesystemsFiles: createFiles: op(%x): [started]  writing file \"R/%s\"\n", 2*i+1, name)
		want += fmt.Sprintf("INFO     : files: createFilesystemsFiles: createFiles: op(%x): [finished] writing file \"R/%s\"\n", 2*i+1, name)
		want += fmt.Sprintf("INFO     : files: createFilesystemsFiles: createFiles: op(%x): [started]  appending to file \"R/%s\"\n", 2*i+2, name)
		want += fmt.Sprintf("INFO     : files: createFilesystemsFiles: createFiles: op(%x): [finished] appending to file \"R/%s\"\n", 2*i+2, name)
	}
	if !strings.Contains(text, want) {
		t.Errorf("log is not in order:\n%s", text)
	}
}

// TestFetchAheadErrors: the first entry that fails counts, whichever fails first.
func TestFetchAheadErrors(t *testing.T) {
	for range 10 {
		root := newRoot(t)
		h, log := bare(t, root)
		mem := contents(30)
		delete(mem, "11")
		delete(mem, "13")
		h.Fetcher = fetcher{mem: mem, wait: func(url string) {
			if url == "mem:11" {
				time.Sleep(2 * time.Millisecond)
			}
		}}
		_, err := stage(t, h, log, config(t, remote(30, "")))
		want := `failed to create files: failed to create files: error creating R/new/2/f11: failed to create file "R/new/2/f11": 11: resource not found`
		if err == nil || strings.ReplaceAll(err.Error(), root, "R") != want || !errors.Is(err, errFetch) {
			t.Errorf("error %v", err)
		}
		for i := range 30 {
			_, err := os.Stat(filepath.Join(root, fmt.Sprintf("new/%d/f%02d", i%3, i)))
			if (err == nil) != (i < 11) {
				t.Errorf("file %d: %v", i, err)
			}
		}
	}
}

func TestFetchAheadCancelled(t *testing.T) {
	root := newRoot(t)
	h, _ := bare(t, root)
	ctx, cancel := context.WithCancel(t.Context())
	h.Fetcher = fetcher{mem: contents(30), wait: func(url string) {
		if url == "mem:15" {
			cancel()
		}
	}}
	if err := files.Files(ctx, h, config(t, remote(30, ""))); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	noTemps(t, root)
}

// TestFetchAheadOfObstacles: what is in the way of a later file stays until its turn,
// and large data URLs are remote enough.
func TestFetchAheadOfObstacles(t *testing.T) {
	root := newRoot(t)
	h, log := bare(t, root)
	h.Fetcher = fetcher{mem: contents(5)}
	big := strings.Repeat("0123456789", 10000)
	_, err := stage(t, h, log, config(t, remote(3, `,
		{"path":"/d","overwrite":true,"contents":{"source":"mem:3"}},
		{"path":"/s","overwrite":true,"contents":{"source":"mem:4"}},
		{"path":"/big","contents":{"source":"data:,`+dataurl.Escape([]byte(big))+`"}},
		{"path":"/f","contents":{"source":"mem:4"}}`)))
	if err == nil || !strings.HasSuffix(err.Error(), "A file exists there already and overwrite is false") {
		t.Errorf("error %v", err)
	}
	if read(t, root, "d") != contents(5)["3"] || read(t, root, "s") != contents(5)["4"] || read(t, root, "big") != big || read(t, root, "f") != "old\n" {
		t.Error("wrong contents")
	}
}

func BenchmarkFiles(b *testing.B) {
	// Ignition 2.26 needs about three times the processor time for these 10000 files.
	var entries strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&entries, `,{"path":"/srv/d%d/f%05d","mode":420,"contents":{"source":"data:,content%%20number%%20%d"}}`, i%100, i, i)
	}
	cfg := config(b, `"storage":{"files":[`+entries.String()[1:]+`]}`)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		root := newRoot(b)
		h, _ := bare(b, root)
		b.StartTimer()
		if err := files.Files(b.Context(), h, cfg); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		must(b, os.RemoveAll(root))
		b.StartTimer()
	}
}
