package boottest_test

import (
	"strings"

	"github.com/nestos-dev/nestos/internal/boottest"
)

// A version is what changes in the tree from one commit to the next.
type version struct {
	name   string
	kernel string // label of the initramfs: another one is another kernel to ostree
	config string // prepare-root.conf
	modern bool   // only for programs with composefs
	debian bool   // with Debian's prepare-root, remount, generator and units
	write  map[string]string
	remove []string
}

var versions = []version{
	{name: "1", kernel: "a", config: bindRoot, write: map[string]string{
		"usr/etc/default.conf":      "default 1",
		"usr/etc/mine.conf":         "default 1",
		"usr/etc/dropped.conf":      "default 1",
		"usr/etc/removed.conf":      "default 1",
		"usr/etc/conflict/README":   "a folder in version 1",
		"usr/share/boottest/number": "1",
	}},
	{name: "2", kernel: "b", config: bindRoot, remove: []string{"usr/etc/dropped.conf"}, write: map[string]string{
		"usr/etc/default.conf":      "default 2",
		"usr/etc/mine.conf":         "default 2",
		"usr/etc/new.conf":          "default 2",
		"usr/share/boottest/number": "2",
	}},
	{name: "3", kernel: "b", config: bindRoot, remove: []string{"usr/etc/conflict"}, write: map[string]string{
		"usr/etc/conflict":          "a file in version 3",
		"usr/share/boottest/number": "3",
	}},
	{name: "4", kernel: "c", config: cfsRoot, modern: true, remove: []string{"usr/etc/conflict"}, write: map[string]string{
		"usr/share/boottest/number": "4",
	}},
	{name: "5", kernel: "c", config: cfsRoot, modern: true, write: map[string]string{
		"usr/etc/default.conf":      "default 5",
		"usr/share/boottest/number": "5",
	}},
	{name: "6", kernel: "d", modern: true, debian: true, write: map[string]string{
		"usr/share/boottest/number": "6",
	}},
}

// bootedState checks what every boot of a version must look like.
func (m *machine) bootedState(version string) {
	m.t.Helper()
	m.wantFile("/usr/share/boottest/number", version)
	m.wantContains("the boot entry's title", m.entry.Title, "Boottest "+version)
	m.must(boottest.Request{Read: "/run/ostree-booted"})
	m.wantContains("/proc/cmdline", m.read("/proc/cmdline"), m.entry.Options)
	m.wantWritable("/usr", false)
	m.wantWritable("/usr/etc", false)
	m.wantWritable("/sysroot", false)
	m.wantWritable("/sysroot/ostree/repo", false)
	m.wantWritable("/etc", true)
	m.wantWritable("/var", true)
	m.wantWritable("/tmp", true)
	m.wantMount("/sysroot", "ext4", "ro", "/")
	m.wantMount("/etc", "ext4", "rw", "."+m.serial()+"/etc")
	m.wantMount("/var", "ext4", "rw", "/ostree/deploy/"+stateroot+"/var")
	m.wantMount("/boot", "ext4", m.mount("/boot").options[:2], "/boot")
	m.wantFile("/etc/fstab", "")
}

// serial returns the last number of the booted deployment's name.
func (m *machine) serial() string {
	for line := range strings.Lines(m.rawStatus()) {
		if strings.HasPrefix(line, "* ") {
			name := strings.Fields(line)[2]
			return name[strings.LastIndexByte(name, '.')+1:]
		}
	}
	m.t.Errorf("no booted deployment:\n%s", m.rawStatus())
	return "?"
}

func firstBoot(m *machine) {
	m.settled()
	m.bootedState("1")
	m.wantWritable("/", false)
	m.wantStatus("*1")
	m.wantMount("/usr", "ext4", "ro", "/usr")
	m.wantFile("/etc/default.conf", "default 1")

	m.write("/etc/mine.conf", "administrator's")
	m.write("/var/lib/kept", "state")
	m.stage("2")
	m.wantStatus("2 staged", "*1")
	// The merge takes place at shutdown, so it must see what comes now.
	m.write("/etc/late.conf", "after staging")
	m.must(boottest.Request{Remove: "/etc/removed.conf"})
}

