package origin

import (
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/ostree/container"
)

// Kind is what a refspec refers to.
type Kind uint8

// The kinds of refspecs.
const (
	KindOstree    Kind = iota // "REMOTE:REF" or "REF"
	KindChecksum              // a commit, 64 hexadecimal digits
	KindContainer             // a container image
)

// Classify tells the kind of a refspec and returns it as an origin holds it: without "ostree://".
func Classify(s string) (Kind, string) {
	s = strings.TrimPrefix(s, "ostree://")
	if _, err := container.ParseReference(s); err == nil {
		return KindContainer, s
	}
	if isChecksum(s) {
		return KindChecksum, s
	}
	return KindOstree, s
}

func isChecksum(s string) bool {
	if len(s) != 64 {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}

// ResolveRefspec completes a refspec of a user by the one that is followed at present:
//
//	REMOTE:REF    itself
//	REMOTE:       the present ref of that remote
//	REF           that ref of the present remote
//	:REF          that ref without a remote; a checksum is a commit
//
// Container images and checksums are complete.
func ResolveRefspec(s, current string) (string, error) {
	kind, s := Classify(s)
	if kind != KindOstree {
		return s, nil
	}
	if s == "" || s == ":" {
		return "", fmt.Errorf("Invalid refspec %s", s)
	}
	if ref, ok := strings.CutPrefix(s, ":"); ok {
		return ref, nil
	}
	remote, ref, ok := strings.Cut(s, ":")
	switch {
	case !ok:
		remote, ref = "", s
	case ref != "":
		return s, nil
	}
	presentKind, present := Classify(current)
	presentRemote, presentRef, hasRemote := strings.Cut(present, ":")
	if !hasRemote {
		presentRemote, presentRef = "", present
	}
	if presentKind != KindOstree {
		presentRemote, presentRef = "", ""
	}
	switch {
	case ref == "" && presentRef == "":
		return "", fmt.Errorf("Could not determine default ref to pull.")
	case ref == "":
		return remote + ":" + presentRef, nil
	case presentRemote != "":
		return presentRemote + ":" + ref, nil
	}
	return ref, nil
}
