package driver_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/stretchr/testify/require"
)

// counters is a Meter.
type counters struct {
	mu sync.Mutex
	m  map[string]int
}

func (c *counters) Inc(name string, labels ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = map[string]int{}
	}
	c.m[strings.TrimPrefix(name, "zincati_rpm_ostree_")+strings.Join(labels, " ")]++
}

func (c *counters) Set(string, float64, ...string) {}

func (c *counters) all() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.m
}

func sum(hex string) string { return strings.Repeat(hex, 32) }

func checksum(hex string) cincinnati.Payload {
	return cincinnati.Payload{Scheme: cincinnati.Checksum, Text: sum(hex)}
}

// deployment writes one element of a status; extra comes after a comma.
func deployment(hex, version, extra string) string {
	return fmt.Sprintf(`{"booted":false,"checksum":%q,"version":%q,"base-commit-meta":{"fedora-coreos.stream":"stable"}%s}`, sum(hex), version, extra)
}

func booted(hex, version string) string {
	return strings.Replace(deployment(hex, version, ""), "false", "true", 1)
}

func status(list ...string) []byte {
	return []byte(`{"deployments":[` + strings.Join(list, ",") + `]}`)
}

// TestWholeUpdate counts what one update takes, as the totals of zincati are.
func TestWholeUpdate(t *testing.T) {
	list := status(booted("01", "40.1"))
	f := &fake{}
	f.answer = func(c driver.Command) (driver.Result, error) {
		if c.Args[0] == "deploy" {
			list = status(deployment("02", "40.2", `,"staged":true`), booted("01", "40.1"))
		}
		return driver.Result{Stdout: list}, nil
	}
	m := &counters{}
	d := driver.NewCLI(&driver.Options{Runner: f, Root: newRoot(t), Meter: m})
	ctx := t.Context()
	b, err := d.Booted(ctx)
	require.NoError(t, err)
	require.Equal(t, driver.Deployment{Version: "40.1", Payload: checksum("01"), Stream: "stable", Booted: true}, b)
	require.NoError(t, d.Register(ctx))
	list = status(booted("01", "40.1"))
	deny, err := d.Deployments(ctx, true)
	require.NoError(t, err)
	require.Equal(t, []driver.Deployment{b}, deny)
	r := cincinnati.Release{Version: "40.2", Payload: checksum("02")}
	require.NoError(t, d.Stage(ctx, r, false))
	s, err := d.Staged(ctx)
	require.NoError(t, err)
	require.Equal(t, driver.Deployment{Version: "40.2", Payload: checksum("02"), Stream: "stable", Staged: true}, *s)
	require.NoError(t, d.Finalize(ctx, r.Payload))
	require.Equal(t, [][]string{
		{"status", "--booted", "--json"},
		{"deploy", "", "--register-driver=Zincati"},
		{"status", "--json"},
		{"deploy", "--lock-finalization", "--skip-branch-check", "revision=" + sum("02"), "--disallow-downgrade"},
		{"status", "--json"},
		{"finalize-deployment", sum("02")},
	}, f.lines())
	require.Equal(t, map[string]int{
		"status_attempts_total": 3, "status_cache_requests_total": 1, "status_cache_misses_total": 1,
		"deploy_attempts_total": 1, "finalize_attempts_total": 1,
	}, m.all())
	require.NoError(t, d.Cleanup(ctx))
	for i, c := range f.calls {
		require.Equal(t, "rpm-ostree", c.Name)
		if i < len(f.calls)-1 {
			require.Equal(t, []string{"RPMOSTREE_CLIENT_ID=zincati"}, c.Env)
			continue
		}
		require.Equal(t, []string{"cleanup", "-p"}, c.Args)
		require.Empty(t, c.Env)
	}
}

// TestImageUpdate counts the status before a deploy, too.
func TestImageUpdate(t *testing.T) {
	image := func(digest string) string {
		return fmt.Sprintf(`,"container-image-reference":"ostree-image-signed:docker://quay.io/acme/os:stable","container-image-reference-digest":"sha256:%s"`, sum(digest))
	}
	f := answering(status(strings.Replace(deployment("01", "40.1", image("aa")), "false", "true", 1)))
	m := &counters{}
	d := driver.NewCLI(&driver.Options{Runner: f, Root: newRoot(t), Meter: m})
	target := cincinnati.Payload{Scheme: cincinnati.OCI, Text: "quay.io/acme/os@sha256:" + sum("bb")}
	require.NoError(t, d.Stage(t.Context(), cincinnati.Release{Version: "40.2", Payload: target}, true))
	require.NoError(t, d.Finalize(t.Context(), target))
	require.Equal(t, [][]string{
		{"status", "--json"}, {"deploy", "--lock-finalization", "sha256:" + sum("bb")}, {"finalize-deployment", "sha256:" + sum("bb")},
	}, f.lines())
	require.Equal(t, map[string]int{"status_attempts_total": 1, "deploy_attempts_total": 1, "finalize_attempts_total": 1}, m.all())
}

