package kernel_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/kernel"
)

// installVar makes the test program install the kernel of a tree into boot, both
// named by it, and end. With ":named" at its end files have temporary names.
const installVar = "NESTOS_TEST_INSTALL"

func TestMain(m *testing.M) {
	if dirs, ok := os.LookupEnv(installVar); ok {
		tree, boot, _ := strings.Cut(dirs, ":")
		if err := installDirs(tree, strings.TrimSuffix(boot, ":named"), strings.HasSuffix(boot, ":named")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(testutil.MainInMemory(m))
}

func installDirs(treeDir, bootDir string, named bool) error {
	tree, err := os.Open(treeDir)
	if err != nil {
		return err
	}
	defer tree.Close()
	boot, err := os.Open(bootDir)
	if err != nil {
		return err
	}
	defer boot.Close()
	l, err := kernel.Find(context.Background(), tree, nil)
	if err != nil {
		return err
	}
	opts := &kernel.InstallOptions{}
	if named {
		opts.NoLinks = true
		opts.WithTempNames()
	}
	return kernel.Install(context.Background(), tree, l, boot, "ostree/demo", opts)
}

// files describes a tree: content by name, "-> target" for a link, "dir" with a
// trailing slash in the name for a directory.
type files map[string]string

func (f files) with(more files) files {
	sum := files{}
	for _, m := range []files{f, more} {
		for name, text := range m {
			sum[name] = text
		}
	}
	return sum
}

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
