package testutil

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// MainInMemory is for a TestMain: it runs the tests with their temporary directories in memory, where
// that can hold user.* attributes and has room. Tests that make things durable over and over again run
// several times faster so. With TMPDIR set in the environment they run there, on a real disk for example.
func MainInMemory(m *testing.M) int {
	if os.Getenv("TMPDIR") != "" {
		return m.Run()
	}
	dir, ok := memoryDir("/dev/shm")
	if !ok {
		return m.Run()
	}
	defer os.RemoveAll(dir)
	if err := os.Setenv("TMPDIR", dir); err != nil {
		return m.Run()
	}
	return m.Run()
}

func memoryDir(parent string) (dir string, ok bool) {
	var st unix.Statfs_t
	const room = 1 << 30
	if unix.Statfs(parent, &st) != nil || st.Type != unix.TMPFS_MAGIC || st.Bavail*uint64(st.Bsize) < room {
		return "", false
	}
	dir, err := os.MkdirTemp(parent, "nestos-test-")
	if err != nil {
		return "", false
	}
	if err := unix.Setxattr(dir, "user.probe", []byte("1"), 0); err != nil {
		os.Remove(dir)
		return "", false
	}
	return dir, unix.Removexattr(dir, "user.probe") == nil
}
