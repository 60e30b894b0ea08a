package testutil

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// GoBuild runs "go build" with these arguments as a distribution would: a static program without cgo, symbols and paths of
// this machine. It takes no test because TestMain, too, builds programs.
func GoBuild(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w"}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// WriteProgram writes a program that the test starts. Nothing of this process may fork meanwhile: the child would have the
// file open for writing until it runs its own program, and no kernel starts a file that is ("text file busy").
func WriteProgram(t testing.TB, path string, data []byte) {
	t.Helper()
	syscall.ForkLock.RLock()
	err := os.WriteFile(path, data, 0o755)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
}

// A Kernel is one of this machine's files for guests.
type Kernel struct {
	Release string // its version, such as "6.1.0-32-cloud-amd64"
	Image   string // the path of the kernel
	Modules string // the folder of its modules
}

// GuestKernel requires Debian's kernel for virtual machines of the architecture x86-64.
func GuestKernel(t testing.TB) Kernel {
	t.Helper()
	const prefix = "/boot/vmlinuz-"
	images, err := filepath.Glob(prefix + "*-cloud-amd64")
	if err != nil || len(images) == 0 {
		Missing(t, "needs the package linux-image-cloud-amd64")
	}
	image := images[len(images)-1]
	release := strings.TrimPrefix(image, prefix)
	return Kernel{release, image, "/lib/modules/" + release}
}
