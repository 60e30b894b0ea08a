package boottest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/ostree/object"
)

// A machine is a disk with deployments of what was composed.
type machine struct {
	t        *testing.T
	p        *programs
	dir      string
	kernel   string // version of the kernel
	disk     *boottest.Disk
	base     object.Checksum // the composed commit
	layered  string          // the commit with layers
	packages int             // in the composed tree

	vm      *boottest.VM
	console string // of the present boot
	boots   int
	slows   int
	started time.Time
	steps   []step
}

type step struct {
	name string
	took time.Duration
	cpu  time.Duration // of the emulator
}

const (
	stateroot = "demo"
	diskSize  = 4 << 30
)

func newMachine(t *testing.T) *machine {
	// Sockets need short paths, t.TempDir has long ones.
	dir, err := os.MkdirTemp("", "rpm")
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, dir: dir, started: time.Now()}
	t.Cleanup(func() {
		if m.vm != nil {
			m.vm.Kill()
		}
		m.report()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	m.check(os.Mkdir(m.path("consoles"), 0o755))
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

// report prints how long the steps took, and of a failed boot the console.
func (m *machine) report() {
	var table strings.Builder
	for _, s := range m.steps {
		fmt.Fprintf(&table, "%7.1f s  %s\n", s.took.Seconds(), s.name)
		if s.cpu > 0 {
			fmt.Fprintf(&table, "%18.1f s of processors\n", s.cpu.Seconds())
		}
	}
	m.t.Logf("%d packages in the tree\n%s%7.1f s  in all", m.packages, &table, time.Since(m.started).Seconds())
	if !m.t.Failed() || m.boots == 0 {
		return
	}
	keep, err := os.MkdirTemp("/tmp", "rpm-ostree-consoles-")
	if err != nil {
		m.t.Error(err)
		return
	}
	if err := os.CopyFS(keep, os.DirFS(m.path("consoles"))); err != nil {
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

// boot does what a boot loader would do with the disk, and runs f when the agent answers, which it does when
// everything has started.
func (m *machine) boot(name string, f func(*machine)) {
	m.t.Helper()
	m.boots++
	m.console = m.path(fmt.Sprintf("consoles/%d.log", m.boots))
	name = fmt.Sprintf("boot %d: %s", m.boots, name)
	m.timed(name+": until the agent answers", func() {
		entry, err := m.disk.BootEntry(m.t.Context(), m.dir)
		m.check(err)
		m.t.Logf("%s: %q from %s: %s", name, entry.Title, entry.File, entry.Options)
		m.vm, err = boottest.Start(m.t.Context(), &boottest.VMOptions{
			Disk: m.disk, Kernel: entry.Kernel, Initrd: entry.Initrd, Options: entry.Options,
			Console: m.console, Dir: m.dir, Accel: *accel, Memory: 2048, Boot: 25 * time.Minute,
		})
		m.check(err)
	})
	m.timed(name+": commands", func() { f(m) })
	vm := m.vm
	m.timed(name+": shutdown", func() {
		m.vm = nil
		_, err := vm.Call(boottest.Request{Run: []string{"systemctl", "--no-block", "reboot"}, Last: true})
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
	reply := m.call(boottest.Request{Run: argv, Env: []string{"LC_ALL=C.UTF-8"}})
	if reply.Error != "" {
		m.t.Fatalf("%s: %s", strings.Join(argv, " "), reply.Error)
	}
	return strings.TrimSpace(reply.Output), reply.Code
}

// slow executes a program in the guest that may take longer than the agent is waited for, as a unit.
func (m *machine) slow(argv ...string) (out string, code int) {
	m.t.Helper()
	m.slows++
	unit := fmt.Sprintf("demo-command-%d-%d", m.boots, m.slows)
	m.run(append([]string{
		"systemd-run", "--quiet", "--unit=" + unit, "--property=RemainAfterExit=yes", "--property=StandardOutput=file:/run/" + unit,
		"--property=StandardError=inherit", "--setenv=LC_ALL=C.UTF-8", "--",
	}, argv...)...)
	for deadline := time.Now().Add(20 * time.Minute); ; time.Sleep(2 * time.Second) {
		state := m.run("systemctl", "show", "-P", "SubState", unit)
		if state == "exited" || state == "failed" {
			break
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("%s: does not end", strings.Join(argv, " "))
		}
	}
	code, err := strconv.Atoi(m.run("systemctl", "show", "-P", "ExecMainStatus", unit))
	m.check(err)
	out = strings.TrimSpace(m.must(boottest.Request{Read: "/run/" + unit}))
	m.t.Logf("%s: exit code %d:\n%s", strings.Join(argv, " "), code, out)
	return out, code
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

func (m *machine) want(what, got, want string) {
	m.t.Helper()
	if got != want {
		m.t.Errorf("%s: %q instead of %q", what, got, want)
	}
}
