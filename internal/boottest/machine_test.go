package boottest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// A machine is one disk with the programs it boots with.
type machine struct {
	t      *testing.T
	p      *programs
	debian *programs
	dir    string
	disk   *boottest.Disk
	csums  map[string]string // version → commit
	init   string            // the program of folder init

	vm      *boottest.VM
	console string // of the present boot
	boots   int
	started time.Time
	entry   *boottest.Entry
	steps   []step
}

type step struct {
	name string
	took time.Duration
}

const (
	stateroot = "boottest"
	ref       = "stable"
	updates   = "/var/updates" // the repository that guests upgrade from
	bindRoot  = "[sysroot]\nreadonly=true\n"
	cfsRoot   = "[composefs]\nenabled=yes\n"
)

var rootModules = []string{"virtio_pci", "virtio_blk", "ext4", "overlay", "erofs", "loop"}

func newMachine(t *testing.T, p, debian *programs) *machine {
	m := &machine{t: t, p: p, debian: debian, csums: map[string]string{}, started: time.Now()}
	// Sockets need short paths, t.TempDir has long ones.
	dir, err := os.MkdirTemp("", "boot")
	if err != nil {
		t.Fatal(err)
	}
	m.dir = dir
	t.Cleanup(func() {
		if m.vm != nil {
			m.vm.Kill()
		}
		m.report()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return m
}

// report prints how long the steps took, and of a failed boot the console.
func (m *machine) report() {
	var table strings.Builder
	for _, s := range m.steps {
		fmt.Fprintf(&table, "%7.1f s  %s\n", s.took.Seconds(), s.name)
	}
	m.t.Logf("programs: %s\n%s%7.1f s  in all", m.p.name, &table, time.Since(m.started).Seconds())
	if !m.t.Failed() {
		return
	}
	keep, err := os.MkdirTemp("/tmp", "boottest-consoles-")
	if err != nil {
		m.t.Error(err)
		return
	}
	if err := os.CopyFS(keep, os.DirFS(filepath.Join(m.dir, "consoles"))); err != nil {
		m.t.Error(err)
	}
	m.t.Logf("consoles are in %s; the last one ends:\n%s", keep, tail(m.console, 60))
}

func tail(file string, n int) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(data), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func (m *machine) check(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) timed(name string, f func()) {
	start := time.Now()
	defer func() { m.steps = append(m.steps, step{name, time.Since(start)}) }()
	f()
}

// host runs the subject's ostree on this machine.
func (m *machine) host(args ...string) string {
	m.t.Helper()
	start := time.Now()
	out, err := m.p.host(m.t.Context(), args...)
	m.t.Logf("host: ostree %s (%.1f s)", strings.Join(args, " "), time.Since(start).Seconds())
	if err != nil {
		m.t.Fatalf("ostree %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return out
}

// build makes the disk: a repository with all versions, and version 1 deployed.
func (m *machine) build() {
	ctx := m.t.Context()
	var tree *boottest.Tree
	m.timed("programs and packages", func() {
		m.init = filepath.Join(m.dir, "init")
		build(m.t, m.init, "./init")
		var err error
		tree, err = boottest.NewTree(ctx, filepath.Join(m.dir, "tree"), append(m.debian.packages, boottest.Packages...))
		m.check(err)
		m.install(tree)
	})
	m.timed("disk", func() {
		disk, err := boottest.NewDisk(ctx, filepath.Join(m.dir, "disk"), 2<<30)
		m.check(err)
		m.disk = disk
		m.check(os.Mkdir(filepath.Join(m.dir, "consoles"), 0o755))
		m.check(disk.Mounted(ctx, func(root string) error {
			m.fill(root, tree)
			return nil
		}))
	})
	m.check(os.RemoveAll(tree.Dir))
}

func (m *machine) install(tree *boottest.Tree) {
	agent := filepath.Join(m.dir, "agent-program")
	build(m.t, agent, "./agent")
	m.check(tree.Install("usr/lib/boottest/agent", agent))
	m.check(tree.Install("usr/bin/ostree", m.p.ostree))
	m.installBoot(tree, m.p)
}

// installBoot installs what runs before and beside ostree at boot.
func (m *machine) installBoot(tree *boottest.Tree, p *programs) {
	for name, source := range map[string]string{
		"usr/lib/ostree/ostree-prepare-root":                        p.prepareRoot,
		"usr/lib/ostree/ostree-remount":                             p.remount,
		"usr/lib/systemd/system-generators/ostree-system-generator": p.generator,
	} {
		m.check(tree.Install(name, source))
	}
	for name, content := range p.files {
		m.check(tree.Write(name, content))
	}
	for unit, folder := range p.enabled {
		m.check(tree.Enable(unit, folder))
	}
}

// fill makes the mounted disk a sysroot.
func (m *machine) fill(root string, tree *boottest.Tree) {
	repo := root + "/ostree/repo"
	m.host("admin", "init-fs", "--modern", root)
	m.host("admin", "--sysroot="+root, "os-init", stateroot)
	for _, kv := range [][2]string{{"sysroot.bootloader", "none"}, {"sysroot.bootprefix", "true"}, {"sysroot.readonly", "true"}} {
		m.host("config", "--repo="+repo, "set", kv[0], kv[1])
	}
	m.host("remote", "add", "--repo="+repo, "--no-sign-verify", "--set=gpg-verify=false", "origin", "file://"+updates)

	source := root + "/ostree/deploy/" + stateroot + updates
	m.check(os.MkdirAll(source, 0o755))
	m.host("init", "--repo="+source, "--mode=bare")
	m.host("config", "--repo="+source, "set", "core.fsync", "false")
	for _, v := range versions {
		if v.modern && !m.p.modern {
			continue
		}
		m.timed("commit of version "+v.name, func() { m.commit(source, tree, v) })
	}
	m.host("refs", "--repo="+source, "--create="+ref, m.csums["1"])
	m.timed("deployment", func() {
		m.host("pull-local", "--repo="+repo, "--remote=origin", source, ref)
		m.host("admin", "--sysroot="+root, "deploy", "--os="+stateroot,
			"--karg=root=UUID="+m.disk.UUID, "--karg=rw", "--karg=systemd.log_target=console", "origin:"+ref)
	})
}

// commit applies a version's changes to the tree and commits it.
func (m *machine) commit(repo string, tree *boottest.Tree, v version) {
	kernel := testutil.GuestKernel(m.t)
	p := m.p
	if v.debian {
		p = m.debian
		m.installBoot(tree, p)
	}
	initramfs := boottest.Initramfs{
		Init: m.init, PrepareRoot: p.prepareRoot, Libraries: p.libraries, Config: v.config,
		ModulesDir: kernel.Modules, Modules: rootModules, Label: v.kernel,
	}
	data, err := initramfs.Pack()
	m.check(err)
	m.check(tree.Kernel(kernel.Release, kernel.Image, data))
	m.check(tree.Version(v.name))
	for _, name := range v.remove {
		m.check(tree.Remove(name))
	}
	for name, content := range v.write {
		m.check(tree.Write(name, content))
	}
	m.csums[v.name] = m.host("commit", "--repo="+repo, "--branch=v"+v.name, "--bind-ref="+ref, "--tree=dir="+tree.Dir,
		"--owner-uid=0", "--owner-gid=0", "--timestamp=2024-01-0"+v.name+" 00:00:00 +0000", "--add-metadata-string=version="+v.name)
}

// boot starts the machine, runs f with it, and reboots it unless f ended it.
func (m *machine) boot(name string, f func(*machine)) {
	m.boots++
	m.console = filepath.Join(m.dir, "consoles", fmt.Sprintf("%d.log", m.boots))
	name = fmt.Sprintf("boot %d: %s", m.boots, name)
	m.timed(name+": until the agent answers", func() {
		dir := filepath.Join(m.dir, "loader")
		m.check(os.MkdirAll(dir, 0o755))
		entry, err := m.disk.BootEntry(m.t.Context(), dir)
		m.check(err)
		m.entry = entry
		m.t.Logf("%s: %s: %s", name, entry.File, entry.Options)
		m.vm, err = boottest.Start(m.t.Context(), &boottest.VMOptions{
			Disk: m.disk, Kernel: entry.Kernel, Initrd: entry.Initrd, Options: entry.Options, Console: m.console, Dir: m.dir, Accel: *accel,
		})
		m.check(err)
	})
	m.timed(name+": commands", func() { f(m) })
	if m.vm == nil {
		return
	}
	m.timed(name+": shutdown", func() {
		m.end(boottest.Request{Run: []string{"systemctl", "--no-block", "reboot"}, Last: true})
	})
	if m.t.Failed() {
		m.t.Fatalf("%s failed", name)
	}
}

// wantEntry checks which entry the next boot would take.
func (m *machine) wantEntry(title string) {
	m.t.Helper()
	entry, err := m.disk.BootEntry(m.t.Context(), m.dir)
	m.check(err)
	m.entry = entry
	if !strings.HasPrefix(entry.Title, title+" ") {
		m.t.Errorf("title of the next boot is %q, want %q", entry.Title, title)
	}
}

// crash resets the machine without warning.
func (m *machine) crash() {
	m.end(boottest.Request{SysRq: "b", Last: true})
}

// end sends a last request and waits until the guest has ended.
func (m *machine) end(req boottest.Request) {
	m.t.Helper()
	_, err := m.vm.Call(req)
	m.check(err)
	vm := m.vm
	m.vm = nil
	m.check(vm.Wait(10 * time.Minute))
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
	out, code := m.try(nil, argv...)
	if code != 0 {
		m.t.Fatalf("%s: exit code %d: %s", strings.Join(argv, " "), code, out)
	}
	return out
}

func (m *machine) try(env []string, argv ...string) (out string, code int) {
	m.t.Helper()
	start := time.Now()
	reply := m.call(boottest.Request{Run: argv, Env: env})
	m.t.Logf("guest: %s (%.1f s, exit code %d)", strings.Join(argv, " "), time.Since(start).Seconds(), reply.Code)
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

// read returns the content of a file in the guest, "" if there is none.
func (m *machine) read(path string) string {
	m.t.Helper()
	return strings.TrimSpace(m.call(boottest.Request{Read: path}).Output)
}

func (m *machine) write(path, data string) {
	m.t.Helper()
	m.must(boottest.Request{Write: path, Data: data})
}
