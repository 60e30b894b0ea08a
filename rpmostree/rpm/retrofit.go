package rpm

import (
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// retrofit gives the header of an ancient package the tags that later rpms write.
func retrofit(h *Header) (*Header, error) {
	var b HeaderBuilder
	b.copyAll(h)
	splitPaths(&b, h)
	if !h.IsSource() {
		provideSelf(&b, h)
	}
	return ParseBlob(b.Blob(0))
}

// splitPaths replaces the list of paths by names and directories. Files of source packages have no directory.
func splitPaths(b *HeaderBuilder, h *Header) {
	paths := h.Strings(TagOldFilenames)
	if paths == nil || h.Has(TagBasenames) {
		return
	}
	var dirs, bases []string
	var indexes []uint32
	known := make(map[string]uint32)
	for _, p := range paths {
		dir, base := "", p
		if i := strings.LastIndexByte(p, '/'); i >= 0 {
			dir, base = p[:i+1], p[i+1:]
		}
		n, ok := known[dir]
		if !ok {
			n = uint32(len(dirs))
			known[dir] = n
			dirs = append(dirs, dir)
		}
		bases, indexes = append(bases, base), append(indexes, n)
	}
	b.Remove(TagOldFilenames)
	b.SetUint32s(TagDirIndexes, indexes...)
	b.SetStrings(TagBasenames, bases...)
	b.SetStrings(TagDirnames, dirs...)
}

// provideSelf adds the package's name and version to what it provides.
func provideSelf(b *HeaderBuilder, h *Header) {
	names, flags, versions := h.Strings(TagProvideName), h.Uint32s(TagProvideFlags), h.Strings(TagProvideVersion)
	if versions == nil {
		flags, versions = make([]uint32, len(names)), make([]string, len(names))
	}
	self := evr.Dep{Name: h.String(TagName), Flags: evr.Equal, Version: h.NEVRA().EVR().String()}
	for i, n := range names {
		if n == self.Name && i < len(flags) && evr.Flags(flags[i]) == self.Flags && i < len(versions) && versions[i] == self.Version {
			return
		}
	}
	b.SetStrings(TagProvideName, append(names, self.Name)...)
	b.SetUint32s(TagProvideFlags, append(flags, uint32(self.Flags))...)
	b.SetStrings(TagProvideVersion, append(versions, self.Version)...)
}
