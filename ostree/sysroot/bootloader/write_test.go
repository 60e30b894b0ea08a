package bootloader_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/sysroot/bootloader"
)

const syslinuxBlocks = `LABEL T (ostree:0)
	KERNEL /boot/ostree/os-b/vmlinuz
	INITRD /boot/ostree/os-b/initramfs.img
	DEVICETREE /boot/ostree/os-b/dt
	APPEND rw ostree=/ostree/boot.1/os/b/0
LABEL T (ostree:1)
	KERNEL /boot/ostree/os-b/vmlinuz
	APPEND ro ostree=/ostree/boot.1/os/b/1
`

func TestSyslinux(t *testing.T) {
	const mine = "DEFAULT T (ostree:0)\n"
	for name, c := range map[string]struct{ old, want string }{
		"empty":            {"", mine + syslinuxBlocks},
		"foreign default":  {"DEFAULT x\n", "" + syslinuxBlocks},
		"own default":      {"PROMPT 0\nDEFAULT Y (ostree:0)\n", "PROMPT 0\n\n" + mine + syslinuxBlocks},
		"old own default":  {"PROMPT 0\nDEFAULT ostree:x", "PROMPT 0\n" + mine + syslinuxBlocks},
		"blocks":           {"LABEL a\n\tKERNEL /x\n\tAPPEND y\nLABEL b\n\tKERNEL /ostree/z\nLABEL c\n\tINITRD i\n\tKERNEL /boot/ostree/z\nTIMEOUT 1", "LABEL a\n\tKERNEL /x\n\tAPPEND y\nTIMEOUT 1\n" + mine + syslinuxBlocks},
		"empty lines":      {"\n\nA\n\n\nB\n\nC\n", "\nA\nB\nC\n" + mine + syslinuxBlocks},
		"other directives": {"LABEL r\n\tCOM32 r.c32\nLABEL l\n\tlocalboot 0", "LABEL r\n\tCOM32 r.c32\nLABEL l\n\tlocalboot 0\n" + mine + syslinuxBlocks},
		"no kernel, later": {"LABEL a\n\tKERNEL /ostree/z\nLABEL r\n\tCOM32 r.c32", "LABEL r\n\tCOM32 r.c32\n" + mine + syslinuxBlocks},
	} {
		t.Run(name, func(t *testing.T) {
			sysroot := files{"boot/loader.0/syslinux.cfg": c.old, "boot/loader": "-> loader.0", "boot/syslinux/syslinux.cfg": "-> /boot/loader/syslinux.cfg", "boot/loader.1/": ""}.tree(t)
			must(t, selected(t, sysroot, bootloader.Auto).Write(t.Context(), request(t, sysroot, first, second)))
			if got := read(t, sysroot.Name(), "boot/loader.1/syslinux.cfg"); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			if got := read(t, sysroot.Name(), "boot/loader.0/syslinux.cfg"); got != c.old {
				t.Error("the live configuration has changed")
			}
		})
	}
}

