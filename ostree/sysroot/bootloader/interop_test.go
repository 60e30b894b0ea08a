package bootloader_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/sysroot/bootloader"
)

// pair is a sysroot of the real ostree, and where ours is made from the state
// before each of its transactions.
type pair struct {
	t          *testing.T
	tool, root string
	env        []string
	commit     string
}

func newPair(t *testing.T, boot files, deployment files) *pair {
	t.Helper()
	testutil.Root(t)
	p := &pair{t: t, tool: testutil.Tool(t, "ostree"), root: t.TempDir() + "/sysroot", env: []string{"OSTREE_SYSROOT_DEBUG=mutable-deployments"}}
	must(t, os.Mkdir(p.root, 0o755))
	p.must("admin", "init-fs", "--modern", p.root)
	p.must("admin", "--sysroot="+p.root, "os-init", "demo")
	boot.write(t, p.root)
	tree := t.TempDir()
	deployment.write(t, tree)
	files{
		"usr/etc/os-release": "PRETTY_NAME=\"It's Demo OS\"\n", "usr/lib/modules/6.1.0/vmlinuz": "K", "usr/lib/modules/6.1.0/initramfs.img": "I",
		"sysroot/": "", "dev/": "", "proc/": "", "run/": "", "sys/": "", "var/": "", "tmp/": "", "boot/": "",
	}.write(t, tree)
	res := p.must("--repo="+p.root+"/ostree/repo", "commit", "-b", "demo", "--tree=dir="+tree, "--no-xattrs", "--owner-uid=0", "--owner-gid=0", "--timestamp=@1700000000")
	p.commit = strings.TrimSpace(res.Stdout)
	return p
}

func (p *pair) must(args ...string) *testutil.Result {
	p.t.Helper()
	return testutil.Run(p.t, &testutil.RunOptions{Env: p.env, Must: true}, p.tool, args...)
}

// deploy lets the real ostree deploy, and returns a request for the same in a
// copy of what was in /boot before.
func (p *pair) deploy(args ...string) (req *bootloader.Request, res *testutil.Result) {
	p.t.Helper()
	ours := filepath.Join(p.t.TempDir(), "sysroot")
	must(p.t, os.MkdirAll(ours+"/ostree", 0o755))
	testutil.CopyTree(p.t, p.root+"/boot", ours+"/boot")
	args = append([]string{"admin", "--sysroot=" + p.root, "deploy", "--os=demo"}, append(args, p.commit)...)
	res = testutil.Run(p.t, &testutil.RunOptions{Env: p.env}, p.tool, args...)
	testutil.CopyTree(p.t, p.root+"/ostree/deploy", ours+"/ostree/deploy")
	req = &bootloader.Request{Sysroot: open(p.t, ours), Path: ours}
	if res.Exit != 0 {
		return req, res
	}
	target, err := os.Readlink(p.root + "/boot/loader")
	must(p.t, err)
	req.BootVersion = int(target[len("loader.")] - '0')
	must(p.t, os.RemoveAll(ours+"/boot/"+target))
	must(p.t, os.Mkdir(ours+"/boot/"+target, 0o755))
	testutil.CopyTree(p.t, p.root+"/boot/"+target+"/entries", ours+"/boot/"+target+"/entries")
	list, err := bls.ReadDir(os.DirFS(p.root), "boot/loader/entries")
	must(p.t, err)
	for _, f := range list {
		path, _ := kargs.BootTarget(f.Entry.Value(bls.KeyOptions))
		dir, err := filepath.EvalSymlinks(p.root + path)
		must(p.t, err)
		rel, err := filepath.Rel(p.root, dir)
		must(p.t, err)
		req.Entries = append(req.Entries, bootloader.Entry{Config: f.Entry, Deployment: rel})
	}
	return req, res
}