// TestFailures has every command fail, in each way.
func TestFailures(t *testing.T) {
	target := cincinnati.Payload{Scheme: cincinnati.OCI, Text: "quay.io/acme/os@sha256:" + sum("bb")}
	calls := []struct {
		name, verb string
		call       func(d *driver.CLI) error
		counts     map[string]int
	}{
		{"booted", "status", func(d *driver.CLI) error { _, err := d.Booted(context.Background()); return err },
			map[string]int{"status_attempts_total": 1, "status_failures_total": 1}},
		{"deployments", "status", func(d *driver.CLI) error { _, err := d.Deployments(context.Background(), true); return err },
			map[string]int{"status_attempts_total": 1, "status_failures_total": 1, "status_cache_requests_total": 1, "status_cache_misses_total": 1}},
		{"staged", "status", func(d *driver.CLI) error { _, err := d.Staged(context.Background()); return err },
			map[string]int{"status_attempts_total": 1, "status_failures_total": 1}},
		{"register", "deploy --register-driver", func(d *driver.CLI) error { return d.Register(context.Background()) },
			map[string]int{"register_driver_failures_total": 1}},
		{"stage", "deploy", func(d *driver.CLI) error {
			return d.Stage(context.Background(), cincinnati.Release{Payload: checksum("02")}, false)
		}, map[string]int{"deploy_attempts_total": 1, "deploy_failures_total": 1}},
		{"stage image", "status", func(d *driver.CLI) error {
			return d.Stage(context.Background(), cincinnati.Release{Payload: target}, false)
		}, map[string]int{"status_attempts_total": 1, "status_failures_total": 1}},
		{"finalize", "finalize-deployment", func(d *driver.CLI) error { return d.Finalize(context.Background(), target) },
			map[string]int{"finalize_attempts_total": 1, "finalize_failures_total": 1}},
		{"cleanup", "cleanup", func(d *driver.CLI) error { return d.Cleanup(context.Background()) }, nil},
	}
	away := errors.New("no such program")
	for _, c := range calls {
		for kind, result := range map[string]struct {
			res driver.Result
			err error
		}{
			"exit":   {driver.Result{Exit: 1, Stderr: []byte("error: bad \xff\n")}, nil},
			"killed": {driver.Result{Exit: -1}, nil},
			"absent": {driver.Result{}, away},
		} {
			t.Run(c.name+" "+kind, func(t *testing.T) {
				m := &counters{}
				f := &fake{answer: func(driver.Command) (driver.Result, error) { return result.res, result.err }}
				err := c.call(driver.NewCLI(&driver.Options{Runner: f, Root: newRoot(t), Meter: m}))
				var command *driver.CommandError
				if kind == "absent" {
					require.EqualError(t, err, "failed to run 'rpm-ostree' binary: no such program")
					require.ErrorIs(t, err, away)
				} else {
					require.ErrorAs(t, err, &command)
					require.Equal(t, result.res.Exit, command.Exit)
					text := "rpm-ostree " + c.verb + " failed:\n"
					if kind == "exit" {
						text += "error: bad \uFFFD\n"
					}
					require.EqualError(t, err, text)
				}
				require.Equal(t, c.counts, m.all())
			})
		}
	}
}

