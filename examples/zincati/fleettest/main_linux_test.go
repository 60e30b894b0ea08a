package fleettest

import (
	"os"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/internal/agentlab"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestMain(m *testing.M) {
	agentlab.Main()
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// built is the directory of the programs, removed at the end.
var built string

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "fleettest")
	if err != nil {
		return "", err
	}
	built = dir
	return agentlab.Build(dir, agentlab.FastTimers, "../../cincinnati", "../../fleetlock", "../../rpm-ostree", "../../ostree",
		"../../ostree-prepare-root", "../../ostree/testdata/systemctl")
})

// programs returns the directory with the programs, for a test that can run machines.
func programs(t *testing.T) string {
	t.Helper()
	testutil.Root(t)
	testutil.Namespaces(t, "--mount")
	for _, tool := range []string{"go", "nsenter", "setpriv", "unshare"} {
		testutil.Tool(t, tool)
	}
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}
