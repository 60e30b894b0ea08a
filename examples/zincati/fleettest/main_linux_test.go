package fleettest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// fastClock replaces the agent's clock: the waits are shorter by a factor from the environment. Nothing else of the
// program differs from what is shipped.
const fastClock = `package zincati

import (
	"os"
	"strconv"
	"time"
)

type Clock interface {
	Now() time.Time
	NewTimer(d time.Duration) (<-chan time.Time, func())
}

func SystemClock() Clock {
	speed, err := strconv.Atoi(os.Getenv("NESTOS_CLOCK_SPEED"))
	if err != nil || speed < 1 {
		speed = 1
	}
	return fastClock(speed)
}

type fastClock int

func (fastClock) Now() time.Time { return time.Now() }

func (c fastClock) NewTimer(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d / time.Duration(c))
	return t.C, func() { t.Stop() }
}
`

// built is the directory of the programs, removed at the end.
var built string

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "fleettest")
	if err != nil {
		return "", err
	}
	built = dir
	// The agent's user has to reach its program.
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	clock, err := filepath.Abs("../../../zincati/clock.go")
	if err != nil {
		return "", err
	}
	fast, overlay := filepath.Join(dir, "clock.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(fast, []byte(fastClock), 0o644); err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, fmt.Appendf(nil, `{"Replace":{%q:%q}}`, clock, fast), 0o644); err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "bin") + "/"
	if err := goBuild("-overlay", overlay, "-o", bin, "..", "../../cincinnati", "../../fleetlock", "../../rpm-ostree", "../../ostree",
		"../../ostree-prepare-root", "../../ostree/testdata/systemctl"); err != nil {
		return "", err
	}
	return bin, nil
})

func goBuild(args ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-trimpath", "-ldflags=-s -w"}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, text)
	}
	return nil
}

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
