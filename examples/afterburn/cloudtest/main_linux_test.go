package cloudtest

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == exchanger {
		exchange(os.Args[2], os.Args[3])
	}
	if len(os.Args) > 2 && os.Args[1] == measurer {
		measure(os.Args[2], os.Args[3:]...)
	}
	flag.Parse()
	// Most tests wait for the program, which waits for a pause to end.
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	code := m.Run()
	if builds.dir != "" {
		_ = os.RemoveAll(builds.dir)
	}
	os.Exit(code)
}

// builds is the program, built once for all tests.
var builds struct {
	sync.Once
	dir string
	err error
}

// programEnv names another program to benchmark.
const programEnv = "NESTOS_AFTERBURN"

// program returns the path of the program as a distribution would build it.
func program(t testing.TB) string {
	t.Helper()
	if _, bench := t.(*testing.B); bench && os.Getenv(programEnv) != "" {
		return os.Getenv(programEnv)
	}
	testutil.Tool(t, "go")
	builds.Do(func() { builds.dir, builds.err = build() })
	if builds.err != nil {
		t.Fatal(builds.err)
	}
	return filepath.Join(builds.dir, "afterburn")
}

func build() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "cloudtest"); err != nil {
		return "", err
	}
	if err := testutil.GoBuild(context.Background(), "-o", filepath.Join(dir, "afterburn"), ".."); err != nil {
		return dir, err
	}
	return dir, nil
}

// maxSize is the largest size in bytes of the program: eight mebibytes.
const maxSize = 8 << 20

func TestSize(t *testing.T) {
	info, err := os.Stat(program(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", info.Size())
	if info.Size() > maxSize {
		t.Errorf("the program has %d bytes, more than %d", info.Size(), maxSize)
	}
}
