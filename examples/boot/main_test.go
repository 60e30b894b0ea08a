package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/iso9660"
	"github.com/nestos-dev/nestos/internal/testutil"
)

var (
	accel = flag.String("accel", "tcg", "QEMU's accelerator")
	debs  = flag.String("debs", "", "directory that keeps downloaded Debian packages")
	cfs   = flag.Bool("composefs", true, "mount the root with composefs")
)

func TestMain(m *testing.M) { os.Exit(testutil.MainInMemory(m)) }

// TestLife runs the program.
func TestLife(t *testing.T) {
	if testing.Short() {
		t.Skip("composes a system and boots virtual machines")
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("the treefile and QEMU are for x86_64")
	}
	testutil.Root(t)
	testutil.Loop(t)
	for _, tool := range []string{"apt-get", "depmod", "go", "mkfs.ext4", "qemu-system-x86_64"} {
		testutil.Tool(t, tool)
	}
	// Consoles of a failure outlive the test's directories, the rest does not.
	dir, err := os.MkdirTemp("", "boot")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	var table bytes.Buffer
	err = run(t.Context(), &options{dir: dir, debs: *debs, accel: *accel, composefs: *cfs}, io.MultiWriter(&table, progress{t}))
	t.Logf("\n%s", &table)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(table.String(), " s  ok "); n < 20 || strings.Contains(table.String(), "FAILED") {
		t.Errorf("%d steps", n)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the working directory is left behind: %v", err)
	}
}

// progress shows on a terminal how far the test is.
type progress struct{ t *testing.T }

func (p progress) Write(b []byte) (int, error) {
	if testing.Verbose() {
		return os.Stderr.Write(b)
	}
	return len(b), nil
}

// The config drive is what Linux and the programs take it for.
func TestISOImage(t *testing.T) {
	files := map[string]string{"user-data": "#cloud-config\n", "vendor-data": strings.Repeat("x", 5000), "meta-data": "", "network-config": "version: 1\n"}
	image := isoImage("cidata", files)
	tree, err := iso9660.OpenTree(bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if got, err := tree.ReadFile(name, 1<<20); err != nil || string(got) != want {
			t.Errorf("%s is %.100q, %v", name, got, err)
		}
	}
	path := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(path, image, 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := blockdev.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if res, err := d.Probe(); err != nil || res.Type != "iso9660" || res.Label != "cidata" {
		t.Errorf("probed as %+v, %v", res, err)
	}
	t.Run("kernel", func(t *testing.T) {
		testutil.Loop(t)
		dir := t.TempDir()
		if out, err := exec.Command("mount", "-o", "loop,ro", "-t", "iso9660", path, dir).CombinedOutput(); err != nil {
			if strings.Contains(string(out), "unknown filesystem type") {
				t.Skip("this kernel has no iso9660")
			}
			t.Fatalf("%v: %s", err, out)
		}
		t.Cleanup(func() {
			if err := exec.Command("umount", dir).Run(); err != nil {
				t.Error(err)
			}
		})
		for name, want := range files {
			if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
				t.Errorf("%s is %.100q, %v", name, got, err)
			}
		}
	})
}

// A console that is not as it should be is noticed.
func TestConsole(t *testing.T) {
	l := &life{console: filepath.Join(t.TempDir(), "console")}
	text := "init: first boot\r\n\x1b[0;32m  OK  \x1b[0m] Reached \x1b[0;1;39mtarget\x1b[0m\r\nthe end\r\n"
	if err := os.WriteFile(l.console, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := l.wantConsole("first boot", "Reached target", "end"); err != nil {
		t.Error(err)
	}
	if err := l.wantConsole("Reached target", "first boot"); err == nil {
		t.Error("the order does not matter")
	}
	if l.judgeConsole(); len(l.problems) > 0 {
		t.Errorf("problems: %q", l.problems)
	}
	if err := os.WriteFile(l.console, []byte(text+"[FAILED] Failed to \x1b[0mstart demo.service.\r\n[ 1.0] Kernel panic - not syncing\r\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if l.judgeConsole(); len(l.problems) != 2 {
		t.Errorf("problems: %q", l.problems)
	}
}
