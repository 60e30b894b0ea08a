package blackbox_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// packages hold what upstream's tests and Ignition call.
var packages = append([]string{
	"bash", "btrfs-progs", "clevis-luks", "clevis-tpm2", "coreutils", "cryptsetup-bin", "dmsetup", "dosfstools",
	"e2fsprogs", "gdisk", "grep", "libtss2-tcti-device0", "mawk", "mdadm", "sed", "swtpm", "xfsprogs",
}, boottest.Packages...)

// modules of the kernel: rootModules are loaded before the root is mounted, the
// others on demand.
var (
	rootModules  = []string{"virtio_pci", "virtio_blk", "ext4", "loop"}
	guestModules = []string{
		"vfat", "nls_ascii", "nls_cp437", "nls_iso8859-1", "xfs", "btrfs", "dm-mod", "dm-crypt", "xts", "ecb", "essiv", "cryptd",
		"algif_skcipher", "algif_hash", "tpm_vtpm_proxy", "raid0", "raid1", "raid10", "raid456", "xor", "zstd", "libcrc32c",
	}
)

const (
	home    = "usr/lib/blackbox"   // the programs in the guest
	results = "var/blackbox"       // what the tests printed
	release = "/usr/lib/blackbox/" // home, as the guest names it
)

// A guest is a disk image with everything the tests need.
type guest struct {
	t    *testing.T
	dir  string
	disk *boottest.Disk
	init string // initramfs
	vm   *boottest.VM
}

