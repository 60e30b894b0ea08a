package ostree

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/ostree/object"
)

// CollectionRef is a ref within a collection; Collection "" means the repository's own refs.
type CollectionRef struct {
	Collection string
	Ref        string
}

// String returns "(COLLECTION, REF)", with "(empty)" for no collection.
func (c CollectionRef) String() string {
	if c.Collection == "" {
		return "((empty), " + c.Ref + ")"
	}
	return "(" + c.Collection + ", " + c.Ref + ")"
}

// Compare orders by collection, then by ref.
func (c CollectionRef) Compare(o CollectionRef) int {
	if n := strings.Compare(c.Collection, o.Collection); n != 0 {
		return n
	}
	return strings.Compare(c.Ref, o.Ref)
}

func wordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_'
}

// validFragment matches [\w\d][-._\w\d]*, one component of a ref name.
func validFragment(s string) bool {
	if s == "" || !wordByte(s[0]) {
		return false
	}
	for i := 1; i < len(s); i++ {
		if b := s[i]; !wordByte(b) && b != '-' && b != '.' {
			return false
		}
	}
	return true
}

// ValidateRefName checks the name of a ref without a remote.
func ValidateRefName(ref string) error {
	if !utf8.ValidString(ref) {
		return errors.New("Invalid ref name: not valid UTF-8")
	}
	for f := range strings.SplitSeq(ref, "/") {
		if !validFragment(f) {
			return fmt.Errorf("Invalid ref name %s", ref)
		}
	}
	return nil
}

// ValidateRemoteName checks the name of a remote.
func ValidateRemoteName(name string) error {
	if !validFragment(name) {
		return fmt.Errorf("Invalid remote name %s", name)
	}
	return nil
}

// ValidateCollectionID checks a collection: the form of a D-Bus interface name, at least two elements.
func ValidateCollectionID(id string) error {
	bad := fmt.Errorf("Invalid collection ID %s", id)
	if len(id) > 255 || strings.Count(id, ".") < 1 {
		return bad
	}
	for e := range strings.SplitSeq(id, ".") {
		if e == "" || e[0] >= '0' && e[0] <= '9' {
			return bad
		}
		for i := range len(e) {
			if !wordByte(e[i]) {
				return bad
			}
		}
	}
	return nil
}

// ParseRefspec splits "REMOTE:REF" or "REF" and checks both parts.
func ParseRefspec(s string) (remote, ref string, err error) {
	remote, ref, ok := strings.Cut(s, ":")
	if !ok {
		remote, ref = "", s
	} else if !validFragment(remote) {
		return "", "", fmt.Errorf("Invalid refspec %s", s)
	}
	if ValidateRefName(ref) != nil {
		return "", "", fmt.Errorf("Invalid refspec %s", s)
	}
	return remote, ref, nil
}

// ValidateRev checks that s is 64 hexadecimal digits.
func ValidateRev(s string) error {
	_, err := object.ParseChecksum(s)
	return err
}

func refspecString(remote, ref string) string {
	if remote == "" {
		return ref
	}
	return remote + ":" + ref
}
