package iso9660

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"strings"
)

const (
	// maxAreas is how many further areas the entries of a record may fill, as on Linux.
	maxAreas = 32
	// maxRockName is the longest name; more parts of it are dropped, as on Linux.
	maxRockName = 254
	// xaLength is what CD-ROM XA puts before the entries of Rock Ridge.
	xaLength = 14
)

// entries calls yield for the entries that a record has behind its name by the System Use Sharing
// Protocol, until it returns false: two letters, length, version, data. skip is the number of bytes before
// the first. whole is false if yield was, or if the list is damaged.
func (w *work) entries(record []byte, skip int, yield func(kind string, entry []byte) bool) (whole bool, err error) {
	start := recordHeader + int(record[32])
	start += start % 2
	area := record[min(start+skip, len(record)):]
	for areas := 0; ; areas++ {
		var next []byte // where the list goes on
		for len(area) > 2 {
			length := int(area[2])
			if length < 3 {
				return false, nil
			}
			kind := string(area[:2])
			if kind == "CE" {
				if len(area) < 28 {
					return false, errBadly
				}
				next = area[:28]
			}
			if length > len(area) {
				return false, nil
			}
			entry := area[:length]
			area = area[length:]
			if kind != "CE" && !yield(kind, entry) {
				return false, nil
			}
		}
		if next == nil {
			return true, nil
		}
		if areas == maxAreas {
			return false, errBadly
		}
		if area, err = w.area(next); err != nil || area == nil {
			return err == nil, err
		}
	}
}

// area returns the bytes that an entry CE points to. They lie in one sector.
func (w *work) area(ce []byte) ([]byte, error) {
	sector := binary.LittleEndian.Uint32(ce[4:])
	offset, size := int64(binary.LittleEndian.Uint32(ce[12:])), int64(binary.LittleEndian.Uint32(ce[20:]))
	if offset > SectorSize || size > SectorSize || offset+size > SectorSize {
		return nil, errBadly
	}
	if sector == 0 {
		return nil, nil
	}
	return w.read(int64(sector)*SectorSize+offset, size)
}

func (w *work) skip() int { return max(w.rockSkip, 0) }

// detectRock looks into the root directory for Rock Ridge's reference and for the
// indicator that tells what is before entries.
func (t *Tree) detectRock(w *work, sector uint32) (certain bool, err error) {
	self, err := w.selfRecord(sector)
	if err != nil {
		return false, err
	}
	for _, skip := range []int{0, xaLength} {
		_, err := w.entries(self, skip, func(kind string, e []byte) bool {
			switch {
			case kind == "SP" && len(e) >= 7:
				if e[4] != 0xbe || e[5] != 0xef {
					return false
				}
				t.rockSkip = int(e[6])
			case kind == "ER" && len(e) >= 8:
				if 8+int(e[4]) > len(e) {
					return false
				}
				certain = true
			}
			return true
		})
		if err != nil || certain || t.rockSkip >= 0 {
			return certain, err
		}
	}
	return false, nil
}

// rockName returns the name in the entries NM of a record, "" if there is none or the list is damaged. Directories that
// were moved because they are too deep are hidden where they lie.
func (w *work) rockName(record []byte) (string, bool, error) {
	var name []byte
	hidden, cut := false, false
	whole, err := w.entries(record, w.skip(), func(kind string, e []byte) bool {
		switch kind {
		case "RR":
			const hasName = 8
			return len(e) < 5 || e[4]&hasName != 0
		case "RE":
			hidden = true
			return false
		case "NM":
			const continued = 1
			if cut || len(e) < 5 || e[4]&^continued != 0 {
				break
			}
			part := e[5:]
			if len(name)+len(part) >= maxRockName {
				cut = true
				break
			}
			part, _, _ = bytes.Cut(part, []byte{0})
			name = append(name, part...)
		}
		return true
	})
	if !whole {
		name = nil
	}
	return string(name), hidden, err
}

// rockType returns the type in the entry PX of a record.
func (w *work) rockType(record []byte) (kind fs.FileMode, known bool, err error) {
	_, err = w.entries(record, w.skip(), func(name string, e []byte) bool {
		if name == "PX" && len(e) >= 36 {
			kind, known = unixType(binary.LittleEndian.Uint32(e[4:])), true
		}
		return true
	})
	return kind, known, err
}

// unixType makes the type of the bits that Unix keeps it in.
func unixType(mode uint32) fs.FileMode {
	switch mode & 0o170000 {
	case 0o100000:
		return 0
	case 0o040000:
		return fs.ModeDir
	case 0o120000:
		return fs.ModeSymlink
	case 0o010000:
		return fs.ModeNamedPipe
	case 0o140000:
		return fs.ModeSocket
	case 0o020000:
		return fs.ModeDevice | fs.ModeCharDevice
	case 0o060000:
		return fs.ModeDevice
	}
	return fs.ModeIrregular
}

// attributes completes a node with what Rock Ridge tells of it.
func (w *work) attributes(n *Node, record []byte) error {
	var target linkTarget
	var moved uint32
	whole, err := w.entries(record, w.skip(), func(kind string, e []byte) bool {
		switch {
		case kind == "PX" && len(e) >= 36:
			n.Type = unixType(binary.LittleEndian.Uint32(e[4:]))
		case kind == "SL" && len(e) >= 5:
			target.add(e)
		case kind == "CL" && len(e) >= 12:
			moved = binary.LittleEndian.Uint32(e[4:])
		case kind == "ZF" && len(e) >= 6 && string(e[4:6]) == "pz":
			n.unsupported = true
		}
		return true
	})
	if err != nil {
		return err
	}
	if moved != 0 {
		*n, err = w.directoryAt(moved)
		return err
	}
	if n.Type == fs.ModeSymlink && whole {
		n.Target = target.String()
		n.Size = int64(len(n.Target))
	}
	return nil
}

// linkTarget collects the components of a link's target.
type linkTarget struct {
	text strings.Builder
	full bool
}

func (l *linkTarget) String() string { return l.text.String() }

// add appends the components of an entry SL: flags, length, text each. A component may go on
// in the next one, and the last one in the next entry.
func (l *linkTarget) add(entry []byte) {
	const continued, self, parent, root = 1, 2, 4, 8
	more := entry[4]&continued != 0
	parts := entry[5:]
	for len(parts) >= 2 {
		flags, length := parts[0], int(parts[1])
		text := parts[2:min(2+length, len(parts))]
		parts = parts[2+len(text):]
		slash := flags&continued == 0 && (len(parts) >= 2 || more)
		switch flags &^ continued {
		case 0:
			l.write(string(text))
		case self:
			l.write(".")
		case parent:
			l.write("..")
		case root:
			l.write("/")
			slash = false
		}
		if slash {
			l.write("/")
		}
	}
}

func (l *linkTarget) write(s string) {
	l.full = l.full || l.text.Len()+len(s) >= maxPathLength
	if !l.full {
		l.text.WriteString(s)
	}
}
