//go:build linux

package agentlab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// FastClock is a source of the agent's clock for [Build]: the time of day and the waits run faster by the factor in
// the environment variable NESTOS_CLOCK_SPEED.
const FastClock = `package zincati

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
	return fastClock{time.Now(), time.Duration(speed)}
}

type fastClock struct {
	start time.Time
	speed time.Duration
}

func (c fastClock) Now() time.Time { return c.start.Add(time.Since(c.start) * c.speed).Round(0) }

func (c fastClock) NewTimer(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d / c.speed)
	return t.C, func() { t.Stop() }
}
`

// FastTimers is FastClock with the machine's time of day: only the waits are shorter. It is for agents whose servers go
// by the real time.
const FastTimers = `package zincati

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

// Build builds the example agent, with clock in the place of its file clock.go, and further packages, and returns the
// directory of the programs, below dir. Nothing else differs from what is shipped. The directory is made readable for the
// agent's user. The working directory has to be that of a package in examples/zincati.
func Build(dir, clock string, packages ...string) (bin string, err error) {
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	original, err := filepath.Abs("../../../zincati/clock.go")
	if err != nil {
		return "", err
	}
	replacement, overlay := filepath.Join(dir, "clock.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(replacement, []byte(clock), 0o644); err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, fmt.Appendf(nil, `{"Replace":{%q:%q}}`, original, replacement), 0o644); err != nil {
		return "", err
	}
	bin = filepath.Join(dir, "bin") + "/"
	return bin, testutil.GoBuild(context.Background(), append([]string{"-overlay", overlay, "-o", bin, ".."}, packages...)...)
}
