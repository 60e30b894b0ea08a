package composefs

import (
	"bytes"
	"hash/maphash"
	"slices"
	"strings"
)

// Names that overlayfs gives a meaning, and what stands for them in an image
// where they must not have it.
const (
	overlayPrefix  = "trusted.overlay."
	escapedPrefix  = "trusted.overlay.overlay."
	xattrMetacopy  = "trusted.overlay.metacopy"
	xattrRedirect  = "trusted.overlay.redirect"
	xattrOpaque    = "trusted.overlay.opaque"
	xattrSELinux   = "security.selinux"
	escWhiteout    = "trusted.overlay.overlay.whiteout"
	escWhiteouts   = "trusted.overlay.overlay.whiteouts"
	escOpaque      = "trusted.overlay.overlay.opaque"
	userWhiteout   = "user.overlay.whiteout"
	userWhiteouts  = "user.overlay.whiteouts"
	userOpaque     = "user.overlay.opaque"
	aclAccess      = "system.posix_acl_access"
	aclDefault     = "system.posix_acl_default"
	metacopyLength = 4 + 32
)

// xattrPrefixes are abbreviated to their index. The order matters only in that
// the first match wins. Index 5 (lustre.) exists in EROFS but is not used.
var xattrPrefixes = []struct {
	prefix string
	index  uint8
}{
	{"user.", 1}, {aclAccess, 2}, {aclDefault, 3}, {"trusted.", 4}, {"security.", 6},
}

// splitXattr returns the index of the name's prefix, and the rest of the name.
func splitXattr(name string) (uint8, string) {
	for _, p := range xattrPrefixes {
		if rest, ok := strings.CutPrefix(name, p.prefix); ok {
			return p.index, rest
		}
	}
	return 0, name
}

// joinXattr is the opposite of splitXattr.
func joinXattr(index uint8, suffix string) (string, bool) {
	for _, p := range xattrPrefixes {
		if p.index == index {
			return p.prefix + suffix, true
		}
	}
	return suffix, index == 0
}

// filterSeed starts the hash for the Bloom filter of names.
const filterSeed = 0x25BBE08F

// nameFilter has a zero bit for each name that may be there.
func nameFilter(xattrs []Xattr) uint32 {
	filter := ^uint32(0)
	for _, x := range xattrs {
		index, suffix := splitXattr(x.Name)
		filter &^= 1 << (xxh32(suffix, filterSeed+uint32(index)) & 31)
	}
	return filter
}

// entrySize is the length of an attribute as it is stored.
func entrySize(x Xattr) uint64 {
	_, suffix := splitXattr(x.Name)
	return roundUp(uint64(4+len(suffix)+len(x.Value)), 4)
}

// appendEntry appends an attribute as it is stored.
func appendEntry(b []byte, x Xattr) []byte {
	index, suffix := splitXattr(x.Name)
	b = append(b, uint8(len(suffix)), index, uint8(len(x.Value)), uint8(len(x.Value)>>8))
	b = append(append(b, suffix...), x.Value...)
	return append(b, make([]byte, -(4+len(suffix)+len(x.Value))&3)...)
}

// set adds an attribute or replaces its value.
func set(xattrs []Xattr, name string, value []byte) []Xattr {
	for i := range xattrs {
		if xattrs[i].Name == name {
			xattrs[i].Value = value
			return xattrs
		}
	}
	return append(xattrs, Xattr{name, value})
}

// xattrs returns the attributes that the image gives to inode i, by name. The
// result is valid until the next call.
func (l *layout) xattrs(i int) []Xattr {
	in := &l.inodes[i]
	n := in.node
	list := l.scratch[:0]
	for _, x := range n.Xattrs {
		if rest, ok := strings.CutPrefix(x.Name, overlayPrefix); ok {
			x.Name = escapedPrefix + rest
		}
		list = append(list, x)
	}
	if n.isExternal() {
		list = l.addOverlay(list, n)
	}
	if in.escaped {
		list = set(list, escWhiteout, nil)
		list = set(list, userWhiteout, nil)
	}
	if in.whiteouts {
		list = set(list, escWhiteouts, nil)
		list = set(list, userWhiteouts, nil)
		if l.version >= 1 {
			list = set(list, escOpaque, []byte("x"))
			list = set(list, userOpaque, []byte("x"))
		}
	}
	if i == 0 {
		list = append(list, Xattr{xattrOpaque, []byte("y")})
	}
	sortXattrs(list)
	l.scratch = list
	return list
}

