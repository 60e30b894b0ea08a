package iso9660

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	recordHeader = 33 // bytes before the name

	flagAssociated = 0x04
	flagMore       = 0x80 // another part of the file follows
)

// shownName returns the name of a record, and whether it is shown.
func (w *work) shownName(record []byte) (string, bool) {
	if isSelf(record) || record[25]&flagAssociated != 0 {
		return "", false
	}
	name, ok := w.name(record)
	return name, ok && name != "" && name != "." && name != ".." && !strings.Contains(name, "/")
}

// isSelf tells whether a record is the one of the directory itself or of its parent.
func isSelf(record []byte) bool { return record[32] == 1 && record[33] <= 1 }

// name returns the name of a record, unless it is hidden or damaged.
func (w *work) name(record []byte) (string, bool) {
	if w.rock {
		name, hidden, err := w.rockName(record)
		if err != nil || hidden {
			return "", false
		}
		if name != "" {
			return name, true
		}
	}
	raw := record[recordHeader : recordHeader+int(record[32])]
	if w.joliet {
		return jolietName(raw), true
	}
	return plainName(raw), true
}

// plainName is in lower case, without version 1, and without the dot of an empty
// extension before it.
func plainName(raw []byte) string {
	out := make([]byte, 0, len(raw))
	for i, c := range raw {
		rest := raw[i:]
		if c == 0 || string(rest) == ".;1" || string(rest) == ";1" {
			break
		}
		if c == ';' || c == '/' {
			c = '.'
		}
		out = append(out, lower(c))
	}
	return string(out)
}

// jolietName decodes UTF-16; what is not valid in it is left out.
func jolietName(raw []byte) string {
	out := make([]byte, 0, len(raw))
	for i := 0; i+1 < len(raw); i += 2 {
		r := rune(binary.BigEndian.Uint16(raw[i:]))
		if r == 0 {
			break
		}
		if utf16.IsSurrogate(r) {
			if r >= 0xdc00 { // the second half of a pair
				continue
			}
			if i+3 >= len(raw) {
				break
			}
			if r = utf16.DecodeRune(r, rune(binary.BigEndian.Uint16(raw[i+2:]))); r == utf8.RuneError {
				continue
			}
			i += 2
		}
		out = utf8.AppendRune(out, r)
	}
	name := strings.TrimSuffix(string(out), ";1")
	if name == "" {
		name = string(out)
	}
	for len(name) >= 2 && name[len(name)-1] == '.' {
		name = name[:len(name)-1]
	}
	return name
}

// isJoliet tells whether a supplementary descriptor is one of Joliet's three levels.
func isJoliet(descriptor []byte) bool {
	switch string(descriptor[88:91]) {
	case "%/@", "%/C", "%/E":
		return true
	}
	return false
}

// inode makes a node without name. Of a directory the record counts that it has of itself.
func (w *work) inode(parts [][]byte) (Node, error) {
	first := parts[0]
	if first[25]&flagDirectory != 0 {
		return w.directoryAt(firstSector(first))
	}
	var n Node
	for _, p := range parts {
		e := extentOf(p)
		n.extents = append(n.extents, e)
		n.Size += e.size
		n.unsupported = n.unsupported || p[27] != 0
	}
	if w.rock {
		if err := w.attributes(&n, first); err != nil {
			return Node{}, err
		}
	}
	return n, nil
}

func extentOf(record []byte) extent {
	return extent{
		offset: int64(firstSector(record)) * SectorSize,
		size:   int64(binary.LittleEndian.Uint32(record[10:])),
	}
}

// directoryAt returns the directory whose records begin at a sector.
func (w *work) directoryAt(sector uint32) (Node, error) {
	self, err := w.selfRecord(sector)
	if err != nil {
		return Node{}, fmt.Errorf("directory at sector %d: %w", sector, err)
	}
	e := extentOf(self)
	n := Node{Type: fs.ModeDir, Size: e.size, extents: []extent{e}}
	if self[25]&flagDirectory == 0 {
		n.Type = 0
	}
	if w.rock {
		kind, known, err := w.rockType(self)
		if err != nil {
			return Node{}, err
		}
		if known {
			n.Type = kind
		}
	}
	return n, nil
}

// selfRecord returns the first record of a directory.
func (w *work) selfRecord(sector uint32) ([]byte, error) {
	b, err := w.read(int64(sector)*SectorSize, SectorSize)
	if err != nil {
		return nil, err
	}
	return cutRecord(b)
}

// isEmpty tells whether the first sector of a directory has no files.
func (w *work) isEmpty(sector uint32) bool {
	b, err := w.read(int64(sector)*SectorSize, SectorSize)
	for err == nil && len(b) > 0 && b[0] != 0 {
		var record []byte
		if record, err = cutRecord(b); err == nil && !isSelf(record) {
			return false
		}
		b = b[len(record):]
	}
	return err == nil
}
