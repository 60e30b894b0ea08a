package rpm_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// built holds the packages that rpmbuild made, once for all tests.
var built struct {
	sync.Once
	top   string
	files []string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.top != "" {
		os.RemoveAll(built.top)
	}
	os.Exit(code)
}

// builtPackages builds every spec file in testdata/specs.
func builtPackages(t testing.TB) []string {
	rpmbuild := testutil.Tool(t, "rpmbuild")
	built.Do(func() {
		specs, err := filepath.Glob("testdata/specs/*.spec")
		if err != nil {
			t.Fatal(err)
		}
		top, err := os.MkdirTemp("", "rpmbuild")
		if err != nil {
			t.Fatal(err)
		}
		built.top = top
		for _, spec := range specs {
			buildSpec(t, rpmbuild, filepath.Join(top, strings.TrimSuffix(filepath.Base(spec), ".spec")), spec)
		}
		for _, pattern := range []string{"*/RPMS/*.rpm", "*/SRPMS/*.rpm"} {
			found, err := filepath.Glob(filepath.Join(top, pattern))
			if err != nil {
				t.Fatal(err)
			}
			built.files = append(built.files, found...)
		}
	})
	return built.files
}

func buildSpec(t testing.TB, rpmbuild, top, spec string) {
	t.Helper()
	for _, d := range []string{"BUILD", "SOURCES"} {
		if err := os.MkdirAll(filepath.Join(top, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(top, "SOURCES/source.txt"), []byte("source\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	spec, err := filepath.Abs(spec)
	if err != nil {
		t.Fatal(err)
	}
	r := testutil.Run(t, &testutil.RunOptions{Env: []string{"SOURCE_DATE_EPOCH=1700000000"}}, rpmbuild,
		"--define", "_topdir "+top, "--define", "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
		"--define", "_buildhost localhost", "--define", "_dbpath "+top+"/db", "--nodeps", "-ba", spec)
	if r.Exit != 0 {
		t.Fatal(r)
	}
}
