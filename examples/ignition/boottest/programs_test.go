package boottest_test

import (
	"path/filepath"
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
		if err := testutil.GoBuild(t.Context(), "-o", output, pkg); err != nil {
			t.Fatal(err)
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
	m.check(tree.Lighten())
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
