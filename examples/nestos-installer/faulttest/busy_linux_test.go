package faulttest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// partition adds a partition to the kernel's, whether it reads tables itself or not.
func (d *disk) partition(number int, start, length int64) string {
	d.t.Helper()
	node := fmt.Sprintf("%sp%d", d.path, number)
	if _, err := os.Stat(node); err != nil {
		must(d.t, "addpart", d.path, fmt.Sprint(number), fmt.Sprint(start/512), fmt.Sprint(length/512))
		d.t.Cleanup(func() { _ = exec.Command("delpart", d.path, fmt.Sprint(number)).Run() })
	}
	require.Eventually(d.t, func() bool {
		_, err := os.Stat(node)
		return err == nil
	}, 2*time.Minute, 10*time.Millisecond, node)
	return node
}

// TestBusy has disks whose partitions are in use, in all the ways that there are.
func TestBusy(t *testing.T) {
	testutil.Root(t)
	name := signed(t, packed(t, 512, "gz"))
	refused := func(t *testing.T, d *disk, uses string) {
		t.Helper()
		before := d.read()
		r := newSession(t).run(install(d, true, "-f", name)...)
		r.refused(t, fmt.Sprintf("Partitions in use on %s:\n%sError: checking for exclusive access to %[1]s\n\nCaused by:\n    found busy partitions\n", d.path, uses))
		require.Equal(t, before, d.read(), "the disk was changed")
	}
	t.Run("mounted", func(t *testing.T) {
		d := newDisk(t, 512, "-P")
		node, dir := d.partition(4, dataOffset, dataLength), t.TempDir()
		must(t, "mkfs.ext4", "-q", "-F", node)
		must(t, "mount", node, dir)
		t.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
		refused(t, d, fmt.Sprintf("    %s mounted on %s\n", node, dir))
	})
	t.Run("swap", func(t *testing.T) {
		testutil.Tool(t, "swapon")
		d := newDisk(t, 512, "-P")
		node := d.partition(9, moreOffset, moreLength)
		must(t, "mkswap", node)
		if out, err := exec.Command("swapon", node).CombinedOutput(); err != nil {
			testutil.Missing(t, "swapon: %s", out)
		}
		t.Cleanup(func() { _ = exec.Command("swapoff", node).Run() })
		refused(t, d, fmt.Sprintf("    %s is swap device\n", node))
	})
	t.Run("held", func(t *testing.T) {
		testutil.Tool(t, "dmsetup")
		if _, err := os.Stat("/dev/mapper/control"); err != nil || exec.Command("dmsetup", "version").Run() != nil {
			t.Skip("the kernel has no device-mapper") // nothing that CI could install
		}
		d := newDisk(t, 512, "-P")
		node, mapped := d.partition(9, moreOffset, moreLength), fmt.Sprintf("faulttest%d", os.Getpid())
		must(t, "dmsetup", "create", "--noudevsync", mapped, "--table", fmt.Sprintf("0 %d linear %s 0", moreLength/512, node))
		t.Cleanup(func() { _ = exec.Command("dmsetup", "remove", "--noudevsync", mapped).Run() })
		holder, err := filepath.EvalSymlinks("/dev/mapper/" + mapped)
		require.NoError(t, err)
		refused(t, d, fmt.Sprintf("    %s in use by %s\n", node, holder))
	})
	t.Run("whole disk mounted", func(t *testing.T) {
		d, dir := newDisk(t, 512), t.TempDir()
		must(t, "mkfs.ext4", "-q", "-F", d.path)
		must(t, "mount", "-o", "ro", d.path, dir)
		t.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
		before := d.read()
		newSession(t).run(install(d, false, "-f", name)...).refused(t, "couldn't reread partition table: device is in use")
		require.Equal(t, before, d.read())
	})
	t.Run("other installation", func(t *testing.T) {
		d, s, data := newDisk(t, 512), newSession(t), packed(t, 512, "gz")
		server := &server{data: data, sig: keys(t).sign(t, name, "signer"), cuts: []int{len(data) - 20}, stall: true}
		url := server.start(t)
		p := s.start(install(d, true, "-u", url)...)
		require.Eventually(t, func() bool { return different(d.read()[mib:2*mib], d.before[mib:2*mib]) >= 0 }, 2*time.Minute, 50*time.Millisecond)
		newSession(t).run(install(d, true, "-f", name)...).refused(t, "couldn't reread partition table: device is in use")
		require.NoError(t, p.cmd.Process.Kill())
		p.wait()
	})
}

// TestNotADisk has destinations that are something else.
func TestNotADisk(t *testing.T) {
	testutil.Root(t)
	name, s := signed(t, packed(t, 512, "gz")), newSession(t)
	d := newDisk(t, 512, "-P")
	node := d.partition(4, dataOffset, dataLength)
	for dest, why := range map[string]string{
		d.file:               fmt.Sprintf("getting sector size of %s\n\nCaused by:\n    \"%[1]s\" is not a block device\n", d.file),
		filepath.Dir(d.file): "is not a block device",
		"/dev/null":          "\"/dev/null\" is not a block device",
		"/nonexistent":       "No such file or directory (os error 2)",
		node:                 "device may not support partitions",
	} {
		s.run("install", dest, "-f", name).refused(t, why)
	}
	d.requireUntouched()
	require.Equal(t, 2, s.run("install", "-f", name).exit)
	require.Equal(t, 2, s.run("install", d.path, "-f", name, "--save-partindex", "x", "--nonsense").exit)
	d.requireUntouched()
}
