package iso9660

import (
	"bytes"
	"fmt"
	"strings"
)

// nameChars are the characters of names besides letters and digits. The format allows only
// a part of them; builders of images are generous.
const nameChars = "_ !\"%&'()*+,-.:<=>?"

// parseName returns the name in a directory record, without version.
func parseName(b []byte) (string, error) {
	b = bytes.TrimSuffix(b, []byte(";1"))
	b = bytes.TrimSuffix(b, []byte("."))
	// Linux shows both as dots, too.
	return parseChars(b, func(c byte) (byte, bool) {
		if c == ';' || c == '/' {
			return '.', true
		}
		return c, isNameChar(c)
	})
}

// parseString returns a string in a descriptor, without the blanks that fill it.
func parseString(b []byte) (string, error) {
	s, err := parseChars(b, func(c byte) (byte, bool) {
		return c, isNameChar(c) || c == ';' || c == '/'
	})
	return strings.TrimRight(s, " "), err
}

func parseChars(b []byte, convert func(byte) (byte, bool)) (string, error) {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c == 0 {
			break
		}
		c, ok := convert(c)
		if !ok {
			return "", fmt.Errorf("invalid string name %s", quoteBytes(b))
		}
		out = append(out, c)
	}
	return string(out), nil
}

func isNameChar(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte(nameChars, c) >= 0
}

// components returns the names in a path, with "." and ".." resolved.
func components(path string) []string {
	var names []string
	for name := range strings.SplitSeq(path, "/") {
		switch name {
		case "", ".":
		case "..":
			names = names[:max(len(names)-1, 0)]
		default:
			names = append(names, name)
		}
	}
	return names
}

// fits tells whether a name can stand in an image of the strictest level as it is.
func fits(name string) bool {
	base, ext, _ := strings.Cut(name, ".")
	return len(base) <= 8 && len(ext) <= 3 && !strings.Contains(ext, ".")
}

// split cuts a name at its last dot.
func split(name string) (base, ext string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return name, ""
}

// shortened tells whether got is what builders of images make of the long name want: 8
// characters and 3 of the extension; if that exists already genisoimage puts a number in
// the place of the last three.
func shortened(want, got string) (match, numbered bool) {
	wantBase, wantExt := split(want)
	gotBase, gotExt := split(got)
	if cut(wantExt, 3) != gotExt || wantBase == "" {
		return false, false
	}
	// Dots within the base are not allowed on disc.
	wantBase = strings.ReplaceAll(wantBase, ".", "_")
	if cut(wantBase, 8) == gotBase {
		return true, false
	}
	stem := cut(wantBase, 5)
	digits, ok := strings.CutPrefix(gotBase, stem)
	return ok && len(digits) == 3 && strings.Trim(digits, "0123456789") == "", true
}

// How a record matches a name that it does not have, the weakest first.
const (
	matchNone = iota
	matchLowerNumber
	matchLowerShort
	matchLower
	matchNumber
	matchShort
	matchRockRidge
)

// match tells how the record matches a name in upper case.
func (e *Entry) match(name string) int {
	switch {
	case e.longName == "":
		if found := matchShortened(name, e.Name, matchShort, matchNumber); found != matchNone {
			return found
		}
	case strings.EqualFold(e.longName, name):
		return matchRockRidge
	}
	upper := strings.ToUpper(e.Name)
	switch {
	case upper == name:
		return matchLower
	case upper == e.Name, e.longName != "":
		return matchNone
	}
	return matchShortened(name, upper, matchLowerShort, matchLowerNumber)
}

// matchShortened returns one of the kinds of match, for a name that does not fit.
func matchShortened(want, got string, short, number int) int {
	if fits(want) {
		return matchNone
	}
	switch match, numbered := shortened(want, got); {
	case !match:
		return matchNone
	case numbered:
		return number
	}
	return short
}

func cut(s string, n int) string { return s[:min(n, len(s))] }

// rockRidgeName returns the name of the system that a record holds beside its own, or "".
// It is the entry "NM" in the list of entries of the System Use Sharing Protocol: two
// letters, length, version, and here flags and the name.
func rockRidgeName(area []byte) string {
	var name []byte
	for len(area) >= 4 {
		length := int(area[2])
		if length < 4 || length > len(area) {
			break
		}
		if string(area[:2]) == "NM" && length >= 5 {
			name = append(name, area[5:length]...)
			const continued = 1
			if area[4]&continued == 0 {
				break
			}
		}
		area = area[length:]
	}
	return string(name)
}