// TestCache asks again only when the directory of the deployments changes.
func TestCache(t *testing.T) {
	root := newRoot(t)
	list := status(booted("01", "40.1"), deployment("03", "39.9", ""), deployment("03", "39.9", ""), deployment("05", "39.1", `,"staged":true`), `{"booted":false}`, deployment("04", "39.10", ""))
	f := &fake{answer: func(driver.Command) (driver.Result, error) { return driver.Result{Stdout: list}, nil }}
	m := &counters{}
	d := driver.NewCLI(&driver.Options{Runner: f, Root: root, Meter: m})
	names := func(omitStaged bool) (out []string) {
		t.Helper()
		all, err := d.Deployments(t.Context(), omitStaged)
		require.NoError(t, err)
		for _, x := range all {
			out = append(out, x.Version)
		}
		return out
	}
	require.Equal(t, []string{"39.10", "39.9", "40.1"}, names(true))
	require.Equal(t, []string{"39.1", "39.10", "39.9", "40.1"}, names(false))
	require.Equal(t, map[string]int{"status_attempts_total": 1, "status_cache_requests_total": 2, "status_cache_misses_total": 1}, m.all())
	list = status(booted("02", "40.2"))
	require.Len(t, names(true), 3)
	require.NoError(t, os.Chtimes(filepath.Join(root, "ostree/deploy"), time.Time{}, time.Unix(1, 0)))
	require.Equal(t, []string{"40.2"}, names(true))
	list = []byte("garbage")
	require.NoError(t, os.Chtimes(filepath.Join(root, "ostree/deploy"), time.Time{}, time.Unix(2, 0)))
	_, err := d.Deployments(t.Context(), true)
	require.Error(t, err)
	require.NotContains(t, m.all(), "status_failures_total", "the program did succeed")
	list = status(booted("02", "40.2"))
	require.Equal(t, []string{"40.2"}, names(true), "an error is not kept")
	require.NoError(t, os.Remove(filepath.Join(root, "ostree/deploy")))
	_, err = d.Deployments(t.Context(), true)
	require.ErrorContains(t, err, "failed to query directory /ostree/deploy")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestOddDeployments tells apart which questions an odd deployment makes unanswerable.
func TestOddDeployments(t *testing.T) {
	for _, c := range []struct {
		name, odd                   string
		booted, deployments, staged bool // whether there is an answer
	}{
		{"foreign", `{"booted":false,"checksum":1}`, true, true, true},
		{"not an object", `7`, true, true, true},
		{"empty", `{}`, true, true, true},
		{"staged", `{"booted":false,"staged":true}`, true, false, false},
		{"staged twice", `{"booted":false,"staged":true,"staged":false,"checksum":"x","version":"y","base-commit-meta":{}}`, true, true, true},
		{"booted, too", `{"booted":true,"version":"x"}`, false, false, true},
		{"metadata", `{"booted":false,"checksum":"x","version":"y","base-commit-meta":{"ostree.manifest":{}}}`, true, true, true},
		{"garbage inside", `{"booted":false,"checksum":"x` + "\xff" + `","version":"y","base-commit-meta":{}}`, true, true, true},
		{"half a character", `{"booted":false,"checksum":"x\ud800","version":"y","base-commit-meta":{}}`, true, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := answering(status(c.odd, booted("01", "40.1")))
			d := driver.NewCLI(&driver.Options{Runner: f, Root: newRoot(t)})
			_, err := d.Booted(t.Context())
			require.Equal(t, c.booted, err == nil, err)
			all, err := d.Deployments(t.Context(), false)
			require.Equal(t, c.deployments, err == nil, err)
			if err == nil {
				understood := slices.DeleteFunc(slices.Clone(all), func(d driver.Deployment) bool { return d.Version == "" })
				require.Len(t, understood, 1)
				// What is readable of the others is still a release that was there.
				readable := strings.Contains(c.odd, `"checksum":"x"`)
				require.Equal(t, readable, slices.ContainsFunc(all, func(d driver.Deployment) bool { return d.Payload.Text == "x" }))
			}
			_, err = d.Staged(t.Context())
			require.Equal(t, c.staged, err == nil, err)
		})
	}
}

// TestHostileStatus has a status of a size or shape that no system has.
func TestHostileStatus(t *testing.T) {
	good := string(status(booted("01", "40.1")))
	for name, doc := range map[string]string{
		"huge":            `{"deployments":[],"x":"` + strings.Repeat("x", 9<<20) + `"}`,
		"deep":            strings.Repeat("[", 1<<20),
		"deep but closed": `{"deployments":[` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `]}`,
		"many odd":        `{"deployments":[` + strings.Repeat("0,", 1<<17) + `0]}`,
		"wide":            `{"deployments":[{` + strings.Repeat(`"a":0,`, 1<<17) + `"booted":true}]}`,
		"twice":           good[:len(good)-1] + `,"deployments":[]}`,
		"trailing":        good + "{}",
		"unfinished":      good[:len(good)-1],
		"nul":             "\x00" + good,
		"capitals":        strings.Replace(good, "deployments", "Deployments", 1),
		"empty":           "",
		"null":            "null",
	} {
		t.Run(name, func(t *testing.T) {
			d := driver.NewCLI(&driver.Options{Runner: answering([]byte(doc)), Root: newRoot(t)})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := d.Booted(t.Context())
			runtime.ReadMemStats(&after)
			require.Error(t, err)
			require.Less(t, len(err.Error()), 1000)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(400<<20))
		})
	}
}

