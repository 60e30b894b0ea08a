package boottest_test

import (
	"flag"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
)

var (
	subject = flag.String("subject", "ours", "programs to boot with: ours; debian for those of the packages ostree and ostree-boot; mixed for our prepare-root, remount and generator with Debian's ostree")
	accel   = flag.String("accel", "tcg", "QEMU's accelerator")
)

func TestMain(m *testing.M) { testutil.MainInMemory(m) }

// TestBoot takes one disk through the life of a machine: first boot, staged
// upgrade, kernel arguments, rollback, a finalization that fails, composefs,
// and a boot with another implementation's prepare-root.
func TestBoot(t *testing.T) {
	if testing.Short() {
		t.Skip("boots virtual machines")
	}
	testutil.Root(t)
	testutil.Loop(t)
	for _, tool := range []string{"qemu-system-x86_64", "mkfs.ext4", "dpkg-query", "ldd"} {
		testutil.Tool(t, tool)
	}
	testutil.GuestKernel(t)
	reference := debians(t)
	p := reference
	switch *subject {
	case "ours":
		p = ours(t)
	case "mixed":
		p = debians(t)
		p.name = *subject
		p.bootPrograms(t)
	case "debian":
	default:
		t.Fatalf("unknown -subject=%s", *subject)
	}

	m := newMachine(t, p, reference)
	m.build()
	m.boot("first boot, staged upgrade", firstBoot)
	m.boot("upgraded, kernel arguments", upgraded)
	m.boot("rollback", rollback)
	m.boot("old version, failing finalization", oldVersion)
	m.boot("its report, staged upgrade", reported)
	if !p.modern {
		m.wantEntry("Boottest 2")
		return
	}
	m.boot("composefs, staged upgrade", composefs)
	m.boot("composefs, crash with a staged deployment", crashed)
	m.boot("Debian's prepare-root", foreign)
	m.wantEntry("Boottest 6")
	if !strings.Contains(m.entry.Options, "boottest.foreign=1") {
		t.Errorf("the next boot has the arguments %q", m.entry.Options)
	}
}
