package debrpm

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// Options adjust conversions. Nil and the zero value are right for most callers.
type Options struct {
	// Compressor of the payload, see [rpmtest.Spec]; empty means "zstd".
	Compressor string
	// SkipDirs are directories, as "/usr/share", that packages do not list because another package has all of
	// them; nil means [StandardDirs].
	SkipDirs []string
	// Jobs is the number of packages converted at a time; 0 means one per processor.
	Jobs int
}

// StandardDirs are the directories of the file system hierarchy, which many packages contain
// and one, usually called filesystem, should own. They belong to root and have mode 0755.
var StandardDirs = strings.Fields(`
	/boot /dev /etc /home /media /mnt /opt /proc /root /run /srv /sys /tmp /var
	/usr /usr/bin /usr/games /usr/include /usr/lib /usr/lib32 /usr/lib64 /usr/libexec /usr/libx32 /usr/sbin /usr/share /usr/src
	/usr/lib/modules /usr/lib/sysusers.d /usr/lib/tmpfiles.d /usr/share/doc /usr/share/info /usr/share/locale /usr/share/man /usr/share/misc
	/var/backups /var/cache /var/lib /var/lib/misc /var/local /var/lock /var/log /var/mail /var/opt /var/run /var/spool /var/tmp
`)

// Spec maps the package. Its files share the memory of d.
func (d *Deb) Spec(o *Options) (*rpmtest.Spec, error) {
	if o == nil {
		o = &Options{}
	}
	c := d.Control
	if c["package"] == "" || c["version"] == "" || c["architecture"] == "" {
		return nil, fmt.Errorf("%w: no name, version or architecture", ErrFormat)
	}
	s := &rpmtest.Spec{
		Name: c["package"], Arch: Arch(c["architecture"]), License: "see /usr/share/doc/" + c["package"] + "/copyright",
		Group: c["section"], URL: c["homepage"], Vendor: "Debian", Packager: c["maintainer"],
		BuildTime: uint32(max(d.Built.Unix(), 0)), Compressor: cmp.Or(o.Compressor, "zstd"),
	}
	s.Epoch, s.Version, s.Release = SplitVersion(c["version"])
	s.Release = cmp.Or(s.Release, noRelease)
	s.Summary, s.Description = c.description()
	s.SourceRPM = c.sourceRPM()
	skip := map[string]bool{}
	dirs := o.SkipDirs
	if dirs == nil {
		dirs = StandardDirs
	}
	for _, dir := range dirs {
		skip[dir] = true
	}
	paths, err := d.setDeps(s, skip)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	s.Provides = append(s.Provides, paths...)
	return s, nil
}

// setDeps sets files and dependencies, and returns the paths to be provided.
func (d *Deb) setDeps(s *rpmtest.Spec, skip map[string]bool) (paths []string, err error) {
	if s.Files, paths, err = d.files(skip); err != nil {
		return nil, err
	}
	var errs []error
	field := func(name string) []string {
		deps, err := Dependencies(d.Control[name])
		errs = append(errs, err)
		return deps
	}
	s.RequiresPre, s.Requires = field("pre-depends"), field("depends")
	s.Recommends, s.Suggests, s.Enhances = field("recommends"), field("suggests"), field("enhances")
	s.Provides = slices.DeleteFunc(field("provides"), func(p string) bool { return p == s.Name })
	isRich := func(dep string) bool { return strings.HasPrefix(dep, "(") }
	if slices.ContainsFunc(s.Requires, isRich) || slices.ContainsFunc(s.RequiresPre, isRich) {
		// rpmbuild adds it too.
		s.Deps = map[rpm.DepKind][]evr.Dep{rpm.Requires: {
			{Name: "rpmlib(RichDependencies)", Flags: evr.RPMLib | evr.Less | evr.Equal, Version: "4.12.0-1"},
		}}
	}
	return paths, errors.Join(errs...)
}

// sourceRPM names the source package: "Source: name (version)", by default that of the binary one.
func (c Control) sourceRPM() string {
	name, version := c["package"], c["version"]
	if source := c["source"]; source != "" {
		n, v, ok := strings.Cut(source, " ")
		name = n
		if ok {
			version = strings.Trim(v, "()")
		}
	}
	_, v, r := SplitVersion(version)
	return fmt.Sprintf("%s-%s-%s.src.rpm", name, v, cmp.Or(r, noRelease))
}
