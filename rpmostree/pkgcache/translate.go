package pkgcache

import (
	"fmt"
	"strings"
)

// Where tells what becomes of a path of a package in an image, whose /etc, /boot, /opt and /var are not
// part of commits.
type Where uint8

const (
	Kept     Where = iota // is in the commit, perhaps under another name
	Tmpfiles              // is made at boot: directories and links below /var and /run
	Dropped               // is left out
)

// UnsupportedPathError is a path outside of what images may hold.
type UnsupportedPathError struct {
	Path string // absolute, as in the package
}

// Error is worded as rpm-ostree words it.
func (e *UnsupportedPathError) Error() string {
	return fmt.Sprintf("Analyzing %s: Unsupported path; see https://github.com/projectatomic/rpm-ostree/issues/233", e.Path)
}

// moved are the directories that have another place in a commit.
var moved = []struct{ from, to string }{
	{"etc", "usr/etc"},
	{"boot", "usr/lib/ostree-boot"},
	{"opt", "usr/lib/opt"},
	{"var/lib/alternatives", "usr/lib/alternatives"},
	{"var/lib/vagrant", "usr/lib/vagrant"},
	{"var/lib/selinux/targeted", "usr/etc/selinux/targeted"},
}

// Translate returns the path that a file of a package has in a commit. path is the file's name, with or
// without leading slash; pkg is the name of the package, since the file system package may own
// directories that nobody else may.
func Translate(pkg, path string) (string, Where, error) {
	path = clean(path)
	for _, m := range moved {
		if rest, ok := below(path, m.from); ok {
			return keepUnlessLock(m.to + rest)
		}
	}
	switch {
	case path == "":
		return "", Dropped, nil
	case strings.HasPrefix(path, "var/lib/rpm"), strings.HasPrefix(path, "var/lib/selinux"):
		return "", Dropped, nil
	case path == "var" || path == "run":
		return "", Dropped, nil
	case strings.HasPrefix(path, "var/") || strings.HasPrefix(path, "run/"):
		return path, Tmpfiles, nil
	}
	for _, top := range []string{"usr", "bin", "sbin", "lib", "lib64"} {
		if _, ok := below(path, top); ok {
			return keepUnlessLock(path)
		}
	}
	if pkg == "filesystem" || pkg == "rootfiles" {
		return "", Dropped, nil
	}
	return "", Dropped, &UnsupportedPathError{Path: "/" + path}
}

// clean removes what leads a path in a payload.
func clean(path string) string {
	if path == "." {
		return ""
	}
	return strings.Trim(strings.TrimPrefix(path, "./"), "/")
}

func keepUnlessLock(path string) (string, Where, error) {
	if strings.HasPrefix(path, "usr/etc/selinux/") && strings.HasSuffix(path, ".LOCK") {
		return "", Dropped, nil
	}
	return path, Kept, nil
}

// below tells whether path is dir (rest is "") or in it (rest begins with a slash).
func below(path, dir string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, dir)
	return rest, ok && (rest == "" || rest[0] == '/')
}
