package native_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/nestos-dev/nestos/zincati/driver/native"
	"github.com/stretchr/testify/require"
)

type counters struct {
	mu sync.Mutex
	m  map[string]int
}

func (c *counters) Inc(name string, _ ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = map[string]int{}
	}
	c.m[strings.TrimPrefix(name, "zincati_rpm_ostree_")]++
}

func (c *counters) Set(string, float64, ...string) {}

func elsewhere(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	testutil.UserXattrs(t, dir)
	return newWorld(t, dir+"/sysroot", ostree.ModeBareUser)
}

func open(t *testing.T, w *world, o native.Options) *native.Driver {
	t.Helper()
	o.System = systemOptions()
	d, err := native.Open(t.Context(), w.sysroot, &o)
	require.NoError(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

// TestElsewhere updates a sysroot that does not run.
func TestElsewhere(t *testing.T) {
	ctx := t.Context()
	w := elsewhere(t)
	m := &counters{}
	reboots := 0
	var refuse error
	d := open(t, w, native.Options{Meter: m, Reboot: func(context.Context) error { reboots++; return refuse }})
	b, err := d.Booted(ctx)
	require.NoError(t, err)
	require.Equal(t, "40.1", b.Version)
	require.Equal(t, "stable", b.Stream)
	require.True(t, b.Booted)
	require.NoError(t, d.Register(ctx))
	deny, err := d.Deployments(ctx, true)
	require.NoError(t, err)
	require.Equal(t, []driver.Deployment{b}, deny)

	next := w.release("40.2", "testing")
	require.NoError(t, d.Stage(ctx, cincinnati.Release{Version: "40.2", Payload: payload(next)}, false))
	require.Equal(t, []string{"40.1"}, w.names(), "nothing boots yet")
	s, err := d.Staged(ctx)
	require.NoError(t, err)
	require.Equal(t, driver.Deployment{Version: "40.2", Payload: payload(next), Stream: "testing", Staged: true}, *s)
	all, err := d.Deployments(ctx, false)
	require.NoError(t, err)
	require.Len(t, all, 2)

	require.ErrorContains(t, d.Finalize(ctx, b.Payload), "Expected staged base checksum "+b.Payload.Text)
	require.Zero(t, reboots)
	refuse = errors.New("not now")
	require.EqualError(t, d.Finalize(ctx, payload(next)), "reboot: not now")
	refuse = nil
	require.NoError(t, d.Finalize(ctx, payload(next)), "a second attempt only reboots")
	require.Equal(t, 2, reboots)
	require.Equal(t, []string{"40.2", "40.1"}, w.names())
	s, err = d.Staged(ctx)
	require.NoError(t, err)
	require.Nil(t, s)
	b, err = d.Booted(ctx)
	require.NoError(t, err)
	require.Equal(t, payload(next), b.Payload)
	require.Equal(t, map[string]int{
		"status_attempts_total": 6, "status_cache_requests_total": 2, "status_cache_misses_total": 2,
		"deploy_attempts_total": 1, "finalize_attempts_total": 3, "finalize_failures_total": 2,
	}, m.m)
}

func TestElsewhereCleanup(t *testing.T) {
	ctx := t.Context()
	w := elsewhere(t)
	d := open(t, w, native.Options{})
	next := w.release("40.2", "")
	require.NoError(t, d.Stage(ctx, cincinnati.Release{Payload: payload(next)}, false))
	s, err := d.Staged(ctx)
	require.NoError(t, err)
	require.Error(t, s.StreamErr)
	require.NoError(t, d.Cleanup(ctx))
	s, err = d.Staged(ctx)
	require.NoError(t, err)
	require.Nil(t, s)
	require.ErrorContains(t, d.Finalize(ctx, payload(next)), "No pending staged deployment found")
	require.Equal(t, []string{"40.1"}, w.names())
}

func TestRefused(t *testing.T) {
	ctx := t.Context()
	w := elsewhere(t)
	m := &counters{}
	d := open(t, w, native.Options{Meter: m})
	first, err := d.Booted(ctx)
	require.NoError(t, err)
	image := cincinnati.Payload{Scheme: cincinnati.OCI, Text: "quay.io/a/b@sha256:" + strings.Repeat("a", 64)}
	require.ErrorContains(t, d.Stage(ctx, cincinnati.Release{Payload: image}, false), "not supported")
	require.ErrorContains(t, d.Finalize(ctx, image), "not supported")
	for _, text := range []string{"", "40.2", "version=40.2", strings.Repeat("A", 64), strings.Repeat("a", 63)} {
		err := d.Stage(ctx, cincinnati.Release{Payload: cincinnati.Payload{Scheme: cincinnati.Checksum, Text: text}}, false)
		require.ErrorContains(t, err, "is not a checksum")
	}
	require.NotContains(t, m.m, "deploy_attempts_total")
	absent := cincinnati.Payload{Scheme: cincinnati.Checksum, Text: strings.Repeat("a", 64)}
	require.Error(t, d.Stage(ctx, cincinnati.Release{Payload: absent}, false))
	require.Equal(t, 1, m.m["deploy_failures_total"])
	next := w.release("40.2", "stable")
	require.NoError(t, d.Stage(ctx, cincinnati.Release{Payload: payload(next)}, false))
	require.NoError(t, d.Finalize(ctx, payload(next)))
	err = d.Stage(ctx, cincinnati.Release{Payload: first.Payload}, false)
	require.ErrorContains(t, err, "is chronologically older than current revision")
	require.NoError(t, d.Stage(ctx, cincinnati.Release{Payload: first.Payload}, true))

	over, cancel := context.WithCancel(ctx)
	cancel()
	_, err = d.Booted(over)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, d.Stage(over, cincinnati.Release{Payload: payload(next)}, true), context.Canceled)
}

// TestConcurrent has the race detector look at the turns.
func TestConcurrent(t *testing.T) {
	w := elsewhere(t)
	d := open(t, w, native.Options{})
	next := w.release("40.2", "stable")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			switch i % 4 {
			case 0:
				d.Booted(t.Context())
			case 1:
				d.Stage(t.Context(), cincinnati.Release{Payload: payload(next)}, false)
			case 2:
				d.Staged(t.Context())
			case 3:
				d.Cleanup(t.Context())
			}
		})
	}
	wg.Wait()
}

// TestWithoutMain opens a system in a program that does not call rpmostree.Main.
func TestWithoutMain(t *testing.T) {
	if os.Getenv(noMain) != "" {
		_, err := native.Open(t.Context(), t.TempDir(), nil)
		require.ErrorIs(t, err, rpmostree.ErrNoMain)
		return
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe, "-test.run=^TestWithoutMain$")
	cmd.Env = append(os.Environ(), noMain+"=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}
