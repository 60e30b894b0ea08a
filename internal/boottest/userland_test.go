package boottest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestCopyPackagesBringsDependencies(t *testing.T) {
	testutil.Tool(t, "dpkg-query")
	dir := t.TempDir()
	if err := boottest.CopyPackages(t.Context(), dir, []string{"kmod"}); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"usr/bin/kmod", "usr/lib/*/libc.so.6", "usr/lib/*/libkmod.so.2*", "sbin/modprobe"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(found) == 0 {
			t.Errorf("no %s: %v", pattern, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "usr/share/doc")); err == nil {
		t.Error("documentation was copied")
	}
}

func TestCopyPackagesRefusesWhatIsNotInstalled(t *testing.T) {
	testutil.Tool(t, "dpkg-query")
	err := boottest.CopyPackages(t.Context(), t.TempDir(), []string{"no-such-package"})
	if err == nil || !strings.Contains(err.Error(), "no-such-package is not installed") {
		t.Errorf("error is %v", err)
	}
}