func upgraded(m *machine) {
	m.settled()
	m.bootedState("2")
	m.wantWritable("/", false)
	m.wantStatus("*2", m.other("1", "rollback"))
	m.wantFile("/etc/default.conf", "default 2")
	m.wantFile("/etc/new.conf", "default 2")
	m.wantFile("/etc/mine.conf", "administrator's")
	m.wantFile("/etc/late.conf", "after staging")
	m.wantNoFile("/etc/dropped.conf")
	m.wantNoFile("/etc/removed.conf")
	m.wantFile("/var/lib/kept", "state")
	m.wantNoFile("/run/ostree/staged-deployment")

	m.run("ostree", "admin", "pin", "1")
	if m.p.modern {
		// It changes the boot entry of the deployment, which stays the same.
		m.run("ostree", "admin", "instutil", "set-kargs", "--merge", "--append=boottest.extra=1")
		m.wantStatus("*2", "1 rollback")
		return
	}
	m.run("ostree", "admin", "deploy", "--karg-append=boottest.extra=1", "origin:"+ref)
	m.wantStatus("2", "*2", "1")
	m.write("/etc/too-late.conf", "after the merge")
}

// other describes a deployment that is not booted.
func (m *machine) other(version, suffix string) string {
	if m.p.modern {
		return version + " " + suffix
	}
	return version
}

func rollback(m *machine) {
	m.settled()
	m.bootedState("2")
	m.wantContains("/proc/cmdline", m.read("/proc/cmdline"), " boottest.extra=1")
	m.wantFile("/etc/mine.conf", "administrator's")
	if !m.p.modern {
		// Not staged: /etc was merged when the command ran.
		m.wantNoFile("/etc/too-late.conf")
		m.wantStatus("*2", "2", "1")
		// Without set-default the way back is an upgrade to the older commit.
		m.publish("1")
		m.run("ostree", "admin", "upgrade", "--allow-downgrade")
		m.run("ostree", "admin", "deploy", "--karg-delete=boottest.extra", "origin:"+ref)
		return
	}
	m.wantStatus("*2", "1 rollback")
	m.run("ostree", "admin", "deploy", "--not-as-default", "--karg-append=boottest.spare=1", "origin:"+ref)
	m.wantStatus("*2", "2 rollback", "1")
	m.run("ostree", "admin", "set-default", "2")
	m.wantStatus("1 pending", "*2", "2 rollback")
}

func oldVersion(m *machine) {
	m.settled()
	m.bootedState("1")
	if cmdline := m.read("/proc/cmdline"); strings.Contains(cmdline, "boottest.extra") {
		m.t.Errorf("/proc/cmdline has the other deployment's argument: %s", cmdline)
	}
	m.wantFile("/etc/default.conf", "default 1")
	m.wantFile("/etc/mine.conf", "administrator's")
	m.wantFile("/var/lib/kept", "state")

	if m.p.modern {
		m.wantNoFile("/etc/new.conf") // this is the /etc that version 1 was left with
		m.wantStatus("*1", "2 rollback", "2")
		m.wantContains("status", m.status()[0].lines, "Pinned: yes")
		m.run("ostree", "admin", "pin", "--unpin", "0")
		m.wantContains("undeploy", m.run("ostree", "admin", "undeploy", "2"), "Deleted deployment "+m.csums["2"]+".1")
		m.wantStatus("*1", "2 rollback")
	}
	m.run("ostree", "admin", "unlock")
	m.wantContains("status", m.rawStatus(), "Unlocked: development")
	m.wantWritable("/usr", true)
	m.wantMount("/usr", "overlay", "rw", "/")
	m.write("/usr/share/boottest/scratch", "gone after this boot")
	m.run("ostree", "admin", "cleanup")
	m.wantFile("/usr/share/boottest/scratch", "gone after this boot")

	m.stage("3")
	m.must(boottest.Request{Mkdir: "/etc/conflict"})
	m.write("/etc/conflict/added", "below what becomes a file")
}

