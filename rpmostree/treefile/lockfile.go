package treefile

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
)

// Lockfile pins packages to versions.
type Lockfile struct {
	Packages       map[string]PackageLock // by name
	SourcePackages map[string]string      // source package to "[EPOCH:]VERSION-RELEASE"
	Generated      time.Time              // zero if it is not known
	Repos          map[string]time.Time   // repository to the time at which its metadata was made
}

// PackageLock is the lock of a package. Either EVR or EVRA is set.
type PackageLock struct {
	EVR    string // "[EPOCH:]VERSION-RELEASE"
	EVRA   string // the same with ".ARCH"
	Digest string // "sha256:HEX" of the package file; empty for any
}

// LockedPackage is a package and the version it is locked to.
type LockedPackage struct {
	Name   string
	EVR    string // "[EPOCH:]VERSION-RELEASE"
	Arch   string // empty for any; "src" for the packages built from a source package of that name
	Digest string // "sha256:HEX", empty for any
}

// NEVRA returns NAME-EVR.ARCH, or NAME-EVR if any architecture will do.
func (p LockedPackage) NEVRA() string {
	s := p.Name + "-" + p.EVR
	if p.Arch != "" {
		s += "." + p.Arch
	}
	return s
}

// Matches tells whether the lock allows that version and architecture. An epoch of 0 is none.
func (p LockedPackage) Matches(evr, arch string) bool {
	same := strings.TrimPrefix(p.EVR, "0:") == strings.TrimPrefix(evr, "0:")
	return same && (p.Arch == "" || p.Arch == arch)
}

// MatchesDigest tells whether the lock allows a package file with that digest, "sha256:HEX".
func (p LockedPackage) MatchesDigest(digest string) bool { return p.Digest == "" || p.Digest == digest }

// NotFound is the error for a locked package that no repository has: candidates is the number of packages
// that [LockedPackage.Matches], mismatched how many of them had another digest.
func (p LockedPackage) NotFound(candidates, mismatched int) error {
	with := ""
	if p.Digest != "" {
		with = " with checksum " + p.Digest
	}
	return fmt.Errorf("Couldn't find locked package '%s'%s (pkgs matching NEVRA: %d; mismatched checksums: %d)",
		p.NEVRA(), with, candidates, mismatched)
}

// ParseLockfile reads a lockfile. Unknown keys are errors.
func ParseLockfile(format Format, data []byte) (*Lockfile, error) {
	root, err := parseDocument(format, data)
	if err != nil {
		return nil, err
	}
	d := &decoder{format: format}
	var raw struct {
		Packages map[string]packageLock `treefile:"packages"`
		Source   map[string]string      `treefile:"source-packages"`
		Metadata *lockMetadata          `treefile:"metadata"`
	}
	if err := strictStruct(d, root, &raw); err != nil {
		return nil, err
	}
	l := &Lockfile{SourcePackages: raw.Source}
	if raw.Metadata != nil {
		l.Generated, l.Repos = raw.Metadata.generated, raw.Metadata.repos
	}
	if raw.Packages != nil {
		l.Packages = make(map[string]PackageLock, len(raw.Packages))
		for name, p := range raw.Packages {
			l.Packages[name] = PackageLock(p)
		}
	}
	return l, nil
}

// LoadLockfiles reads one or more lockfiles, JSON or YAML by their names. Of locks for the same package
// that of the last file counts.
func LoadLockfiles(fsys fs.FS, names ...string) (*Lockfile, error) {
	out := &Lockfile{}
	for i, name := range names {
		data, err := readFile(fsys, resolve(".", name), name)
		if err != nil {
			return nil, err
		}
		l, err := ParseLockfile(FormatOf(name), data)
		if err != nil {
			return nil, fmt.Errorf("Parsing %s: %w", name, err)
		}
		if l.Packages == nil && l.SourcePackages == nil {
			return nil, fmt.Errorf("Key 'packages' not found in %s", name)
		}
		if i == 0 {
			out = l
			continue
		}
		out.Packages = joined(out.Packages, l.Packages)
		out.SourcePackages = joined(out.SourcePackages, l.SourcePackages)
	}
	return out, nil
}

func joined[V any](a, b map[string]V) map[string]V {
	if a == nil {
		return b
	}
	maps.Copy(a, b)
	return a
}

