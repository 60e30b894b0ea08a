package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	graphserver "github.com/nestos-dev/nestos/zincati/cincinnati/server"
	"github.com/nestos-dev/nestos/zincati/fleetlock/filestore"
	lockserver "github.com/nestos-dev/nestos/zincati/fleetlock/server"
)

const (
	stream   = "stable"
	basearch = "x86_64"
	group    = "workers"
)

// site is what the machine finds on its network: the repositories, the graph server and the lock server. All of it is
// in this process, and every request is recorded.
type site struct {
	dir string
	// The URLs are those that the machine uses.
	osURL, layersURL, payloadURL, graphURL, lockURL string

	graph   *graphserver.Server
	lock    *lockserver.Server
	store   *filestore.Store
	stop    context.CancelFunc
	servers []*http.Server

	mu    sync.Mutex
	calls []call
	// beforeLock is called when a machine asks for a slot, before it has one.
	beforeLock func()
}

// call is a request that was answered.
type call struct {
	server, method, path string
	query                url.Values
	body                 string
	status               int
}

// serve starts the servers.
func (l *life) serve() (string, error) {
	s := &site{dir: l.path("site")}
	l.site = s
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		return "", err
	}
	ctx, stop := context.WithCancel(l.ctx)
	s.stop = stop
	if err := s.publish(ctx, nil, false); err != nil {
		return "", err
	}
	cfg, warnings, err := graphserver.ParseConfig(fmt.Appendf(nil, `
[upstream]
releases_url = "file://%[1]s/${stream}-releases.json"
updates_url = "file://%[1]s/${stream}-updates.json"
[streams]
%[2]s = [%[3]q]
`, s.dir, stream, basearch), graphserver.Combined)
	if err == nil && len(warnings) > 0 {
		err = errors.New(strings.Join(warnings, ", "))
	}
	if err != nil {
		return "", err
	}
	if s.graph, err = graphserver.New(cfg, nil); err != nil {
		return "", err
	}
	if err := s.graph.Refresh(ctx); err != nil {
		return "", err
	}
	lockCfg, err := lockserver.ParseConfig(fmt.Appendf(nil, "[service]\ntls = false\n[store]\nkind = \"file\"\npath = %q\n[[lock.groups]]\nname = %q\nslots = 1\n",
		filepath.Join(s.dir, "locks"), group))
	if err != nil {
		return "", err
	}
	if s.store, err = filestore.Open(lockCfg.Store.Path, lockCfg.Lock.Groups, nil); err != nil {
		return "", err
	}
	if s.lock, err = lockserver.New(lockCfg, s.store, nil); err != nil {
		return "", err
	}
	if err := s.lock.Check(ctx); err != nil {
		return "", err
	}

	files := http.NewServeMux()
	files.Handle("/os/", http.StripPrefix("/os/", http.FileServer(http.Dir(l.path("repo")))))
	files.Handle("/layers/", http.StripPrefix("/layers/", http.FileServer(http.Dir(l.path("layers")))))
	files.HandleFunc("/payload", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, payload) })
	var base string
	for _, server := range []struct {
		name    string
		handler http.Handler
		url     *string
	}{{"files", files, &base}, {"graph", s.graph.Handler(), &s.graphURL}, {"lock", s.lock.Handler(), &s.lockURL}} {
		if *server.url, err = s.listen(server.name, server.handler); err != nil {
			return "", err
		}
	}
	s.osURL, s.layersURL, s.payloadURL = base+"os/", base+"layers/", base+"payload"
	return "ostree and RPM repositories, cincinnati, fleetlock", nil
}

// listen serves on the loopback, which the machine knows as the gateway, and returns the URL, with a final slash.
func (s *site) listen(name string, h http.Handler) (string, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: s.recorded(name, h), ReadHeaderTimeout: time.Minute}
	s.servers = append(s.servers, server)
	go server.Serve(listener)
	return fmt.Sprintf("http://%s:%d/", gateway, listener.Addr().(*net.TCPAddr).Port), nil
}

func (s *site) recorded(name string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		before := s.beforeLock
		s.mu.Unlock()
		if name == "lock" && strings.HasSuffix(r.URL.Path, "/pre-reboot") && before != nil {
			before()
		}
		answer := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(answer, r)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls = append(s.calls, call{name, r.Method, r.URL.Path, r.URL.Query(), string(body), answer.status})
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// seen returns the requests for paths with a prefix at one of the servers, from the n-th request of all.
func (s *site) seen(n int, server, prefix string) (list []call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls[n:] {
		if c.server == server && strings.HasPrefix(c.path, prefix) {
			list = append(list, c)
		}
	}
	return list
}

// count is the number of requests so far.
func (s *site) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

func (s *site) onLock(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beforeLock = f
}

// holders are those who hold a slot.
func (s *site) holders(ctx context.Context) ([]string, error) {
	slots, err := s.lock.Slots(ctx)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, g := range slots.Groups {
		list = append(list, g.Holders...)
	}
	return list, nil
}

// publish writes the metadata of which the graph is made. With rollout all machines are offered the last release.
func (s *site) publish(ctx context.Context, releases []release, rollout bool) error {
	type m map[string]any
	index, updates := []any{}, []any{}
	for _, r := range releases {
		index = append(index, m{"version": r.version, "metadata": "https://example.org/" + r.version, "commits": []any{
			m{"architecture": basearch, "checksum": r.checksum}}})
	}
	if rollout {
		updates = append(updates, m{"version": releases[len(releases)-1].version, "metadata": m{"rollout": m{"start_epoch": 1, "start_percentage": 1.0}}})
	}
	for name, v := range map[string]m{
		stream + "-releases.json": {"stream": stream, "metadata": m{"last-modified": "2026-01-01T00:00:00Z"}, "note": "", "releases": index},
		stream + "-updates.json":  {"stream": stream, "metadata": m{"last-modified": "2026-01-01T00:00:00Z"}, "releases": updates},
	} {
		text, err := json.Marshal(v)
		if err == nil {
			err = os.WriteFile(filepath.Join(s.dir, name), text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	if s.graph == nil {
		return nil
	}
	return s.graph.Refresh(ctx)
}

func (s *site) close() error {
	if s.stop != nil {
		s.stop()
	}
	for _, server := range s.servers {
		server.Close()
	}
	if s.store != nil {
		return s.store.Close()
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