func reported(m *machine) {
	m.settled("ostree-boot-complete.service")
	m.bootedState("1")
	m.wantNoFile("/usr/share/boottest/scratch")
	if d := m.status()[0]; strings.Contains(d.lines, "Unlocked") {
		m.t.Errorf("still unlocked:\n%s", d.lines)
	}
	m.wantContains("journal", m.journal("ostree-boot-complete.service"), "failed on previous boot: ")
	m.wantContains("journal", m.journal("ostree-boot-complete.service"), "opendir(conflict): Not a directory")
	m.wantNoFile("/boot/ostree/finalize-failure.stamp")
	if m.p.modern {
		m.wantStatus("*1", "2 rollback")
	}
	// What unlock cleared, the immutable flag of the deployment's root, stays
	// cleared: nothing is checked of / here.
	m.must(boottest.Request{Remove: "/etc/conflict/added"})
	if m.p.modern {
		m.stage("4")
		m.wantStatus("4 staged", "*1", "2 rollback")
		return
	}
	m.stage("2")
}

// composefsState checks the mounts of a boot from a composefs image.
func (m *machine) composefsState() {
	m.t.Helper()
	m.wantMount("/", "overlay", "ro", "/")
	if got := m.mount("/").source; got != "composefs" {
		m.t.Errorf("source of / is %s", got)
	}
	if got := m.mount("/usr"); got != (mount{}) {
		m.t.Errorf("/usr is a mount of its own: %+v", got)
	}
	m.wantMount("/boot", "ext4", "ro", "/boot")
	if got := m.mount("/var").propagation; !strings.Contains(got, "shared:") || !strings.Contains(got, "master:") {
		m.t.Errorf("/var is %q, want slave and shared", got)
	}
	m.wantContains("/run/ostree-booted", m.read("/run/ostree-booted"), "composefs")
}

func composefs(m *machine) {
	m.settled()
	m.bootedState("4")
	m.composefsState()
	m.wantStatus("*4", "1 rollback")
	m.wantFile("/etc/mine.conf", "administrator's")
	m.run("ostree", "admin", "unlock")
	m.wantMount("/usr", "overlay", "rw", "/")
	m.write("/usr/share/boottest/scratch", "gone after this boot")
	m.stage("5")
	m.write("/etc/late.conf", "in composefs")
	m.wantStatus("5 staged", "*4", "1 rollback")
}

// crashed loses power with a deployment staged: it is lost, and what was
// deployed before, without waiting for a shutdown, is booted.
func crashed(m *machine) {
	m.settled()
	m.bootedState("5")
	m.composefsState()
	m.wantStatus("*5", "4 rollback")
	m.wantFile("/etc/default.conf", "default 5")
	m.wantFile("/etc/late.conf", "in composefs")
	m.wantNoFile("/usr/share/boottest/scratch")
	m.publish("6")
	m.run("ostree", "admin", "upgrade")
	m.wantStatus("6 pending", "*5")
	m.run("ostree", "admin", "deploy", "--stage", "--karg-append=boottest.lost=1", m.csums["5"])
	m.wantStatus("5 staged", "6", "*5")
	m.crash()
}

// foreign boots with the prepare-root of libostree 2022.7, which knows no
// composefs and leaves /run/ostree-booted empty.
func foreign(m *machine) {
	m.settled()
	m.bootedState("6")
	m.wantMount("/usr", "ext4", "ro", "/usr")
	m.wantFile("/run/ostree-booted", "")
	m.wantStatus("*6", "5 rollback")
	m.wantFile("/etc/late.conf", "in composefs")
	m.run("ostree", "admin", "instutil", "set-kargs", "--merge", "--append=boottest.foreign=1")
	m.wantStatus("*6", "5 rollback")
	// A locked deployment is dropped at shutdown.
	m.run("ostree", "admin", "deploy", "--lock-finalization", m.csums["5"])
	m.wantStatus("5 finalization locked", "*6", "5 rollback")
}
