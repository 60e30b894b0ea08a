//go:build unix

package bootloader

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/nestos-dev/nestos/ostree/bls"
)

// Grub2Options adjusts [WriteGrub2].
type Grub2Options struct {
	// BootDeviceID ends the identifiers of menu entries. The hook of
	// grub2-mkconfig passes it as GRUB2_BOOT_DEVICE_ID.
	BootDeviceID string
	// PrepareRootCache are the commands that make the file system of /boot
	// accessible, GRUB2_PREPARE_ROOT_CACHE.
	PrepareRootCache string
	// EFI says that the machine boots by EFI, _OSTREE_GRUB2_IS_EFI.
	EFI bool
	// Arch is the architecture as Go names it; empty is this program's.
	Arch string
	// ModernGrub says that GRUB has one command for all kernels.
	ModernGrub bool
}

// suffix returns what follows "linux" and "initrd" in the names of commands.
func (o *Grub2Options) suffix() string {
	arch := o.Arch
	if arch == "" {
		arch = runtime.GOARCH
	}
	switch {
	case o.ModernGrub:
		return ""
	case o.EFI && arch != "arm64":
		return "efi"
	case !o.EFI && (arch == "amd64" || arch == "386"):
		return "16"
	}
	return ""
}

// WriteGrub2 writes GRUB's menu entries for boot entries, as
// "ostree admin instutil grub2-generate" does. It writes all or nothing.
func WriteGrub2(w io.Writer, entries []*bls.Entry, opts *Grub2Options) error {
	if opts == nil {
		opts = &Grub2Options{}
	}
	var b bytes.Buffer
	for i, e := range entries {
		if err := menuEntry(&b, e, i, opts); err != nil {
			return err
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func menuEntry(b *bytes.Buffer, e *bls.Entry, index int, opts *Grub2Options) error {
	kernel, err := linuxOf(e)
	if err != nil {
		return err
	}
	id := fmt.Sprintf("ostree-%d-%s", index, opts.BootDeviceID)
	fmt.Fprintf(b, "menuentry %s --class gnu-linux --class gnu --class os --unrestricted %s {\n", quote(titleOf(e)), quote(id))
	b.WriteString("load_video\nset gfxpayload=keep\ninsmod gzio\n")
	b.WriteString(opts.PrepareRootCache)
	fmt.Fprintf(b, "\nlinux%s %s", opts.suffix(), kernel)
	if options, ok := e.Get(bls.KeyOptions); ok {
		b.WriteString(" " + options)
	}
	b.WriteByte('\n')
	if initrd, ok := e.Get(bls.KeyInitrd); ok {
		fmt.Fprintf(b, "initrd%s %s\n", opts.suffix(), initrd)
	}
	if tree, ok := e.Get(bls.KeyDevicetree); ok {
		fmt.Fprintf(b, "devicetree %s\n", tree)
	}
	b.WriteString("}\n")
	return nil
}

// quote quotes a word for a shell, and for GRUB, which reads it the same.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