// check writes ours and compares all files of /boot but kernels and entries.
func (p *pair) check(req *bootloader.Request, res *testutil.Result, kind bootloader.Kind) {
	p.t.Helper()
	if res.Exit != 0 {
		p.t.Fatal(res)
	}
	b := selected(p.t, req.Sysroot, kind)
	must(p.t, b.Write(p.t.Context(), req))
	if said := strings.Contains(res.Stdout, "Transaction complete"); said != b.Atomic() {
		p.t.Errorf("atomic: %v, but the real one says %s", b.Atomic(), res.Stdout)
	}
	theirs, ours := p.configs(p.root), p.configs(req.Path)
	for name := range theirs.with(ours) {
		if theirs[name] != ours[name] {
			p.t.Errorf("%s: the real one has\n%q\nours\n%q", name, theirs[name], ours[name])
		}
	}
}

func (f files) with(more files) files {
	sum := files{}
	for _, m := range []files{f, more} {
		for name, text := range m {
			sum[name] = text
		}
	}
	return sum
}

// configs reads the configuration of the new boot version and of EFI.
func (p *pair) configs(root string) files {
	p.t.Helper()
	got := files{}
	target, err := os.Readlink(p.root + "/boot/loader")
	must(p.t, err)
	for _, pattern := range []string{"boot/" + target + "/*", "boot/efi/EFI/*/*"} {
		names, err := filepath.Glob(root + "/" + pattern)
		must(p.t, err)
		for _, name := range names {
			info, err := os.Stat(name)
			must(p.t, err)
			if info.Mode().IsRegular() {
				rel, _ := filepath.Rel(root, name)
				got[rel] = info.Mode().String() + " " + strings.NewReplacer(root, "$R", p.root, "$R").Replace(read(p.t, name))
			}
		}
	}
	return got
}

// three is a series of transactions: a first, a second and a third list.
func (p *pair) three(kind bootloader.Kind, prepare func(*bootloader.Request)) {
	p.t.Helper()
	for _, args := range [][]string{{"--karg=root=LABEL=x", "--karg=rw"}, {"--karg=quiet"}, {"--karg=more", "--retain"}} {
		req, res := p.deploy(args...)
		if prepare != nil {
			prepare(req)
		}
		p.check(req, res, kind)
	}
}

func TestSyslinuxAgainstReal(t *testing.T) {
	for name, old := range map[string]string{
		"empty":           "",
		"foreign":         "\n\nPROMPT 0\nDEFAULT foreign\n\nLABEL foreign\n\tKERNEL /vmlinuz\n\tAPPEND x\n\n\nTIMEOUT 1\nLABEL reboot\n\tCOM32 reboot.c32\n",
		"no default":      "LABEL a\n\tINITRD x\n\tKERNEL /k\n\tMENU y\nUI menu\n",
		"old default":     "DEFAULT ostree:1\nTIMEOUT 1",
		"other default":   "X\nDEFAULT Y (ostree:7)\nDEFAULT z\n\n",
		"stale blocks":    "LABEL a\n\tKERNEL /ostree/a\nLABEL b\n\tKERNEL /k\nLABEL c\n\tKERNEL /boot/ostree/c\n\tAPPEND d\n",
		"carriage return": "PROMPT 0\r\n\r\n LABEL x\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, files{"boot/loader.0/syslinux.cfg": old, "boot/loader": "-> loader.0", "boot/syslinux/syslinux.cfg": "-> ../loader/syslinux.cfg"},
				files{"usr/lib/modules/6.1.0/devicetree": "D"})
			p.three(bootloader.Auto, nil)
		})
	}
}

func TestUBootAgainstReal(t *testing.T) {
	for name, tree := range map[string]files{
		"plain":         {},
		"uEnv.txt":      {"usr/lib/ostree-boot/uEnv.txt": "a=1\nb=2\n"},
		"uEnv.txt, raw": {"usr/lib/ostree-boot/uEnv.txt": "a=1"},
		"empty":         {"usr/lib/ostree-boot/uEnv.txt": ""},
		"dtb":           {"usr/lib/modules/6.1.0/dtb/a.dtb": "D"},
		"devicetree":    {"usr/lib/modules/6.1.0/devicetree": "D"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, files{"boot/loader.0/uEnv.txt": "", "boot/loader": "-> loader.0"}, tree)
			p.three(bootloader.Auto, nil)
		})
	}
}

