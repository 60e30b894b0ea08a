package container

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/distribution/reference"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

const (
	sigstorePayload    = "application/vnd.dev.cosign.simplesigning.v1+json"
	sigstoreAnnotation = "dev.cosignproject.cosign/signature"
	sigstoreType       = "cosign container image signature"
	maxPayload         = 64 << 10
)

// acceptSigstore looks for the image's signatures in its repository, where they lie under a tag that is
// made of its digest. One of them has to be right.
func (r *requirement) acceptSigstore(ctx context.Context, img ImageReference, i *RemoteImage, reg *RegistryOptions) error {
	for _, m := range []json.RawMessage{r.Fulcio, r.PKI, r.RekorPath, r.RekorPaths, r.RekorData, r.RekorDatas} {
		if m != nil {
			return errors.New("sigstore signatures by certificates or with transparency logs are not supported")
		}
	}
	if img.Transport != TransportRegistry {
		return fmt.Errorf("sigstore signatures of %s images are not supported", img.Transport)
	}
	keys, err := r.keys()
	if err != nil {
		return fmt.Errorf("signature policy: %w", err)
	}
	want, err := normalizedName(img)
	if err != nil {
		return err
	}
	found, err := sigstoreSignatures(ctx, img, i.Digest, reg)
	if err != nil {
		return err
	}
	reason := errors.New("A signature was required, but no signature exists")
	for _, s := range found {
		if err = s.verify(keys, want, r.SignedIdentity, i.Digest); err == nil {
			return nil
		}
		reason = err
	}
	return fmt.Errorf("Source image rejected: %w", reason)
}

// keys reads the public keys of a requirement.
func (r *requirement) keys() ([]crypto.PublicKey, error) {
	data := append([][]byte{}, r.KeyDatas...)
	if r.KeyData != nil {
		data = append(data, r.KeyData)
	}
	paths := append([]string{}, r.KeyPaths...)
	if r.KeyPath != "" {
		paths = append(paths, r.KeyPath)
	}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		data = append(data, b)
	}
	var keys []crypto.PublicKey
	for _, b := range data {
		block, _ := pem.Decode(b)
		if block == nil || block.Type != "PUBLIC KEY" {
			return nil, errors.New("a public key is not in PEM form")
		}
		k, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("sigstoreSigned without a key")
	}
	return keys, nil
}

// sigstoreSignature is a signed statement about an image.
type sigstoreSignature struct{ payload, signature []byte }

func sigstoreSignatures(ctx context.Context, img ImageReference, digest v1.Hash, reg *RegistryOptions) ([]sigstoreSignature, error) {
	ref, err := parseName(img.Name, reg)
	if err != nil {
		return nil, err
	}
	opts, err := reg.remoteOptions(ctx)
	if err != nil {
		return nil, err
	}
	puller, err := remote.NewPuller(opts...)
	if err != nil {
		return nil, err
	}
	tag := ref.Context().Tag(digest.Algorithm + "-" + digest.Hex + ".sig")
	desc, err := puller.Get(ctx, tag)
	var status *transport.Error
	if errors.As(err, &status) && status.StatusCode == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("fetching signatures: %w", err)
	}
	m, err := parseManifest(desc.Manifest)
	if err != nil {
		return nil, fmt.Errorf("signatures %s: %w", tag, err)
	}
	return sigstorePayloads(ctx, puller, ref, m)
}

func sigstorePayloads(ctx context.Context, puller *remote.Puller, ref name.Reference, m *v1.Manifest) ([]sigstoreSignature, error) {
	src := &registrySource{ref, puller}
	var list []sigstoreSignature
	for _, l := range m.Layers {
		sig, err := base64.StdEncoding.DecodeString(l.Annotations[sigstoreAnnotation])
		if l.MediaType != sigstorePayload || err != nil || len(sig) == 0 || l.Size > maxPayload {
			continue
		}
		r, err := src.blob(ctx, l)
		if err != nil {
			return nil, fmt.Errorf("fetching signature %s: %w", l.Digest, err)
		}
		payload, err := readLimited(r, maxPayload)
		r.Close()
		if err != nil {
			return nil, fmt.Errorf("fetching signature %s: %w", l.Digest, err)
		}
		list = append(list, sigstoreSignature{payload, sig})
	}
	return list, nil
}

// verify checks a signature by one of the keys, then what it says.
func (s *sigstoreSignature) verify(keys []crypto.PublicKey, want reference.Named, id *signedIdentity, digest v1.Hash) error {
	good := false
	for _, k := range keys {
		good = good || verifyPayload(k, s.payload, s.signature)
	}
	if !good {
		return errors.New("cryptographic signature verification failed")
	}
	var doc struct {
		Critical struct {
			Type     string `json:"type"`
			Identity struct {
				Reference string `json:"docker-reference"`
			} `json:"identity"`
			Image struct {
				Digest string `json:"docker-manifest-digest"`
			} `json:"image"`
		} `json:"critical"`
	}
	if err := json.Unmarshal(s.payload, &doc); err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	switch c := &doc.Critical; {
	case c.Type != sigstoreType:
		return fmt.Errorf("signature of unknown type %s", limitText(c.Type))
	case c.Image.Digest != digest.String():
		return fmt.Errorf("Signature for docker-manifest-digest %s is not accepted", limitText(c.Image.Digest))
	default:
		return id.matches(want, c.Identity.Reference)
	}
}

// verifyPayload checks a signature over the SHA-256 of the payload, or over itself for Ed25519.
func verifyPayload(key crypto.PublicKey, payload, sig []byte) bool {
	sum := sha256.Sum256(payload)
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, sum[:], sig)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], sig) == nil
	case ed25519.PublicKey:
		return ed25519.Verify(k, payload, sig)
	}
	return false
}
