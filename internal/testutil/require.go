package testutil

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// CI reports whether missing capabilities must fail tests: the environment
// variable CI is set to something other than "", "0" or "false".
func CI() bool {
	switch strings.ToLower(os.Getenv("CI")) {
	case "", "0", "false":
		return false
	}
	return true
}

// Missing skips the test, or fails it in CI, with the reason given. It does
// not return.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if CI() {
		t.Fatalf("required in CI: "+format, args...)
	}
	t.Skipf(format, args...)
}

// Tool returns the path of a real program that the test compares with. The
// usual sbin folders are searched too, as an ordinary user's PATH may lack them.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/libexec", "/usr/lib/systemd"} {
		if path, err := exec.LookPath(dir + "/" + name); err == nil {
			return path
		}
	}
	Missing(t, "the program %q is not installed", name)
	return ""
}

// Root requires the effective user to be root.
func Root(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		Missing(t, "needs root")
	}
}

// NotRoot requires an ordinary user, for tests that expect "permission denied".
// Root runs are normal, so it skips in CI too.
func NotRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Skip("needs to run as an ordinary user")
	}
}

// Loop requires root and working loop devices.
func Loop(t testing.TB) {
	t.Helper()
	Root(t)
	device(t, "/dev/loop-control")
}

// KVM requires a /dev/kvm that can be opened.
func KVM(t testing.TB) {
	t.Helper()
	device(t, "/dev/kvm")
}

func device(t testing.TB, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		Missing(t, "needs %s: %v", path, err)
	}
	f.Close()
}

// Seed returns the seed for a random test: the number in NESTOS_TEST_SEED, or
// a new one. The log of a failing test names it.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if s := os.Getenv("NESTOS_TEST_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 0, 64)
		if err != nil {
			t.Fatalf("NESTOS_TEST_SEED: %v", err)
		}
		seed = n
	}
	t.Logf("repeat with NESTOS_TEST_SEED=%d", seed)
	return seed
}
