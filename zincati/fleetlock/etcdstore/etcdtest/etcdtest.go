package etcdtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// Cluster is a running etcd of one or more members.
type Cluster struct {
	t       testing.TB
	Members []*Member // as many as [Start] was asked for
	ctl     string
	secure  []string // options of etcdctl
}

// Member is one process, which may be killed and started again.
type Member struct {
	t        testing.TB
	Endpoint string // URL for clients
	program  string
	args     []string
	mu       sync.Mutex
	cmd      *exec.Cmd // nil when not running
	log      *bytes.Buffer
}

// TLS has the PEM files for a cluster that demands client certificates: the members' pair, which must be good for
// 127.0.0.1 and which etcdctl uses too, and the authority that signed it and those of the clients.
type TLS struct{ CertFile, KeyFile, CAFile string }

// Start runs etcd with n members, and with further options if any, until the end of the test, and returns when all
// answer; it skips the test where etcd is missing. A nil TLS is plain HTTP.
func Start(t testing.TB, n int, secure *TLS, options ...string) *Cluster {
	t.Helper()
	c := &Cluster{t: t, ctl: testutil.Tool(t, "etcdctl")}
	program := testutil.Tool(t, "etcd")
	scheme := "http"
	more := options
	if secure != nil {
		scheme = "https"
		c.secure = []string{"--cacert", secure.CAFile, "--cert", secure.CertFile, "--key", secure.KeyFile}
		more = append(more, "--cert-file", secure.CertFile, "--key-file", secure.KeyFile, "--trusted-ca-file", secure.CAFile, "--client-cert-auth")
	}
	var ports []int
	for range 2 * n {
		ports = append(ports, testutil.FreePort(t))
	}
	var peers []string
	for i := range n {
		peers = append(peers, fmt.Sprintf("m%d=http://127.0.0.1:%d", i, ports[2*i]))
	}
	for i := range n {
		peer := fmt.Sprintf("http://127.0.0.1:%d", ports[2*i])
		m := &Member{t: t, program: program, Endpoint: fmt.Sprintf("%s://127.0.0.1:%d", scheme, ports[2*i+1]), log: new(bytes.Buffer)}
		m.args = append([]string{
			"--name", fmt.Sprintf("m%d", i), "--data-dir", dataDir(t), "--logger", "zap", "--log-level", "warn",
			"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
			"--listen-client-urls", m.Endpoint, "--advertise-client-urls", m.Endpoint,
			"--initial-cluster", strings.Join(peers, ","), "--heartbeat-interval", "50", "--election-timeout", "500",
		}, more...)
		c.Members = append(c.Members, m)
		m.Start()
		t.Cleanup(m.Kill)
	}
	c.WaitHealthy()
	return c
}

// dataDir prefers memory: tests are about the order of writes, not the speed of disks.
func dataDir(t testing.TB) string {
	t.Helper()
	if dir, err := os.MkdirTemp("/dev/shm", "etcdtest"); err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		return dir
	}
	return t.TempDir()
}

// Start runs a member that is not running, with the data it has. It does not wait: [Cluster.WaitHealthy] does.
func (m *Member) Start() {
	m.t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cmd = exec.Command(m.program, m.args...)
	m.cmd.Stdout, m.cmd.Stderr = m.log, m.log
	m.cmd.SysProcAttr = dieWithParent()
	if err := m.cmd.Start(); err != nil {
		m.t.Errorf("starting etcd: %v", err)
		m.cmd = nil
	}
}

// Kill ends a member by SIGKILL and waits for its end. It does nothing to one that does not run.
func (m *Member) Kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cmd == nil {
		return
	}
	m.cmd.Process.Kill()
	m.cmd.Wait()
	m.cmd = nil
}

// Freeze stops a member without ending it, as a hanging machine does.
func (m *Member) Freeze() {
	m.signal(syscall.SIGSTOP)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cmd != nil {
		waitStopped(m.cmd.Process.Pid)
	}
}

// Thaw continues a frozen member.
func (m *Member) Thaw() { m.signal(syscall.SIGCONT) }

func (m *Member) signal(sig syscall.Signal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cmd != nil {
		m.cmd.Process.Signal(sig)
	}
}

// Endpoints returns the URLs of all members.
func (c *Cluster) Endpoints() []string {
	var urls []string
	for _, m := range c.Members {
		urls = append(urls, m.Endpoint)
	}
	return urls
}

// WaitHealthy returns when all members answer reads, and ends the test when one does not within 20 seconds.
func (c *Cluster) WaitHealthy() {
	c.t.Helper()
	for _, m := range c.Members {
		for end := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
			out, err := c.try(m.Endpoint, "get", "health", "--command-timeout=10s")
			if err == nil {
				break
			}
			if time.Now().After(end) {
				c.t.Fatalf("etcd does not start: %v: %s\n%s", err, out, m.log)
			}
		}
	}
}

// Ctl runs etcdctl with args and returns its output without the last line end. A failure ends the test.
func (c *Cluster) Ctl(args ...string) string {
	c.t.Helper()
	out, err := c.Try(args...)
	if err != nil {
		c.t.Fatalf("etcdctl %q: %v: %s", args, err, out)
	}
	return out
}

// Try is Ctl for commands that may fail; the output then has the reason.
func (c *Cluster) Try(args ...string) (string, error) {
	out, err := c.try(strings.Join(c.Endpoints(), ","), args...)
	return strings.TrimSuffix(out, "\n"), err
}

func (c *Cluster) try(endpoints string, args ...string) (string, error) {
	cmd := exec.Command(c.ctl, append(args, "--endpoints", endpoints)...)
	cmd.Args = append(cmd.Args, c.secure...)
	cmd.Env = append(os.Environ(), "ETCDCTL_API=3")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
