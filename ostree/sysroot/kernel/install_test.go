package kernel_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/kernel"
)

var full = demo.with(files{
	mod + ".vmlinuz.hmac": "H", mod + "aboot.img": "X",
	mod + "dtb/a.dtb": "1", mod + "dtb/overlays/b.dtbo": "2", mod + "dtb/l": "-> a.dtb", mod + "dtb/none/": "",
})

func install(t *testing.T, tree, boot *os.File, opts *kernel.InstallOptions) *kernel.Layout {
	t.Helper()
	l, err := kernel.Find(t.Context(), tree, nil)
	must(t, err)
	must(t, kernel.Install(t.Context(), tree, l, boot, "ostree/demo-"+l.Checksum, opts))
	return l
}

// contents lists the regular files and links of a directory.
func contents(t *testing.T, dir string) files {
	t.Helper()
	got := files{}
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if e.Type() == fs.ModeSymlink {
			target, err := os.Readlink(path)
			got[name] = "-> " + target
			return err
		}
		data, err := os.ReadFile(path)
		got[name] = string(data)
		return err
	}))
	return got
}

func same(t *testing.T, got, want files) {
	t.Helper()
	for name := range got.with(want) {
		if got[name] != want[name] {
			t.Errorf("%s: %q, want %q", name, got[name], want[name])
		}
	}
}

var installed = files{
	"vmlinuz-6.1.0": "KERNEL-A", "initramfs-6.1.0.img": "INITRD-A", ".vmlinuz-6.1.0.hmac": "H", "aboot-6.1.0.img": "X",
	"dtb/a.dtb": "1", "dtb/overlays/b.dtbo": "2", "dtb/l": "-> a.dtb",
}

func nlink(t *testing.T, path string) uint64 {
	t.Helper()
	var st unix.Stat_t
	must(t, unix.Lstat(path, &st))
	return uint64(st.Nlink)
}

func TestInstall(t *testing.T) {
	for name, opts := range map[string]*kernel.InstallOptions{
		"links": nil, "copies": {NoLinks: true}, "temporary names": (&kernel.InstallOptions{NoLinks: true}).WithTempNames(),
	} {
		t.Run(name, func(t *testing.T) {
			tree, boot := full.tree(t), files{}.tree(t)
			must(t, os.Chmod(filepath.Join(tree.Name(), mod, "vmlinuz"), 0o755))
			l := install(t, tree, boot, opts)
			dir := filepath.Join(boot.Name(), "ostree/demo-"+l.Checksum)
			same(t, contents(t, dir), installed)
			want := uint64(2)
			if opts != nil {
				want = 1
			}
			vmlinuz := filepath.Join(dir, "vmlinuz-6.1.0")
			if got := nlink(t, vmlinuz); got != want {
				t.Errorf("%d links, want %d", got, want)
			}
			if info, _ := os.Stat(vmlinuz); info.Mode() != 0o755 {
				t.Errorf("mode %v", info.Mode())
			}
			if got := nlink(t, filepath.Join(dir, "dtb/a.dtb")); got != 1 {
				t.Errorf("device tree has %d links", got)
			}
		})
	}
}

// The other file system is real: a tmpfs of its own.
func TestInstallOtherFileSystem(t *testing.T) {
	testutil.Root(t)
	tree, boot := full.tree(t), open(t, testutil.Tmpfs(t, "mode=755"))
	must(t, os.Chown(filepath.Join(tree.Name(), mod, "vmlinuz"), 12, 34))
	must(t, os.Chmod(filepath.Join(tree.Name(), mod, "vmlinuz"), fs.ModeSetuid|0o750))
	var labelled, sealed []string
	opts := &kernel.InstallOptions{
		Label: func(path string, mode uint32) (string, bool, error) {
			labelled = append(labelled, path)
			return "system_u:object_r:boot_t:s0", path == "/boot/vmlinuz-6.1.0" && mode == unix.S_IFREG|0o750, nil
		},
		Verity: func(f *os.File) error {
			flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
			must(t, err)
			if flags&unix.O_ACCMODE != unix.O_RDONLY {
				t.Error("sealed while open for writing")
			}
			sealed = append(sealed, f.Name())
			return nil
		},
	}
	l := install(t, tree, boot, opts)
	dir := filepath.Join(boot.Name(), "ostree/demo-"+l.Checksum)
	same(t, contents(t, dir), installed)
	if len(labelled) != 4 || len(sealed) != 4 {
		t.Errorf("labelled %q, sealed %q", labelled, sealed)
	}
	info, err := os.Stat(filepath.Join(dir, "vmlinuz-6.1.0"))
	must(t, err)
	if st := info.Sys().(*syscall.Stat_t); st.Uid != 12 || st.Gid != 34 || info.Mode() != fs.ModeSetuid|0o750 {
		t.Errorf("owner %d:%d mode %v", st.Uid, st.Gid, info.Mode())
	}
	buf := make([]byte, 64)
	n, err := unix.Getxattr(filepath.Join(dir, "vmlinuz-6.1.0"), "security.selinux", buf)
	if err != nil || string(buf[:n]) != "system_u:object_r:boot_t:s0\x00" {
		t.Errorf("label %q, %v", buf[:max(n, 0)], err)
	}
}