// addOverlay appends what tells overlayfs where the content is.
func (l *layout) addOverlay(list []Xattr, n *Node) []Xattr {
	var metacopy []byte
	b := l.values[:0]
	if n.Digest != nil {
		b = append(b, 0, metacopyLength, 0, 1) // version, length, flags, SHA-256
		b = append(b, n.Digest[:]...)
		metacopy = b
	}
	list = append(list, Xattr{xattrMetacopy, metacopy})
	if n.Payload != "" {
		start := len(b)
		b = append(append(b, '/'), n.Payload...)
		list = append(list, Xattr{xattrRedirect, b[start:]})
	}
	l.values = b
	return list
}

// maxShared is how many references to shared attributes an inode can have.
const maxShared = 128

// sharedKey identifies a pair of name and value. The result is valid until the
// next call.
func (l *layout) sharedKey(x Xattr) []byte {
	l.key = append(append(append(l.key[:0], x.Name...), 0), x.Value...)
	return l.key
}

// share finds the pairs that are used more than once and gives them a place.
// Most pairs of a large tree are unique (digests, paths), so the first pass
// remembers only a hash of each; the second counts those that may be repeated.
func (l *layout) share() error {
	var (
		seed   = maphash.MakeSeed()
		hashes []uint64
	)
	for i := range l.inodes {
		xattrs := l.xattrs(i)
		for j, x := range xattrs {
			if j > 0 && x.Name == xattrs[j-1].Name {
				return l.inodes[i].node.errorf("xattr %q is there twice", x.Name)
			}
			hashes = append(hashes, maphash.Bytes(seed, l.sharedKey(x)))
		}
	}
	slices.Sort(hashes)
	repeated := map[uint64]bool{}
	for i := 1; i < len(hashes); i++ {
		if hashes[i] == hashes[i-1] {
			repeated[hashes[i]] = true
		}
	}
	uses := map[string]int{}
	var shared []Xattr
	for i := range l.inodes {
		for _, x := range l.xattrs(i) {
			key := l.sharedKey(x)
			if !repeated[maphash.Bytes(seed, key)] {
				continue
			}
			if uses[string(key)]++; uses[string(key)] == 2 {
				shared = append(shared, Xattr{x.Name, bytes.Clone(x.Value)})
			}
		}
	}
	l.placeShared(shared)
	return nil
}

// placeShared orders the shared pairs: descending by name, then by length of
// the value, then by value.
func (l *layout) placeShared(shared []Xattr) {
	slices.SortFunc(shared, func(a, b Xattr) int {
		if c := strings.Compare(b.Name, a.Name); c != 0 {
			return c
		}
		if c := len(b.Value) - len(a.Value); c != 0 {
			return c
		}
		return bytes.Compare(b.Value, a.Value)
	})
	l.shared = shared
	l.sharedAt = make(map[string]uint64, len(shared))
	for _, x := range shared {
		l.sharedAt[string(l.sharedKey(x))] = l.sharedSize
		l.sharedSize += entrySize(x)
	}
}

// divide tells for each attribute of an inode, in order, whether it is
// referred to (and at which offset of the shared area) or stored inline.
func (l *layout) divide(xattrs []Xattr, shared func(offset uint64), inline func(Xattr)) {
	n := 0
	for _, x := range xattrs {
		if n < maxShared && len(l.sharedAt) > 0 {
			if offset, ok := l.sharedAt[string(l.sharedKey(x))]; ok {
				n++
				shared(offset)
				continue
			}
		}
		inline(x)
	}
}

// sortXattrs sorts by name.
func sortXattrs(xattrs []Xattr) {
	slices.SortFunc(xattrs, func(a, b Xattr) int { return strings.Compare(a.Name, b.Name) })
}
