package torturetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	group = "default"
	slots = 5
)

// build makes the program as users have it, once per test.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fleetlock")
	cmd := exec.Command(testutil.Tool(t, "go"), "build", "-o", path, "github.com/nestos-dev/nestos/examples/fleetlock")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// lockServer is a process that comes back at the same address.
type lockServer struct {
	t                     *testing.T
	program, config, base string
	mu                    sync.Mutex
	cmd                   *exec.Cmd
	log                   bytes.Buffer
}

// newServer writes a configuration with the given section for the store.
func newServer(t *testing.T, program, store string) *lockServer {
	t.Helper()
	port := testutil.FreePort(t)
	s := &lockServer{t: t, program: program, config: filepath.Join(t.TempDir(), "config.toml"), base: fmt.Sprintf("http://127.0.0.1:%d/", port)}
	text := fmt.Sprintf("[service]\naddress = \"127.0.0.1\"\nport = %d\ntls = false\n[lock]\ndefault_slots = %d\n%s", port, slots, store)
	require.NoError(t, os.WriteFile(s.config, []byte(text), 0o600))
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("server %s says:\n%s", s.base, tail(s.log.String()))
		}
	})
	s.start()
	s.wait()
	return s
}

func tail(s string) string { return s[max(0, len(s)-4000):] }

func (s *lockServer) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cmd = exec.Command(s.program, "serve", "-c", s.config)
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	s.cmd.SysProcAttr = dieWithParent()
	if err := s.cmd.Start(); err != nil {
		s.t.Errorf("starting the server: %v", err)
		s.cmd = nil
	}
}

func (s *lockServer) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.cmd = nil
	}
}

// wait returns when the server answers from its store.
func (s *lockServer) wait() {
	s.t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, err := s.holders(); err == nil {
			return
		}
	}
	s.t.Fatalf("server %s does not come up:\n%s", s.base, tail(s.log.String()))
}

// listing is what both the page of the protocol and the command print.
type listing struct {
	Groups []struct {
		Group      string
		TotalSlots int `json:"total_slots"`
		Holders    []string
	}
}

func (l *listing) holders() (map[string]bool, error) {
	if len(l.Groups) != 1 || l.Groups[0].Group != group {
		return nil, fmt.Errorf("unexpected listing %+v", l)
	}
	set := map[string]bool{}
	for _, id := range l.Groups[0].Holders {
		set[id] = true
	}
	return set, nil
}

// holders asks the server.
func (s *lockServer) holders() (map[string]bool, error) {
	resp, err := http.Get(s.base + "v1/slots")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var l listing
	if err := json.NewDecoder(resp.Body).Decode(&l); err != nil {
		return nil, err
	}
	return l.holders()
}

// inspect runs the operators' command.
func (s *lockServer) inspect() (map[string]bool, error) {
	out, err := exec.Command(s.program, "ex", "get", "slots", "--json", "-c", s.config).Output()
	if err != nil {
		return nil, err
	}
	var l listing
	if err := json.Unmarshal(out, &l); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return l.holders()
}
