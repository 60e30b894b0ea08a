package sign

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Engine is one signature scheme of the sign API. Engines hold no keys and no state; keys
// are passed as bytes in the engine's raw form: 32 or 64 bytes for ed25519, DER for spki, any text
// for dummy. Signatures are kept in detached metadata under MetadataKey, as type `aay`.
type Engine interface {
	// Name is what --sign-type takes: "ed25519".
	Name() string
	// MetadataKey is "ostree.sign." and the name.
	MetadataKey() string
	// Sign returns a signature over data by a raw secret key.
	Sign(secret, data []byte) ([]byte, error)
	// Check tells whether sig is a signature over data by the raw public key. An error
	// means that the question cannot be answered, as with a malformed key.
	Check(public, data, sig []byte) (bool, error)
}

// KeyReader is the second interface of an engine: it reads keys in the forms in which
// they are given on command lines and kept in files. All engines of this package have it.
type KeyReader interface {
	// PublicKey and SecretKey decode a key given on a command line or in a remote's
	// `verification-<engine>-key`, and check its form.
	PublicKey(text string) ([]byte, error)
	SecretKey(text string) ([]byte, error)
	// PublicKeys and SecretKeys read a key file.
	PublicKeys(file []byte) ([][]byte, error)
	SecretKeys(file []byte) ([][]byte, error)
}

// Errors of the sign API. Errors that wrap ErrNotVerified or ErrNoKeys have the texts of
// the reference, which name engine and keys.
var (
	//lint:ignore ST1005 the reference's text
	ErrUnknownEngine = errors.New("Requested signature type is not implemented")
	ErrDummyDisabled = errors.New("dummy signature type is only for ostree testing")
	ErrNotVerified   = errors.New("no signature by a trusted key")
	ErrNoKeys        = errors.New("no keys loaded")

	//lint:ignore ST1005 the reference's text
	errNoSecret = errors.New("Not able to sign: secret key is not set")
)

// DefaultEngine is the engine used when none is named.
const DefaultEngine = "ed25519"

// EngineOptions adjusts Engines and ByName.
type EngineOptions struct {
	// AllowDummy lets the dummy engine, which proves nothing, sign and verify. The
	// command line sets it when OSTREE_DUMMY_SIGN_ENABLED is set in the environment.
	AllowDummy bool
}

// Engines returns all engines: ed25519, spki, dummy.
func Engines(opts *EngineOptions) []Engine {
	return []Engine{Ed25519{}, SPKI{}, Dummy{Enabled: opts != nil && opts.AllowDummy}}
}

// ByName returns the engine of that name or ErrUnknownEngine.
func ByName(name string, opts *EngineOptions) (Engine, error) {
	for _, e := range Engines(opts) {
		if e.Name() == name {
			return e, nil
		}
	}
	return nil, ErrUnknownEngine
}

// Keys are the public keys to verify with, in an engine's raw form.
type Keys struct {
	Trusted [][]byte
	Revoked [][]byte // never verify, whoever trusts them
}

// Trust adds public keys, those that are there already excepted.
func (k *Keys) Trust(keys ...[]byte) { k.Trusted = addKeys(k.Trusted, keys) }

// Revoke adds keys that must not verify any more.
func (k *Keys) Revoke(keys ...[]byte) { k.Revoked = addKeys(k.Revoked, keys) }

func addKeys(list, more [][]byte) [][]byte {
	for _, key := range more {
		if !contains(list, key) {
			list = append(list, key)
		}
	}
	return list
}

func contains(list [][]byte, key []byte) bool {
	return slices.ContainsFunc(list, func(have []byte) bool { return string(have) == string(key) })
}

