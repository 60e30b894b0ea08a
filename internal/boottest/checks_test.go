package boottest_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/boottest"
)

// A deployment is one of those `ostree admin status` lists.
type deployment struct {
	booted  bool
	version string
	suffix  string // such as "staged"
	lines   string // what follows the heading
}

var heading = regexp.MustCompile(`(?m)^([* ]) ` + stateroot + ` ([0-9a-f]{64})\.(\d+)(?: \(([^)]*)\))?$`)

// status parses the text of `ostree admin status`.
func (m *machine) status() []deployment {
	m.t.Helper()
	out := "\n" + strings.TrimRight(m.rawStatus(), "\n")
	var list []deployment
	found := heading.FindAllStringSubmatchIndex(out, -1)
	for i, at := range found {
		end := len(out)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		csum := out[at[4]:at[5]]
		d := deployment{booted: out[at[2]:at[3]] == "*", lines: out[at[1]:end]}
		for name, c := range m.csums {
			if c == csum {
				d.version = name
			}
		}
		if at[8] >= 0 {
			d.suffix = out[at[8]:at[9]]
		}
		list = append(list, d)
	}
	return list
}

func (m *machine) rawStatus() string {
	m.t.Helper()
	reply := m.call(boottest.Request{Run: []string{"ostree", "admin", "status"}})
	if reply.Code != 0 || reply.Error != "" {
		m.t.Fatalf("ostree admin status: %d %s %s", reply.Code, reply.Error, reply.Output)
	}
	return reply.Output
}

// wantStatus compares the list with a description such as "2 staged", "*1".
func (m *machine) wantStatus(want ...string) {
	m.t.Helper()
	var got []string
	for _, d := range m.status() {
		s := d.version
		if d.booted {
			s = "*" + s
		}
		if d.suffix != "" && (m.p.modern || d.suffix != "pending" && d.suffix != "rollback") {
			s += " " + d.suffix
		}
		got = append(got, s)
	}
	if !slices.Equal(got, want) {
		m.t.Errorf("deployments %q, want %q:\n%s", got, want, m.rawStatus())
	}
}

func (m *machine) wantFile(path, want string) {
	m.t.Helper()
	reply := m.call(boottest.Request{Read: path})
	if got := strings.TrimSpace(reply.Output); got != want || reply.Error != "" {
		m.t.Errorf("%s is %q, want %q %s", path, got, want, reply.Error)
	}
}

func (m *machine) wantNoFile(path string) {
	m.t.Helper()
	if reply := m.call(boottest.Request{Read: path}); !strings.Contains(reply.Error, "no such file") {
		m.t.Errorf("%s exists: %q %s", path, reply.Output, reply.Error)
	}
}

func (m *machine) wantContains(what, text, part string) {
	m.t.Helper()
	if !strings.Contains(text, part) {
		m.t.Errorf("%s lacks %q:\n%s", what, part, text)
	}
}

// wantWritable tries to create a file in a folder.
func (m *machine) wantWritable(dir string, want bool) {
	m.t.Helper()
	reply := m.call(boottest.Request{CanMake: dir})
	if (reply.Error == "") != want {
		m.t.Errorf("%s: writable must be %v, error is %q", dir, want, reply.Error)
	}
}

// A mount is a line of /proc/self/mountinfo.
type mount struct {
	root, options, propagation, kind, source string
}

// mount returns the topmost mount at a path; its zero value if there is none.
func (m *machine) mount(path string) mount {
	m.t.Helper()
	var found mount
	for line := range strings.Lines(m.must(boottest.Request{Read: "/proc/self/mountinfo"})) {
		left, right, ok := strings.Cut(strings.TrimSpace(line), " - ")
		l, r := strings.Fields(left), strings.Fields(right)
		if !ok || len(l) < 6 || len(r) < 2 {
			m.t.Fatalf("mountinfo: %q", line)
		}
		if l[4] == path {
			found = mount{root: l[3], options: l[5], propagation: strings.Join(l[6:], " "), kind: r[0], source: r[1]}
		}
	}
	return found
}

// wantMount checks kind, read-only or not, and the end of the path that is
// mounted.
func (m *machine) wantMount(path, kind, mode, rootSuffix string) {
	m.t.Helper()
	got := m.mount(path)
	if got.kind != kind || !slices.Contains(strings.Split(got.options, ","), mode) || !strings.HasSuffix(got.root, rootSuffix) {
		m.t.Errorf("mount at %s is %+v, want %s %s …%s", path, got, kind, mode, rootSuffix)
	}
}

// settled waits until systemd has no jobs left and reports failed units.
func (m *machine) settled(failed ...string) {
	m.t.Helper()
	m.try(nil, "systemctl", "is-system-running", "--wait")
	out := m.run("systemctl", "--failed", "--plain", "--no-legend", "--no-pager")
	var got []string
	for line := range strings.Lines(out) {
		got = append(got, strings.Fields(line)[0])
	}
	if !slices.Equal(got, failed) {
		m.t.Errorf("failed units %q, want %q", got, failed)
		for _, unit := range got {
			out, _ := m.try(nil, "systemctl", "status", "--no-pager", "--full", "--lines=30", unit)
			m.t.Log(out)
		}
	}
}

// publish makes a version the newest on the ref that machines follow.
func (m *machine) publish(version string) {
	m.t.Helper()
	m.run("ostree", "refs", "--repo="+updates, "--force", "--create="+ref, m.csums[version])
}

// stage upgrades to a version, to be finalized at shutdown.
func (m *machine) stage(version string) {
	m.t.Helper()
	m.publish(version)
	if m.p.modern {
		m.run("ostree", "admin", "upgrade", "--stage")
	} else {
		out, code := m.try([]string{"OSTREE_EX_STAGE_DEPLOYMENTS=1"}, "ostree", "admin", "upgrade")
		if code != 0 {
			m.t.Fatalf("ostree admin upgrade: %d: %s", code, out)
		}
	}
	if got := m.run("systemctl", "is-active", "ostree-finalize-staged.service"); got != "active" {
		m.t.Errorf("ostree-finalize-staged.service is %s", got)
	}
	if m.call(boottest.Request{Read: "/run/ostree/staged-deployment"}).Error != "" {
		m.t.Error("no /run/ostree/staged-deployment")
	}
}

// journal returns the messages of a unit in this boot.
func (m *machine) journal(unit string) string {
	m.t.Helper()
	return m.run("journalctl", "--no-pager", "--output=cat", fmt.Sprintf("--unit=%s", unit))
}