// Locked returns the locked packages, sorted by name, and then the source packages.
func (l *Lockfile) Locked() ([]LockedPackage, error) {
	var out []LockedPackage
	for _, name := range slices.Sorted(maps.Keys(l.Packages)) {
		p := l.Packages[name]
		lp := LockedPackage{Name: name, EVR: p.EVR, Digest: p.Digest}
		if p.EVRA != "" {
			dot := strings.LastIndexByte(p.EVRA, '.')
			if dot < 0 {
				return nil, fmt.Errorf("package %s has malformed evra: %s", clip(name), clip(p.EVRA))
			}
			lp.EVR, lp.Arch = p.EVRA[:dot], p.EVRA[dot+1:]
		}
		out = append(out, lp)
	}
	for _, name := range slices.Sorted(maps.Keys(l.SourcePackages)) {
		out = append(out, LockedPackage{Name: name, EVR: l.SourcePackages[name], Arch: "src"})
	}
	return out, nil
}

// Lock adds a package with an architecture.
func (l *Lockfile) Lock(p LockedPackage) {
	if l.Packages == nil {
		l.Packages = map[string]PackageLock{}
	}
	l.Packages[p.Name] = PackageLock{EVRA: p.EVR + "." + p.Arch, Digest: p.Digest}
}

// JSON returns the text of the lockfile, indented by two spaces, without a newline at the end. Times are
// in whole seconds, UTC.
func (l *Lockfile) JSON() ([]byte, error) {
	type metadata struct {
		Generated *string `json:"generated"`
		Repos     map[string]struct {
			Generated string `json:"generated"`
		} `json:"rpmmd_repos"`
	}
	out := struct {
		Packages map[string]packageLock `json:"packages"`
		Source   map[string]string      `json:"source-packages,omitzero"`
		Metadata metadata               `json:"metadata"`
	}{Packages: map[string]packageLock{}, Source: l.SourcePackages}
	for name, p := range l.Packages {
		out.Packages[name] = packageLock(p)
	}
	if !l.Generated.IsZero() {
		s := l.Generated.UTC().Format(time.RFC3339)
		out.Metadata.Generated = &s
	}
	out.Metadata.Repos = make(map[string]struct {
		Generated string `json:"generated"`
	})
	for id, t := range l.Repos {
		r := out.Metadata.Repos[id]
		r.Generated = t.UTC().Format(time.RFC3339)
		out.Metadata.Repos[id] = r
	}
	return encode(out, "  ")
}

// packageLock is PackageLock with its syntax.
type packageLock PackageLock

func (p *packageLock) decodeNode(d *decoder, n *node) error {
	var raw struct {
		EVR      *string        `treefile:"evr"`
		EVRA     *string        `treefile:"evra"`
		Digest   *string        `treefile:"digest"`
		Metadata map[string]any `treefile:"metadata"`
	}
	if err := strictStruct(d, n, &raw); err != nil {
		return err
	}
	if (raw.EVR == nil) == (raw.EVRA == nil) {
		return n.errorf("either evr or evra is expected")
	}
	*p = packageLock{or(raw.EVR, ""), or(raw.EVRA, ""), or(raw.Digest, "")}
	if p.EVR == "" && p.EVRA == "" {
		return n.errorf("empty version")
	}
	return nil
}

func (p packageLock) MarshalJSON() ([]byte, error) {
	var digest *string
	if p.Digest != "" {
		digest = &p.Digest
	}
	if p.EVRA != "" {
		return marshal(struct {
			EVRA   string  `json:"evra"`
			Digest *string `json:"digest"`
		}{p.EVRA, digest})
	}
	return marshal(struct {
		EVR    string  `json:"evr"`
		Digest *string `json:"digest"`
	}{p.EVR, digest})
}

type lockMetadata struct {
	generated time.Time
	repos     map[string]time.Time
}

func (m *lockMetadata) decodeNode(d *decoder, n *node) error {
	var raw struct {
		Generated *timestamp          `treefile:"generated"`
		Repos     map[string]repoTime `treefile:"rpmmd_repos"`
	}
	if err := strictStruct(d, n, &raw); err != nil {
		return err
	}
	if raw.Generated != nil {
		m.generated = raw.Generated.Time
	}
	if raw.Repos != nil {
		m.repos = make(map[string]time.Time, len(raw.Repos))
		for id, r := range raw.Repos {
			m.repos[id] = r.Time
		}
	}
	return nil
}

type timestamp struct{ time.Time }

func (t *timestamp) decodeNode(d *decoder, n *node) error {
	var s string
	err := d.str(n, &s)
	if err != nil {
		return err
	}
	if t.Time, err = time.Parse(time.RFC3339, s); err != nil {
		return n.errorf("%q is not a time in the form of RFC 3339", clip(s))
	}
	if y := t.UTC().Year(); y < 1 || y > 9999 { // it could not be written
		return n.errorf("%q is out of range", clip(s))
	}
	return nil
}

type repoTime struct{ time.Time }

func (t *repoTime) decodeNode(d *decoder, n *node) error {
	var raw struct {
		Generated timestamp `treefile:"generated,required"`
	}
	err := strictStruct(d, n, &raw)
	t.Time = raw.Generated.Time
	return err
}
