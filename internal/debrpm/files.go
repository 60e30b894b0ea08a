package debrpm

import (
	"archive/tar"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// Merged are the top-level directories that are links into /usr.
var Merged = []string{"bin", "lib", "lib32", "lib64", "libx32", "sbin"}

// merge returns where a path is when the directories of Merged are links.
func merge(p string) string {
	top, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/")
	if slices.Contains(Merged, top) {
		return "/usr" + p
	}
	return p
}

// files maps the entries of a package. Directories that skip names are left out. provides are the paths that programs
// had before they moved.
func (d *Deb) files(skip map[string]bool) (files []rpmtest.File, provides []string, err error) {
	index := map[string]int{} // by path
	for i := range d.Entries {
		e := &d.Entries[i]
		f, err := d.file(e)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", e.Name, err)
		}
		if e.Typeflag != tar.TypeDir && (strings.HasPrefix(e.Name, "/bin/") || strings.HasPrefix(e.Name, "/sbin/")) {
			provides = append(provides, e.Name)
		}
		if e.Typeflag == tar.TypeDir && (skip[f.Path] || e.Name == "/") || e.linksToItself() {
			continue
		}
		at, twice := index[f.Path]
		switch {
		case !twice:
			index[f.Path] = len(files)
			files = append(files, f)
		case e.Typeflag == tar.TypeDir && files[at].Mode&rpm.ModeType == rpm.ModeDir:
			// The same directory in / and in /usr: the latter counts.
			if f.Path == e.Name {
				files[at] = f
			}
		default:
			return nil, nil, fmt.Errorf("%s is there twice when /usr is merged", f.Path)
		}
	}
	return files, provides, nil
}

// linksToItself tells of a link between / and /usr that has no sense when they are merged.
func (e *Entry) linksToItself() bool {
	target := e.Linkname
	if !strings.HasPrefix(target, "/") {
		target = path.Join(path.Dir(e.Name), target)
	}
	return e.Typeflag == tar.TypeSymlink && merge(path.Clean(target)) == merge(e.Name)
}

func (d *Deb) file(e *Entry) (rpmtest.File, error) {
	f := rpmtest.File{Path: merge(e.Name), Mode: uint32(e.Mode) & 0o7777, MTime: uint32(max(e.ModTime.Unix(), 0))}
	var err error
	if f.User, err = owner(e.Uname, e.Uid); err != nil {
		return f, err
	}
	if f.Group, err = owner(e.Gname, e.Gid); err != nil {
		return f, err
	}
	switch e.Typeflag {
	case tar.TypeReg:
		f.Mode |= rpm.ModeRegular
		f.Content = e.Content
	case tar.TypeDir:
		f.Mode |= rpm.ModeDir
	case tar.TypeSymlink:
		f.Mode = rpm.ModeSymlink | 0o777
		f.LinkTo = relink(e.Name, e.Linkname)
	case tar.TypeLink:
		f.Mode |= rpm.ModeRegular
		f.HardLink = merge(path.Clean("/" + e.Linkname))
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		f.Mode |= map[byte]uint32{tar.TypeChar: rpm.ModeCharDev, tar.TypeBlock: rpm.ModeBlockDev, tar.TypeFifo: rpm.ModeFIFO}[e.Typeflag]
		f.Rdev = uint32(e.Devmajor)<<8 | uint32(e.Devminor)
	default:
		return f, fmt.Errorf("%w: tar entry of type %q", ErrFormat, e.Typeflag)
	}
	if caps, ok := e.PAXRecords["SCHILY.xattr.security.capability"]; ok {
		if f.Caps, err = capText([]byte(caps)); err != nil {
			return f, err
		}
	}
	if e.Typeflag != tar.TypeDir {
		d.mark(&f, e.Name)
	}
	return f, nil
}

// owner prefers the name, as dpkg does. RPM knows names only.
func owner(name string, id int) (string, error) {
	switch {
	case name != "":
		return name, nil
	case id == 0:
		return "root", nil
	}
	return "", fmt.Errorf("%w: owner %d has no name", ErrFormat, id)
}

// relink returns the target of a symbolic link that may have moved into /usr: one that climbs up to the root would
// miss a level.
func relink(name, target string) string {
	if strings.HasPrefix(target, "/") || merge(name) == name {
		return target
	}
	// Where the last ".." leads decides: counted down from the link's own directory.
	depth := strings.Count(path.Dir(name), "/")
	for _, part := range strings.Split(target, "/") {
		if part == ".." {
			depth--
		}
	}
	if depth > 0 {
		return target
	}
	return merge(path.Join(path.Dir(name), target))
}

var (
	docs    = regexp.MustCompile(`^/usr/share/(doc|man|info|doc-base)/`)
	license = regexp.MustCompile(`^/usr/share/doc/[^/]+/copyright$`)
	locale  = regexp.MustCompile(`^/usr/share/locale/([^/]+)/LC_[A-Z]+/`)
	manLang = regexp.MustCompile(`^/usr/share/man/([a-z][^/]*)/man[0-9]`)
)

// mark sets the attributes that rpmbuild derives from a path or that conffiles asks for.
func (d *Deb) mark(f *rpmtest.File, name string) {
	switch {
	case slices.Contains(d.ConfFiles, name):
		f.Flags |= rpm.FileConfig | rpm.FileNoReplace
	case license.MatchString(f.Path):
		f.Flags |= rpm.FileLicense
	case docs.MatchString(f.Path):
		f.Flags |= rpm.FileDoc
	}
	for _, re := range []*regexp.Regexp{locale, manLang} {
		if m := re.FindStringSubmatch(f.Path); m != nil {
			f.Langs, _, _ = strings.Cut(m[1], "@")
		}
	}
}
