package prepareroot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/mountapi"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// modules are what an initramfs of Debian's cloud kernel needs, in order.
var modules = []string{"lib/libcrc32c", "fs/erofs/erofs", "fs/overlayfs/overlay", "drivers/block/loop"}

// TestInitramfs runs Prepare as a part of PID 1 in a real initramfs, with a kernel
// (6.1 in Debian 12) that has only the older of the mount calls.
func TestInitramfs(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a virtual machine")
	}
	qemu := testutil.Tool(t, "qemu-system-x86_64")
	kernels, _ := filepath.Glob("/boot/vmlinuz-*-cloud-amd64")
	if len(kernels) == 0 || runtime.GOARCH != "amd64" {
		testutil.Missing(t, "needs Debian's cloud kernel")
	}
	kernel := kernels[0]
	f := build(t)
	f.composefs(t)
	initramfs := filepath.Join(t.TempDir(), "initramfs")
	require.NoError(t, os.WriteFile(initramfs, archive(t, kernel, f.image(t, "mkfs.ext4", "-q", "-d")), 0o644))

	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, qemu, "-accel", "tcg", "-m", "768", "-nographic", "-no-reboot", "-net", "none",
		"-kernel", kernel, "-initrd", initramfs,
		"-append", "console=ttyS0 loglevel=0 panic=-1 no_timer_check "+helperVariable+"=vm ostree="+f.target).CombinedOutput()
	require.NoError(t, err, "%s", out)
	text := strings.ReplaceAll(string(out), "\r", "")
	require.NotContains(t, text, "FAILED")
	var got []string
	for _, m := range regexp.MustCompile(`(?m)VM: (.*)$`).FindAllStringSubmatch(text, -1) {
		got = append(got, m[1])
	}
	require.Equal(t, []string{
		configLine + "1 (fs writable: 1)",
		"composefs: mounted successfully (verity=false)",
		"/sysroot overlay composefs ro",
		"/sysroot/etc ext4 /" + f.deploy + "/etc rw",
		"/sysroot/sysroot ext4 / ro",
		"/sysroot/sysroot/ostree/deploy/demo/var ext4 /ostree/deploy/demo/var rw",
		"shipped: one",
		"done",
	}, got, "%s", text)
}

// archive makes an initramfs: this program as init, modules, the image.
func archive(t *testing.T, kernel, image string) []byte {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	if bytes.Contains(readFile(t, self), []byte("ld-linux")) {
		// A program built with cgo finds no libraries there.
		self = filepath.Join(t.TempDir(), "init")
		cmd := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", self, ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	var b bytes.Buffer
	for _, dir := range []string{"dev", "proc", "sys", "run", "sysroot", "etc", "etc/ostree", "modules"} {
		member(&b, dir, unix.S_IFDIR|0o755, nil)
	}
	member(&b, "init", unix.S_IFREG|0o755, readFile(t, self))
	member(&b, "etc/ostree/prepare-root.conf", unix.S_IFREG|0o644, []byte("[composefs]\nenabled=yes\n"))
	member(&b, "sysroot.img", unix.S_IFREG|0o644, readFile(t, image))
	release := strings.TrimPrefix(filepath.Base(kernel), "vmlinuz-")
	for i, m := range modules {
		member(&b, fmt.Sprintf("modules/%d.ko", i), unix.S_IFREG|0o644, readFile(t, filepath.Join("/lib/modules", release, "kernel", m+".ko")))
	}
	member(&b, "TRAILER!!!", 0, nil)
	return b.Bytes()
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	return data
}

// member adds a file to an archive in cpio's newc format.
func member(b *bytes.Buffer, name string, mode int, data []byte) {
	fmt.Fprintf(b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", b.Len(), mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0)
	b.WriteString(name + "\x00")
	pad(b)
	b.Write(data)
	pad(b)
}

func pad(b *bytes.Buffer) {
	for b.Len()%4 != 0 {
		b.WriteByte(0)
	}
}

// vmMain is the init program of the virtual machine.
func vmMain() {
	fmt.Println() // ends what the firmware wrote
	say := func(line string) { fmt.Println("VM: " + line) }
	if err := vmBoot(say); err != nil {
		fmt.Println("FAILED: " + errno.Text(err))
	}
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

func vmBoot(say func(string)) error {
	err := errors.Join(
		unix.Mount("proc", "/proc", "proc", 0, ""), unix.Mount("sys", "/sys", "sysfs", 0, ""),
		unix.Mount("dev", "/dev", "devtmpfs", 0, ""), unix.Mount("run", "/run", "tmpfs", 0, "mode=0755"),
	)
	for i := range modules {
		f, openErr := os.Open(fmt.Sprintf("/modules/%d.ko", i))
		if openErr == nil {
			openErr = errors.Join(unix.FinitModule(int(f.Fd()), "", 0), f.Close())
		}
		err = errors.Join(err, openErr)
	}
	if err = errors.Join(err, mountLoop("/sysroot.img", "/sysroot")); err != nil {
		return err
	}
	if _, err := prepareroot.Prepare(context.Background(), &prepareroot.PrepareOptions{Options: prepareroot.Options{Print: say}}); err != nil {
		return err
	}
	table, err := mountapi.Table()
	if err != nil {
		return err
	}
	o := &outcome{}
	for _, e := range table {
		if strings.HasPrefix(e.Target, "/sysroot") {
			o.Mounts = append(o.Mounts, e)
		}
	}
	for _, line := range o.lines() {
		say(line)
	}
	data, err := os.ReadFile("/sysroot/usr/opt/shipped")
	say("shipped: " + strings.TrimSpace(string(data)))
	say("done")
	return err
}

// mountLoop mounts a file system in a file, writable.
func mountLoop(name, target string) error {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	loop, err := os.OpenFile("/dev/loop0", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer loop.Close()
	config := unix.LoopConfig{Fd: uint32(file.Fd())}
	config.Info.Flags = unix.LO_FLAGS_AUTOCLEAR
	return errors.Join(unix.IoctlLoopConfigure(int(loop.Fd()), &config), unix.Mount("/dev/loop0", target, "ext4", 0, ""))
}