func TestUBoot(t *testing.T) {
	const vars = `kernel_image=/boot/ostree/os-b/vmlinuz
ramdisk_image=/boot/ostree/os-b/initramfs.img
fdt_file=/boot/ostree/os-b/dt
bootargs=rw ostree=/ostree/boot.1/os/b/0
`
	const vars2 = `kernel_image2=/boot/ostree/os-b/vmlinuz
fdtdir2=/boot/ostree/os-b/dtb
bootargs2=ro ostree=/ostree/boot.1/os/b/1
`
	const extra = "ostree/deploy/os/deploy/c.0/usr/lib/ostree-boot/uEnv.txt"
	for name, c := range map[string]struct {
		tree files
		want string
	}{
		"plain":        {files{}, vars + vars2},
		"extra":        {files{extra: "a=1\nb=2\n"}, vars + "a=1\nb=2\n\n" + vars2},
		"extra, empty": {files{extra: ""}, vars + "\n" + vars2},
	} {
		t.Run(name, func(t *testing.T) {
			c.tree["boot/loader.1/"] = ""
			sysroot := c.tree.tree(t)
			must(t, selected(t, sysroot, bootloader.UBoot).Write(t.Context(), request(t, sysroot, first, second)))
			if got := read(t, sysroot.Name(), "boot/loader.1/uEnv.txt"); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestUBootByArgument(t *testing.T) {
	sysroot := files{"boot/loader.1/": "", "ostree/boot.1/os/b/0": "-> ../../../d", "ostree/d/usr/lib/ostree-boot/uEnv.txt": "x=1"}.tree(t)
	req := request(t, sysroot, first)
	req.Entries[0].Deployment, req.BootPrefix = "", true
	must(t, selected(t, sysroot, bootloader.UBoot).Write(t.Context(), req))
	got := read(t, sysroot.Name(), "boot/loader.1/uEnv.txt")
	if !strings.HasSuffix(got, "\nx=1\n") || !strings.HasPrefix(got, "kernel_image=/ostree/") {
		t.Errorf("got\n%s", got)
	}
}

func TestWriteErrors(t *testing.T) {
	const noLinux = "title T\nversion 1\noptions ostree=x\n"
	for name, c := range map[string]struct {
		tree  files
		kind  bootloader.Kind
		entry string
		want  string
	}{
		"syslinux, missing":    {files{}, bootloader.Syslinux, first, "openat(boot/syslinux/syslinux.cfg): No such file or directory"},
		"syslinux, label":      {files{"boot/syslinux/syslinux.cfg": "LABEL x\n"}, bootloader.Syslinux, first, "No KERNEL argument found after LABEL"},
		"syslinux, last label": {files{"boot/syslinux/syslinux.cfg": "LABEL x\n\tMENU y"}, bootloader.Syslinux, first, "No KERNEL argument found after LABEL"},
		"syslinux, no linux":   {files{"boot/syslinux/syslinux.cfg": ""}, bootloader.Syslinux, noLinux, `No "linux" key in bootloader config`},
		"syslinux, a pipe":     {files{"boot/syslinux/syslinux.cfg": "-> /pipe"}, bootloader.Syslinux, first, "reading boot/syslinux/syslinux.cfg: not a regular file"},
		"U-Boot, no linux":     {files{}, bootloader.UBoot, noLinux, `No "linux" key in bootloader config`},
		"U-Boot, no target":    {files{}, bootloader.UBoot, "linux /x\noptions rw\n", "No ostree= kernel argument found in boot loader configuration file"},
		"U-Boot, not UTF-8":    {files{"ostree/deploy/os/deploy/c.0/usr/lib/ostree-boot/uEnv.txt": "\xff"}, bootloader.UBoot, first, "Reading ostree/deploy/os/deploy/c.0/usr/lib/ostree-boot/uEnv.txt: Invalid UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			sysroot := c.tree.tree(t)
			must(t, unix.Mkfifo(sysroot.Name()+"/pipe", 0o644))
			must(t, os.MkdirAll(sysroot.Name()+"/boot/loader.1", 0o755))
			err := selected(t, sysroot, c.kind).Write(t.Context(), request(t, sysroot, c.entry))
			if want := "Bootloader write config: " + c.want; err == nil || err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
			if left, _ := os.ReadDir(sysroot.Name() + "/boot/loader.1"); len(left) > 0 {
				t.Errorf("left %v", left)
			}
		})
	}
}

func TestGrub2(t *testing.T) {
	self, err := os.Executable()
	must(t, err)
	t.Setenv(generatorVar, "1")
	for name, efi := range map[string]bool{"BIOS": false, "EFI": true} {
		t.Run(name, func(t *testing.T) {
			tree := files{"boot/loader.1/": "", "boot/grub/grub.cfg": "-> ../loader/grub.cfg"}
			config, flag := "boot/loader.1/grub.cfg", ""
			if efi {
				tree = files{"boot/efi/EFI/deb/grub.cfg": "old", "boot/efi/EFI/deb/grub.cfg.old": "older", "boot/efi/EFI/deb/grub.cfg.new": "stale"}
				config, flag = "boot/efi/EFI/deb/grub.cfg", "1"
			}
			sysroot := tree.tree(t)
			req := request(t, sysroot, first)
			var out, errs bytes.Buffer
			req.Grub2Exec, req.Stdout, req.Stderr = self, &out, &errs
			must(t, selected(t, sysroot, bootloader.Auto).Write(t.Context(), req))
			got := read(t, sysroot.Name(), config)
			arg := filepath.Join(sysroot.Name(), config)
			if efi {
				arg += ".new"
				if old := read(t, sysroot.Name(), config+".old"); old != "old" {
					t.Errorf("kept %q", old)
				}
				if left, _ := os.ReadDir(filepath.Dir(arg)); len(left) != 2 {
					t.Errorf("left %v", left)
				}
			}
			if !strings.HasPrefix(got, `["-o" "`+arg+`"]`) || !strings.Contains(got, " marker=false version=1 efi="+flag+"\n") {
				t.Errorf("called with %s", got)
			}
			if out.Len()+errs.Len() > 0 {
				t.Errorf("output is shown: %q %q", out.String(), errs.String())
			}
			req.Grub2Verbose = true
			must(t, selected(t, sysroot, bootloader.Auto).Write(t.Context(), req))
			if out.String() != "to stdout\n" || errs.String() != "to stderr\n" {
				t.Errorf("output is not shown: %q %q", out.String(), errs.String())
			}
		})
	}
}

// The system's mkconfig runs in the deployment, with the mounts of the caller.
func TestGrub2Chroot(t *testing.T) {
	testutil.Root(t)
	testutil.Namespaces(t, "--mount")
	self := testutil.StaticSelf(t)
	t.Setenv(generatorVar, "1")
	deployment := "ostree/deploy/os/deploy/c.0"
	for name, exec := range map[string]string{"by name": "", "by path": "/usr/sbin/grub-mkconfig"} {
		t.Run(name, func(t *testing.T) {
			sysroot := files{"boot/loader.1/": "", deployment + "/marker": "", deployment + "/usr/sbin/": ""}.tree(t)
			program := filepath.Join(sysroot.Name(), deployment, "usr/sbin/grub-mkconfig")
			data, err := os.ReadFile(self)
			must(t, err)
			must(t, os.WriteFile(program, data, 0o755))
			inside := filepath.Join(sysroot.Name(), deployment, sysroot.Name())
			must(t, os.MkdirAll(inside, 0o755))
			testutil.BindMount(t, sysroot.Name(), inside)
			req := request(t, sysroot, first)
			req.Grub2Exec = exec
			must(t, selected(t, sysroot, bootloader.Grub2).Write(t.Context(), req))
			if got := read(t, sysroot.Name(), "boot/loader.1/grub.cfg"); !strings.Contains(got, "cwd=/ marker=true version=1 efi=\n") {
				t.Errorf("called with %s", got)
			}
		})
	}
}

func TestGrub2Program(t *testing.T) {
	for name, c := range map[string]struct {
		exec, path string
		booted     bool
		missing    string
		want       string
	}{
		"default":      {path: "/", booted: true, want: "grub2-mkconfig in "},
		"other name":   {path: "/", booted: true, missing: "grub2-mkconfig", want: "grub2-mkconfig in , grub-mkconfig in "},
		"not booted":   {path: "/mnt", want: "grub2-mkconfig in /mnt/ostree/deploy/os/deploy/c.0"},
		"live root":    {path: "/", want: "grub2-mkconfig in "},
		"own program":  {exec: "/x/generator", path: "/mnt", want: "/x/generator in "},
		"own mkconfig": {exec: "/x/grub2-mkconfig", path: "/mnt", want: "/x/grub2-mkconfig in /mnt/ostree/deploy/os/deploy/c.0"},
	} {
		t.Run(name, func(t *testing.T) {
			sysroot := files{"boot/loader.1/grub.cfg": ""}.tree(t)
			req := request(t, sysroot, first)
			rec := &recorder{do: func(cmd bootloader.Command) error {
				if cmd.Name == c.missing {
					return fs.ErrNotExist
				}
				return nil
			}}
			req.Runner, req.Path, req.Booted, req.Grub2Exec = rec, c.path, c.booted, c.exec
			must(t, selected(t, sysroot, bootloader.Grub2).Write(t.Context(), req))
			var got []string
			for _, cmd := range rec.commands {
				got = append(got, cmd.Name+" in "+cmd.Chroot)
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("ran %q, want %q", got, c.want)
			}
		})
	}
}

func TestGrub2Fails(t *testing.T) {
	sysroot := files{"boot/loader.1/": "", "gen": "#!/bin/sh\nexit $CODE\n"}.tree(t)
	gen := sysroot.Name() + "/gen"
	must(t, os.Chmod(gen, 0o755))
	for code, want := range map[string]string{
		"7": gen + ": Child process exited with code 7",
		"0": "openat(" + sysroot.Name() + "/boot/loader.1/grub.cfg): No such file or directory",
	} {
		t.Setenv("CODE", code)
		req := request(t, sysroot, first)
		req.Grub2Exec = gen
		err := selected(t, sysroot, bootloader.Grub2).Write(t.Context(), req)
		if err == nil || err.Error() != "Bootloader write config: "+want {
			t.Errorf("exit %s: %v", code, err)
		}
	}
}

func TestStampLoaders(t *testing.T) {
	testutil.Root(t)
	const stamp = "boot/ostree-bootloader-update.stamp"
	abootEntry := first + "aboot /ostree/os-b/aboot.img\nabootcfg /ostree/deploy/os/deploy/c.0/usr/lib/ostree-boot/aboot.cfg\n"
	for name, c := range map[string]struct {
		kind   bootloader.Kind
		entry  string
		booted bool
		want   []string
	}{
		"aboot":             {bootloader.Aboot, abootEntry, false, []string{"aboot-deploy -r . -c /ostree/deploy/os/deploy/c.0/usr/lib/ostree-boot/aboot.cfg -o rw ostree=/ostree/boot.1/os/b/0 /ostree/os-b/aboot.img"}},
		"zipl":              {bootloader.Zipl, first, true, []string{"zipl --secure auto -V"}},
		"zipl, not running": {bootloader.Zipl, first, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			sysroot := files{"boot/": ""}.tree(t)
			b := selected(t, sysroot, c.kind)
			rec := &recorder{}
			req := request(t, sysroot, c.entry)
			req.Runner, req.Booted = rec, c.booted
			must(t, b.PostSync(t.Context(), req))
			if len(rec.commands) > 0 {
				t.Error("ran without a stamp")
			}
			must(t, b.Write(t.Context(), req))
			rec.err = errors.New("boom")
			if err := b.PostSync(t.Context(), req); !errors.Is(err, rec.err) {
				t.Errorf("error %v", err)
			}
			if info, err := os.Stat(filepath.Join(sysroot.Name(), stamp)); err != nil || info.Mode() != 0o644 || info.Size() != 0 {
				t.Errorf("stamp after a failure: %v, %v", info, err)
			}
			rec.err, rec.commands = nil, nil
			must(t, b.PostSync(t.Context(), req))
			if _, err := os.Stat(filepath.Join(sysroot.Name(), stamp)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the stamp is left: %v", err)
			}
			if c.want != nil && !slices.Equal(rec.lines(), c.want) {
				t.Errorf("ran %q, want %q", rec.lines(), c.want)
			}
			if c.want == nil {
				cmd := rec.commands[0]
				if line := rec.lines()[0]; cmd.Name != "bwrap" || cmd.Dir != sysroot.Name()+"/ostree/deploy/os/deploy/c.0" ||
					!strings.HasSuffix(line, " --bind "+sysroot.Name()+"/boot /boot zipl --secure auto -V") {
					t.Errorf("ran %s in %s", line, cmd.Dir)
				}
			}
		})
	}
}

func TestAbootNeedsKeys(t *testing.T) {
	sysroot := files{"boot/": ""}.tree(t)
	b := selected(t, sysroot, bootloader.Aboot)
	for text, want := range map[string]string{"": "aboot: no bls config", first: `aboot: no "aboot" key in bootloader config`} {
		req := request(t, sysroot)
		if text != "" {
			req = request(t, sysroot, text)
		}
		req.Runner = &recorder{}
		must(t, b.Write(t.Context(), req))
		if err := b.PostSync(t.Context(), req); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestWriteGrub2(t *testing.T) {
	for name, c := range map[string]struct {
		opts   bootloader.Grub2Options
		suffix string
	}{
		"BIOS":        {bootloader.Grub2Options{Arch: "amd64"}, "16"},
		"BIOS, 32":    {bootloader.Grub2Options{Arch: "386"}, "16"},
		"EFI":         {bootloader.Grub2Options{Arch: "amd64", EFI: true}, "efi"},
		"EFI, arm64":  {bootloader.Grub2Options{Arch: "arm64", EFI: true}, ""},
		"arm64":       {bootloader.Grub2Options{Arch: "arm64"}, ""},
		"ppc64le":     {bootloader.Grub2Options{Arch: "ppc64le"}, ""},
		"modern":      {bootloader.Grub2Options{Arch: "amd64", ModernGrub: true}, ""},
		"modern, EFI": {bootloader.Grub2Options{Arch: "amd64", ModernGrub: true, EFI: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.opts.BootDeviceID, c.opts.PrepareRootCache = "ab-cd", "search x\n"
			var got bytes.Buffer
			entries := []*bls.Entry{entry(t, strings.Replace(first, "T (", "It's (", 1)).Config, entry(t, "linux /k\n").Config}
			must(t, bootloader.WriteGrub2(&got, entries, &c.opts))
			want := strings.ReplaceAll(`menuentry 'It'\''s (ostree:0)' --class gnu-linux --class gnu --class os --unrestricted 'ostree-0-ab-cd' {
load_video
set gfxpayload=keep
insmod gzio
search x

linux@ /ostree/os-b/vmlinuz rw ostree=/ostree/boot.1/os/b/0
initrd@ /ostree/os-b/initramfs.img
devicetree /ostree/os-b/dt
}
menuentry '(Untitled)' --class gnu-linux --class gnu --class os --unrestricted 'ostree-1-ab-cd' {
load_video
set gfxpayload=keep
insmod gzio
search x

linux@ /k
}
`, "@", c.suffix)
			if got.String() != want {
				t.Errorf("got\n%swant\n%s", got.String(), want)
			}
		})
	}
	var got bytes.Buffer
	err := bootloader.WriteGrub2(&got, []*bls.Entry{entry(t, first).Config, entry(t, "title x\n").Config}, nil)
	if err == nil || err.Error() != `No "linux" key in bootloader config` || got.Len() > 0 {
		t.Errorf("error %v, wrote %q", err, got.String())
	}
}
