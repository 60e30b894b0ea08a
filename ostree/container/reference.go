package container

import (
	"errors"
	"fmt"
	"strings"
)

// Transport is the way to reach a container image.
type Transport uint8

// The transports of container images.
const (
	TransportRegistry          Transport = iota // a registry: "docker://NAME" or "registry:NAME"
	TransportOCI                                // a directory in OCI layout, "oci:PATH[:TAG]"
	TransportOCIArchive                         // the same as a tar file, "oci-archive:PATH[:TAG]"
	TransportDockerArchive                      // the output of docker save, "docker-archive:PATH[:REFERENCE]"
	TransportContainersStorage                  // the local store of podman; not supported
	TransportDir                                // a flat directory, "dir:PATH"
)

// prefixes are the text forms, as they are displayed.
var prefixes = [...]string{"docker://", "oci:", "oci-archive:", "docker-archive:", "containers-storage:", "dir:"}

// ParseTransport reads the name of a transport, such as "registry", "docker" or "oci-archive".
func ParseTransport(s string) (Transport, error) {
	if s == "registry" || s == "docker" {
		return TransportRegistry, nil
	}
	for i, p := range prefixes {
		if i > 0 && strings.TrimSuffix(p, ":") == s {
			return Transport(i), nil
		}
	}
	return 0, fmt.Errorf("Unknown transport '%s'", s)
}

// String returns what stands before an image's name: "docker://", "oci:" and so on.
func (t Transport) String() string {
	if int(t) < len(prefixes) {
		return prefixes[t]
	}
	return "unknown:"
}

// ImageReference names a container image.
type ImageReference struct {
	Transport Transport
	Name      string // "quay.io/example/os:stable", or a path, for some transports with ":TAG"
}

// ParseImageReference reads "TRANSPORT:NAME".
func ParseImageReference(s string) (ImageReference, error) {
	scheme, name, ok := strings.Cut(s, ":")
	if !ok {
		return ImageReference{}, fmt.Errorf("Missing ':' in %s", s)
	}
	t, err := ParseTransport(scheme)
	if err != nil {
		return ImageReference{}, err
	}
	if name == "" {
		return ImageReference{}, fmt.Errorf("Invalid empty name in %s", s)
	}
	if scheme == "docker" {
		if name, ok = strings.CutPrefix(name, "//"); !ok {
			return ImageReference{}, fmt.Errorf("Missing // in docker:// in %s", s)
		}
		if name == "" {
			return ImageReference{}, fmt.Errorf("Invalid empty name in %s", s)
		}
	}
	return ImageReference{t, name}, nil
}

// String returns the canonical form; images in registries are "docker://NAME".
func (r ImageReference) String() string { return r.Transport.String() + r.Name }

// MarshalText makes references texts in JSON.
func (r ImageReference) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// path splits the name of a transport that is a path with an optional tag.
func (r ImageReference) path() (path, tag string) {
	path, tag, _ = strings.Cut(r.Name, ":")
	return path, tag
}

// Verification is how an image is verified before it is trusted.
type Verification uint8

// The verifications.
const (
	VerifyNone   Verification = iota // "ostree-unverified-image"
	VerifyPolicy                     // "ostree-image-signed": the system's signature policy must accept it
	VerifyRemote                     // "ostree-remote-image": the commit inside must be signed as a remote demands
)

// Reference names a container image together with the way in which it is verified. It is what an
// origin file holds as container-image-reference.
type Reference struct {
	Verify Verification
	Remote string // the ostree remote of VerifyRemote
	Image  ImageReference
}

// ParseReference reads a reference. The forms are
//
//	ostree-image-signed:IMAGE              ostree-unverified-image:IMAGE
//	ostree-remote-image:REMOTE:IMAGE       ostree-unverified-registry:NAME
//	ostree-remote-registry:REMOTE:NAME
//
// where IMAGE is what [ParseImageReference] reads and NAME is an image in a registry.
func ParseReference(s string) (Reference, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok {
		return Reference{}, fmt.Errorf("Missing ':' in %s", s)
	}
	var r Reference
	switch scheme {
	case "ostree-image-signed":
		r.Verify = VerifyPolicy
	case "ostree-unverified-image":
	case "ostree-unverified-registry":
		rest = "registry:" + rest
	case "ostree-remote-image", "ostree-remote-registry":
		r.Verify = VerifyRemote
		if r.Remote, rest, ok = strings.Cut(rest, ":"); !ok {
			return Reference{}, fmt.Errorf("Missing second ':' in %s", s)
		}
		if r.Remote == "" {
			return Reference{}, fmt.Errorf("Invalid empty remote in %s", s)
		}
		if scheme == "ostree-remote-registry" {
			rest = "registry:" + rest
		}
	default:
		return Reference{}, fmt.Errorf("Invalid ostree image reference scheme: %s", scheme)
	}
	var err error
	r.Image, err = ParseImageReference(rest)
	return r, err
}

// String returns the canonical form: the short one for an unverified image of a registry, the long
// one for everything else.
func (r Reference) String() string {
	switch {
	case r.Verify == VerifyPolicy:
		return "ostree-image-signed:" + r.Image.String()
	case r.Verify == VerifyRemote:
		return "ostree-remote-image:" + r.Remote + ":" + r.Image.String()
	case r.Image.Transport == TransportRegistry:
		return "ostree-unverified-registry:" + r.Image.Name
	}
	return "ostree-unverified-image:" + r.Image.String()
}

// MarshalText makes references texts in JSON.
func (r Reference) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// errStorage is the answer for a transport that needs the programs of another project.
var errStorage = errors.New("the transport containers-storage is not supported")
