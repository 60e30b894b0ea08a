package cloudtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	user = 4711 // uid and gid of core
	home = "/run/home/core"
	// out is where the program is told to write.
	out = "/run/out"
	// kargsFile is where network arguments go.
	kargsFile = "/etc/cmdline.d/50-afterburn-network-kargs.conf"
)

// machine is the machine in the cloud: namespaces of the goroutine that made it, and of the processes it starts. They
// end with the goroutine, which is why a test must not start subtests on one machine.
type machine struct {
	testing.TB
	bin string
	env []string
}

// newMachine makes a machine without addresses: an empty /run, /etc with a user core, /dev without drives, a kernel
// command line without arguments.
func newMachine(t testing.TB) *machine {
	t.Helper()
	testutil.Root(t)
	testutil.Namespaces(t, "--net", "--mount")
	m := &machine{TB: t, bin: program(t), env: []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=/run"}}
	ip := testutil.Tool(t, "ip")
	// The thread is not unlocked, so that it ends with the test, and the namespaces with it.
	runtime.LockOSThread()
	m.must(unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS))
	m.must(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	m.command(ip, "link", "set", "lo", "up")
	m.tmpfs("/run")
	m.devices()
	m.tmpfs("/etc")
	m.write("/etc/passwd", fmt.Sprintf("root:x:0:0::/root:/bin/sh\ncore:x:%d:%d::%s:/bin/sh\n", user, user, home))
	m.write("/etc/hosts", "127.0.0.1 localhost\n")
	m.mkdir("/etc/cmdline.d")
	m.mkdir(home)
	m.must(os.Chown(home, user, user))
	m.mkdir(out)
	m.cmdline("quiet")
	return m
}

func (m *machine) must(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

func (m *machine) command(name string, args ...string) {
	m.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		m.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

func (m *machine) tmpfs(dir string) {
	m.Helper()
	m.must(unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"))
}

// devices puts a /dev in place that has no block devices, but can have loop devices. Shared memory stays what it is:
// the tests may be kept there.
func (m *machine) devices() {
	const dev = "/run/dev"
	m.mkdir(dev)
	m.tmpfs(dev)
	for name, minor := range map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9} {
		m.node(dev+"/"+name, unix.S_IFCHR|0o666, 1, minor)
	}
	m.node(dev+"/loop-control", unix.S_IFCHR|0o600, 10, 237)
	m.mkdir(dev + "/disk/by-label")
	m.mkdir(dev + "/shm")
	if _, err := os.Stat("/dev/shm"); err == nil {
		m.must(unix.Mount("/dev/shm", dev+"/shm", "", unix.MS_BIND, ""))
	}
	m.must(unix.Mount(dev, "/dev", "", unix.MS_MOVE, ""))
}

// node makes a device node.
func (m *machine) node(path string, mode, major, minor uint32) {
	m.Helper()
	m.must(unix.Mknod(path, mode, int(unix.Mkdev(major, minor))))
	m.must(os.Chmod(path, os.FileMode(mode&0o777)))
}

func (m *machine) mkdir(path string) {
	m.Helper()
	m.must(os.MkdirAll(path, 0o755))
}

func (m *machine) write(path, text string) {
	m.Helper()
	m.mkdir(filepath.Dir(path))
	m.must(os.WriteFile(path, []byte(text), 0o644))
}

// read returns a file, nothing if it does not exist.
func (m *machine) read(path string) string {
	m.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		m.Fatal(err)
	}
	return string(data)
}

// files returns the files of a directory by their names; none if it does not exist.
func (m *machine) files(dir string) map[string]string {
	m.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		m.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		files[e.Name()] = m.read(filepath.Join(dir, e.Name()))
	}
	return files
}

// cmdline sets the kernel's command line.
func (m *machine) cmdline(text string) {
	m.Helper()
	const file = "/run/cmdline"
	_, err := os.Stat(file)
	m.write(file, text+"\n")
	if err != nil { // the first time
		m.must(unix.Mount(file, "/proc/cmdline", "", unix.MS_BIND, ""))
	}
}

// clean removes what the program wrote.
func (m *machine) clean() {
	m.Helper()
	for _, path := range []string{out, home + "/.ssh", kargsFile} {
		m.must(os.RemoveAll(path))
	}
	m.mkdir(out)
}

// serve gives the machine the service of a provider, at its addresses.
func (m *machine) serve(c *fakecloud.Cloud) {
	m.Helper()
	provider := c.Provider()
	addresses := fakecloud.AddressesOf(provider)
	for _, a := range addresses {
		m.address(a.Addr().String() + "/32")
	}
	for _, name := range fakecloud.NamesOf(provider) {
		m.write("/etc/hosts", m.read("/etc/hosts")+addresses[0].Addr().String()+" "+name+"\n")
	}
	listeners, err := fakecloud.Listen(provider)
	m.must(err)
	m.start(c, listeners...)
	m.write("/run/systemd/netif/state", "DNS=147.75.207.207\n")
	if lease := fakecloud.LeaseOf(provider); lease != "" {
		lo, err := net.InterfaceByName("lo")
		m.must(err)
		m.write(fmt.Sprintf("/run/systemd/netif/leases/%d", lo.Index), lease)
	}
	m.write("/etc/ca.pem", string(c.RootPEM()))
	m.env = append(m.env, "SSL_CERT_FILE=/etc/ca.pem", "SSL_CERT_DIR=/nonexistent")
}

// address gives the loopback interface an address.
func (m *machine) address(prefix string) {
	m.Helper()
	m.command(testutil.Tool(m, "ip"), "addr", "replace", prefix, "dev", "lo")
}

// start serves a cloud until the end of the test.
func (m *machine) start(c *fakecloud.Cloud, listeners ...net.Listener) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Serve(ctx, listeners...) }()
	m.Cleanup(func() {
		cancel()
		<-done
	})
}

