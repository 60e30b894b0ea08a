package fleettest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/agentlab"
	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const stateroot = "demo"

// bootScript makes the deployment that the kernel arguments name the root of a mount namespace, as the initramfs and
// systemd do. Programs are in /run/bin: those of the old root are out of reach then. The namespace lives as long as
// the standard input is open.
const bootScript = `set -e
cd "$1"
mount -t tmpfs tmpfs /run
mkdir /run/bin
mount --bind "$2" /run/bin
PATH=$PATH:/run/bin
mount --bind root root
ostree-prepare-root root "$3" >/dev/null
mount --bind root/sysroot/ostree/deploy/` + stateroot + `/var root/var
mount -t proc proc root/proc
mount --rbind /dev root/dev
mount --move /run root/run
mount --bind root/sysroot/boot root/boot
cd root
PATH=/run/bin:$PATH
pivot_root . .
PATH=/run/bin
systemctl start-system
echo booted
read -r line
`

// machine is a machine of the fleet.
type machine struct {
	t    *testing.T
	site *site
	dir  string // with root, the sysroot
	id   string // its machine id
	// cgroup puts processes into a control group whose name is that of the agent's unit, from which rpm-ostree takes
	// who drives the updates.
	cgroup string

	boot *boot
	// killing, if set, says after what time an rpm-ostree with this command is killed; 0 is not at all.
	killing func(command string) time.Duration

	mu sync.Mutex
	// consented says whether the lock server gave this machine a slot since it last reported a steady state.
	consented bool
}

// boot is a booted system.
type boot struct {
	cmd   *exec.Cmd
	stdin io.Closer
	entry *boottest.Entry
}

// newMachine makes a machine with one deployment, and boots it.
func newMachine(s *site, number int) *machine {
	t := s.t
	t.Helper()
	m := &machine{t: t, site: s, dir: s.path(fmt.Sprintf("machine%d", number)), id: fmt.Sprintf("%032x", 0xc0ffee00+number)}
	m.cgroup = newCgroup(t)
	root, repo := m.root(), "--repo="+m.root()+"/ostree/repo"
	require.NoError(t, os.MkdirAll(root, 0o755))
	s.ostree("admin", "init-fs", "--modern", root)
	s.ostree("admin", "--sysroot="+root, "os-init", stateroot)
	s.ostree(repo, "config", "set", "sysroot.bootloader", "none")
	s.ostree("remote", "add", repo, "--no-sign-verify", "--set=gpg-verify=false", "origin", s.repo)
	s.ostree("pull", repo, "origin", s.branch())
	s.ostree("admin", "--sysroot="+root, "deploy", "--os="+stateroot, "--karg=root=UUID=x", "--karg=rw", "origin:"+s.branch())
	m.start()
	t.Cleanup(m.stop)
	return m
}

func (m *machine) root() string { return filepath.Join(m.dir, "root") }

// newCgroup makes a control group like one that systemd would make for the agent, and returns its file of processes.
func newCgroup(t *testing.T) string {
	t.Helper()
	for _, parent := range []string{"/sys/fs/cgroup/systemd", "/sys/fs/cgroup"} {
		if _, err := os.Stat(filepath.Join(parent, "cgroup.procs")); err != nil {
			continue
		}
		dir, err := os.MkdirTemp(parent, "nestos-test-")
		if err != nil {
			continue
		}
		t.Cleanup(func() { os.Remove(dir) })
		unit := filepath.Join(dir, "zincati.service")
		if os.Mkdir(unit, 0o755) != nil {
			continue
		}
		t.Cleanup(func() {
			// A process that was killed may still be on its way out.
			for range 3000 {
				if err := os.Remove(unit); err == nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
			t.Errorf("%s cannot be removed", unit)
		})
		return filepath.Join(unit, "cgroup.procs")
	}
	testutil.Missing(t, "needs control groups that can be written to")
	return ""
}

// entry is what a boot loader would choose.
func (m *machine) entry() *boottest.Entry {
	m.t.Helper()
	files, err := filepath.Glob(m.root() + "/boot/loader/entries/*.conf")
	require.NoError(m.t, err)
	var best *boottest.Entry
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(m.t, err)
		e, err := boottest.ParseEntry(filepath.Base(file), string(text))
		require.NoError(m.t, err)
		if best == nil || e.Version > best.Version {
			best = e
		}
	}
	require.NotNil(m.t, best, "nothing to boot")
	return best
}

