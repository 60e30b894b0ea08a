package engine

import (
	"fmt"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/unitfile"
)

const unitDirectory = "/etc/systemd/system/"

// unitConflicts finds files, directories and links in the places of units and
// drop-ins that are written.
func (c *checker) unitConflicts(root *place, cfg *types.Config) {
	s := &cfg.Storage
	if len(cfg.Systemd.Units) == 0 {
		return
	}
	written := writtenUnits(cfg.Systemd.Units)
	storage := at(root, "storage")
	check := func(p *place, n *types.Node) {
		if name, ok := strings.CutPrefix(n.Path, unitDirectory); ok && written[name] {
			c.fail("path conflicts with systemd unit or dropin", p, "path")
		}
	}
	each(&storage, "files", s.Files, func(p *place, f *types.File) { check(p, &f.Node) })
	each(&storage, "directories", s.Directories, func(p *place, d *types.Directory) { check(p, &d.Node) })
	each(&storage, "links", s.Links, func(p *place, l *types.Link) { check(p, &l.Node) })
}

// writtenUnits are the paths of units and drop-ins with contents below the
// directory of units.
func writtenUnits(units []types.Unit) map[string]bool {
	written := make(map[string]bool, len(units))
	for i := range units {
		u := &units[i]
		if !empty(u.Contents) {
			written[u.Name] = true
		}
		for j := range u.Dropins {
			if d := &u.Dropins[j]; !empty(d.Contents) {
				written[u.Name+".d/"+d.Name] = true
			}
		}
	}
	return written
}

// scanned is what reading a unit's contents gave.
type scanned struct {
	install bool
	err     error
}

func scan(contents *string) (s scanned) {
	if contents != nil {
		s.install, s.err = unitfile.HasInstall(*contents)
	}
	return s
}

func (c *checker) systemd(p *place, s *types.Systemd) {
	results := make([]scanned, len(s.Units))
	byName := make(map[string]int, len(s.Units)) // the last of several
	for i := range s.Units {
		results[i] = scan(s.Units[i].Contents)
		byName[s.Units[i].Name] = i
	}
	each(p, "units", s.Units, func(p *place, u *types.Unit) {
		template, ok := templateOf(u.Name)
		if !ok || !isTrue(u.Enabled) {
			return
		}
		i, ok := byName[template]
		if ok && !empty(s.Units[i].Contents) && results[i].err == nil && !results[i].install {
			c.warn(fmt.Sprintf("template unit %q for %q doesn't have Install section", template, u.Name), p, "contents")
		}
	})
	each(p, "units", s.Units, func(p *place, u *types.Unit) { c.unit(p, u, results[p.index]) })
}

// templateOf is the template of an instance of a service: x@.service for
// x@y.service.
func templateOf(name string) (string, bool) {
	stem, ok := strings.CutSuffix(name, ".service")
	if !ok || stem == "" || strings.ContainsRune(name, '\n') {
		return "", false
	}
	// The at sign has at least one character before it.
	i := strings.IndexByte(stem[1:], '@') + 1
	if i == 0 || i+1 == len(stem) {
		return "", false
	}
	return stem[:i] + "@.service", true
}

func (c *checker) unit(p *place, u *types.Unit, s scanned) {
	switch path.Ext(u.Name) {
	case ".service", ".socket", ".device", ".mount", ".automount", ".swap", ".target", ".path", ".timer", ".snapshot", ".slice", ".scope":
	default:
		c.fail("invalid systemd unit extension", p, "name")
	}
	switch {
	case s.err != nil:
		c.fail("invalid unit content: "+s.err.Error(), p, "contents")
	case isTrue(u.Enabled) && !empty(u.Contents) && !s.install:
		c.warn(fmt.Sprintf("unit %q is enabled, but has no install section so enable does nothing", u.Name), p, "contents")
	}
	each(p, "dropins", u.Dropins, func(p *place, d *types.Dropin) {
		if s := scan(d.Contents); s.err != nil {
			c.fail("invalid unit content: "+s.err.Error(), p, "contents")
		}
		if path.Ext(d.Name) != ".conf" {
			c.fail("invalid systemd drop-in extension", p, "name")
		}
	})
}
