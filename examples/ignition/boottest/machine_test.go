package boottest_test

import (
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

// A machine is a disk with a deployment, and a second disk for Ignition.
type machine struct {
	t          *testing.T
	p          *programs
	server     *server
	tangServer *tangServer
	dir        string
	disk       *boottest.Disk
	data       string // image of the second disk
	vm         *boottest.VM
	boots      int
	console    string // of the present boot
	bootID     string // of the boot that made the machine
	started    time.Time
	steps      []step
}

type step struct {
	name string
	took time.Duration
	cpu  time.Duration // of the emulator
}

const (
	stateroot = "boottest"
	platform  = "qemu"
	firmware  = "opt/com.coreos/config"
	dataSize  = 2 << 30
)

func newMachine(t *testing.T, p *programs) *machine {
	// Sockets need short paths, t.TempDir has long ones.
	dir, err := os.MkdirTemp("", "ign")
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, p: p, dir: dir, data: filepath.Join(dir, "data"), started: time.Now()}
	t.Cleanup(func() {
		if m.vm != nil {
			m.vm.Kill()
		}
		m.report()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	m.check(os.Mkdir(filepath.Join(dir, "consoles"), 0o755))
	m.server = newServer(t)
	m.tangServer = newTangServer(t)
	return m
}

// report prints how long the steps took, and of a failed boot the console.
func (m *machine) report() {
	var table strings.Builder
	for _, s := range m.steps {
		fmt.Fprintf(&table, "%7.1f s  %s\n", s.took.Seconds(), s.name)
		if s.cpu > 0 {
			fmt.Fprintf(&table, "%18.1f s of processors\n", s.cpu.Seconds())
		}
	}
	m.t.Logf("subject: %s\n%s%7.1f s  in all", m.p.name, &table, time.Since(m.started).Seconds())
	if !m.t.Failed() {
		return
	}
	keep, err := os.MkdirTemp("/tmp", "ignition-consoles-")
	if err != nil {
		m.t.Error(err)
		return
	}
	if err := os.CopyFS(keep, os.DirFS(filepath.Join(m.dir, "consoles"))); err != nil {
		m.t.Error(err)
	}
	lines := strings.Split(m.text(), "\n")
	m.t.Logf("consoles are in %s; the last one ends:\n%s", keep, strings.Join(lines[max(0, len(lines)-60):], "\n"))
}

// text is what the console of the present boot has shown so far.
func (m *machine) text() string {
	data, err := os.ReadFile(m.console)
	if err != nil {
		return err.Error()
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

func (m *machine) check(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) timed(name string, f func()) {
	start := time.Now()
	defer func() { m.steps = append(m.steps, step{name: name, took: time.Since(start)}) }()
	f()
}

// build makes the disk, with one deployment that has never booted.
func (m *machine) build() {
	ctx := m.t.Context()
	var tree *boottest.Tree
	m.timed("programs and packages", func() {
		var err error
		tree, err = boottest.NewTree(ctx, filepath.Join(m.dir, "tree"), append(boottest.Packages, "dmsetup", "mdadm"))
		m.check(err)
		m.install(tree)
	})
	m.timed("initramfs by dracut", func() {
		k := testutil.GuestKernel(m.t)
		initramfs := m.dracut(tree, k.Release)
		m.check(tree.Modules(k.Modules, rootModules))
		m.check(tree.Kernel(k.Release, k.Image, initramfs))
	})
	m.timed("disk", func() {
		disk, err := boottest.NewDisk(ctx, filepath.Join(m.dir, "disk"), 2<<30)
		m.check(err)
		m.disk = disk
		m.check(disk.Mounted(ctx, func(root string) error {
			m.fill(root, tree)
			return nil
		}))
	})
	m.check(os.RemoveAll(tree.Dir))
}

// fill makes the mounted disk a sysroot with the stamp file of a first boot.
func (m *machine) fill(root string, tree *boottest.Tree) {
	repo := root + "/ostree/repo"
	m.host("admin", "init-fs", "--modern", root)
	m.host("admin", "--sysroot="+root, "os-init", stateroot)
	for _, kv := range [][2]string{
		{"sysroot.bootloader", "none"}, {"sysroot.bootprefix", "true"}, {"sysroot.readonly", "true"}, {"core.fsync", "false"},
	} {
		m.host("config", "--repo="+repo, "set", kv[0], kv[1])
	}
	m.host("commit", "--repo="+repo, "--branch=stable", "--tree=dir="+tree.Dir, "--owner-uid=0", "--owner-gid=0")
	m.host("admin", "--sysroot="+root, "deploy", "--os="+stateroot, "--karg=root=UUID="+m.disk.UUID, "--karg=rw",
		// An emulator that shares its processors may be slow.
		"--karg=systemd.default_timeout_start_sec=900", "--karg=mitigations=off", "--karg=ignition.platform.id="+platform, "--karg=systemd.firstboot=off", "--karg=systemd.show_status=1", "stable")
	m.check(os.WriteFile(filepath.Join(root, "boot/ignition.firstboot"), []byte(stamp), 0o644))
}

// host runs our ostree on this machine.
func (m *machine) host(args ...string) {
	m.t.Helper()
	out, err := exec.CommandContext(m.t.Context(), m.p.ostree, args...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("ostree %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// blank replaces the second disk by an empty one.
func (m *machine) blank() {
	m.t.Helper()
	f, err := os.Create(m.data)
	m.check(err)
	m.check(f.Truncate(dataSize))
	m.check(f.Close())
}

// boot starts the machine with a config and runs f with it when its agent
// answers: in the booted system, or in the initramfs if the boot stops there.
func (m *machine) boot(name, config string, f func(*machine)) {
	m.boots++
	m.console = filepath.Join(m.dir, "consoles", fmt.Sprintf("%d.log", m.boots))
	name = fmt.Sprintf("boot %d: %s", m.boots, name)
	configFile := filepath.Join(m.dir, "config.ign")
	m.check(os.WriteFile(configFile, []byte(config), 0o600))
	m.timed(name+": until the agent answers", func() {
		entry, options := m.loader()
		m.t.Logf("%s: %s", name, options)
		var err error
		m.vm, err = boottest.Start(m.t.Context(), &boottest.VMOptions{
			Disk: m.disk, Kernel: entry.Kernel, Initrd: entry.Initrd, Options: options,
			Console: m.console, Dir: m.dir, Accel: *accel, Network: true, Memory: 1536, Boot: 20 * time.Minute,
			Drives: []boottest.Drive{{Path: m.data, Serial: "data"}}, Firmware: map[string]string{firmware: configFile},
		})
		m.check(err)
	})
	m.timed(name+": commands", func() { f(m) })
	vm := m.vm
	m.timed(name+": shutdown", func() {
		argv := []string{"systemctl", "--no-block", "reboot"}
		if m.call(boottest.Request{Read: "/etc/initrd-release"}).Error == "" {
			argv = append(argv, "--force") // nothing is mounted, and the emergency shell would be waited for
		}
		m.vm = nil
		_, err := vm.Call(boottest.Request{Run: argv, Last: true})
		m.check(err)
		m.check(vm.Wait(10 * time.Minute))
	})
	m.steps[len(m.steps)-1].cpu = vm.CPU()
	if m.t.Failed() {
		m.t.Fatalf("%s failed", name)
	}
}

func (m *machine) call(req boottest.Request) *boottest.Reply {
	m.t.Helper()
	reply, err := m.vm.Call(req)
	if err != nil {
		m.t.Fatalf("agent: %+v: %v", req, err)
	}
	return reply
}

// run executes a program in the guest, which must succeed.
func (m *machine) run(argv ...string) string {
	m.t.Helper()
	out, code := m.try(argv...)
	if code != 0 {
		m.t.Errorf("%s: exit code %d: %s", strings.Join(argv, " "), code, out)
	}
	return out
}

func (m *machine) try(argv ...string) (out string, code int) {
	m.t.Helper()
	reply := m.call(boottest.Request{Run: argv})
	if reply.Error != "" {
		m.t.Fatalf("%s: %s", strings.Join(argv, " "), reply.Error)
	}
	return strings.TrimSpace(reply.Output), reply.Code
}

// must executes another request in the guest, which must succeed.
func (m *machine) must(req boottest.Request) string {
	m.t.Helper()
	reply := m.call(req)
	if reply.Error != "" {
		m.t.Fatalf("%+v: %s", req, reply.Error)
	}
	return reply.Output
}
