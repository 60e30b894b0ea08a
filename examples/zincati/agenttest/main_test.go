//go:build linux

package agenttest

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/internal/agentlab"
)

var record = flag.String("record", "", "record what this program does instead of testing ours")

func TestMain(m *testing.M) {
	agentlab.Main()
	// The worlds wait most of the time, so there can be more of them than processors. The option -parallel goes first.
	_ = flag.Set("test.parallel", "12")
	status := m.Run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	os.Exit(status)
}

// buildDir holds the program under test once it is built.
var buildDir string

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "agenttest")
	if err != nil {
		return "", err
	}
	buildDir = dir
	return buildWith(dir, agentlab.FastClock)
})

// buildWith builds the program in a directory of its own with another clock.
func buildWith(dir, clock string) (string, error) {
	bin, err := agentlab.Build(dir, clock)
	return bin + "zincati", err
}

// start starts the subject with a clock that runs faster.
func start(t *testing.T, l *agentlab.Lab, speed int) {
	t.Helper()
	if *record != "" {
		l.Wrap = []string{"/usr/bin/env", "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", fmt.Sprintf("FAKETIME=+0 x%d", speed), "FAKETIME_DONT_RESET=1"}
		l.Start(*record)
		return
	}
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	l.Env = append(l.Env, fmt.Sprintf("NESTOS_CLOCK_SPEED=%d", speed))
	l.Start(program)
}
