package boottest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/stream"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	rawName   = "nestos-1.20260101.0-metal.x86_64.raw"
	imageName = rawName + ".xz"
	streamDoc = "streams/stable.json"
)

// world is a folder with an image, and a server that publishes its subfolder www.
type world struct {
	dir     string
	p       *programs
	image   string // the raw image, which is published, too
	www     string
	server  *httptest.Server
	keyring string
	certs   string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{dir: t.TempDir()}
	w.www, w.keyring, w.certs = w.path("www"), w.path("keys.asc"), w.path("server.pem")
	w.image = w.published(rawName)
	w.p = newPrograms(t, w.dir)
	require.NoError(t, os.MkdirAll(filepath.Join(w.www, "streams"), 0o755))
	makeImage(t, w.dir, w.image, w.p)

	// Many blocks, as builders of images make them.
	xz := exec.CommandContext(t.Context(), testutil.Tool(t, "xz"), "-1", "-T2", "--block-size=4MiB", "-c", w.image)
	file, err := os.Create(w.published(imageName))
	require.NoError(t, err)
	xz.Stdout = file
	require.NoError(t, xz.Run())
	require.NoError(t, file.Close())
	w.sign(t, w.image, w.published(imageName))
	require.NoError(t, os.WriteFile(w.published("config.ign"), []byte(ignition), 0o644))

	w.server = httptest.NewTLSServer(w.handler())
	t.Cleanup(w.server.Close)
	require.NoError(t, os.WriteFile(w.certs, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.server.Certificate().Raw}), 0o644))
	w.publish(t)
	return w
}

func (w *world) path(name string) string      { return filepath.Join(w.dir, name) }
func (w *world) published(name string) string { return filepath.Join(w.www, name) }
func (w *world) url(name string) string       { return w.server.URL + "/" + name }

// sign makes a key, and signatures on files beside them.
func (w *world) sign(t *testing.T, files ...string) {
	t.Helper()
	home := w.path("gnupg")
	require.NoError(t, os.Mkdir(home, 0o700))
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
	gpg := func(args ...string) {
		must(t, "gpg", append([]string{"--homedir", home, "--batch", "--quiet"}, args...)...)
	}
	gpg("--passphrase", "", "--quick-generate-key", "NestOS test <test@nestos.example>", "ed25519", "sign", "never")
	gpg("--armor", "--output", w.keyring, "--export")
	for _, file := range files {
		gpg("--detach-sign", "--output", file+".sig", file)
	}
}

// publish writes the metadata of the stream.
func (w *world) publish(t *testing.T) {
	t.Helper()
	artifact := stream.Artifact{
		Location: w.url(imageName), Signature: w.url(imageName + ".sig"),
		SHA256: digest(t, w.published(imageName)), UncompressedSHA256: digest(t, w.image),
	}
	s := stream.Stream{
		Stream: "stable",
		Architectures: map[string]stream.Arch{"x86_64": {Artifacts: map[string]stream.PlatformArtifacts{
			"metal": {Release: "1.20260101.0", Formats: map[string]stream.ImageFormat{"raw.xz": {Disk: &artifact}}},
		}}},
	}
	data, err := json.Marshal(s)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(w.published(streamDoc), data, 0o644))
}

// environment of the installer: it trusts the server's certificate and the key.
func (w *world) environment() []string {
	return []string{"SSL_CERT_FILE=" + w.certs, "NESTOS_INSTALLER_KEYRING=" + w.keyring}
}

// run runs the installer.
func (w *world) run(t *testing.T, args ...string) *testutil.Result {
	t.Helper()
	r := testutil.Run(t, &testutil.RunOptions{Env: w.environment()}, w.p.installer, args...)
	t.Log(r)
	return r
}

// a disk is a loop device and the file behind it.
type disk struct{ device, file string }

// newDisk makes a disk that is a little larger than the image, and full of other data.
func newDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{file: filepath.Join(t.TempDir(), "disk")}
	f, err := os.Create(d.file)
	require.NoError(t, err)
	block := bytes.Repeat([]byte{0xaa}, mib)
	for range imageSize()/mib + 8 {
		_, err := f.Write(block)
		require.NoError(t, err)
	}
	require.NoError(t, f.Close())
	d.device = must(t, "losetup", "-f", "--show", d.file)
	t.Cleanup(func() {
		if d.device != "" {
			d.detach(t)
		}
	})
	return d
}

// detach leaves only the file.
func (d *disk) detach(t *testing.T) {
	t.Helper()
	out, err := exec.Command("losetup", "-d", d.device).CombinedOutput()
	require.NoError(t, err, string(out))
	d.device = ""
}

// sameButBoot makes sure that a disk has the image, of which only the boot file system has
// been changed.
func (w *world) sameButBoot(t *testing.T, d *disk) {
	t.Helper()
	installed, err := os.Open(d.device)
	require.NoError(t, err)
	defer installed.Close()
	image, err := os.Open(w.image)
	require.NoError(t, err)
	defer image.Close()
	for _, part := range [][2]int64{{0, start(3)}, {start(4), imageSize()}} {
		sums := [2][]byte{}
		for i, f := range []*os.File{image, installed} {
			h := sha256.New()
			_, err := io.Copy(h, io.NewSectionReader(f, part[0], part[1]-part[0]))
			require.NoError(t, err)
			sums[i] = h.Sum(nil)
		}
		require.Equal(t, sums[0], sums[1], "bytes %d to %d", part[0], part[1])
	}
}

func digest(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	require.NoError(t, err)
	return hex.EncodeToString(h.Sum(nil))
}
