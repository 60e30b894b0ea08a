package sign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"

	"github.com/cloudflare/circl/sign/ed448"
)

// SPKI is the engine for keys in the containers of X.509: public keys are DER
// SubjectPublicKeyInfo, secret keys DER PKCS #8 (or the older forms of RSA and EC keys).
// Ed25519 and Ed448 sign the data itself; RSA (PKCS #1 v1.5) and ECDSA (P-224 to P-521)
// sign its SHA-256, the digest that OpenSSL uses when none is asked for. On command lines
// keys are base64, in files PEM.
type SPKI struct{}

// Name is "spki".
func (SPKI) Name() string { return "spki" }

// MetadataKey is "ostree.sign.spki".
func (SPKI) MetadataKey() string { return "ostree.sign.spki" }

const maxSPKISignature = 1 << 16

// Sign makes a signature whose size and form depend on the key.
func (SPKI) Sign(secret, data []byte) ([]byte, error) {
	key, err := parseSecretDER(secret)
	if err != nil {
		return nil, fmt.Errorf("spki: %w", err)
	}
	sum := sha256.Sum256(data)
	switch key := key.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(key, data), nil
	case ed448.PrivateKey:
		return ed448.Sign(key, data, ""), nil
	case *rsa.PrivateKey:
		return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	case *ecdsa.PrivateKey:
		return ecdsa.SignASN1(rand.Reader, key, sum[:])
	}
	return nil, fmt.Errorf("spki: signing with a %T is not supported", key)
}

// Check fails with an error if the key cannot be parsed or is of a kind that is not
// supported; a malformed signature is just not valid.
func (SPKI) Check(public, data, sig []byte) (bool, error) {
	if len(sig) > maxSPKISignature {
		return false, fmt.Errorf("spki: Invalid signature of %d bytes, expected <= %d", len(sig), maxSPKISignature)
	}
	key, err := parsePublicDER(public)
	if err != nil {
		return false, fmt.Errorf("spki: %w", err)
	}
	sum := sha256.Sum256(data)
	switch key := key.(type) {
	case ed25519.PublicKey:
		return len(sig) == ed25519.SignatureSize && ed25519.Verify(key, data, sig), nil
	case ed448.PublicKey:
		return len(sig) == ed448.SignatureSize && ed448.Verify(key, data, sig, ""), nil
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) == nil, nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, sum[:], sig), nil
	}
	return false, fmt.Errorf("spki: a %T is not supported", key)
}

// PublicKey decodes the base64 of DER, without looking into it.
func (SPKI) PublicKey(text string) ([]byte, error) { return decodeDER("public", text) }

// SecretKey decodes the base64 of DER, without looking into it.
func (SPKI) SecretKey(text string) ([]byte, error) { return decodeDER("secret", text) }

func decodeDER(kind, text string) ([]byte, error) {
	der := decodeBase64(text)
	if len(der) == 0 {
		//lint:ignore ST1005 the reference's text
		return nil, fmt.Errorf("Invalid spki %s key: not base64", kind)
	}
	return der, nil
}

// PublicKeys reads PEM blocks, which must all be labelled PUBLIC KEY.
func (SPKI) PublicKeys(file []byte) ([][]byte, error) { return pemBlocks(file, "PUBLIC KEY") }

// SecretKeys reads PEM blocks, which must all be labelled PRIVATE KEY.
func (SPKI) SecretKeys(file []byte) ([][]byte, error) { return pemBlocks(file, "PRIVATE KEY") }

// oidEd448 names Ed448 keys (RFC 8410), which crypto/x509 does not know.
var oidEd448 = asn1.ObjectIdentifier{1, 3, 101, 113}

func parsePublicDER(der []byte) (any, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		PublicKey asn1.BitString
	}
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 {
		return nil, errors.New("public key is not a SubjectPublicKeyInfo")
	}
	if info.Algorithm.Algorithm.Equal(oidEd448) {
		if key := info.PublicKey.RightAlign(); len(key) == ed448.PublicKeySize {
			return ed448.PublicKey(key), nil
		}
		return nil, errors.New("Ed448 public key of the wrong size")
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	return key, nil
}

func parseSecretDER(der []byte) (any, error) {
	if len(der) == 0 {
		return nil, errNoSecret
	}
	var info struct {
		Version    int
		Algorithm  pkix.AlgorithmIdentifier
		PrivateKey []byte
		Rest       asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(der, &info); err == nil && info.Algorithm.Algorithm.Equal(oidEd448) {
		return parseEd448(info.PrivateKey)
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	return key, nil
}

// parseEd448 unwraps the octet string inside PKCS #8.
func parseEd448(der []byte) (any, error) {
	var seed []byte
	if rest, err := asn1.Unmarshal(der, &seed); err != nil || len(rest) > 0 || len(seed) != ed448.SeedSize {
		return nil, errors.New("Ed448 secret key of the wrong size")
	}
	return ed448.NewKeyFromSeed(seed), nil
}
