package boottest

import (
	"os"
	"path/filepath"
	"regexp"
)

// idle are units that no guest here needs. Reading each of them, when presets are applied and when the default target is
// loaded, takes an emulator a while.
var idle = regexp.MustCompile(`^(dbus-org\.|mdmonitor|mdcheck|systemd-(backlight|battery|bless|boot|bsod|coredump|fsck|growfs|hibernate|` +
	`home|hostname|hwdb|hybrid|import|initctl|journal-(gateway|remote|upload|catalog)|kexec|locale|logind|machined|network|nspawn|oom|pcr|` +
	`portable|pstore|quota|random|resolve|rfkill|soft|suspend|sysext|sysupdate|time|tpm2|update|user|volatile).*` +
	`|(debug|emergency|getty|console-getty|container-getty|rescue|serial-getty|rc-local|initrd).*)\.(service|socket|timer|path|target)$`)

// idleGenerators are those that find nothing to do in a guest.
var idleGenerators = []string{
	"bless-boot", "debug", "getty", "gpt-auto", "hibernate-resume", "integritysetup", "rc-local", "run", "system-update", "sysv", "veritysetup",
}

// Lighten removes what takes time and does nothing: units, also those of a network and of logins, and generators, to
// which the caller may add names such as "cryptsetup".
func (t *Tree) Lighten(generators ...string) error {
	const units = "usr/lib/systemd/system"
	entries, err := os.ReadDir(t.path(units))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if idle.MatchString(e.Name()) {
			if err := t.Remove(filepath.Join(units, e.Name())); err != nil {
				return err
			}
		}
	}
	// Presets are not applied at all if an alias of a unit leads nowhere.
	for _, e := range entries {
		path := t.path(filepath.Join(units, e.Name()))
		target, err := os.Readlink(path)
		if _, missing := os.Stat(path); err == nil && missing != nil && !filepath.IsAbs(target) {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	for _, list := range [][]string{idleGenerators, generators} {
		for _, name := range list {
			if err := t.Remove("usr/lib/systemd/system-generators/systemd-" + name + "-generator"); err != nil {
				return err
			}
		}
	}
	return nil
}
