package bootloader_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/sysroot/bootloader"
)

// generatorVar makes the test program a generator for GRUB.
const generatorVar = "NESTOS_TEST_GENERATOR"

func TestMain(m *testing.M) {
	if os.Getenv(generatorVar) != "" {
		os.Exit(generate())
	}
	os.Exit(testutil.MainInMemory(m))
}

// generate writes what it was called with.
func generate() int {
	cwd, _ := os.Getwd()
	_, err := os.Stat("/marker")
	text := fmt.Sprintf("%q cwd=%s marker=%v version=%s efi=%s\n", os.Args[1:], cwd, err == nil,
		os.Getenv("_OSTREE_GRUB2_BOOTVERSION"), os.Getenv("_OSTREE_GRUB2_IS_EFI"))
	fmt.Println("to stdout")
	fmt.Fprintln(os.Stderr, "to stderr")
	if err := os.WriteFile(os.Args[2], []byte(text), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// files describes a tree: content by name, "-> target" for a link, a directory
// with a trailing slash in the name.
type files map[string]string

func (f files) write(t testing.TB, dir string) {
	t.Helper()
	for name, text := range f {
		path := filepath.Join(dir, name)
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(path, 0o755))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			must(t, os.Symlink(target, path))
		} else {
			must(t, os.WriteFile(path, []byte(text), 0o644))
		}
	}
}

func (f files) tree(t testing.TB) *os.File {
	t.Helper()
	dir := t.TempDir()
	f.write(t, dir)
	return open(t, dir)
}

func open(t testing.TB, dir string) *os.File {
	t.Helper()
	f, err := os.Open(dir)
	must(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, elem ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	must(t, err)
	return string(data)
}

func entry(t testing.TB, text string) bootloader.Entry {
	t.Helper()
	e, err := bls.Parse([]byte(text))
	must(t, err)
	return bootloader.Entry{Config: e, Deployment: "ostree/deploy/os/deploy/c.0"}
}

const (
	first  = "title T (ostree:0)\nversion 2\noptions rw ostree=/ostree/boot.1/os/b/0\nlinux /ostree/os-b/vmlinuz\ninitrd /ostree/os-b/initramfs.img\ndevicetree /ostree/os-b/dt\n"
	second = "title T (ostree:1)\nversion 1\noptions ro ostree=/ostree/boot.1/os/b/1\nlinux /ostree/os-b/vmlinuz\nfdtdir /ostree/os-b/dtb\n"
)

func request(t testing.TB, sysroot *os.File, entries ...string) *bootloader.Request {
	t.Helper()
	req := &bootloader.Request{Sysroot: sysroot, Path: sysroot.Name(), BootVersion: 1}
	for _, text := range entries {
		req.Entries = append(req.Entries, entry(t, text))
	}
	return req
}

func selected(t testing.TB, sysroot *os.File, kind bootloader.Kind) bootloader.Backend {
	t.Helper()
	b, err := bootloader.Select(sysroot, kind)
	must(t, err)
	if b == nil {
		t.Fatal("no boot loader")
	}
	return b
}

// recorder remembers commands and answers with err.
type recorder struct {
	commands []bootloader.Command
	err      error
	do       func(c bootloader.Command) error
}

func (r *recorder) lines() []string {
	var lines []string
	for _, c := range r.commands {
		lines = append(lines, strings.Join(append([]string{c.Name}, c.Args...), " "))
	}
	return lines
}
