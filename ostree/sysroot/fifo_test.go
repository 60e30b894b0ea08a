//go:build linux

package sysroot_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestFifos puts pipes in the place of files, which nobody may wait for.
func TestFifos(t *testing.T) {
	for _, name := range []string{"DEPLOYMENT.origin", "DEPLOYMENT/etc/selinux/config", "DEPLOYMENT/etc/os-release", "DEPLOYMENT/etc/fifo",
		"DEPLOYMENT/etc/a.conf", "DEPLOYMENT/etc/.updated", "boot/loader/entries/ostree-1.conf", "boot/ostree/finalize-failure.stamp",
		"boot/ostree/initramfs-overlays/x", "boot/ostree/demo-" + bootB + "/vmlinuz-6.1.0", "ostree/deploy/demo/var/.updated",
		"ostree/deploy/demo/var/.ostree-selabeled", "ostree/lock", "boot/loader.tmp", "boot/boot", "boot/syslinux/syslinux.cfg", "boot/grub2/grub.cfg"} {
		t.Run(name, func(t *testing.T) {
			d, c1, _ := twoDeployments(t)
			require.NoError(t, d.s.Close())
			if rest, ok := strings.CutPrefix(name, "DEPLOYMENT"); ok {
				name = d.s.Deployments()[0].Dir() + rest
			}
			p := filepath.Join(d.dir, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
			require.NoError(t, os.RemoveAll(p))
			require.NoError(t, unix.Mkfifo(p, 0o600))
			// The kernels must be installed anew.
			require.NoError(t, os.Remove(filepath.Join(d.dir, "boot/ostree/demo-"+bootB+"/initramfs-6.1.0.img")))
			done := make(chan error)
			go func() {
				d = openLocal(t, d.dir, nil)
				d.s.FinalizeFailure()
				done <- d.add("demo", c1, nil, 0)
			}()
			select {
			case err := <-done:
				if err != nil {
					t.Log(err)
				}
			case <-time.After(2 * time.Minute):
				t.Fatal("it waits")
			}
		})
	}
}
