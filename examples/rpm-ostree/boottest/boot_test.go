package boottest_test

import (
	"flag"
	"runtime"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
)

var (
	accel = flag.String("accel", "tcg", "QEMU's accelerator")
	debs  = flag.String("debs", "", "directory that keeps downloaded Debian packages (default in the user's cache directory)")
)

func TestMain(m *testing.M) { testutil.MainInMemory(m) }

// TestBoot composes a system, boots it, layers packages on it, and rolls back.
func TestBoot(t *testing.T) {
	if testing.Short() {
		t.Skip("composes a system and boots virtual machines")
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("the treefile and QEMU are for x86_64")
	}
	testutil.Root(t)
	testutil.Loop(t)
	for _, tool := range []string{"apt-get", "depmod", "dnf", "mkfs.ext4", "ostree", "qemu-system-x86_64", "rpm"} {
		testutil.Tool(t, tool)
	}
	m := newMachine(t)
	m.build()
	m.boot("layering by a unit", layering)
	m.boot("layered, rollback", layered)
	m.boot("rolled back", rolledBack)
	m.offline()
}
