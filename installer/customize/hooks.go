package customize

import (
	"fmt"
	"strings"
)

// maxUnitName is the length that systemd allows for the name of a unit.
const maxUnitName = 255

// hook is a point of an installation where scripts run.
type hook struct {
	prefix   string // of the script and its unit
	title    string
	after    string // suffix of the installer's unit that it follows
	before   string
	required string // suffix of the unit that fails with it
}

var (
	preInstall  = hook{"pre-install-", "Pre-Install", "-pre.target", ".service", ".service"}
	postInstall = hook{"post-install-", "Post-Install", ".service", ".target", ".target"}
)

func (b *builder) addPreInstall(f *File) error  { return b.addHook(&preInstall, f) }
func (b *builder) addPostInstall(f *File) error { return b.addHook(&postInstall, f) }

func (b *builder) addHook(h *hook, f *File) error {
	name, err := f.baseName()
	if err != nil {
		return err
	}
	unit := h.prefix + name + ".service"
	if !validUnitName(unit) {
		return fmt.Errorf("script %s: its name must consist of letters, digits and \":-_.\" and be shorter, as a systemd unit is named after it", f.Path)
	}
	path := "/usr/local/bin/" + h.prefix + name
	if err := b.live.addFile(path, 0o700, f.Data); err != nil {
		return err
	}
	return b.live.addUnit(unit, h.unit(b.names.Unit, name, path))
}

// validUnitName allows what systemd takes literally in the name of a unit and in the command
// line of a service. It would also allow "@", for instances of templates, and "\", for escapes.
func validUnitName(name string) bool {
	const others = ":-_."
	return len(name) <= maxUnitName && strings.TrimFunc(name, func(c rune) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune(others, c)
	}) == ""
}

// unit is the text of the unit that runs a script. The journal alone would be lost with the
// live system, so output goes to the console too.
func (h *hook) unit(installer func(suffix string) string, name, path string) string {
	return strings.Join([]string{
		"# Written by \"customize\" of " + installer("") + ", for a script that the user gave",
		"",
		"[Unit]",
		"Description=" + h.title + " Script (" + name + ")",
		"Documentation=https://github.com/nestos-dev/nestos",
		"After=" + installer(h.after),
		"Before=" + installer(h.before),
		"",
		"[Service]",
		"Type=oneshot",
		"ExecStart=" + path,
		"RemainAfterExit=true",
		"StandardOutput=kmsg+console",
		"StandardError=kmsg+console",
		"",
		"[Install]",
		"RequiredBy=" + installer(h.required),
	}, "\n")
}
