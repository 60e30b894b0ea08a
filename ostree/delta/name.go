package delta

import (
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/ostree/object"
)

// Name identifies a static delta: from one commit to another, or from scratch when From is zero.
type Name struct{ From, To object.Checksum }

// String returns "FROM-TO", or "TO" for a delta from scratch, in hexadecimal digits.
func (n Name) String() string {
	if n.From.IsZero() {
		return n.To.String()
	}
	return n.From.String() + "-" + n.To.String()
}

// ParseName reads the form of [Name.String].
func ParseName(s string) (n Name, err error) {
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		from, to = "", s
	}
	if n.To, err = object.ParseChecksum(to); err != nil {
		return Name{}, err
	}
	if ok {
		n.From, err = object.ParseChecksum(from)
	}
	return n, err
}

// Dir returns the delta's directory below deltas/: "AB/CDE…" from scratch, "AB/CDE…-FGH…" else, in
// the base64 form of checksums.
func (n Name) Dir() string {
	if n.From.IsZero() {
		t := n.To.Base64()
		return t[:2] + "/" + t[2:]
	}
	f := n.From.Base64()
	return f[:2] + "/" + f[2:] + "-" + n.To.Base64()
}

// ParseDir is the inverse of [Name.Dir], given its two path components.
func ParseDir(prefix, rest string) (n Name, err error) {
	from, to, ok := strings.Cut(prefix+rest, "-")
	if !ok {
		from, to = "", from
	}
	if len(prefix) != 2 {
		return n, fmt.Errorf("invalid delta directory %q", prefix+"/"+rest)
	}
	if n.To, err = object.ParseBase64(to); err != nil {
		return Name{}, err
	}
	if ok {
		n.From, err = object.ParseBase64(from)
	}
	return n, err
}

// SuperblockPath returns the path of the delta's superblock relative to the repository.
func (n Name) SuperblockPath() string { return "deltas/" + n.Dir() + "/superblock" }

// PartPath returns the path of part i relative to the repository.
func (n Name) PartPath(i int) string { return fmt.Sprintf("deltas/%s/%d", n.Dir(), i) }

// IndexPath returns the path of the index of all deltas to a commit, relative to the repository.
func IndexPath(to object.Checksum) string {
	t := to.Base64()
	return "delta-indexes/" + t[:2] + "/" + t[2:] + ".index"
}
