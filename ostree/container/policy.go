package container

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// DefaultPolicyPath is where systems have their signature policy.
const DefaultPolicyPath = "/etc/containers/policy.json"

const maxPolicySize = 4 << 20

// Policy is the signature policy of a system: which images may be used, in the format of
// containers-policy.json(5). For each image the most specific list of requirements counts, and all of its
// requirements must be met.
//
// Requirements of the types insecureAcceptAnything, reject and, for images in registries,
// sigstoreSigned with public keys are understood. All others (signedBy, signatures by certificates, proofs
// from transparency logs) make an image unacceptable, with an error that says that they are not supported.
type Policy struct {
	defaults   []requirement
	transports map[string]map[string][]requirement
}

// requirement is an element of a policy.
type requirement struct {
	Type           string          `json:"type"`
	KeyPath        string          `json:"keyPath"`
	KeyPaths       []string        `json:"keyPaths"`
	KeyData        []byte          `json:"keyData"`
	KeyDatas       [][]byte        `json:"keyDatas"`
	SignedIdentity *signedIdentity `json:"signedIdentity"`

	// What is not supported is only looked at for being there.
	Fulcio       json.RawMessage `json:"fulcio"`
	PKI          json.RawMessage `json:"pki"`
	RekorPath    json.RawMessage `json:"rekorPublicKeyPath"`
	RekorPaths   json.RawMessage `json:"rekorPublicKeyPaths"`
	RekorData    json.RawMessage `json:"rekorPublicKeyData"`
	RekorDatas   json.RawMessage `json:"rekorPublicKeyDatas"`
	KeyType      string          `json:"keyType"`
	BaseIdentity json.RawMessage `json:"baseLayerIdentity"`
}

// Types of requirements.
const (
	acceptAnything = "insecureAcceptAnything"
	rejectAll      = "reject"
	signedBy       = "signedBy"
	signedBase     = "signedBaseLayer"
	sigstoreSigned = "sigstoreSigned"
)

// LoadPolicy reads a policy file.
func LoadPolicy(path string) (*Policy, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := readLimited(f, maxPolicySize)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p, err := ParsePolicy(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// ParsePolicy reads a policy. What it does not know is an error: it could be a restriction.
func ParsePolicy(b []byte) (*Policy, error) {
	var doc struct {
		Default    []requirement                       `json:"default"`
		Transports map[string]map[string][]requirement `json:"transports"`
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("signature policy: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("signature policy: something follows the document")
	}
	if err := checkRequirements("default", doc.Default); err != nil {
		return nil, err
	}
	for transport, scopes := range doc.Transports {
		for scope, list := range scopes {
			if err := checkRequirements(fmt.Sprintf("transport %.40q, scope %.200q", transport, scope), list); err != nil {
				return nil, err
			}
		}
	}
	return &Policy{doc.Default, doc.Transports}, nil
}

func checkRequirements(where string, list []requirement) error {
	if len(list) == 0 {
		return fmt.Errorf("signature policy: %s: no requirements", where)
	}
	for i := range list {
		switch list[i].Type {
		case acceptAnything, rejectAll, signedBy, signedBase:
		case sigstoreSigned:
			if err := list[i].SignedIdentity.check(); err != nil {
				return fmt.Errorf("signature policy: %s: %w", where, err)
			}
		default:
			return fmt.Errorf("signature policy: %s: unknown requirement type %s", where, limitText(list[i].Type))
		}
	}
	return nil
}

// usable refuses a policy that accepts by default whatever it does not know: a reference that asks for a
// signature would be a false promise.
func (p *Policy) usable() error {
	if len(p.defaults) == 1 && p.defaults[0].Type == acceptAnything {
		return errors.New("containers-policy.json specifies a default of `insecureAcceptAnything`; refusing usage")
	}
	return nil
}

// accept checks an image against all requirements that the policy has for it.
func (p *Policy) accept(ctx context.Context, img ImageReference, i *RemoteImage, reg *RegistryOptions) error {
	if err := p.usable(); err != nil {
		return err
	}
	list, err := p.requirements(img)
	if err != nil {
		return err
	}
	for n := range list {
		if err := list[n].accept(ctx, img, i, reg); err != nil {
			return err
		}
	}
	return nil
}

func (r *requirement) accept(ctx context.Context, img ImageReference, i *RemoteImage, reg *RegistryOptions) error {
	switch r.Type {
	case acceptAnything:
		return nil
	case rejectAll:
		return fmt.Errorf("Running image %s is rejected by policy.", img)
	case sigstoreSigned:
		return r.acceptSigstore(ctx, img, i, reg)
	}
	return fmt.Errorf("the requirement %s of the signature policy is not supported", r.Type)
}
