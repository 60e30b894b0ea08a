package boottest_test

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// status is what a test needs of "rpm-ostree status --json".
type status struct {
	Deployments []struct {
		Booted            bool
		Staged            bool
		Checksum          string
		BaseChecksum      string   `json:"base-checksum"`
		Packages          []string `json:"packages"`
		RequestedPackages []string `json:"requested-packages"`
		OSName            string   `json:"osname"`
		Version           string
	}
}

func (m *machine) status() *status {
	m.t.Helper()
	s := &status{}
	text := m.run("rpm-ostree", "status", "--json")
	if err := json.Unmarshal([]byte(text), s); err != nil {
		m.t.Fatalf("status: %v: %s", err, text)
	}
	return s
}

// wantDeployments compares status with a line for each deployment.
func (m *machine) wantDeployments(want ...string) {
	m.t.Helper()
	var got []string
	for _, d := range m.status().Deployments {
		words := []string{d.OSName, d.Version}
		if d.Booted {
			words = append(words, "booted")
		}
		if d.Staged {
			words = append(words, "staged")
		}
		switch {
		case d.Checksum == m.base.String():
			words = append(words, "base")
		case d.BaseChecksum == m.base.String():
			if m.layered != "" {
				m.want("commit with layers", d.Checksum, m.layered)
			}
			m.layered = d.Checksum
			words = append(words, "layered:"+strings.Join(d.Packages, ","), "requested:"+strings.Join(d.RequestedPackages, ","))
		default:
			words = append(words, d.Checksum)
		}
		got = append(got, strings.Join(words, " "))
	}
	m.want("deployments", strings.Join(got, "\n"), strings.Join(want, "\n"))
}

const (
	baseDeployment    = "demo 12"
	layeredDeployment = " layered:greeter,jq requested:greeter,jq"
)

// healthy checks what must hold after each boot.
func (m *machine) healthy() {
	m.t.Helper()
	m.t.Logf("slowest units:\n%s", first(m.run("systemd-analyze", "blame", "--no-pager"), 12))
	m.want("failed units", m.run("systemctl", "--failed", "--plain", "--no-legend"), "")
	if m.call(boottest.Request{CanMake: "/usr/bin"}).Error == "" {
		m.t.Error("/usr can be written to")
	}
	for _, dir := range []string{"/etc", "/var", "/tmp"} {
		m.must(boottest.Request{CanMake: dir})
	}
}

// layering is the boot in which a unit layers packages.
func layering(m *machine) {
	m.healthy()
	m.want("unit that layers", m.run("systemctl", "is-active", "demo-layers.service"), "active")
	m.t.Logf("journal of the unit:\n%s", m.run("journalctl", "-o", "cat", "-u", "demo-layers.service"))
	m.must(boottest.Request{Read: "/var/lib/demo-layers.stamp"})
	m.wantDeployments(baseDeployment+" staged"+layeredDeployment, baseDeployment+" booted base")
	if _, code := m.try("rpm", "-q", "greeter"); code == 0 {
		m.t.Error("the booted tree already has the package")
	}
	if _, code := m.slow("rpm-ostree", "install", "-y", "--idempotent", "--unchanged-exit-77", "greeter"); code != 77 {
		m.t.Errorf("a request that is there already: exit code %d", code)
	}
}

// layered is the boot with layers, which are then rolled back.
func layered(m *machine) {
	m.healthy()
	m.wantDeployments(baseDeployment+" booted"+layeredDeployment, baseDeployment+" base")
	m.t.Logf("status:\n%s", m.run("rpm-ostree", "status"))
	m.want("layered program", m.run("greet"), "good morning")
	m.want("layered Debian program", m.run("jq", "-n", "1+1"), "2")
	m.want("what %post wrote", m.must(boottest.Request{Read: "/usr/lib/greeter/post"}), "post 1 in / with good morning\n")
	m.want("configuration that %post edited", m.must(boottest.Request{Read: "/etc/greeter.conf"}), "language = de\n")
	m.want("rpm -q", m.run("rpm", "-q", "greeter", "greeter-data"), "greeter-1.0-1.noarch\ngreeter-data-1.0-1.noarch")
	m.run("rpm", "-q", "jq", "libjq1", "libonig5", "bash")
	m.want("owner of a file", m.run("stat", "-c", "%U:%G %a", "/usr/lib/greeter/secret"), "greeter:greeter 2750")
	m.want("owner of a directory in /var", m.run("stat", "-c", "%U:%G %a", "/var/lib/greeter"), "greeter:greeter 750")
	m.want("rpm -V", m.verify("greeter", "greeter-data", "jq", "libjq1", "libonig5"), "..5......  c /etc/greeter.conf")
	m.want("state of the unit that layers", m.run("systemctl", "show", "-P", "ConditionResult", "demo-layers.service"), "no")
	m.run("touch", "/etc/kept", "/var/lib/kept")
	if _, code := m.slow("rpm-ostree", "rollback"); code != 0 {
		m.t.Errorf("rollback: exit code %d", code)
	}
	m.wantDeployments(baseDeployment+" base", baseDeployment+" booted"+layeredDeployment)
}

// verify runs rpm -V, which fails when it finds something.
func (m *machine) verify(packages ...string) string {
	m.t.Helper()
	out, _ := m.try(append([]string{"rpm", "-V", "--nomtime"}, packages...)...)
	return out
}

// rolledBack is the boot after that.
func rolledBack(m *machine) {
	m.healthy()
	m.wantDeployments(baseDeployment+" booted base", baseDeployment+layeredDeployment)
	for _, name := range []string{"greeter", "jq"} {
		if out, code := m.try("rpm", "-q", name); code == 0 {
			m.t.Errorf("%s is still there: %s", name, out)
		}
	}
	if m.call(boottest.Request{Stat: "/usr/bin/greet"}).Error == "" {
		m.t.Error("the program is still there")
	}
	m.must(boottest.Request{Stat: "/var/lib/kept"})
	if m.call(boottest.Request{Stat: "/etc/kept"}).Error == "" {
		m.t.Error("/etc is that of the other deployment")
	}
}

// offline checks the disk after all boots, with programs of this machine.
func (m *machine) offline() {
	m.timed("checks of the disk", func() {
		m.check(m.disk.Mounted(m.t.Context(), func(root string) error {
			m.fsck(root)
			parent := m.program(testutil.Tool(m.t, "ostree"), "rev-parse", "--repo="+root+"/ostree/repo", m.layered+"^")
			m.want("parent of the commit with layers", strings.TrimSpace(parent), m.base.String())
			for commit, packages := range map[string]int{m.base.String(): m.packages, m.layered: m.packages + 5} {
				dir := filepath.Join(root, "ostree/deploy", stateroot, "deploy", commit+".0")
				m.want("packages in "+commit, strconv.Itoa(len(sortedLines(m.query(dir, "-qa")))), strconv.Itoa(packages))
			}
			return nil
		}))
	})
}

// first returns the first n lines.
func first(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[:min(n, len(lines))], "\n")
}
