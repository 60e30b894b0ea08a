package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/stream"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// server serves testdata/verify, and a stream of which the images are there.
func server(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir("testdata/verify")))
	mux.HandleFunc("/streams/", func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimSuffix(filepath.Base(r.URL.Path), ".json")
		if name == "gone" {
			http.NotFound(w, r)
			return
		}
		artifact := func(file string) string {
			url := "http://" + r.Host + "/" + file
			return fmt.Sprintf(`{"disk": {"location": %q, "signature": %q, "sha256": ""}}`, url, url+".sig")
		}
		fmt.Fprintf(w, `{"stream": %q, "metadata": {"last-modified": "2026-01-01T00:00:00Z"}, "architectures": {
			%q: {"artifacts": {"metal": {"release": "1", "formats": {"raw.xz": %s, "raw.gz": %s}}}},
			"s390x": {"artifacts": {"openstack": {"release": "1", "formats": {"qcow2.xz": %s}}}}}}`,
			name, stream.CurrentArch(), artifact("1M.xz"), artifact("1M.gz"), artifact("x"))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func newTrustingWorld(t *testing.T, name string) *world {
	w := newWorld(t, name)
	w.environment[keyringVariable] = "testdata/verify/test-key.pub.asc"
	return w
}

func TestListStream(t *testing.T) {
	s := server(t)
	w := newWorld(t, "nestos-installer")
	require.Zero(t, w.do("list-stream", "-s", "testing", "--stream-base-url", s.URL+"/streams/"), w.stderr.String())
	lines := strings.Split(w.stdout.String(), "\n")
	require.Equal(t, "Architecture  Platform   Format", lines[0])
	require.Len(t, lines, 5)
	require.Contains(t, w.stdout.String(), "\ns390x         openstack  qcow2.xz\n")

	require.Zero(t, w.do("list-stream", "--json", "--stream-base-url", s.URL+"/streams/"))
	var rows []struct{ Architecture, Platform, Format string }
	require.NoError(t, json.Unmarshal(w.stdout.Bytes(), &rows))
	require.Len(t, rows, 3)

	require.Equal(t, 1, w.do("list-stream", "-s", "gone", "--stream-base-url", s.URL+"/streams/"))
	require.Empty(t, w.stdout.String())
	require.Contains(t, w.stderr.String(), "Error: fetching stream metadata\n\nCaused by:\n")
	require.Contains(t, w.stderr.String(), "404 Not Found")
}

func TestDownload(t *testing.T) {
	s := server(t)
	w := newTrustingWorld(t, "nestos-installer")
	dir := t.TempDir()
	base := []string{"download", "-C", dir, "--stream-base-url", s.URL + "/streams/"}
	require.Zero(t, w.do(base...), w.stderr.String())
	require.Equal(t, dir+"/1M.xz\n", w.stdout.String())
	require.Contains(t, w.stderr.String(), "Good signature")
	require.Contains(t, w.stderr.String(), "Read disk 284 B/284 B (100%)\n")
	require.FileExists(t, dir+"/1M.xz.sig")

	require.Zero(t, w.do(append(base, "-d", "-f", "raw.gz", "--json")...), w.stderr.String())
	var result struct{ Files []string }
	require.NoError(t, json.Unmarshal(w.stdout.Bytes(), &result))
	require.Equal(t, []string{dir + "/1M"}, result.Files)
	data, err := os.ReadFile(dir + "/1M")
	require.NoError(t, err)
	require.Equal(t, make([]byte, 1<<20), data)
	events := map[string]int{}
	for line := range strings.Lines(w.stderr.String()) {
		var event struct {
			Event, Text, State string
			Bytes              struct{ Done, Total int64 }
		}
		require.NoError(t, json.Unmarshal([]byte(line), &event), line)
		events[event.Event+" "+event.State]++
		if event.State == "done" {
			require.Equal(t, int64(1054), event.Bytes.Done)
			require.Equal(t, int64(1054), event.Bytes.Total)
		}
	}
	require.Equal(t, 1, events["progress started"])
	require.Equal(t, 1, events["progress done"])
	require.NotZero(t, events["note "])

	// Without the key.
	w.environment[keyringVariable] = ""
	other := t.TempDir()
	require.Equal(t, 1, w.do("download", "-C", other, "--insecure", "-u", s.URL+"/1M.xz"))
	require.Contains(t, w.stderr.String(), "Error: GPG verification failure\n\nCaused by:\n    public key not found\n")
	require.Empty(t, w.stdout.String())
	files, err := os.ReadDir(other)
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestProxyFromEnvironment(t *testing.T) {
	var asked string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		http.Error(w, "no", http.StatusForbidden)
	}))
	defer proxy.Close()
	w := newWorld(t, "coreos-installer")
	w.environment["http_proxy"] = proxy.URL
	require.Equal(t, 1, w.do("list-stream", "--stream-base-url", "http://example.invalid/"))
	require.Equal(t, "http://example.invalid/stable.json", asked)
}

