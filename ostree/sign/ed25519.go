package sign

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
)

// Ed25519 is the default engine: public keys of 32 bytes, secret keys of 64 (seed and
// public key), both base64 where they are text, one a line where they are files.
type Ed25519 struct{}

// Name is "ed25519".
func (Ed25519) Name() string { return "ed25519" }

// MetadataKey is "ostree.sign.ed25519".
func (Ed25519) MetadataKey() string { return "ostree.sign.ed25519" }

// Sign makes a signature of 64 bytes. Of the secret key only the seed counts.
func (Ed25519) Sign(secret, data []byte) ([]byte, error) {
	if len(secret) == 0 {
		return nil, errNoSecret
	}
	if err := checkLength("Invalid ed25519 secret key", secret, ed25519.PrivateKeySize); err != nil {
		return nil, err
	}
	return ed25519.Sign(ed25519.NewKeyFromSeed(secret[:ed25519.SeedSize]), data), nil
}

// Check fails with an error if the signature or the key has the wrong size.
func (Ed25519) Check(public, data, sig []byte) (bool, error) {
	if err := checkLength("Invalid signature", sig, ed25519.SignatureSize); err != nil {
		return false, err
	}
	if err := checkLength("Invalid ed25519 public key", public, ed25519.PublicKeySize); err != nil {
		return false, err
	}
	return ed25519.Verify(public, data, sig), nil
}

func checkLength(what string, b []byte, want int) error {
	if len(b) == want {
		return nil
	}
	return fmt.Errorf("%s: Ill-formed input: expected %d bytes, got %d bytes", what, want, len(b))
}

// PublicKey decodes 32 bytes of base64.
func (Ed25519) PublicKey(text string) ([]byte, error) {
	key := decodeBase64(text)
	return key, checkLength("Invalid ed25519 public key", key, ed25519.PublicKeySize)
}

// SecretKey decodes 64 bytes of base64.
func (Ed25519) SecretKey(text string) ([]byte, error) {
	key := decodeBase64(text)
	return key, checkLength("Invalid ed25519 secret key", key, ed25519.PrivateKeySize)
}

// PublicKeys reads one key a line. Lines that are not keys are skipped.
func (e Ed25519) PublicKeys(file []byte) ([][]byte, error) { return keyLines(file, e.PublicKey) }

// SecretKeys reads one key a line. The first line that is not a key is an error.
func (e Ed25519) SecretKeys(file []byte) ([][]byte, error) {
	var keys [][]byte
	for line := range strings.Lines(string(file)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		key, err := e.SecretKey(line)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func keyLines(file []byte, decode func(string) ([]byte, error)) ([][]byte, error) {
	var keys [][]byte
	for line := range strings.Lines(string(file)) {
		if key, err := decode(line); err == nil {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// decodeBase64 is as forgiving as GLib: characters outside the alphabet are ignored, and
// so is an incomplete group at the end.
func decodeBase64(text string) []byte {
	clean := strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z', 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '+', r == '/', r == '=':
			return r
		}
		return -1
	}, text)
	clean = clean[:len(clean)/4*4]
	if i := strings.IndexByte(clean, '='); i >= 0 {
		clean = clean[:i]
	}
	out, err := base64.RawStdEncoding.DecodeString(clean)
	if err != nil {
		return nil
	}
	return out
}
