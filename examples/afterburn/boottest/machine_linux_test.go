package boottest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// A machine is a disk with a deployment, in the network of a cloud.
type machine struct {
	t       *testing.T
	space   *space
	cloud   *fakecloud.Cloud
	dir     string // with a short path, for a socket
	disk    *boottest.Disk
	vm      *boottest.VM
	boots   int
	console string // of the present boot
	started time.Time
}

const stateroot = "boottest"

func newMachine(t *testing.T) *machine {
	dir, err := os.MkdirTemp("", "aft")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	m := &machine{t: t, dir: dir, started: time.Now()}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "consoles"), 0o755))
	m.space = newSpace(t)
	m.cloud = m.space.serve(t, "scaleway")
	t.Cleanup(func() {
		if m.vm != nil {
			m.vm.Kill()
		}
		m.keepConsoles()
	})
	return m
}

// keepConsoles shows why a run has failed.
func (m *machine) keepConsoles() {
	if !m.t.Failed() || m.boots == 0 {
		return
	}
	keep, err := os.MkdirTemp("/tmp", "afterburn-consoles-")
	require.NoError(m.t, err)
	require.NoError(m.t, os.CopyFS(keep, os.DirFS(filepath.Join(m.dir, "consoles"))))
	text, err := os.ReadFile(m.console)
	if err != nil { // QEMU has not even started
		m.t.Log(err)
	}
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	m.t.Logf("consoles are in %s; the last one ends:\n%s", keep, strings.Join(lines[max(0, len(lines)-60):], "\n"))
}

// step says in the log how far the test is.
func (m *machine) step(format string, args ...any) {
	m.t.Logf("%6.1f s  %s", time.Since(m.started).Seconds(), fmt.Sprintf(format, args...))
}

// build makes the disk, with one deployment that has never booted.
func (m *machine) build(k testutil.Kernel) {
	ctx := m.t.Context()
	m.buildPrograms()
	m.step("programs")
	tree := m.tree()
	m.step("tree")
	require.NoError(m.t, tree.Kernel(k.Release, k.Image, m.dracut(tree, k.Release)))
	m.step("initramfs by dracut")
	disk, err := boottest.NewDisk(ctx, filepath.Join(m.dir, "disk"), 2<<30)
	require.NoError(m.t, err)
	m.disk = disk
	require.NoError(m.t, disk.Mounted(ctx, func(root string) error {
		m.deploy(root, tree)
		return nil
	}))
	require.NoError(m.t, os.RemoveAll(tree.Dir))
	m.step("deployment")
}

// deploy makes the mounted disk a sysroot.
func (m *machine) deploy(root string, tree *boottest.Tree) {
	m.t.Helper()
	ostree := func(args ...string) {
		testutil.Run(m.t, &testutil.RunOptions{Must: true}, m.program("ostree"), args...)
	}
	repo := "--repo=" + root + "/ostree/repo"
	ostree("admin", "init-fs", "--modern", root)
	ostree("admin", "--sysroot="+root, "os-init", stateroot)
	for _, kv := range [][2]string{
		{"sysroot.bootloader", "none"}, {"sysroot.bootprefix", "true"}, {"sysroot.readonly", "true"}, {"core.fsync", "false"},
	} {
		ostree("config", repo, "set", kv[0], kv[1])
	}
	ostree("commit", repo, "--branch=stable", "--tree=dir="+tree.Dir, "--owner-uid=0", "--owner-gid=0")
	ostree("admin", "--sysroot="+root, "deploy", "--os="+stateroot, "--karg=root=UUID="+m.disk.UUID, "--karg=rw",
		// An emulator that shares its processors may be slow.
		"--karg=systemd.default_timeout_start_sec=900", "--karg=mitigations=off",
		"--karg=systemd.firstboot=off", "--karg=systemd.show_status=1", "stable")
}