// newGuest makes the disk. programs are paths of what is copied into home, by
// the name they get there.
func newGuest(t *testing.T, programs map[string]string) *guest {
	t.Helper()
	// Sockets need short paths, t.TempDir has long ones.
	dir, err := os.MkdirTemp("", "bb")
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, dir: dir, init: filepath.Join(dir, "initramfs")}
	t.Cleanup(func() {
		if g.vm != nil {
			g.vm.Kill()
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	kernel := testutil.GuestKernel(t)
	tree, err := boottest.NewTree(t.Context(), filepath.Join(dir, "tree"), packages)
	g.check(err)
	g.check(plainLayout(tree))
	g.check(tree.Modules(kernel.Modules, guestModules))
	agent := filepath.Join(dir, "agent")
	g.check(testutil.GoBuild(t.Context(), "-o", agent, "../boottest/agent"))
	g.check(tree.Install("usr/lib/boottest/agent", agent))
	for name, source := range programs {
		g.check(tree.Install(filepath.Join(home, name), source))
	}
	g.check(g.configure(tree))
	g.packInitramfs(kernel)

	g.disk, err = boottest.NewDisk(t.Context(), filepath.Join(dir, "disk"), 8<<30)
	g.check(err)
	g.check(g.disk.Mounted(t.Context(), func(root string) error {
		out, err := exec.CommandContext(t.Context(), "cp", "-a", tree.Dir+"/.", root).CombinedOutput()
		if err != nil {
			return fmt.Errorf("filling the disk: %w: %s", err, out)
		}
		return nil
	}))
	g.check(os.RemoveAll(tree.Dir))
	return g
}

func (g *guest) check(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// plainLayout turns the layout that ostree wants into the usual one.
func plainLayout(tree *boottest.Tree) error {
	for _, link := range []string{"ostree", "home", "root", "opt", "srv", "mnt"} {
		if err := tree.Remove(link); err != nil {
			return err
		}
	}
	for _, dir := range []string{"home", "root", "mnt", "var/tmp", "var/log", "var/lib", results} {
		if err := os.MkdirAll(filepath.Join(tree.Dir, dir), 0o755); err != nil {
			return err
		}
	}
	return os.Rename(filepath.Join(tree.Dir, "usr/etc"), filepath.Join(tree.Dir, "etc"))
}

// configure adds what the tests expect of a machine.
func (g *guest) configure(tree *boottest.Tree) error {
	// Without a C library from before 2.34, lookups of users in a root need no
	// such file, but the tests copy it.
	nss, err := filepath.Glob("/usr/lib/*-linux-gnu/libnss_files.so.2")
	if err != nil || len(nss) == 0 {
		return fmt.Errorf("no libnss_files.so.2: %w", errors.Join(err, os.ErrNotExist))
	}
	if err := tree.Install("usr/lib64/libnss_files.so.2", nss[0]); err != nil {
		return err
	}
	// These links are made by installation scripts.
	for link, target := range map[string]string{"sh": "bash", "awk": "mawk"} {
		if err := os.Symlink(target, filepath.Join(tree.Dir, "usr/bin", link)); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	// An installation script made the words that clevis's passphrases must not be.
	words, err := filepath.Glob("/var/cache/cracklib/cracklib_dict.*")
	if err != nil || len(words) == 0 {
		return fmt.Errorf("no dictionary of cracklib-runtime: %w", errors.Join(err, os.ErrNotExist))
	}
	for _, file := range words {
		if err := tree.Install(file, file); err != nil {
			return err
		}
	}
	// The tests use sudo although they run as root.
	scripts := map[string]string{"sudo": "#!/bin/sh\nexec \"$@\"\n", "run": runScript}
	for name, text := range scripts {
		if err := tree.Write(filepath.Join(home, name), text); err != nil {
			return err
		}
		if err := os.Chmod(filepath.Join(tree.Dir, home, name), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// runScript runs the tests with the arguments it gets, beside a TPM made of
// software.
const runScript = `#!/bin/sh
export PATH=` + release + `:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
export IGNITION_SELINUX_RELABEL=false IGNITION_BLACKBOX_TESTING=true
cd /` + results + ` || exit 1
modprobe tpm_vtpm_proxy && mkdir -p tpm && swtpm chardev --vtpm-proxy --tpm2 --tpmstate dir=tpm --flags startup-clear --daemon
tests.test -test.v "$@" >output 2>&1
echo $? >code.new
sync
mv code.new code
`

// packInitramfs packs the initramfs of package boottest, without ostree: what it
// runs in the place of ostree-prepare-root leaves the root as it is.
func (g *guest) packInitramfs(kernel testutil.Kernel) {
	g.t.Helper()
	program := filepath.Join(g.dir, "init")
	g.check(testutil.GoBuild(g.t.Context(), "-o", program, "../boottest/init"))
	truth := testutil.Tool(g.t, "true")
	libraries, err := boottest.Libraries(g.t.Context(), truth)
	g.check(err)
	cpio, err := (&boottest.Initramfs{
		Init: program, PrepareRoot: truth, Libraries: libraries,
		ModulesDir: kernel.Modules, Modules: rootModules, Label: kernel.Release,
	}).Pack()
	g.check(err)
	g.check(os.WriteFile(g.init, cpio, 0o644))
}

// run boots the guest, runs the tests with the given arguments, and returns the
// file with their output.
func (g *guest) run(args []string, every time.Duration, progress func(begun string)) string {
	g.t.Helper()
	vmlinuz := testutil.GuestKernel(g.t).Image
	vm, err := boottest.Start(g.t.Context(), &boottest.VMOptions{
		Disk: g.disk, Kernel: vmlinuz, Initrd: g.init, Options: "root=UUID=" + g.disk.UUID + " selinux=0",
		Console: filepath.Join(g.dir, "console"), Dir: g.dir, Memory: 3072, Accel: *accel, Boot: 20 * time.Minute,
	})
	g.check(err)
	g.vm = vm
	g.call("systemd-run", append([]string{"--unit=blackbox", "--property=LimitNOFILE=65536", release + "run"}, args...)...)
	for {
		time.Sleep(every)
		reply, err := vm.Call(boottest.Request{Read: "/" + results + "/code"})
		g.check(err)
		if reply.Error == "" {
			break
		}
		reply, err = vm.Call(boottest.Request{Run: []string{"grep", "-acE", "^=== (CONT|NAME) .*/", "/" + results + "/output"}})
		g.check(err)
		progress(strings.TrimSpace(reply.Output))
		if active := g.try("systemctl", "is-active", "blackbox.service"); !strings.HasPrefix(active, "active") {
			if reply, err := vm.Call(boottest.Request{Read: "/" + results + "/code"}); err != nil || reply.Error != "" {
				g.t.Fatalf("the tests ended without a result: %s", g.try("journalctl", "-u", "blackbox.service", "--no-pager"))
			}
		}
	}
	_, err = vm.Call(boottest.Request{Run: []string{"systemctl", "poweroff"}, Last: true})
	g.check(err)
	g.check(vm.Wait(10 * time.Minute))
	g.vm = nil
	output := filepath.Join(g.dir, "output")
	g.check(g.disk.Mounted(g.t.Context(), func(root string) error {
		data, err := os.ReadFile(filepath.Join(root, results, "output"))
		if err != nil {
			return err
		}
		return os.WriteFile(output, data, 0o644)
	}))
	return output
}

// call runs a program in the guest; try tolerates its failure.
func (g *guest) call(name string, args ...string) {
	g.t.Helper()
	reply, err := g.vm.Call(boottest.Request{Run: append([]string{name}, args...)})
	g.check(err)
	if reply.Error != "" || reply.Code != 0 {
		g.t.Fatalf("%s in the guest: %s%s (exit code %d)", name, reply.Output, reply.Error, reply.Code)
	}
}

func (g *guest) try(name string, args ...string) string {
	g.t.Helper()
	reply, err := g.vm.Call(boottest.Request{Run: append([]string{name}, args...)})
	g.check(err)
	return reply.Output
}

func goTool(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}
