package boottest_test

import (
	"os"
	"path/filepath"
	"regexp"

	"github.com/nestos-dev/nestos/internal/boottest"
)

// stamp is the file that an installer leaves for the first boot.
const stamp = "set ignition_network_kcmdline='ip=10.0.2.15::10.0.2.2:255.255.255.0:ignited::none'\n"

var networkArguments = regexp.MustCompile(`(?m)^set ignition_network_kcmdline='(.*)'$`)

// loader plays the boot loader: it chooses the entry and, if the stamp file is
// there, adds the arguments of a first boot.
func (m *machine) loader() (*boottest.Entry, string) {
	m.t.Helper()
	dir := filepath.Join(m.dir, "loader")
	m.check(os.MkdirAll(dir, 0o755))
	entry, err := m.disk.BootEntry(m.t.Context(), dir)
	m.check(err)
	options := entry.Options
	if text, ok := m.stampFile(); ok {
		options += " ignition.firstboot"
		if found := networkArguments.FindStringSubmatch(text); found != nil {
			options += " " + found[1]
		}
	}
	return entry, options
}

// stampFile reads the stamp file as a boot loader does, which knows nothing of
// the file system's journal.
func (m *machine) stampFile() (text string, ok bool) {
	m.t.Helper()
	data, found, err := m.disk.BootFile(m.t.Context(), "ignition.firstboot")
	m.check(err)
	return string(data), found
}

// setStamp makes the next boot a first one.
func (m *machine) setStamp() {
	m.t.Helper()
	m.check(m.disk.Mounted(m.t.Context(), func(root string) error {
		return os.WriteFile(filepath.Join(root, "boot/ignition.firstboot"), []byte(stamp), 0o644)
	}))
}