// boot starts the machine for the first time on a platform, or nowhere if that is empty, and runs f with it when its
// agent answers: in the booted system, or in the initramfs if the boot stops there.
func (m *machine) boot(name, platform, drive string, f func(*machine)) {
	m.t.Helper()
	m.boots++
	m.console = filepath.Join(m.dir, "consoles", fmt.Sprintf("%d.log", m.boots))
	dir := filepath.Join(m.dir, "loader")
	require.NoError(m.t, os.MkdirAll(dir, 0o755))
	entry, err := m.disk.BootEntry(m.t.Context(), dir)
	require.NoError(m.t, err)
	var drives []boottest.Drive
	if drive != "" {
		drives = append(drives, boottest.Drive{Path: drive, Serial: "drive"})
	}
	options := entry.Options + " ignition.firstboot"
	if platform != "" {
		options += " ignition.platform.id=" + platform
	}
	require.NoError(m.t, m.space.do(func() (err error) {
		m.vm, err = boottest.Start(m.t.Context(), &boottest.VMOptions{
			Disk: m.disk, Kernel: entry.Kernel, Initrd: entry.Initrd, Console: m.console, Dir: m.dir, Drives: drives,
			Options: options, Accel: *accel, Network: true, Boot: 20 * time.Minute,
		})
		return err
	}))
	m.step("boot %d, %s: the agent answers", m.boots, name)
	f(m)
	m.stop()
	m.step("boot %d, %s: off, %.1f s of processors", m.boots, name, m.vm.CPU().Seconds())
	m.vm = nil
	if m.t.Failed() {
		m.t.FailNow()
	}
}

// stop ends the guest in order.
func (m *machine) stop() {
	m.t.Helper()
	argv := []string{"systemctl", "--no-block", "reboot"}
	if m.call(boottest.Request{Read: "/etc/initrd-release"}).Error == "" {
		argv = append(argv, "--force") // nothing is mounted, and the emergency shell would be waited for
	}
	_, err := m.vm.Call(boottest.Request{Run: argv, Last: true})
	require.NoError(m.t, err)
	require.NoError(m.t, m.vm.Wait(10*time.Minute))
}

func (m *machine) call(req boottest.Request) *boottest.Reply {
	m.t.Helper()
	reply, err := m.vm.Call(req)
	require.NoError(m.t, err, "agent: %+v", req)
	return reply
}

// run executes a program in the guest, which must succeed.
func (m *machine) run(argv ...string) string {
	m.t.Helper()
	out, code := m.try(argv...)
	assert.Zero(m.t, code, "%s: %s", strings.Join(argv, " "), out)
	return out
}

func (m *machine) try(argv ...string) (out string, code int) {
	m.t.Helper()
	reply := m.call(boottest.Request{Run: argv})
	require.Empty(m.t, reply.Error, strings.Join(argv, " "))
	return strings.TrimSpace(reply.Output), reply.Code
}

// read returns the content of a file in the guest.
func (m *machine) read(path string) string {
	m.t.Helper()
	reply := m.call(boottest.Request{Read: path})
	require.Empty(m.t, reply.Error, path)
	return reply.Output
}

// wantUnprovisioned looks at the disk of a machine that is off, for what the initramfs writes.
func (m *machine) wantUnprovisioned() {
	m.t.Helper()
	require.NoError(m.t, m.disk.Mounted(m.t.Context(), func(root string) error {
		etc, err := filepath.Glob(filepath.Join(root, "ostree/deploy", stateroot, "deploy/*/etc"))
		require.Len(m.t, etc, 1)
		hostname, readErr := os.ReadFile(etc[0] + "/hostname")
		assert.Equal(m.t, "boottest\n", string(hostname))
		assert.NoFileExists(m.t, etc[0]+"/from-ignition")
		return errors.Join(err, readErr)
	}))
}

// settled waits until systemd has no jobs left and reports failed units.
func (m *machine) settled() {
	m.t.Helper()
	m.try("systemctl", "is-system-running", "--wait")
	for line := range strings.Lines(m.run("systemctl", "--failed", "--plain", "--no-legend", "--no-pager")) {
		unit := strings.Fields(line)[0]
		status, _ := m.try("systemctl", "status", "--no-pager", "--full", "--lines=30", unit)
		m.t.Errorf("failed unit %s:\n%s", unit, status)
	}
	assert.Equal(m.t, "provisioned\n", m.read("/etc/from-ignition"))
}

// stopped checks that the boot ended in the emergency target of the initramfs because of a unit, and does not go on.
func (m *machine) stopped(unit string) {
	m.t.Helper()
	m.read("/etc/initrd-release")
	m.eventually("emergency.target", "active")
	m.wantState(unit, "failed")
	for _, unit := range []string{"ignition-files.service", "ignition-complete.target", "initrd.target", "initrd-switch-root.target"} {
		m.wantState(unit, "inactive")
	}
	assert.NotRegexp(m.t, `(?m)^\s*\d+ (afterburn|ignition|initrd)\S* +start `, m.run("systemctl", "list-jobs", "--no-legend", "--no-pager"))
}

