package fleettest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	stream = "stable"
	group  = "workers"
)

// site is what a fleet is run with: the repository, the graph server and the lock server.
type site struct {
	t    *testing.T
	bin  string // directory of the programs
	dir  string
	arch string
	// repo is the URL of the repository, graph that of the graph server, lock that of the lock server; each without
	// final slash.
	repo, graph, lock string

	// holding is the number of machines that were given a slot, and have not yet said that they are back.
	holding atomic.Int32

	releases []release
	// updates are the updates metadata of releases, by version.
	updates map[string]string
}

// release is a commit in the repository.
type release struct{ version, checksum string }

// newSite starts the servers with an empty stream.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, bin: programs(t), dir: t.TempDir(), updates: map[string]string{}}
	s.arch = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	if s.arch == "" {
		testutil.Missing(t, "the name of the architecture %s is not known here", runtime.GOARCH)
	}
	s.ostree("init", "--repo="+s.path("repo"), "--mode=archive")
	files := httptest.NewServer(http.FileServer(http.Dir(s.path("repo"))))
	t.Cleanup(files.Close)
	s.repo = files.URL
	s.publish()
	s.write("cincinnati.toml", fmt.Sprintf(`
[service]
address = "127.0.0.1"
port = 0
[status]
address = "127.0.0.1"
port = 0
[upstream]
releases_url = "file://%[1]s/${stream}-releases.json"
updates_url = "file://%[1]s/${stream}-updates.json"
pause_secs = 1
[streams]
%[2]s = [%[3]q]
`, s.dir, stream, s.arch))
	s.write("fleetlock.toml", fmt.Sprintf(`
[service]
address = "127.0.0.1"
port = 0
tls = false
[store]
kind = "file"
path = %q
[[lock.groups]]
name = %q
slots = 1
`, s.path("locks"), group))
	s.graph = "http://" + s.serve(regexp.MustCompile(`msg=listening service=(\S+)`), "cincinnati", "serve", "-v", "-c", s.path("cincinnati.toml"))
	s.lock = "http://" + s.serve(regexp.MustCompile(`msg="main service" network=tcp address=(\S+)`), "fleetlock", "serve", "-v", "-c", s.path("fleetlock.toml"))
	return s
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

// write replaces a file.
func (s *site) write(name, content string) {
	s.t.Helper()
	require.NoError(s.t, os.WriteFile(s.path(name+".new"), []byte(content), 0o644))
	require.NoError(s.t, os.Rename(s.path(name+".new"), s.path(name)))
}

// serve starts a server and returns the address that it logs.
func (s *site) serve(listening *regexp.Regexp, name string, args ...string) string {
	s.t.Helper()
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	pipe, err := cmd.StderrPipe()
	require.NoError(s.t, err)
	runtime.LockOSThread() // the signal is for the end of the thread
	require.NoError(s.t, cmd.Start())
	var mu sync.Mutex
	var log strings.Builder
	address, done := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			mu.Lock()
			fmt.Fprintln(&log, lines.Text())
			mu.Unlock()
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
	}()
	s.t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		<-done
		if err := cmd.Wait(); err != nil {
			s.t.Errorf("%s: %v", name, err)
		}
		if s.t.Failed() {
			s.t.Logf("%s:\n%s", name, &log)
		}
	})
	select {
	case a := <-address:
		return a
	case <-done:
	case <-time.After(2 * time.Minute):
	}
	mu.Lock()
	defer mu.Unlock()
	s.t.Fatalf("%s does not listen: %s", name, &log)
	return ""
}

// ostree runs our ostree.
func (s *site) ostree(args ...string) string {
	s.t.Helper()
	cmd := exec.Command(filepath.Join(s.bin, "ostree"), args...)
	cmd.Env = append(os.Environ(), "OSTREE_SYSROOT_DEBUG=mutable-deployments", "OSTREE_SYSROOT_OPTS=skip-sync")
	out, err := cmd.CombinedOutput()
	require.NoError(s.t, err, "ostree %s: %s", strings.Join(args, " "), out)
	return strings.TrimSpace(string(out))
}

func (s *site) branch() string { return "demo/" + s.arch + "/" + stream }