func TestInstallTwice(t *testing.T) {
	tree, boot := full.tree(t), files{}.tree(t)
	l := install(t, tree, boot, nil)
	dir := filepath.Join(boot.Name(), "ostree/demo-"+l.Checksum)
	must(t, os.Remove(filepath.Join(dir, "initramfs-6.1.0.img")))
	must(t, os.Remove(filepath.Join(dir, "vmlinuz-6.1.0")))
	files{"vmlinuz-6.1.0": "as long.", "initramfs-6.1.0.img": "", ".tmp-nestos.x": "stale", "dtb/.tmp-nestos.y": "stale", "dtb/extra": "stays"}.write(t, dir)
	must(t, os.WriteFile(filepath.Join(dir, "dtb/a.dtb"), []byte("9"), 0o644))
	must(t, os.Remove(filepath.Join(dir, "dtb/l")))
	must(t, os.Mkdir(filepath.Join(dir, "dtb/l"), 0o755))
	before, err := os.Stat(filepath.Join(dir, "dtb/overlays/b.dtbo"))
	must(t, err)
	install(t, tree, boot, nil)
	same(t, contents(t, dir), installed.with(files{"vmlinuz-6.1.0": "as long.", "dtb/extra": "stays"}))
	after, err := os.Stat(filepath.Join(dir, "dtb/overlays/b.dtbo"))
	must(t, err)
	if !os.SameFile(before, after) {
		t.Error("an equal device tree was written again")
	}
}

func TestInstallLinkedKernel(t *testing.T) {
	tree := files{mod + "vmlinuz": "-> /usr/share/kernel", "usr/share/kernel": "K"}.tree(t)
	boot := files{}.tree(t)
	l := install(t, tree, boot, nil)
	same(t, contents(t, filepath.Join(boot.Name(), "ostree/demo-"+l.Checksum)), files{"vmlinuz-6.1.0": "K"})
	if got := nlink(t, filepath.Join(tree.Name(), "usr/share/kernel")); got != 2 {
		t.Errorf("%d links", got)
	}
}

func TestInstallStaysInBoot(t *testing.T) {
	tree, boot, outside := demo.tree(t), files{}.tree(t), t.TempDir()
	files{"ostree": "-> " + outside}.write(t, boot.Name())
	l, err := kernel.Find(t.Context(), tree, nil)
	must(t, err)
	_ = kernel.Install(t.Context(), tree, l, boot, "ostree/demo-"+l.Checksum, nil)
	if got := contents(t, outside); len(got) > 0 {
		t.Errorf("written outside of boot: %q", got)
	}
}

func TestInstallFailuresLeaveNothing(t *testing.T) {
	boom := errors.New("boom")
	for name, opts := range map[string]*kernel.InstallOptions{
		"label":                   {NoLinks: true, Label: func(string, uint32) (string, bool, error) { return "", false, boom }},
		"verity":                  {NoLinks: true, Verity: func(*os.File) error { return boom }},
		"verity, temporary names": (&kernel.InstallOptions{NoLinks: true, Verity: func(*os.File) error { return boom }}).WithTempNames(),
	} {
		t.Run(name, func(t *testing.T) {
			tree, boot := demo.tree(t), files{}.tree(t)
			l, err := kernel.Find(t.Context(), tree, nil)
			must(t, err)
			if err := kernel.Install(t.Context(), tree, l, boot, "ostree/x", opts); !errors.Is(err, boom) {
				t.Errorf("error %v", err)
			}
			if got := contents(t, boot.Name()); len(got) > 0 {
				t.Errorf("left %q", got)
			}
		})
	}
}

func TestInstallFullDisk(t *testing.T) {
	testutil.Root(t)
	tree := files{mod + "vmlinuz": strings.Repeat("K", 1<<20)}.tree(t)
	boot := open(t, testutil.Tmpfs(t, "size=256k"))
	l, err := kernel.Find(t.Context(), tree, nil)
	must(t, err)
	err = kernel.Install(t.Context(), tree, l, boot, "ostree/x", nil)
	if !errors.Is(err, unix.ENOSPC) {
		t.Errorf("error %v", err)
	}
	if got := contents(t, boot.Name()); len(got) > 0 {
		t.Errorf("left %d files", len(got))
	}
}

func TestInstallFile(t *testing.T) {
	from, boot := files{"abc": "overlay"}.tree(t), files{"ostree/initramfs-overlays/": ""}.tree(t)
	for range 2 {
		must(t, kernel.InstallFile(t.Context(), from, "abc", boot, "ostree/initramfs-overlays/abc.img", nil))
	}
	same(t, contents(t, boot.Name()), files{"ostree/initramfs-overlays/abc.img": "overlay"})
	if err := kernel.InstallFile(t.Context(), from, "none", boot, "x", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestRemoveStale(t *testing.T) {
	boot := files{"d/.tmp-nestos.a": "", "d/s/.tmp-nestos.b": "", "d/s/keep": "k"}.tree(t)
	must(t, kernel.RemoveStale(boot, "d"))
	same(t, contents(t, boot.Name()), files{"d/s/keep": "k"})
	must(t, kernel.RemoveStale(boot, "none"))
}

func TestSize(t *testing.T) {
	tree := full.with(files{mod + "vmlinuz": strings.Repeat("K", 4097)}).tree(t)
	l, err := kernel.Find(t.Context(), tree, nil)
	must(t, err)
	for _, c := range []struct{ block, want int64 }{
		// The directory, kernel 2, initramfs, hmac, aboot, dtb 3 directories and 2 files.
		{4096, (1 + 2 + 1 + 1 + 1 + 3 + 2) * 4096},
		{0, 1 + 4097 + 8 + 1 + 1 + 3 + 2},
	} {
		got, err := l.Size(t.Context(), tree, c.block)
		if err != nil || got != c.want {
			t.Errorf("size with blocks of %d: %d, %v, want %d", c.block, got, err, c.want)
		}
		boot := files{}.tree(t)
		must(t, kernel.Install(t.Context(), tree, l, boot, "ostree/x", nil))
		got, err = kernel.DirSize(t.Context(), boot, "ostree/x", c.block)
		if err != nil || got != c.want {
			t.Errorf("installed size with blocks of %d: %d, %v, want %d", c.block, got, err, c.want)
		}
	}
}
