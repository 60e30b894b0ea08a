package installer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer"
	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/internal/imagetest"
	"github.com/nestos-dev/nestos/installer/signature"
	"github.com/nestos-dev/nestos/internal/gpt"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/internal/xz"
)

// world is a folder with a disk image and keys, and what was noted.
type world struct {
	t     testing.TB
	dir   string
	image *imagetest.Image
	keys  *signature.Keyring
	notes strings.Builder
}

func newWorld(t testing.TB, sectorSize int) *world {
	w := &world{t: t, dir: t.TempDir()}
	w.image = imagetest.New(t, w.dir, sectorSize, imagetest.BootFiles("nestos"))
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) write(name string, data []byte) string {
	w.t.Helper()
	require.NoError(w.t, os.WriteFile(w.path(name), data, 0o644))
	return w.path(name)
}

// packed returns the image in a format: raw, gz, xz, zst.
func packed(t testing.TB, data []byte, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	var c io.WriteCloser
	var err error
	switch format {
	case "raw":
		return data
	case "gz":
		c = gzip.NewWriter(&b)
	case "xz":
		c, err = xz.NewWriter(&b, &xz.WriterOptions{BlockSize: 4 << 20, Concurrency: 2})
	case "zst":
		c, err = zstd.NewWriter(&b)
	}
	require.NoError(t, err)
	_, err = c.Write(data)
	require.NoError(t, err)
	require.NoError(t, c.Close())
	return b.Bytes()
}

// sign makes a key, if there is none, and a signature beside a file.
func (w *world) sign(file string) {
	w.t.Helper()
	gpg := testutil.Tool(w.t, "gpg")
	home := w.path("gnupg")
	run := func(args ...string) []byte {
		cmd := exec.Command(gpg, append([]string{"--homedir", home, "--batch", "--quiet"}, args...)...)
		out, err := cmd.Output()
		require.NoError(w.t, err)
		return out
	}
	if w.keys == nil {
		require.NoError(w.t, os.Mkdir(home, 0o700))
		w.t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
		run("--passphrase", "", "--quick-generate-key", "image signer <signer@example.com>", "ed25519", "sign", "never")
		w.keys = &signature.Keyring{}
		require.NoError(w.t, w.keys.ReadKeys(bytes.NewReader(run("--armor", "--export"))))
	}
	os.Remove(file + ".sig")
	run("--detach-sign", "--output", file+".sig", file)
}

// device is a loop device with other data on it.
type device struct {
	t    testing.TB
	path string
	file string
	size int64
}

func newDevice(t testing.TB, sectorSize int, size int64) *device {
	t.Helper()
	testutil.Loop(t)
	d := &device{t: t, file: filepath.Join(t.TempDir(), "disk"), size: size}
	f, err := os.Create(d.file)
	require.NoError(t, err)
	block := bytes.Repeat([]byte{0xaa}, 1<<20)
	for n := int64(0); n < size; n += 1 << 20 {
		_, err = f.Write(block)
		require.NoError(t, err)
	}
	require.NoError(t, f.Close())
	out, err := exec.Command("losetup", "-f", "--show", "-b", fmt.Sprint(sectorSize), d.file).CombinedOutput()
	require.NoError(t, err, string(out))
	d.path = strings.TrimSpace(string(out))
	t.Cleanup(func() { require.NoError(t, exec.Command("losetup", "-d", d.path).Run()) })
	return d
}

func (d *device) read(off, n int64) []byte {
	d.t.Helper()
	f, err := os.Open(d.path)
	require.NoError(d.t, err)
	defer f.Close()
	b := make([]byte, n)
	_, err = f.ReadAt(b, off)
	require.NoError(d.t, err)
	return b
}

// table reads the partition table: labels by number.
func (d *device) table() map[int]string {
	d.t.Helper()
	f, err := os.Open(d.path)
	require.NoError(d.t, err)
	defer f.Close()
	t, err := gpt.Find(f, d.size)
	require.NoError(d.t, err)
	m := map[int]string{}
	for n, e := range t.Used() {
		m[n] = e.Label()
	}
	return m
}

// requireDead makes sure that nothing would boot from the disk.
func (d *device) requireDead(saved map[int]string) {
	d.t.Helper()
	require.Equal(d.t, saved, d.table(), "partitions")
	require.Equal(d.t, make([]byte, 440), d.read(0, 440), "boot code")
}

// bootFile reads a file of the installed boot file system.
func (d *device) bootFile(name string) string {
	d.t.Helper()
	debugfs := testutil.Tool(d.t, "debugfs")
	fs := filepath.Join(d.t.TempDir(), "boot")
	require.NoError(d.t, os.WriteFile(fs, d.read(imagetest.BootStart, imagetest.BootSize), 0o600))
	out, err := exec.Command(debugfs, "-R", "cat /"+name, fs).Output()
	require.NoError(d.t, err)
	return string(out)
}

// install runs an installation; notes are collected.
func (w *world) install(d *device, change func(*installer.Options)) (*installer.Result, error) {
	w.t.Helper()
	w.notes.Reset()
	o := &installer.Options{
		Common: installer.Common{Keyring: w.keys, Message: func(s string) { w.notes.WriteString(s + "\n") }},
		Config: config.Config{DestDevice: d.path}, Root: w.path("root"),
	}
	if w.keys == nil {
		o.Config.Insecure = true
	}
	change(o)
	return installer.Install(context.Background(), o)
}

// serve serves the folder over HTTP.
func (w *world) serve() string {
	s := httptest.NewServer(http.FileServer(http.Dir(w.dir)))
	w.t.Cleanup(s.Close)
	return s.URL
}

// stream writes metadata for files served at base, by format.
func (w *world) stream(base string, formats map[string]string) {
	w.t.Helper()
	all := map[string]any{}
	for format, file := range formats {
		data, err := os.ReadFile(w.path(file))
		require.NoError(w.t, err)
		all[format] = map[string]any{"disk": map[string]string{
			"location": base + "/" + file, "signature": base + "/" + file + ".sig", "sha256": fmt.Sprintf("%x", sha256.Sum256(data)),
		}}
	}
	doc := map[string]any{"stream": "stable", "metadata": map[string]string{"last-modified": "2026-01-01T00:00:00Z"},
		"architectures": map[string]any{"x86_64": map[string]any{"artifacts": map[string]any{"metal": map[string]any{"release": "1", "formats": all}}}}}
	data, err := json.Marshal(doc)
	require.NoError(w.t, err)
	w.write("stable.json", data)
}
