package debrpm

import (
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// topLinks are the links into /usr that every system on 64-bit processors has.
var topLinks = []string{"bin", "lib", "lib64", "sbin"}

// specialDirs are the standard directories with other modes or owners than the rest.
var specialDirs = map[string]rpmtest.File{
	"/root":      {Mode: 0o700},
	"/tmp":       {Mode: 0o1777},
	"/var/tmp":   {Mode: 0o1777},
	"/var/lock":  {LinkTo: "/run/lock"},
	"/var/run":   {LinkTo: "/run"},
	"/var/local": {Mode: 0o2775, Group: "staff"},
	"/var/mail":  {Mode: 0o2775, Group: "mail"},
}

// Filesystem is the package that owns [StandardDirs] and the links of the merged /usr. It
// has to be installed first.
func Filesystem() *rpmtest.Spec {
	s := &rpmtest.Spec{Name: "filesystem", Version: "1", Summary: "Directories and links of the top level", Group: "admin"}
	for _, name := range topLinks {
		s.Files = append(s.Files, rpmtest.File{Path: "/" + name, LinkTo: "usr/" + name})
	}
	for _, dir := range StandardDirs {
		f := specialDirs[dir]
		if f.LinkTo != "" {
			f.Path = dir
			s.Files = append(s.Files, f)
			continue
		}
		if f.Mode == 0 {
			f.Mode = 0o755
		}
		f.Path, f.Mode = dir, f.Mode|rpm.ModeDir
		s.Files = append(s.Files, f)
	}
	return s
}
