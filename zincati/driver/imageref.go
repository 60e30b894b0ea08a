package driver

import (
	"errors"
	"fmt"
	"strings"

	"github.com/distribution/reference"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// Verification is how a container image is verified before it is deployed.
type Verification uint8

// The verifications of ostree's image references.
const (
	// Unverified is "ostree-unverified-image": nothing is checked.
	Unverified Verification = iota
	// PolicySigned is "ostree-image-signed": the signature policy of the system decides.
	PolicySigned
	// RemoteSigned is "ostree-remote-image": the commit inside is signed as an ostree remote demands.
	RemoteSigned
)

// Registry is the transport of images in registries; references write it "docker://" or "registry:".
const Registry = "registry"

// transports are the names of the transports beside the registry.
var transports = []string{"oci", "oci-archive", "docker-archive", "containers-storage", "dir"}

// ImageReference is an ostree image reference: a container image, and how it is verified.
type ImageReference struct {
	Verification Verification
	// Remote is the ostree remote of [RemoteSigned].
	Remote string
	// Transport is [Registry], "oci", "oci-archive", "docker-archive", "containers-storage" or "dir".
	Transport string
	// Name is the image in the transport's own form, "quay.io/example/os:stable".
	Name string
}

// ParseImageReference reads one of
//
//	ostree-image-signed:IMAGE           ostree-unverified-image:IMAGE
//	ostree-remote-image:REMOTE:IMAGE    ostree-unverified-registry:NAME
//	ostree-remote-registry:REMOTE:NAME
//
// where IMAGE is docker://NAME, registry:NAME, oci:NAME, oci-archive:NAME, docker-archive:NAME,
// containers-storage:NAME or dir:NAME.
func ParseImageReference(s string) (ImageReference, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok {
		return ImageReference{}, fmt.Errorf("Missing ':' in %s", shorten(s))
	}
	var r ImageReference
	switch scheme {
	case "ostree-image-signed":
		r.Verification = PolicySigned
	case "ostree-unverified-image":
	case "ostree-unverified-registry":
		rest = "registry:" + rest
	case "ostree-remote-image", "ostree-remote-registry":
		r.Verification = RemoteSigned
		if r.Remote, rest, ok = strings.Cut(rest, ":"); !ok {
			return ImageReference{}, fmt.Errorf("Missing second ':' in %s", shorten(s))
		}
		if scheme == "ostree-remote-registry" {
			rest = "registry:" + rest
		}
	default:
		return ImageReference{}, fmt.Errorf("Invalid ostree image reference scheme: %s", shorten(scheme))
	}
	var err error
	r.Transport, r.Name, err = parseImage(rest)
	if err != nil {
		return ImageReference{}, err
	}
	return r, nil
}

// parseImage splits TRANSPORT:NAME.
func parseImage(s string) (transport, name string, err error) {
	transport, name, ok := strings.Cut(s, ":")
	if !ok {
		return "", "", fmt.Errorf("Missing ':' in %s", shorten(s))
	}
	switch transport {
	case "docker":
		if name, ok = strings.CutPrefix(name, "//"); !ok {
			return "", "", fmt.Errorf("Missing // in docker:// in %s", shorten(s))
		}
		transport = Registry
	case Registry:
	default:
		known := false
		for _, t := range transports {
			known = known || t == transport
		}
		if !known {
			return "", "", fmt.Errorf("Unknown transport '%s'", shorten(transport))
		}
	}
	if name == "" {
		return "", "", fmt.Errorf("Invalid empty name in %s", shorten(s))
	}
	return transport, name, nil
}

// String returns the form that rpm-ostree writes: an unverified image in a registry has the short form, images in
// registries are "docker://NAME" otherwise.
func (r ImageReference) String() string {
	if r.Verification == Unverified && r.Transport == Registry {
		return "ostree-unverified-registry:" + r.Name
	}
	image := r.Transport + ":" + r.Name
	if r.Transport == Registry {
		image = "docker://" + r.Name
	}
	switch r.Verification {
	case PolicySigned:
		return "ostree-image-signed:" + image
	case RemoteSigned:
		return "ostree-remote-image:" + r.Remote + ":" + image
	}
	return "ostree-unverified-image:" + image
}

// normalized returns the name with registry, repository and a tag or digest written out.
func (r ImageReference) normalized() (reference.Named, error) {
	n, err := reference.ParseNormalizedNamed(r.Name)
	if err != nil {
		return nil, err
	}
	return reference.TagNameOnly(n), nil
}

// pullspec names the image by a digest alone; ok is false if the name is not one of a registry. The digest is taken as
// it is: one that is none cannot be in a graph.
func (r ImageReference) pullspec(digest string) (p cincinnati.Payload, ok bool) {
	n, err := r.normalized()
	if err != nil {
		return p, false
	}
	return cincinnati.Payload{Scheme: cincinnati.OCI, Text: reference.TrimNamed(n).String() + "@" + digest}, true
}

var (
	errNoImage  = errors.New("Zincati does not support OCI updates if the current deployment is not already an OCI image reference.")
	errNoDigest = errors.New("Missing digest in Cincinnati payload")
)

// StageImage says how a deployed image is replaced by another one: under the reference it has, which must name the
// stream as its tag then, or by a rebase. Both are refined by the digest.
//
// The reference of a rebase has the verification and the transport of the present one, the registry and the
// repository of the target, and the stream as its tag: so a system that was pinned to a version or a digest by hand
// comes back to its stream, and one whose image has moved follows it.
func StageImage(local Deployment, target cincinnati.Payload) (ref ImageReference, rebase bool, digest string, err error) {
	if local.ImageReference == nil {
		return ref, false, "", errNoImage
	}
	if local.StreamErr != nil {
		return ref, false, "", local.StreamErr
	}
	repository, digest, ok := strings.Cut(target.Text, "@")
	if target.Scheme != cincinnati.OCI || !ok {
		return ref, false, "", errNoDigest
	}
	wanted, err := reference.ParseNormalizedNamed(repository + ":" + local.Stream)
	if err != nil {
		return ref, false, "", fmt.Errorf("image %q with stream %q as its tag: %w", shorten(repository), shorten(local.Stream), err)
	}
	ref = *local.ImageReference
	ref.Name = wanted.String()
	have, err := local.ImageReference.normalized()
	if err != nil { // of a transport whose names are paths: there is no telling what a new name would mean
		return ImageReference{}, false, "", err
	}
	return ref, have.String() != wanted.String(), digest, nil
}