func TestGrub2AgainstReal(t *testing.T) {
	script := filepath.Join(t.TempDir(), "generator")
	must(t, os.WriteFile(script, []byte("#!/bin/sh\necho \"$@ $_OSTREE_GRUB2_BOOTVERSION $_OSTREE_GRUB2_IS_EFI\" > $2\n"), 0o755))
	generators := map[string]string{"script": script}
	const installed = "/usr/libexec/installed-tests/libostree/ostree-grub-generator"
	if _, err := os.Stat(installed); err == nil {
		generators["generator of ostree"] = installed
	} else {
		t.Logf("no %s", installed)
	}
	for name, boot := range map[string]files{
		"BIOS":             {"boot/grub2/grub.cfg": "-> ../loader/grub.cfg"},
		"BIOS, real file":  {"boot/grub/grub.cfg": "x"},
		"EFI":              {"boot/efi/EFI/BOOT/grub.cfg": "b", "boot/efi/EFI/deb/grub.cfg": "old"},
		"configured, none": {"boot/efi/EFI/deb/grub.cfg": "old"},
	} {
		for generator, path := range generators {
			t.Run(name+", "+generator, func(t *testing.T) {
				p := newPair(t, boot, files{})
				p.env = append(p.env, "OSTREE_GRUB2_EXEC="+path, "OSTREE_BOOT_PARTITION=/boot")
				t.Setenv("OSTREE_BOOT_PARTITION", "/boot")
				kind := bootloader.Auto
				if name == "configured, none" {
					kind = bootloader.Grub2
					p.must("--repo="+p.root+"/ostree/repo", "config", "set", "sysroot.bootloader", "grub2")
				}
				p.three(kind, func(req *bootloader.Request) { req.Grub2Exec = path })
			})
		}
	}
}

func TestErrorsAgainstReal(t *testing.T) {
	for name, c := range map[string]struct {
		boot files
		kind bootloader.Kind
		gen  string
	}{
		"syslinux, missing":   {files{}, bootloader.Syslinux, ""},
		"syslinux, no kernel": {files{"boot/syslinux/syslinux.cfg": "LABEL x\n\tAPPEND y\n"}, bootloader.Syslinux, ""},
		"grub2, exit code":    {files{}, bootloader.Grub2, "exit 7"},
		"grub2, signal":       {files{}, bootloader.Grub2, "kill -9 $$"},
		"grub2, nothing":      {files{}, bootloader.Grub2, "exit 0"},
		"grub2, no program":   {files{}, bootloader.Grub2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, c.boot, files{})
			p.must("--repo="+p.root+"/ostree/repo", "config", "set", "sysroot.bootloader", string(c.kind))
			gen := t.TempDir() + "/gen"
			if c.gen != "" {
				must(t, os.WriteFile(gen, []byte("#!/bin/sh\n"+c.gen+"\n"), 0o755))
			}
			p.env = append(p.env, "OSTREE_GRUB2_EXEC="+gen)
			req, res := p.deploy()
			req.Grub2Exec, req.BootVersion = gen, 1
			req.Entries = request(t, req.Sysroot, first).Entries
			err := selected(t, req.Sysroot, c.kind).Write(t.Context(), req)
			if err == nil || res.Exit == 0 {
				t.Fatalf("no error: %v, %v", err, res)
			}
			got := strings.ReplaceAll(err.Error(), req.Path, "$R")
			want := strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(res.Stderr), "error: "), p.root, "$R")
			if got != want {
				t.Errorf("error %q, the real one %q", got, want)
			}
		})
	}
}

func TestKindAgainstReal(t *testing.T) {
	p := newPair(t, files{}, files{})
	config := p.root + "/ostree/repo/config"
	must(t, os.WriteFile(config, []byte(read(t, config)+"\n[sysroot]\nbootloader=bogus\n"), 0o644))
	res := testutil.Run(t, &testutil.RunOptions{Env: p.env}, p.tool, "admin", "--sysroot="+p.root, "status")
	_, err := bootloader.ParseKind("bogus")
	if err == nil || !strings.HasSuffix(strings.TrimSpace(res.Stderr), err.Error()) {
		t.Errorf("error %v, the real one %q", err, res.Stderr)
	}
}
