package boottest_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/cpio"
)

// modulesDir makes a folder like /lib/modules/VERSION.
func modulesDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"modules.builtin": "kernel/fs/ext4/ext4.ko\n",
		"modules.dep": "kernel/virtio.ko:\nkernel/ring.ko: kernel/virtio.ko\n" +
			"kernel/blk.ko: kernel/ring.ko kernel/virtio.ko\nkernel/other.ko:\n",
		"kernel/virtio.ko": "virtio", "kernel/ring.ko": "ring", "kernel/blk.ko": "blk", "kernel/other.ko": "other",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPackIsReadByTheCpioReader(t *testing.T) {
	modules := modulesDir(t)
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("12345"), 0o755); err != nil {
		t.Fatal(err)
	}
	recipe := boottest.Initramfs{
		Init: program, PrepareRoot: program, Config: "[composefs]\n", ModulesDir: modules,
		Modules: []string{"ext4", "blk"}, Label: "a",
		Programs: map[string]string{"/usr/bin/tool": program}, Links: map[string]string{"usr/bin/alias": "tool"},
	}
	data, err := recipe.Pack()
	if err != nil {
		t.Fatal(err)
	}

	content := map[string]string{}
	var dirs []string
	for r := cpio.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Mode&0o170000 == 0o040000 {
			dirs = append(dirs, h.Name)
			continue
		}
		content[h.Name] = string(body)
		if link := h.Mode&0o170000 == 0o120000; link != (h.Name == "usr/bin/alias") {
			t.Errorf("%s has mode %#o", h.Name, h.Mode)
		}
		if parent := filepath.Dir(h.Name); parent != "." && !slices.Contains(dirs, parent) {
			t.Errorf("%s comes before its folder", h.Name)
		}
	}
	for name, want := range map[string]string{
		"init":                               "12345",
		"usr/lib/ostree/ostree-prepare-root": "12345",
		"usr/lib/ostree/prepare-root.conf":   "[composefs]\n",
		"usr/lib/modules/ring.ko":            "ring",
		"usr/bin/tool":                       "12345",
		"usr/bin/alias":                      "tool",
		"modules.load":                       "/usr/lib/modules/virtio.ko\n/usr/lib/modules/ring.ko\n/usr/lib/modules/blk.ko\n",
	} {
		if content[name] != want {
			t.Errorf("%s is %q, want %q", name, content[name], want)
		}
	}
	if _, ok := content["usr/lib/modules/other.ko"]; ok {
		t.Error("a module that nobody asked for was packed")
	}
}

func TestPackRefusesUnknownModule(t *testing.T) {
	_, err := (&boottest.Initramfs{ModulesDir: modulesDir(t), Modules: []string{"erofs"}}).Pack()
	if err == nil || !strings.Contains(err.Error(), "no module erofs") {
		t.Errorf("error is %v", err)
	}
}
