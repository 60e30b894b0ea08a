package fsflags_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/fsflags"
	"github.com/nestos-dev/nestos/internal/testutil"
	"golang.org/x/sys/unix"
)

func ext4(t *testing.T) string {
	testutil.Loop(t)
	image := filepath.Join(t.TempDir(), "image")
	dir := t.TempDir()
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 16<<20); err != nil {
		t.Fatal(err)
	}
	must := &testutil.RunOptions{Must: true}
	testutil.Run(t, must, testutil.Tool(t, "mkfs.ext4"), "-q", image)
	testutil.Run(t, must, testutil.Tool(t, "mount"), "-o", "loop", image, dir)
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func open(t *testing.T, path string) *os.File {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func lsattr(t *testing.T, path string) string {
	flags, _, _ := strings.Cut(testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "lsattr"), "-d", path).Stdout, " ")
	return flags
}

func TestImmutable(t *testing.T) {
	dir := filepath.Join(ext4(t), "d")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "chattr"), "+A", dir)
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before := lsattr(t, dir)
	for _, want := range []bool{true, true, false, false} {
		if err := fsflags.SetImmutable(f, want); err != nil {
			t.Fatal(err)
		}
		if got, err := fsflags.Immutable(f); err != nil || got != want {
			t.Errorf("Immutable: %v, %v; want %v", got, err, want)
		}
		if got := strings.Contains(lsattr(t, dir), "i"); got != want {
			t.Errorf("lsattr: %v, want %v", got, want)
		}
		if err := os.WriteFile(filepath.Join(dir, "x"), nil, 0o600); errors.Is(err, unix.EPERM) != want {
			t.Errorf("creating a file: %v, immutable %v", err, want)
		}
	}
	if after := lsattr(t, dir); after != before {
		t.Errorf("other flags changed: %s, was %s", after, before)
	}
}

func TestUnsupported(t *testing.T) {
	f := open(t, "/proc/self")
	_, err := fsflags.Immutable(f)
	if !errors.Is(err, errors.ErrUnsupported) || !errors.Is(err, unix.ENOTTY) {
		t.Errorf("Immutable: %v", err)
	}
	if err := fsflags.SetImmutable(f, true); !errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		t.Errorf("SetImmutable: %v", err)
	}
}

// CAP_LINUX_IMMUTABLE is dropped from one thread, which is thrown away after.
func TestPermission(t *testing.T) {
	dir := ext4(t)
	f := open(t, dir)
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := dropCapability(unix.CAP_LINUX_IMMUTABLE); err != nil {
			t.Error(err)
		}
		if err := fsflags.SetImmutable(f, false); err != nil {
			t.Errorf("no change needs no capability: %v", err)
		}
		done <- fsflags.SetImmutable(f, true)
	}()
	if err := <-done; !errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v", err)
	}
	f.Close()
}

func dropCapability(n int) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return err
	}
	data[n/32].Effective &^= 1 << (n % 32)
	return unix.Capset(&header, &data[0])
}

func ExampleSetImmutable() {
	dir, err := os.Open("/proc/self") // has no such flags
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dir.Close()
	err = fsflags.SetImmutable(dir, true)
	fmt.Println(errors.Is(err, errors.ErrUnsupported))
	// Output: true
}
