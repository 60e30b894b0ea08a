package bootloader_test

import (
	"bytes"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/sysroot/bootloader"
)

func TestWriteGrub2AgainstReal(t *testing.T) {
	p := newPair(t, files{}, files{"usr/lib/modules/6.1.0/devicetree": "D"})
	p.must("--repo="+p.root+"/ostree/repo", "config", "set", "sysroot.bootloader", "none")
	p.deploy("--karg=rw")
	req, res := p.deploy("--karg=x=\"a b\"")
	if res.Exit != 0 {
		t.Fatal(res)
	}
	var entries []*bls.Entry
	for _, e := range req.Entries {
		entries = append(entries, e.Config)
	}
	for name, efi := range map[string]bool{"BIOS": false, "EFI": true} {
		t.Run(name, func(t *testing.T) {
			env := append([]string{"GRUB2_BOOT_DEVICE_ID=a'b", "GRUB2_PREPARE_ROOT_CACHE=insmod ext2\nset root='x'"}, p.env...)
			if efi {
				env = append(env, "_OSTREE_GRUB2_IS_EFI=1")
			}
			res := testutil.Run(t, &testutil.RunOptions{Env: env, Must: true}, p.tool, "admin", "--sysroot="+p.root, "instutil", "grub2-generate")
			var got bytes.Buffer
			must(t, bootloader.WriteGrub2(&got, entries, &bootloader.Grub2Options{
				BootDeviceID: "a'b", PrepareRootCache: "insmod ext2\nset root='x'", EFI: efi, ModernGrub: true, // as Debian builds it
			}))
			if got.String() != res.Stdout {
				t.Errorf("got\n%s\nthe real one has\n%s", got.String(), res.Stdout)
			}
		})
	}
}
