package boottest_test

import (
	"flag"
	"os"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
)

var (
	subject = flag.String("subject", "ours", "the program to boot with: ours, or the path of another implementation of Ignition")
	accel   = flag.String("accel", "tcg", "QEMU's accelerator")
)

func TestMain(m *testing.M) { testutil.MainInMemory(m) }

// TestFirstBoot takes one disk through boots that must fail, the first that
// succeeds, a later one, and a first boot anew that finds everything in place.
func TestFirstBoot(t *testing.T) {
	if testing.Short() {
		t.Skip("boots virtual machines")
	}
	testutil.Root(t)
	testutil.Loop(t)
	for _, tool := range []string{
		"qemu-system-x86_64", "dpkg-query", "dracut", "curl", "ip", "mkfs.ext4", "mkfs.fat", "mkfs.xfs", "sgdisk",
		"mdadm", "cryptsetup", "useradd", "clevis", "tang-show-keys",
	} {
		testutil.Tool(t, tool)
	}
	if _, err := os.Stat("/usr/lib/dracut/modules.d/45url-lib"); err != nil {
		testutil.Missing(t, "needs the package dracut-network")
	}
	testutil.GuestKernel(t)

	m := newMachine(t, newPrograms(t, *subject))
	m.build()
	m.blank()
	m.boot("wrong hash", m.config("wronghash.ign"), wrongHash)
	m.afterWrongHash()
	before := m.dataSum()
	m.boot("partition mismatch", m.config("mismatch.ign"), mismatch)
	if m.dataSum() != before {
		t.Error("the second disk was changed")
	}
	m.wantStamp(true)
	m.boot("everything", m.config("full.ign"), firstBoot)
	m.wantStamp(false)
	m.boot("later boot", m.config("full.ign"), laterBoot)
	m.setStamp()
	m.boot("first boot again", m.config("again.ign"), func(m *machine) { m.again(m.bootID) })
	m.wantStamp(false)
}