// commit makes a release of a small system, which says that it is of a stream.
func (s *site) commit(version, of string) release {
	s.t.Helper()
	dir, err := os.MkdirTemp(s.dir, "tree")
	require.NoError(s.t, err)
	defer os.RemoveAll(dir)
	for _, d := range strings.Fields("boot dev proc run sys sysroot tmp usr/bin usr/etc usr/lib/modules/6.1.0 var") {
		require.NoError(s.t, os.MkdirAll(filepath.Join(dir, d), 0o755))
	}
	require.NoError(s.t, os.Symlink("sysroot/ostree", filepath.Join(dir, "ostree")))
	for name, text := range map[string]string{
		"usr/lib/modules/6.1.0/vmlinuz": "kernel of " + version, "usr/lib/modules/6.1.0/initramfs.img": "initramfs",
		"usr/lib/os-release": fmt.Sprintf("NAME=Demo\nID=demo\nVERSION_ID=%s\nPRETTY_NAME=\"Demo %[1]s\"\n", version),
		"usr/etc/hostname":   "demo\n",
	} {
		require.NoError(s.t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	sum := s.ostree("commit", "--repo="+s.path("repo"), "-b", s.branch(), "--tree=dir="+dir, "--owner-uid=0", "--owner-gid=0", "--no-xattrs",
		fmt.Sprintf("--timestamp=@%d", 1700000000+3600*len(s.releases)),
		"--add-metadata-string=version="+version, "--add-metadata-string=fedora-coreos.stream="+of)
	r := release{version, sum}
	s.releases = append(s.releases, r)
	return r
}

// publish writes the metadata that graphs are made of. The graph server finds them within a second or two.
func (s *site) publish() {
	s.t.Helper()
	type m map[string]any
	index, updates := []any{}, []any{}
	for _, r := range s.releases {
		index = append(index, m{"version": r.version, "metadata": "https://example.com/" + r.version, "commits": []any{
			m{"architecture": s.arch, "checksum": r.checksum}}})
		if text, ok := s.updates[r.version]; ok {
			updates = append(updates, m{"version": r.version, "metadata": json.RawMessage(text)})
		}
	}
	for name, v := range map[string]m{
		stream + "-releases.json": {"stream": stream, "metadata": m{"last-modified": "2026-01-01T00:00:00Z"}, "note": "", "releases": index},
		stream + "-updates.json":  {"stream": stream, "metadata": m{"last-modified": "2026-01-01T00:00:00Z"}, "releases": updates},
	} {
		text, err := json.Marshal(v)
		require.NoError(s.t, err)
		s.write(name, string(text))
	}
}

// rollOut publishes all releases; all machines are offered the last one since at, a Unix time.
func (s *site) rollOut(at int64) {
	s.t.Helper()
	s.updates[s.releases[len(s.releases)-1].version] = fmt.Sprintf(`{"rollout":{"start_epoch":%d,"start_percentage":1.0}}`, at)
	s.publish()
}

// offered waits until the graph, for a machine of no particular patience, has or has not an edge.
func (s *site) offered(want bool) {
	s.t.Helper()
	url := fmt.Sprintf("%s/v1/graph?basearch=%s&stream=%s&rollout_wariness=0.999", s.graph, s.arch, stream)
	var body []byte
	require.Eventually(s.t, func() bool {
		r, err := http.Get(url)
		if err != nil {
			return false
		}
		defer r.Body.Close()
		body, err = io.ReadAll(r.Body)
		return err == nil && r.StatusCode == 200 && strings.Contains(string(body), `"edges":[[`) == want
	}, 2*time.Minute, 50*time.Millisecond, "%s", &body)
}

// post asks the lock server as a machine would, and returns the status.
func (s *site) post(path, id string) int {
	s.t.Helper()
	body := fmt.Sprintf(`{"client_params":{"group":%q,"id":%q}}`, group, id)
	status, text, err := forward(s.lock, "POST", path, body, http.Header{"Fleet-Lock-Protocol": {"true"}})
	require.NoError(s.t, err)
	s.t.Logf("%s for %s: %d %s", path, id, status, text)
	return status
}

// holders lists who holds a slot, in the words of the lock server's own command.
func (s *site) holders() string {
	s.t.Helper()
	out, err := exec.Command(filepath.Join(s.bin, "fleetlock"), "ex", "get", "slots", "-c", s.path("fleetlock.toml")).CombinedOutput()
	require.NoError(s.t, err, string(out))
	return string(out)
}

// forward passes a request on to a server.
func forward(base, method, uri, body string, header http.Header) (int, string, error) {
	req, err := http.NewRequest(method, base+uri, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header = header
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return r.StatusCode, string(text), err
}
