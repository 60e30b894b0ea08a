package bootloader_test

import (
	"testing"

	"github.com/nestos-dev/nestos/ostree/sysroot/bootloader"
)

func TestSelect(t *testing.T) {
	const efi = "boot/efi/EFI/"
	for name, c := range map[string]struct {
		tree   files
		kind   bootloader.Kind
		want   string
		atomic bool
	}{
		"nothing":                 {files{"boot/": ""}, bootloader.Auto, "", false},
		"no boot":                 {files{}, bootloader.Auto, "", false},
		"syslinux":                {files{"boot/syslinux/syslinux.cfg": ""}, bootloader.Auto, "syslinux", true},
		"syslinux, dangling":      {files{"boot/syslinux/syslinux.cfg": "-> gone"}, bootloader.Auto, "syslinux", true},
		"syslinux before grub":    {files{"boot/syslinux/syslinux.cfg": "", "boot/grub/grub.cfg": ""}, bootloader.Auto, "syslinux", true},
		"grub":                    {files{"boot/grub/grub.cfg": ""}, bootloader.Auto, "grub2", true},
		"grub2":                   {files{"boot/grub2/grub.cfg": "", "boot/loader/uEnv.txt": ""}, bootloader.Auto, "grub2", true},
		"grub2, dangling":         {files{"boot/grub2/grub.cfg": "-> gone"}, bootloader.Auto, "", false},
		"grub2, no loader yet":    {files{"boot/grub2/grub.cfg": "-> ../loader/grub.cfg"}, bootloader.Auto, "grub2", true},
		"EFI":                     {files{efi + "BOOT/x": "", efi + "deb/grub.cfg": ""}, bootloader.Auto, "grub2", false},
		"EFI, only BOOT":          {files{efi + "BOOT/grub.cfg": ""}, bootloader.Auto, "", false},
		"EFI, file":               {files{efi + "grub.cfg": ""}, bootloader.Auto, "", false},
		"BIOS before EFI":         {files{efi + "deb/grub.cfg": "", "boot/grub/grub.cfg": ""}, bootloader.Auto, "grub2", true},
		"static configs":          {files{"boot/grub/grub.cfg": "", "boot/bootupd-state.json": `{"x":1,"static-configs":{}}`}, bootloader.Auto, "", false},
		"static configs, U-Boot":  {files{"boot/grub/grub.cfg": "", "boot/loader/uEnv.txt": "", "boot/bootupd-state.json": `{"static-configs":{}}`}, bootloader.Auto, "U-Boot", true},
		"static configs, null":    {files{"boot/grub/grub.cfg": "", "boot/bootupd-state.json": `{"static-configs":null}`}, bootloader.Auto, "grub2", true},
		"static configs, not":     {files{"boot/grub/grub.cfg": "", "boot/bootupd-state.json": `{}`}, bootloader.Auto, "grub2", true},
		"U-Boot":                  {files{"boot/loader.0/uEnv.txt": "", "boot/loader": "-> loader.0"}, bootloader.Auto, "U-Boot", true},
		"configured none":         {files{"boot/grub/grub.cfg": ""}, bootloader.None, "", false},
		"configured grub2":        {files{efi + "deb/grub.cfg": ""}, bootloader.Grub2, "grub2", true},
		"configured syslinux":     {files{}, bootloader.Syslinux, "syslinux", true},
		"configured U-Boot":       {files{}, bootloader.UBoot, "U-Boot", true},
		"configured zipl":         {files{}, bootloader.Zipl, "zipl", true},
		"configured aboot":        {files{}, bootloader.Aboot, "aboot", true},
		"links stay in the tree":  {files{"boot/grub/grub.cfg": "-> /../../../../../../../../../../etc/passwd"}, bootloader.Auto, "", false},
		"absolute link in a tree": {files{"boot/grub/grub.cfg": "-> /etc/x", "etc/x": ""}, bootloader.Auto, "grub2", true},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := bootloader.Select(c.tree.tree(t), c.kind)
			must(t, err)
			got, atomic := "", false
			if b != nil {
				got, atomic = b.Name(), b.Atomic()
			}
			if got != c.want || atomic != c.atomic {
				t.Errorf("%q, atomic %v, want %q, %v", got, atomic, c.want, c.atomic)
			}
		})
	}
}

func TestParseKind(t *testing.T) {
	for _, s := range []string{"auto", "none", "grub2", "syslinux", "uboot", "zipl", "aboot"} {
		if k, err := bootloader.ParseKind(s); err != nil || string(k) != s {
			t.Errorf("%s: %q, %v", s, k, err)
		}
	}
	for _, s := range []string{"", "bogus", "Grub2"} {
		want := "Invalid bootloader configuration: '" + s + "'"
		if _, err := bootloader.ParseKind(s); err == nil || err.Error() != want {
			t.Errorf("%q: %v", s, err)
		}
		if _, err := bootloader.Select(files{}.tree(t), bootloader.Kind(s)); err == nil || err.Error() != want {
			t.Errorf("Select %q: %v", s, err)
		}
	}
}