// loop attaches a file of n bytes to a loop device.
func loop(t *testing.T, n int64) string {
	testutil.Root(t)
	testutil.Loop(t)
	losetup := testutil.Tool(t, "losetup")
	file := filepath.Join(t.TempDir(), "disk")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, os.Truncate(file, n))
	out, err := exec.Command(losetup, "--find", "--show", file).Output()
	require.NoError(t, err)
	device := strings.TrimSpace(string(out))
	t.Cleanup(func() { require.NoError(t, exec.Command(losetup, "--detach", device).Run()) })
	return device
}

func TestInstall(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	device := loop(t, 16<<20)
	w := newTrustingWorld(t, "nestos-installer")
	old := bytes.Repeat([]byte{0x55}, 16<<20)
	require.NoError(t, os.WriteFile(device, old, 0))
	// The last sectors are left out: an installation clears the backup of a partition table there.
	const compared = 15 << 20
	same := func() bool {
		data, err := os.ReadFile(device)
		require.NoError(t, err)
		return bytes.Equal(data[:compared], old[:compared])
	}

	// Nothing is written before the checks, or by a dry run.
	require.Equal(t, 1, w.do("install", "-f", "testdata/verify/1M.xz", device, "--save-partindex", "0"))
	require.True(t, same())
	require.Zero(t, w.do("install", "-f", "testdata/verify/1M.xz", device, "--dry-run", "--json"), w.stderr.String())
	var result installResult
	require.NoError(t, json.Unmarshal(w.stdout.Bytes(), &result))
	require.True(t, result.DryRun)
	require.Equal(t, device, result.Device)
	require.Equal(t, 512, result.SectorSize)
	require.True(t, same())

	// Options of a config file and from the command line.
	config := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(config, []byte("image-file: testdata/verify/1M.xz\ndest-device: "+device+"\n"), 0o644))
	require.Zero(t, w.do("install", "-c", config), w.stderr.String())
	require.Equal(t, "Running with arguments: --image-file testdata/verify/1M.xz "+device+"\n", w.stdout.String())
	require.Contains(t, w.stderr.String(), "Good signature")
	require.Contains(t, w.stderr.String(), "Read disk 284 B/284 B (100%)\n")
	require.True(t, strings.HasSuffix(w.stderr.String(), "Install complete.\n"), w.stderr.String())
	copy(old, make([]byte, 1<<20))
	require.True(t, same(), "the image, and what was behind it")

	require.Zero(t, w.do("install", "-c", config, "--json"), w.stderr.String())
	require.NoError(t, json.Unmarshal(w.stdout.Bytes(), &result))
	require.Equal(t, installResult{
		Device: device, Image: result.Image, StoredBytes: 284, ImageBytes: 1 << 20, SectorSize: 512, Verified: true,
	}, result)

	// A failure after the beginning is told before the device is put in order.
	truncated := filepath.Join(t.TempDir(), "truncated.xz")
	image, err := os.ReadFile("testdata/verify/1M.xz")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(truncated, image[:200], 0o644))
	require.Equal(t, 1, w.do("install", "--insecure", "-f", truncated, device))
	require.Contains(t, w.stderr.String(), "\n\nError: ")
	require.True(t, strings.HasSuffix(w.stderr.String(), "\nError: install failed\n"), w.stderr.String())
}
