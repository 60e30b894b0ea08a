package boottest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/dracut"
	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// programs are what a machine boots with.
type programs struct {
	name     string
	ignition string // the subject
	helpers  string // our program, for the names that the subject may not have
	agent    string
	ostree   string
	dir      string // the boot programs of ostree, by name
}

var ostreePrograms = map[string]string{
	"ostree-prepare-root":     "usr/lib/ostree/ostree-prepare-root",
	"ostree-remount":          "usr/lib/ostree/ostree-remount",
	"ostree-system-generator": "usr/lib/systemd/system-generators/ostree-system-generator",
}

func newPrograms(t *testing.T, subject string) *programs {
	t.Helper()
	dir := t.TempDir()
	p := &programs{name: subject, dir: dir}
	build := func(name, pkg string) string {
		output := filepath.Join(dir, name)
		cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", output, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go build %s: %v\n%s", pkg, err, out)
		}
		return output
	}
	p.helpers = build("ignition", "..")
	p.agent = build("agent", "../../../internal/boottest/agent")
	p.ostree = build("ostree", "../../ostree")
	for name := range ostreePrograms {
		build(name, "../../"+name)
	}
	p.ignition = p.helpers
	if subject != "ours" {
		p.ignition = subject
	}
	return p
}

// ours tells whether the subject is this module's program.
func (p *programs) ours() bool { return p.ignition == p.helpers }

// install puts the programs and their units into the tree.
func (m *machine) install(tree *boottest.Tree) {
	m.lighten(tree)
	m.check(dracut.WriteFiles(tree.Dir, nil))
	module := strings.TrimPrefix(dracut.DefaultModuleDir, "/")
	m.check(tree.Install(module+"/ignition", m.p.ignition))
	if !m.p.ours() {
		m.check(tree.Write("usr/etc/selinux/config", "SELINUX=disabled\nSELINUXTYPE=none\n"))
		for _, name := range []string{module + "/" + dracut.GeneratorName, "usr/libexec/" + dracut.FirstBootCompleteName} {
			m.check(tree.Remove(name))
			m.check(tree.Install(name, m.p.helpers))
		}
	}
	m.check(tree.Install("usr/lib/boottest/agent", m.p.agent))
	for name, path := range ostreePrograms {
		m.check(tree.Install(path, filepath.Join(m.p.dir, name)))
	}
	for _, f := range prepareroot.Units(nil) {
		m.check(tree.Write(f.Path, string(f.Data)))
	}
	for name, content := range map[string]string{
		"usr/lib/ostree/prepare-root.conf": "[sysroot]\nreadonly=true\n",
		// Only the exact word makes systemd apply presets; an empty file does not.
		"usr/etc/machine-id":                              "uninitialized\n",
		"usr/lib/systemd/system-preset/99-disable.preset": "disable *\n",
		"usr/etc/default/useradd":                         "SHELL=/usr/sbin/nologin\n",
		"usr/etc/shadow":                                  "root:*:19000:0:99999:7:::\n",
		"usr/etc/gshadow":                                 "root:*::\n",
	} {
		m.check(tree.Write(name, content))
	}
}

// idle are units that nothing here needs. Reading each of them, when presets are
// applied and when the default target is loaded, takes an emulator a while.
var idle = regexp.MustCompile(`^(dbus-org\.|mdmonitor|mdcheck|systemd-(backlight|battery|bless|boot|bsod|coredump|fsck|growfs|hibernate|` +
	`home|hostname|hwdb|hybrid|import|initctl|journal-(gateway|remote|upload|catalog)|kexec|locale|logind|machined|network|nspawn|oom|pcr|` +
	`portable|pstore|quota|random|resolve|rfkill|soft|suspend|sysext|sysupdate|time|tpm2|update|user|volatile).*` +
	`|(debug|emergency|getty|console-getty|container-getty|rescue|serial-getty|rc-local|initrd).*)\.(service|socket|timer|path|target)$`)

// idleGenerators are those that find nothing to do here.
var idleGenerators = []string{
	"bless-boot", "debug", "getty", "gpt-auto", "hibernate-resume", "integritysetup", "rc-local", "run", "system-update", "sysv", "veritysetup",
}

// lighten removes what takes time and does nothing.
func (m *machine) lighten(tree *boottest.Tree) {
	m.t.Helper()
	const units = "usr/lib/systemd/system"
	entries, err := os.ReadDir(filepath.Join(tree.Dir, units))
	m.check(err)
	for _, e := range entries {
		if idle.MatchString(e.Name()) {
			m.check(tree.Remove(filepath.Join(units, e.Name())))
		}
	}
	// Presets are not applied at all if an alias of a unit leads nowhere.
	for _, e := range entries {
		path := filepath.Join(tree.Dir, units, e.Name())
		target, err := os.Readlink(path)
		if _, missing := os.Stat(path); err == nil && missing != nil && !filepath.IsAbs(target) {
			m.check(os.Remove(path))
		}
	}
	for _, name := range idleGenerators {
		m.check(tree.Remove("usr/lib/systemd/system-generators/systemd-" + name + "-generator"))
	}
}

// A kernel is Debian's for virtual machines.
type kernel struct{ release, vmlinuz string }

func findKernel(t *testing.T) kernel {
	t.Helper()
	images, err := filepath.Glob("/boot/vmlinuz-*-cloud-amd64")
	if err != nil || len(images) == 0 {
		testutil.Missing(t, "needs the package linux-image-cloud-amd64")
	}
	vmlinuz := images[len(images)-1]
	return kernel{strings.TrimPrefix(vmlinuz, "/boot/vmlinuz-"), vmlinuz}
}