// TestHostileOverride has something else in the place of the file.
func TestHostileOverride(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"directory": func(p string) error { return os.Mkdir(p, 0o755) },
		"loop":      func(p string) error { return os.Symlink(filepath.Base(p), p) },
		"huge": func(p string) error {
			return errors.Join(os.WriteFile(p, nil, 0o644), os.Truncate(p, 1<<40))
		},
		"fifo":    mkfifo,
		"nothing": func(p string) error { return os.WriteFile(p, nil, 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			root := newRoot(t)
			require.NoError(t, put(overrideFile(root)))
			d := driver.NewCLI(&driver.Options{Runner: answering(status(booted("01", "40.1"))), Root: root})
			_, err := d.Booted(t.Context())
			require.ErrorContains(t, err, "/run/zincati/booted-status-override.json: ")
		})
	}
	t.Run("dangling link", func(t *testing.T) {
		root := newRoot(t)
		require.NoError(t, os.Symlink("/nowhere", overrideFile(root)))
		d := driver.NewCLI(&driver.Options{Runner: answering(status(booted("01", "40.1"))), Root: root})
		_, err := d.Booted(t.Context())
		require.NoError(t, err)
	})
}

// TestCancelled does not wait for a command, and does not stop it either; the next one waits for its turn.
func TestCancelled(t *testing.T) {
	started, proceed := make(chan struct{}), make(chan struct{})
	var ended bool
	f := &fake{}
	f.answer = func(c driver.Command) (driver.Result, error) {
		if c.Args[0] == "deploy" {
			close(started)
			<-proceed
			ended = true
		}
		return driver.Result{Stdout: status(booted("01", "40.1"))}, nil
	}
	d := driver.NewCLI(&driver.Options{Runner: f, Root: newRoot(t)})
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- d.Stage(ctx, cincinnati.Release{Payload: checksum("02")}, false) }()
	<-started
	cancel()
	require.ErrorIs(t, <-result, context.Canceled)
	short, cancel2 := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel2()
	_, err := d.Booted(short)
	require.ErrorIs(t, err, context.DeadlineExceeded, "the command still runs")
	require.Len(t, f.lines(), 1)
	close(proceed)
	_, err = d.Booted(t.Context())
	require.NoError(t, err)
	require.True(t, ended)
	require.ErrorIs(t, d.Cleanup(ctx), context.Canceled)
	require.Len(t, f.lines(), 2, "what is cancelled before is not begun")
}

// TestSerialised calls from many goroutines; no two commands overlap.
func TestSerialised(t *testing.T) {
	var mu sync.Mutex
	f := &fake{answer: func(driver.Command) (driver.Result, error) {
		if !mu.TryLock() {
			t.Error("two commands at once")
			return driver.Result{}, nil
		}
		defer mu.Unlock()
		time.Sleep(time.Millisecond)
		return driver.Result{Stdout: status(booted("01", "40.1"))}, nil
	}}
	d := driver.NewCLI(&driver.Options{Runner: f, Root: newRoot(t)})
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			switch i % 4 {
			case 0:
				d.Booted(t.Context())
			case 1:
				d.Deployments(t.Context(), true)
			case 2:
				d.Cleanup(t.Context())
			case 3:
				d.Finalize(t.Context(), checksum("02"))
			}
		})
	}
	wg.Wait()
}

// TestPayloads refuses what must not become an argument.
func TestPayloads(t *testing.T) {
	f := &fake{}
	d := driver.NewCLI(&driver.Options{Runner: f, Root: newRoot(t)})
	for _, p := range []cincinnati.Payload{
		{}, {Scheme: cincinnati.Checksum}, {Scheme: cincinnati.Checksum, Text: "--allow-missing-checksum"},
		{Scheme: cincinnati.Checksum, Text: "a\x00b"}, {Scheme: "other", Text: "x"}, {Scheme: cincinnati.Checksum, Text: "-" + strings.Repeat("x", 1<<20)},
	} {
		err := d.Finalize(t.Context(), p)
		require.Error(t, err)
		require.Less(t, len(err.Error()), 1000)
		require.Error(t, d.Stage(t.Context(), cincinnati.Release{Payload: p}, false))
	}
	require.ErrorContains(t, d.Finalize(t.Context(), cincinnati.Payload{Scheme: cincinnati.OCI, Text: "quay.io/a/b:c"}), "Missing digest")
	require.Empty(t, f.lines())
}
