//go:build linux

package sysroot_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// childEnv is set in a process that a test started from its own binary, to be in another namespace or another user.
const childEnv = "NESTOS_TEST_CHILD"

func runChild(m *testing.M) int { return m.Run() }

// inChild runs the calling test once more in a process of its own that attr describes, and returns false there. In
// the caller it returns true, when the child is done.
func inChild(t *testing.T, attr *syscall.SysProcAttr, env ...string) bool {
	t.Helper()
	if os.Getenv(childEnv) == t.Name() {
		return false
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$", "-test.v")
	cmd.Env = append(append(os.Environ(), childEnv+"="+t.Name()), env...)
	cmd.SysProcAttr = attr
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("child did not run:\n%s", out)
	}
	return true
}
