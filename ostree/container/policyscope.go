package container

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/distribution/reference"
)

// requirements finds the list for an image: that of the most specific scope.
func (p *Policy) requirements(img ImageReference) ([]requirement, error) {
	transport, scopes, err := policyScopes(img)
	if err != nil {
		return nil, err
	}
	if known, ok := p.transports[transport]; ok {
		for _, s := range append(scopes, "") {
			if list, ok := known[s]; ok {
				return list, nil
			}
		}
	}
	return p.defaults, nil
}

// policyScopes returns the name of an image's transport in policies, and the scopes that the image lies in,
// the most specific first.
func policyScopes(img ImageReference) (transport string, scopes []string, err error) {
	path, tag := img.path()
	switch img.Transport {
	case TransportRegistry:
		named, err := normalizedName(img)
		if err != nil {
			return "", nil, err
		}
		return "docker", registryScopes(named), nil
	case TransportOCI:
		scopes, err = pathScopes(path, tag, true)
		return "oci", scopes, err
	case TransportOCIArchive:
		scopes, err = pathScopes(path, tag, true)
		return "oci-archive", scopes, err
	case TransportDir:
		scopes, err = pathScopes(img.Name, "", false)
		return "dir", scopes, err
	case TransportDockerArchive:
		return "docker-archive", nil, nil
	}
	return "", nil, errStorage
}

// normalizedName is the name of an image in a registry, with a tag or a digest.
func normalizedName(img ImageReference) (reference.Named, error) {
	named, err := reference.ParseNormalizedNamed(img.Name)
	if err != nil {
		return nil, fmt.Errorf("image name %s: %w", limitText(img.Name), err)
	}
	return reference.TagNameOnly(named), nil
}

// registryScopes are the image itself, its repository, the namespaces above, the registry, and the domains
// above with a wildcard.
func registryScopes(named reference.Named) []string {
	list := []string{named.String()}
	if c, ok := named.(reference.Canonical); ok {
		list[0] = named.Name() + "@" + c.Digest().String()
	}
	name := named.Name()
	for {
		list = append(list, name)
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			break
		}
		name = name[:i]
	}
	for {
		i := strings.IndexByte(name, '.')
		if i < 0 {
			return list
		}
		name = name[i+1:]
		list = append(list, "*."+name)
	}
}

// pathScopes are a file with its tag, the file itself, and the directories above.
func pathScopes(path, tag string, tagged bool) ([]string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return nil, err
	}
	var list []string
	if tagged {
		list = append(list, abs+":"+tag)
	}
	for abs != "/" {
		list = append(list, abs)
		abs = filepath.Dir(abs)
	}
	return list, nil
}

// signedIdentity says which image a signature has to name.
type signedIdentity struct {
	Type             string `json:"type"`
	DockerReference  string `json:"dockerReference"`
	DockerRepository string `json:"dockerRepository"`
	Prefix           string `json:"prefix"`
	SignedPrefix     string `json:"signedPrefix"`
}

// Types of identities.
const (
	matchExact          = "matchExact"
	matchRepoDigest     = "matchRepoDigestOrExact" // the default
	matchRepository     = "matchRepository"
	matchOtherReference = "exactReference"
	matchOtherRepo      = "exactRepository"
	matchRemapped       = "remapIdentity"
)

func (s *signedIdentity) check() error {
	if s == nil {
		return nil
	}
	var err error
	switch s.Type {
	case matchExact, matchRepoDigest, matchRepository:
	case matchOtherReference:
		var named reference.Named
		if named, err = reference.ParseNormalizedNamed(s.DockerReference); err == nil && reference.IsNameOnly(named) {
			err = errors.New("a tag or a digest is missing")
		}
	case matchOtherRepo:
		_, err = reference.ParseNormalizedNamed(s.DockerRepository)
	case matchRemapped:
		if s.Prefix == "" || s.SignedPrefix == "" {
			err = errors.New("prefix and signedPrefix are needed")
		}
	default:
		err = fmt.Errorf("unknown type %s", limitText(s.Type))
	}
	if err != nil {
		return fmt.Errorf("signedIdentity: %w", err)
	}
	return nil
}

// matches tells whether a signature of the image claimed may be used for the image wanted.
func (s *signedIdentity) matches(want reference.Named, claimed string) error {
	got, err := reference.ParseNormalizedNamed(claimed)
	if err != nil {
		return fmt.Errorf("signature for %s: %w", limitText(claimed), err)
	}
	if s == nil {
		s = &signedIdentity{Type: matchRepoDigest}
	}
	_, byDigest := want.(reference.Canonical)
	ok := false
	switch s.Type {
	case matchExact:
		ok = got.String() == want.String()
	case matchRepoDigest:
		ok = sameOrRepository(want, got, byDigest)
	case matchRepository:
		ok = got.Name() == want.Name()
	case matchOtherReference:
		other, err := reference.ParseNormalizedNamed(s.DockerReference)
		ok = err == nil && got.String() == other.String()
	case matchOtherRepo:
		other, err := reference.ParseNormalizedNamed(s.DockerRepository)
		ok = err == nil && got.Name() == other.Name()
	case matchRemapped:
		if want, err = s.remap(want); err != nil {
			return err
		}
		ok = sameOrRepository(want, got, byDigest)
	}
	if !ok {
		return fmt.Errorf("Signature for identity %s is not accepted", limitText(claimed))
	}
	return nil
}

func sameOrRepository(want, got reference.Named, byDigest bool) bool {
	if byDigest {
		return got.Name() == want.Name()
	}
	return got.String() == want.String()
}

// remap replaces the beginning of a name that is a registry, a namespace or a repository.
func (s *signedIdentity) remap(want reference.Named) (reference.Named, error) {
	rest, ok := strings.CutPrefix(want.Name(), s.Prefix)
	if !ok || rest != "" && rest[0] != '/' {
		return want, nil
	}
	return reference.ParseNormalizedNamed(s.SignedPrefix + want.String()[len(s.Prefix):])
}
