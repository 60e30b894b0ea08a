package rpm

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// NEVRA names a package: name, epoch, version, release, architecture.
type NEVRA struct {
	Name string
	// Epoch is a decimal number; empty if the package has no epoch, which counts as 0.
	Epoch   string
	Version string
	Release string
	// Arch is "src" or "nosrc" for packages of sources in names of files; their headers have the architecture of the
	// machine they were built on.
	Arch string
}

// String returns name-[epoch:]version-release.arch, as rpm prints it.
func (n NEVRA) String() string {
	s := n.Name + "-" + n.EVR().String()
	if n.Arch != "" {
		s += "." + n.Arch
	}
	return s
}

// EVR returns the version without name and architecture.
func (n NEVRA) EVR() evr.EVR {
	return evr.EVR{Epoch: n.Epoch, Version: n.Version, Release: n.Release}
}

// ParseNEVRA takes a package's full name apart, from its end: what is behind the last "." is the architecture, then come
// release and version. An epoch may stand before the version.
func ParseNEVRA(s string) (NEVRA, error) {
	bad := func() (NEVRA, error) { return NEVRA{}, fmt.Errorf("invalid package name %q", s) }
	rest, arch, ok := cutLast(s, ".")
	if !ok || arch == "" || strings.Contains(arch, "-") {
		return bad()
	}
	rest, release, ok := cutLast(rest, "-")
	if !ok || release == "" {
		return bad()
	}
	name, version, ok := cutLast(rest, "-")
	if !ok || name == "" {
		return bad()
	}
	n := NEVRA{Name: name, Version: version, Release: release, Arch: arch}
	if epoch, v, ok := strings.Cut(version, ":"); ok {
		if _, err := strconv.ParseUint(epoch, 10, 32); err != nil {
			return bad()
		}
		n.Epoch, n.Version = epoch, v
	}
	if n.Version == "" {
		return bad()
	}
	return n, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// NEVRA returns the package's name as its header has it.
func (h *Header) NEVRA() NEVRA {
	n := NEVRA{Name: h.String(TagName), Version: h.String(TagVersion), Release: h.String(TagRelease), Arch: h.String(TagArch)}
	if e, ok := h.Uint64(TagEpoch); ok {
		n.Epoch = strconv.FormatUint(uint64(uint32(e)), 10)
	}
	return n
}

// IsSource reports whether the header is that of a package of sources. Old packages do not say so: there it is one whose
// only directory has no name, as the files of source packages have none.
func (h *Header) IsSource() bool {
	if h.Has(TagSourcePackage) {
		return true
	}
	if h.Has(TagSourceRPM) {
		return false
	}
	dirs, ok := h.Info(TagDirnames)
	return ok && dirs.Count == 1 && h.String(TagDirnames) == ""
}
