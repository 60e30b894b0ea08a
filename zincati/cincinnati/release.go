package cincinnati

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/distribution/reference"
)

// Scheme is a kind of payload.
type Scheme string

const (
	// Checksum payloads are ostree commits: 64 hex digits.
	Checksum Scheme = "checksum"
	// OCI payloads are container images.
	OCI Scheme = "oci"
)

// Payload is what a release consists of. Payloads are comparable with ==.
type Payload struct {
	Scheme Scheme
	// Text is a commit checksum, or an image as registry/repository@digest. An image that
	// is named without a digest, which nothing can be pinned to, has its tag instead.
	Text string
}

// String returns the text.
func (p Payload) String() string { return p.Text }

// ParsePullspec reads the name of an image by the rules of container registries: the
// default registry is docker.io, names without a slash are in its library. A tag beside a
// digest is dropped; with neither of them the tag is "latest".
func ParsePullspec(s string) (Payload, error) {
	named, err := reference.ParseNormalizedNamed(s)
	if err != nil {
		return Payload{}, fmt.Errorf("invalid reference format: %q: %w", shorten(s), err)
	}
	text := reference.Domain(named) + "/" + reference.Path(named)
	if d, ok := named.(reference.Digested); ok {
		text += "@" + d.Digest().String()
	} else {
		text += ":" + reference.TagNameOnly(named).(reference.Tagged).Tag()
	}
	return Payload{OCI, text}, nil
}

// Release is a usable node of a graph.
type Release struct {
	Version  string
	Payload  Payload
	AgeIndex uint64 // position in the release index; greater is newer
}

// Compare orders releases by age index, then by the bytes of the version, then by those of
// the payload. The version's numbers mean nothing: 40.10 is before 40.2.
func (r Release) Compare(o Release) int {
	return cmp.Or(
		cmp.Compare(r.AgeIndex, o.AgeIndex),
		strings.Compare(r.Version, o.Version),
		strings.Compare(r.Payload.Text, o.Payload.Text))
}

// Release returns the node as a release, or why it is not usable as one: it needs a version,
// a payload, a known scheme and an age index.
func (n *Node) Release() (Release, error) {
	if n.Version == "" {
		return Release{}, errors.New("empty version field")
	}
	if n.Payload == "" {
		return Release{}, errors.New("empty payload field (checksum)")
	}
	payload, err := n.payload()
	if err != nil {
		return Release{}, err
	}
	text, ok := n.Metadata[MetaAgeIndex]
	if !ok {
		return Release{}, fmt.Errorf("missing metadata key: %s", MetaAgeIndex)
	}
	age, err := parseUnsigned(text)
	if err != nil {
		return Release{}, fmt.Errorf("invalid age_index value: %s", shorten(text))
	}
	return Release{n.Version, payload, age}, nil
}

func (n *Node) payload() (Payload, error) {
	scheme, ok := n.Metadata[MetaScheme]
	switch {
	case !ok:
		return Payload{}, fmt.Errorf("missing metadata key: %s", MetaScheme)
	case scheme == string(Checksum):
		return Payload{Checksum, n.Payload}, nil
	case scheme == string(OCI):
		return ParsePullspec(n.Payload)
	}
	return Payload{}, fmt.Errorf("unexpected payload scheme: %s", shorten(scheme))
}

// parseUnsigned reads a decimal as Rust's u64 does: a plus sign is fine.
func parseUnsigned(s string) (uint64, error) {
	return strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, 64)
}

// shorten limits text from the network that goes into errors.
func shorten(s string) string {
	const limit = 256
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