// journal returns the lines of a unit, of the initramfs too.
func (m *machine) journal(unit string) string {
	m.t.Helper()
	return m.run("journalctl", "--no-pager", "--output=cat", "--unit="+unit)
}

func (m *machine) microseconds(unit, property string) int64 {
	m.t.Helper()
	n, err := strconv.ParseInt(m.run("systemctl", "show", "-P", property, unit), 10, 64)
	require.NoError(m.t, err)
	require.Positive(m.t, n, "%s of %s", property, unit)
	return n
}

func (m *machine) wantState(unit, want string) {
	m.t.Helper()
	got, _ := m.try("systemctl", "is-active", unit)
	assert.Equal(m.t, want, got, unit)
}

// eventually waits until a unit is in a state.
func (m *machine) eventually(unit, want string) {
	m.t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); ; time.Sleep(time.Second) {
		switch got, _ := m.try("systemctl", "is-active", unit); {
		case got == want:
			return
		case time.Now().After(deadline):
			require.Equal(m.t, want, got, unit)
		}
	}
}

func (m *machine) wantNoFile(path string) {
	m.t.Helper()
	assert.Contains(m.t, m.call(boottest.Request{Stat: path}).Error, "no such file", path)
}

func (m *machine) wantStat(path, want string) {
	m.t.Helper()
	assert.Equal(m.t, want, m.call(boottest.Request{Stat: path}).Output, path)
}

// wantHostname checks that the hostname was there when the system began.
func (m *machine) wantHostname(name string) {
	m.t.Helper()
	assert.Equal(m.t, name, strings.TrimSpace(m.read("/etc/hostname")))
	m.wantStat("/etc/hostname", "-rw-r--r-- 0 0")
	assert.Equal(m.t, name+"\n", m.read("/proc/sys/kernel/hostname"))
	assert.Equal(m.t, "z /etc/hostname - - -\n", m.read("/run/tmpfiles.d/hostname-relabel.conf"))
}

// wantKeys checks the keys of the user that no Ignition has made.
func (m *machine) wantKeys(keys string) {
	m.t.Helper()
	const dir = "/var/home/core/.ssh"
	m.wantState("afterburn-sshkeys@core.service", "active")
	assert.Equal(m.t, keys, m.read(dir+"/authorized_keys.d/afterburn"))
	m.wantStat(dir+"/authorized_keys.d/afterburn", "-rw------- 1000 1000")
	m.wantStat(dir+"/authorized_keys.d", "drwxr-xr-x 1000 1000")
	m.wantStat(dir, "drwxr-xr-x 1000 1000")
	entry := m.run("journalctl", "--no-pager", "--output=json", "--output-fields=AFTERBURN_USER_NAME,AFTERBURN_PATH,MESSAGE", "MESSAGE_ID=0f7d7a502f2d433caa1323440a6b4190")
	for name, value := range map[string]string{
		"AFTERBURN_USER_NAME": "core", "AFTERBURN_PATH": dir + "/authorized_keys.d/afterburn",
		"MESSAGE": "wrote ssh authorized keys file for user: core",
	} {
		assert.Contains(m.t, entry, fmt.Sprintf("%q:%q", name, value))
	}
}

// wantOrder looks for messages of systemd, in this order.
func (m *machine) wantOrder(messages ...string) {
	m.t.Helper()
	log := m.run("journalctl", "--no-pager", "--output=cat", "--identifier=systemd")
	for _, message := range messages {
		_, rest, ok := strings.Cut(log, message)
		if !assert.True(m.t, ok, "%q does not follow:\n%s", message, log) {
			return
		}
		log = rest
	}
}

// wantEnvironment checks what a unit that requires the attributes has in its environment.
func (m *machine) wantEnvironment(want ...string) {
	m.t.Helper()
	m.wantState("environment.service", "active")
	var got []string
	for line := range strings.Lines(m.read("/run/environment")) {
		if strings.HasPrefix(line, "AFTERBURN_") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	assert.ElementsMatch(m.t, want, got)
	m.wantState("afterburn.service", "active")
}
