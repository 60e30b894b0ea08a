package sandbox

import (
	"cmp"
	"encoding/binary"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// statAt completes the description of an entry. Its attributes are read through a descriptor that only names it.
func (w *walker) statAt(s *Stat, dir *os.File, name string, st *unix.Stat_t) error {
	fd, err := openAt(int(dir.Fd()), name, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Fstat(fd, st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		// The descriptor of a link cannot be followed by path; attributes of links are read by name, in the directory.
		return w.fillStat(s, st, fdPath(int(dir.Fd()))+"/"+name)
	}
	return w.fillStat(s, st, fdPath(fd))
}

// fillStat converts st; the attributes are those of the file called name, links in the last place not followed
// unless they are those of /proc.
func (w *walker) fillStat(s *Stat, st *unix.Stat_t, name string) error {
	*s = Stat{
		Mode: st.Mode, UID: st.Uid, GID: st.Gid, Size: st.Size, MTime: int64(st.Mtim.Sec),
		Dev: uint64(st.Dev), Ino: st.Ino, Nlink: uint64(st.Nlink),
	}
	if w.session.userNS {
		s.UID, s.GID = w.session.inside(st.Uid, st.Gid)
	}
	var err error
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		s.Xattrs, err = readXattrsWith(name, unix.Llistxattr, unix.Lgetxattr)
	} else {
		s.Xattrs, err = readXattrs(name)
	}
	if w.session.userNS {
		w.session.unmap(s)
	}
	return err
}

// unmap gives the attributes of an ordinary user's file the meaning that they have for programs in the sandbox, and
// would have had if they had been set by root.
func (s *Session) unmap(st *Stat) {
	var kept []Xattr
	for _, x := range st.Xattrs {
		switch x.Name {
		case ownerXattr:
			if uid, gid, ok := parseOwner(x.Value); ok {
				st.UID, st.GID = uid, gid
			}
			continue
		case "security.capability":
			x.Value = plainCapability(x.Value)
		}
		kept = append(kept, x)
	}
	st.Xattrs = kept
}

// plainCapability removes the user from a file capability that counts in one user namespace only.
func plainCapability(v []byte) []byte {
	const revision, v2, v3 = 0xff000000, 0x02000000, 0x03000000
	if len(v) != 24 {
		return v
	}
	magic := binary.LittleEndian.Uint32(v)
	if magic&revision != v3 {
		return v
	}
	return append(binary.LittleEndian.AppendUint32(nil, magic&^revision|v2), v[4:20]...)
}

func readXattrs(name string) ([]Xattr, error) {
	return readXattrsWith(name, unix.Listxattr, unix.Getxattr)
}

// readXattrsWith returns the attributes that a tree keeps, sorted by name.
func readXattrsWith(name string, list func(string, []byte) (int, error), get func(string, string, []byte) (int, error)) ([]Xattr, error) {
	names, err := grow(func(b []byte) (int, error) { return list(name, b) })
	if err == unix.EOPNOTSUPP || err == unix.ENOSYS {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var xattrs []Xattr
	for _, n := range strings.Split(string(names), "\x00") {
		if n == "" || n == "user.ostreemeta" || strings.HasPrefix(n, "trusted.overlay.") || strings.HasPrefix(n, "user.overlay.") {
			continue
		}
		value, err := grow(func(b []byte) (int, error) { return get(name, n, b) })
		if err == unix.ENODATA {
			continue
		}
		if err != nil {
			return nil, err
		}
		xattrs = append(xattrs, Xattr{n, value})
	}
	slices.SortFunc(xattrs, func(a, b Xattr) int { return cmp.Compare(a.Name, b.Name) })
	return xattrs, nil
}

// grow calls fill with buffers until one is large enough.
func grow(fill func([]byte) (int, error)) ([]byte, error) {
	for {
		n, err := fill(nil)
		if err != nil || n == 0 {
			return nil, err
		}
		b := make([]byte, n)
		if n, err = fill(b); err != unix.ERANGE {
			return b[:max(n, 0)], err
		}
	}
}

// inside returns the owner as programs see it, where an ordinary user is root.
func (s *Session) inside(uid, gid uint32) (uint32, uint32) {
	if uid == s.uid {
		uid = 0
	}
	if gid == s.gid {
		gid = 0
	}
	return uid, gid
}

// opaque reads the mark of a directory that hides the one below it.
func (w *walker) opaque(upper *os.File, name string) (bool, error) {
	prefix := "trusted."
	if w.session.userNS {
		prefix = "user."
	}
	fd, err := openAt(int(upper.Fd()), name, unix.O_DIRECTORY)
	if err != nil {
		return false, err
	}
	defer unix.Close(fd)
	var value [8]byte
	n, err := unix.Getxattr(fdPath(fd), prefix+"overlay.opaque", value[:])
	switch err {
	case nil:
		return n == 1 && value[0] == 'y', nil
	case unix.ENODATA, unix.EOPNOTSUPP:
		return false, nil
	}
	return false, err
}
