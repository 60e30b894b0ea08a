package afterburn

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/internal/testutil/drives"
)

// -images makes the images in testdata/drives anew from the vectors, with genisoimage and mkfs.vfat.
var images = flag.Bool("images", false, "write the images in testdata/drives")

func vectors(t testing.TB) []drives.Vector {
	t.Helper()
	return drives.Read(t, "testdata/drives")
}

func findVector(t testing.TB, name string) drives.Vector {
	t.Helper()
	list := vectors(t)
	i := slices.IndexFunc(list, func(v drives.Vector) bool { return v.Name == name })
	if i < 0 {
		t.Fatal("no vector", name)
	}
	return list[i]
}

// imageOf returns the image of a vector that is kept beside it.
func imageOf(t testing.TB, v drives.Vector) []byte {
	t.Helper()
	f, err := os.Open("testdata/drives/" + v.Name + ".img.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// buildImage makes an image with the usual tools.
func buildImage(t testing.TB, label, fstype string, files map[string]string) []byte {
	t.Helper()
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "image")
	for name, text := range files {
		writeFile(t, filepath.Join(dir, name), []byte(text))
	}
	if fstype == iso9660 {
		command(t, testutil.Tool(t, "genisoimage"), "-quiet", "-V", label, "-R", "-J", "-o", out, dir)
	} else {
		mkfs, mcopy := testutil.Tool(t, "mkfs.vfat"), testutil.Tool(t, "mcopy")
		command(t, mkfs, "-C", "-n", label, out, "128")
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			command(t, mcopy, "-s", "-i", out, filepath.Join(dir, e.Name()), "::")
		}
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func command(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func writeFile(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// driveMachine is the root of a machine with drives.
type driveMachine struct {
	t    testing.TB
	root string
	log  testutil.Log
}

func newDriveMachine(t testing.TB) *driveMachine {
	m := &driveMachine{t: t, root: t.TempDir()}
	writeFile(t, filepath.Join(m.root, "proc/cmdline"), []byte("quiet\n"))
	return m
}

// add adds a drive, and its link by label if it has one.
func (m *driveMachine) add(device, label string, data []byte) {
	m.t.Helper()
	writeFile(m.t, filepath.Join(m.root, "dev", device), data)
	if err := os.MkdirAll(filepath.Join(m.root, "sys/class/block", device), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if label == "" {
		return
	}
	dir := filepath.Join(m.root, "dev/disk/by-label")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		m.t.Fatal(err)
	}
	link := filepath.Join(dir, label)
	_ = os.Remove(link)
	if err := os.Symlink("../../"+device, link); err != nil {
		m.t.Fatal(err)
	}
}

func (m *driveMachine) options() *Options {
	return &Options{
		Root: m.root, TempDir: m.t.TempDir(),
		Sleep:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Logger: slog.New(slog.NewTextHandler(&m.log, &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
}

// env returns the surroundings of a provider, without programs.
func (m *driveMachine) env() *env {
	m.t.Helper()
	e, err := m.options().env()
	if err != nil {
		m.t.Fatal(err)
	}
	e.drives.Runner = noPrograms{}
	return e
}

// open makes a provider, which is closed at the end of the test.
func (m *driveMachine) open(id string, e *env) (Provider, error) {
	m.t.Helper()
	p, err := construct(id)(m.t.Context(), e)
	if err != nil {
		e.Close()
		return nil, err
	}
	m.t.Cleanup(func() {
		if err := p.Close(); err != nil {
			m.t.Error(err)
		}
	})
	return p, nil
}

func construct(id string) constructor {
	for _, p := range table {
		if p.id == id {
			return p.make
		}
	}
	return nil
}

// everything asks a provider all it knows, in the form of the vectors.
func everything(t testing.TB, p Provider) map[string]string {
	t.Helper()
	ctx, got := t.Context(), map[string]string{}
	put := func(name, text string, err error) {
		if err != nil {
			text = "error: " + err.Error() + "\n"
		}
		if text != "" {
			got[name] = text
		}
	}
	if s, ok := p.(AttributeSource); ok {
		a, err := s.Attributes(ctx)
		put("attributes", string(a.AppendEnv(nil, "")), err)
	}
	if s, ok := p.(HostnameSource); ok {
		name, ok, err := s.Hostname(ctx)
		if ok {
			name += "\n"
		}
		put("hostname", name, err)
	}
	if s, ok := p.(KeySource); ok {
		keys, err := s.SSHKeys(ctx)
		var text strings.Builder
		for _, k := range keys {
			fmt.Fprintln(&text, k)
		}
		put("keys", text.String(), err)
	}
	if s, ok := p.(NetworkSource); ok {
		cfg, err := s.Network(ctx)
		if err != nil {
			put("network", "", err)
		} else {
			files, err := cfg.Networkd()
			put("units", "", err)
			for _, f := range files {
				put("units/"+f.Name, string(f.Data), nil)
			}
		}
	}
	if s, ok := p.(NetplanSource); ok {
		text, err := s.Netplan(ctx)
		put("netplan", text, err)
	}
	if s, ok := p.(KargsSource); ok {
		args, ok, err := s.NetworkKargs(ctx)
		if ok {
			args += "\n"
		}
		put("kargs", args, err)
	}
	return got
}

func sameDocuments(t testing.TB, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s is\n%s\nwant\n%s", name, got[name], want[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			t.Errorf("unexpected %s\n%s", name, got[name])
		}
	}
}

// checkImage has a provider read an image, from a link by label and from an unnamed device.
func checkImage(t *testing.T, v drives.Vector, image []byte) {
	m := newDriveMachine(t)
	m.add("vda", "", []byte("not a drive"))
	m.add("vdb", v.Label, image)
	p, err := m.open(v.Provider, m.env())
	if err != nil {
		t.Fatal(err, m.log.String())
	}
	sameDocuments(t, everything(t, p), v.Want)
	if log := m.log.String(); log != "" {
		t.Errorf("logged:\n%s", log)
	}
}

func TestDriveExamples(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			if *images {
				writeImage(t, v)
			}
			checkImage(t, v, imageOf(t, v))
		})
	}
}

func writeImage(t *testing.T, v drives.Vector) {
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if _, err := z.Write(buildImage(t, v.Label, v.FSType, v.Drive)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, "testdata/drives/"+v.Name+".img.gz", packed.Bytes())
}

// The images of today's tools are read as well.
func TestFreshDrives(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) { checkImage(t, v, buildImage(t, v.Label, v.FSType, v.Drive)) })
	}
}

// noPrograms runs nothing, successfully.
type noPrograms struct{}

func (noPrograms) Run(context.Context, run.Cmd) (run.Result, error) { return run.Result{}, nil }
