package bus

import "strings"

// ObjectPath is the name of an object.
type ObjectPath string

// Valid tells whether the path is "/", or elements of letters, digits and underscores with a slash before each.
func (p ObjectPath) Valid() bool {
	rest, ok := strings.CutPrefix(string(p), "/")
	return ok && (rest == "" || words(rest, "/", true))
}

// Signature is a list of types.
type Signature string

// Variant is a value with its type.
type Variant struct {
	Signature Signature
	Value     any
}

const (
	maxSignature = 255
	// maxNesting bounds how deep the types of arrays are nested, and those of structures and entries.
	maxNesting = 32
	// basicTypes are those that are no containers.
	basicTypes = "ybnqiuxtdsogh"
)

// typeSize returns the size of the first type in a signature inside of so many arrays and structures, or -1.
func typeSize(s string, arrays, structures int) int {
	if s == "" || arrays > maxNesting || structures > maxNesting {
		return -1
	}
	switch {
	case s[0] == 'v' || strings.IndexByte(basicTypes, s[0]) >= 0:
		return 1
	case s[0] == '(':
		n := 1
		for {
			member := typeSize(s[n:], arrays, structures+1)
			if member < 0 {
				return -1
			}
			if n += member; strings.HasPrefix(s[n:], ")") {
				return n + 1
			}
		}
	case s[0] != 'a':
		return -1
	case len(s) > 2 && s[1] == '{':
		// A dictionary: a basic type and another one.
		n := typeSize(s[3:], arrays+1, structures+1)
		if n < 0 || !strings.HasPrefix(s[3+n:], "}") || strings.IndexByte(basicTypes, s[2]) < 0 {
			return -1
		}
		return n + 4
	}
	n := typeSize(s[1:], arrays+1, structures)
	if n < 0 {
		return -1
	}
	return n + 1
}

// validSignature tells whether s is a list of types.
func validSignature(s string) bool {
	for s != "" {
		n := typeSize(s, 0, 0)
		if n < 0 {
			return false
		}
		s = s[n:]
	}
	return true
}

// validErrorName tells whether s is the name of an error: two or more words with dots between them.
func validErrorName(s string) bool {
	return len(s) <= 255 && strings.Contains(s, ".") && words(s, ".", false)
}

// words tells whether s has nothing but words that are separated.
func words(s, separator string, digitFirst bool) bool {
	for word := range strings.SplitSeq(s, separator) {
		if word == "" || !digitFirst && word[0] <= '9' {
			return false
		}
		for _, r := range word {
			if r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') {
				return false
			}
		}
	}
	return true
}