// VerifyData checks that one of the signatures over data was made by one of the trusted
// keys that are not revoked. It returns the reference's success message, such as
// `ed25519: Signature verified successfully with key '<hex>'`. Otherwise the error names the keys
// tried, the last added first, or tells what is wrong with a key or signature, and wraps
// ErrNotVerified. Signatures that are nil mean metadata without the engine's key; an
// empty list is an error of another text.
func VerifyData(e Engine, keys *Keys, data []byte, sigs [][]byte) (string, error) {
	if v, ok := e.(interface {
		verify(keys *Keys, data []byte, sigs [][]byte) (string, error)
	}); ok {
		return v.verify(keys, data, sigs)
	}
	if sigs == nil {
		return "", notVerified("%s: commit have no signatures of my type", e.Name())
	}
	var tried []string
	var broken error
	for _, sig := range sigs {
		for _, public := range slices.Backward(keys.Trusted) {
			if contains(keys.Revoked, public) {
				continue
			}
			ok, err := e.Check(public, data, sig)
			name := "key '" + hex.EncodeToString(public) + "'"
			switch {
			case err != nil && broken == nil:
				broken = err
			case err != nil:
			case ok:
				return e.Name() + ": Signature verified successfully with " + name, nil
			default:
				tried = append(tried, name)
			}
		}
	}
	if broken != nil {
		return "", &lookupError{broken.Error(), errors.Join(ErrNotVerified, broken)}
	}
	return "", failure(e.Name(), tried)
}

// failure is the error for keys that were tried in vain: three are named, more counted.
func failure(engine string, tried []string) error {
	switch n := len(tried); {
	case n == 0:
		return notVerified("%s: no signatures found", engine)
	case n > 3:
		return notVerified("%s: Signature couldn't be verified; tried %d keys", engine, n)
	}
	return notVerified("%s: Signature couldn't be verified with: %s", engine, strings.Join(tried, "; "))
}

func notVerified(format string, args ...any) error {
	return &lookupError{fmt.Sprintf(format, args...), ErrNotVerified}
}

// Dummy is an engine for tests: the signature is the key. Any text is a key, public and
// secret alike.
type Dummy struct {
	// Enabled must be set for the engine to do anything but refuse.
	Enabled bool
}

// Name is "dummy".
func (Dummy) Name() string { return "dummy" }

// MetadataKey is "ostree.sign.dummy".
func (Dummy) MetadataKey() string { return "ostree.sign.dummy" }

// Sign returns the key, or ErrDummyDisabled.
func (d Dummy) Sign(secret, _ []byte) ([]byte, error) {
	if !d.Enabled {
		return nil, ErrDummyDisabled
	}
	return slices.Clone(secret), nil
}

// Check compares key and signature, or returns ErrDummyDisabled.
func (d Dummy) Check(public, _, sig []byte) (bool, error) {
	if !d.Enabled {
		return false, ErrDummyDisabled
	}
	return string(public) == string(sig), nil
}

// PublicKey takes the text as it is.
func (Dummy) PublicKey(text string) ([]byte, error) { return []byte(text), nil }

// SecretKey takes the text as it is.
func (Dummy) SecretKey(text string) ([]byte, error) { return []byte(text), nil }

// PublicKeys reads one key a line.
func (Dummy) PublicKeys(file []byte) ([][]byte, error) {
	var keys [][]byte
	for line := range strings.Lines(string(file)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			keys = append(keys, []byte(line))
		}
	}
	return keys, nil
}

// SecretKeys reads one key a line.
func (d Dummy) SecretKeys(file []byte) ([][]byte, error) { return d.PublicKeys(file) }

func (d Dummy) verify(keys *Keys, data []byte, sigs [][]byte) (string, error) {
	if !d.Enabled {
		return "", ErrDummyDisabled
	}
	if sigs == nil {
		return "", notVerified("signature: dummy: commit have no signatures of my type")
	}
	for _, sig := range sigs {
		if contains(keys.Trusted, sig) && !contains(keys.Revoked, sig) {
			return "dummy: Signature verified", nil
		}
	}
	if len(sigs) > 0 {
		return "", notVerified("signature: dummy: incorrect signatures found: %d", len(sigs))
	}
	return "", notVerified("signature: dummy: no signatures")
}