// result is what a run of the program came to.
type result struct {
	code        int
	stdout, log string
	took        time.Duration
	peak        int64 // of its memory in bytes, if it was measured
}

// limit is how long the program may take. It is longer than all attempts of a request.
const limit = 3 * time.Minute

// run runs the program to its end.
func (m *machine) run(args ...string) result {
	m.Helper()
	return m.runCommand(m.bin, args, nil)
}

// runMeasured runs the program and has its peak of memory.
func (m *machine) runMeasured(args ...string) result {
	m.Helper()
	r, w, err := os.Pipe()
	m.must(err)
	defer r.Close()
	res := m.runCommand("/proc/self/exe", append([]string{measurer, m.bin}, args...), w)
	m.must(w.Close())
	if _, err := fmt.Fscan(r, &res.peak); err != nil {
		m.Fatalf("the peak of memory is not known: %v", err)
	}
	return res
}

func (m *machine) runCommand(name string, args []string, extra *os.File) result {
	m.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = m.env, &stdout, &stderr
	if extra != nil {
		cmd.ExtraFiles = []*os.File{extra}
	}
	begin := time.Now()
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		m.Fatal(err)
	}
	return result{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), log: stderr.String(), took: time.Since(begin)}
}

// measurer is the first argument with which the test's own binary runs a program for runMeasured. A process that is
// started counts its parent's memory at that moment as its own, so the parent must not be the test, which is large.
const measurer = "measure"

// measure runs a program, says on descriptor 3 what its peak of memory in bytes was, and exits as it did.
func measure(name string, args ...string) {
	runtime.LockOSThread() // the signal comes when the thread ends
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(125)
	}
	fmt.Fprintln(os.NewFile(3, "peak"), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss<<10)
	os.Exit(cmd.ProcessState.ExitCode())
}

// good runs the program, which must succeed.
func (m *machine) good(args ...string) result {
	m.Helper()
	r := m.run(args...)
	if r.code != 0 {
		m.Fatalf("%v: exit %d\n%s", args, r.code, r.log)
	}
	return r
}

// bad runs the program, which must fail with a chain of errors, of which the last lines are given.
func (m *machine) bad(chain string, args ...string) result {
	m.Helper()
	r := m.run(args...)
	m.failed(r, chain)
	return r
}

func (m *machine) failed(r result, chain string) {
	m.Helper()
	if r.code != 1 || r.stdout != "" || !strings.HasSuffix(r.log, chain) || !strings.Contains(r.log, "Error: failed to run\n\nCaused by:\n") {
		m.Errorf("exit %d, want 1, and a log that ends in\n%s\ngot\n%s%s", r.code, chain, r.log, r.stdout)
	}
}

func (m *machine) same(what, got, want string) {
	m.Helper()
	if got != want {
		m.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}

// sameFiles compares files by their names.
func (m *machine) sameFiles(what string, got, want map[string]string) {
	m.Helper()
	for name, text := range got {
		if _, ok := want[name]; !ok {
			m.Errorf("%s: unexpected %s:\n%s", what, name, text)
		}
	}
	for name, text := range want {
		if _, ok := got[name]; !ok {
			m.Errorf("%s: %s is missing", what, name)
			continue
		}
		m.same(what+": "+name, got[name], text)
	}
}

func (m *machine) sameMode(path string, mode os.FileMode) {
	m.Helper()
	info, err := os.Stat(path)
	if err != nil {
		m.Error(err)
	} else if info.Mode() != mode {
		m.Errorf("%s has mode %v", path, info.Mode())
	}
}