// start boots what the boot loader chooses.
func (m *machine) start() {
	m.t.Helper()
	b := &boot{entry: m.entry()}
	b.cmd = exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-c", bootScript, "sh", m.dir, m.site.bin, b.entry.Options)
	var stderr bytes.Buffer
	b.cmd.Stderr = &stderr
	stdin, err := b.cmd.StdinPipe()
	require.NoError(m.t, err)
	stdout, err := b.cmd.StdoutPipe()
	require.NoError(m.t, err)
	require.NoError(m.t, b.cmd.Start())
	b.stdin = stdin
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if line != "booted\n" {
		stdin.Close()
		b.cmd.Wait()
		m.t.Fatalf("boot of %q: %v %s", b.entry.Options, err, &stderr)
	}
	m.boot = b
}

// stop is a loss of power.
func (m *machine) stop() {
	if m.boot != nil {
		m.boot.stdin.Close()
		m.boot.cmd.Wait()
		m.boot = nil
	}
}

// reboot does what systemd does on the way down, stopping the unit that finalizes, and boots again. It returns what
// was said.
func (m *machine) reboot() string {
	m.t.Helper()
	r := m.run(nil, "ostree", "admin", "finalize-staged")
	require.Zero(m.t, r.Exit, r.Stderr)
	m.stop()
	m.start()
	return r.Stdout + r.Stderr
}

// file reads a file of the booted system.
func (m *machine) file(name string) string {
	m.t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/root%s", m.boot.cmd.Process.Pid, name))
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	require.NoError(m.t, err)
	return string(data)
}

// run runs a program in the booted system as root, in the control group of the agent.
func (m *machine) run(env []string, name string, args ...string) agentlab.Reply {
	m.t.Helper()
	const script = `echo $$ >"$1" && shift && exec "$@"`
	line := append([]string{"-c", script, "sh", m.cgroup, testutil.Tool(m.t, "nsenter"),
		fmt.Sprintf("--target=%d", m.boot.cmd.Process.Pid), "--mount", "--root", "--wd", "/run/bin/" + name}, args...)
	cmd := exec.Command("/bin/sh", line...)
	cmd.Env = append([]string{"PATH=/run/bin", "LC_ALL=C.UTF-8", "OSTREE_SYSROOT_DEBUG=mutable-deployments", "OSTREE_SYSROOT_OPTS=skip-sync"}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Start(); err != nil {
		return agentlab.Reply{Stderr: err.Error() + "\n", Exit: 127}
	}
	if m.killing != nil && name == "rpm-ostree" {
		if after := m.killing(args[0]); after > 0 {
			defer time.AfterFunc(after, func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }).Stop()
		}
	}
	cmd.Wait()
	return agentlab.Reply{Stdout: out.String(), Stderr: stderr.String(), Exit: cmd.ProcessState.ExitCode()}
}

// deployment is what is looked at of "rpm-ostree status --json".
type deployment struct {
	Booted, Staged bool
	Locked         bool `json:"finalization-locked"`
	Version        string
	Checksum       string
}

func (d deployment) String() string {
	s := d.Version
	for _, f := range []struct {
		on   bool
		name string
	}{{d.Booted, "booted"}, {d.Staged, "staged"}, {d.Locked, "locked"}} {
		if f.on {
			s += " " + f.name
		}
	}
	return s
}

// parse reads "rpm-ostree status --json".
func parse(t *testing.T, status string) []deployment {
	t.Helper()
	var s struct{ Deployments []deployment }
	require.NoError(t, json.Unmarshal([]byte(status), &s), status)
	return s.Deployments
}

// names returns the deployments of a status in the order of the boot menu.
func names(t *testing.T, status string) (list []string) {
	t.Helper()
	for _, d := range parse(t, status) {
		list = append(list, d.String())
	}
	return list
}

// status is what rpm-ostree says.
func (m *machine) status() string {
	m.t.Helper()
	r := m.run(nil, "rpm-ostree", "status", "--json")
	require.Zero(m.t, r.Exit, r.Stderr)
	return r.Stdout
}

func (m *machine) wantDeployments(want ...string) {
	m.t.Helper()
	require.Equal(m.t, want, names(m.t, m.status()))
}

// wantRunning says which release is the root of the booted system.
func (m *machine) wantRunning(version string) {
	m.t.Helper()
	require.Contains(m.t, m.file("/usr/lib/os-release"), "VERSION_ID="+version+"\n")
	require.True(m.t, strings.HasPrefix(m.boot.entry.Title, "Demo "+version+" "), m.boot.entry.Title)
}

// consent records an answer of the lock server. There is one slot.
func (m *machine) consent(yes bool) {
	m.mu.Lock()
	change := m.consented != yes
	m.consented = yes
	m.mu.Unlock()
	if !change {
		return
	}
	n := int32(-1)
	if yes {
		n = 1
	}
	if n := m.site.holding.Add(n); n > 1 {
		m.t.Errorf("%d machines hold the only slot", n)
	}
}

func (m *machine) hasConsent() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.consented
}
