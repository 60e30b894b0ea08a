package prepareroot

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

const (
	signaturesKey  = "ostree.sign.ed25519"
	digestKey      = "ostree.composefs.digest.v0"
	imageConfigKey = "ostree.container.image-config"
)

// maxObject bounds the size of commits and their detached metadata.
const maxObject = 128 << 20

// parseKeys reads a file of public keys, one in base64 on each line.
func parseKeys(data []byte) ([]ed25519.PublicKey, error) {
	var keys []ed25519.PublicKey
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		text := strings.TrimSpace(string(line))
		if text == "" {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, errno.Wrap("public key", err)
		}
		if len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("public key has %d bytes instead of %d", len(key), ed25519.PublicKeySize)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("public key file specified, but no public keys found")
	}
	return keys, nil
}

// signedDigest returns the fs-verity digest of the composefs image that the
// commit of a deployment names, after checking that one of the keys signed the
// commit. objects is the repository's directory of that name.
func signedDigest(objects fs.FS, commit object.Checksum, keys []ed25519.PublicKey, print func(string)) ([32]byte, error) {
	var digest [32]byte
	data, c, meta, err := loadSigned(objects, commit, print)
	if err != nil {
		return digest, err
	}
	signatures, ok := meta.LookupType(signaturesKey, "aay")
	if !ok {
		return digest, errors.New("Signature validation requested, but no signatures in commit")
	}
	if !verifyAny(data, signatures, keys) {
		return digest, fmt.Errorf("Checking commit signature: No valid (of %d) signatures found", signatures.Len())
	}
	value, ok := c.Metadata.LookupType(digestKey, gvariant.TypeByteArray)
	if !ok || len(value.ByteArray()) != len(digest) {
		return digest, errors.New("Signature validation requested, but no valid digest in commit")
	}
	copy(digest[:], value.ByteArray())
	return digest, nil
}

// loadSigned reads a commit with its detached metadata. A commit that was made on
// the machine from a container image has none: then its parent, the image's own
// commit, counts.
func loadSigned(objects fs.FS, id object.Checksum, print func(string)) ([]byte, *object.Commit, object.Variant, error) {
	fail := func(err error) ([]byte, *object.Commit, object.Variant, error) {
		return nil, nil, object.Variant{}, err
	}
	wrap := func(err error) error { return errno.Wrap("Error loading signatures from repo", err) }
	data, c, err := loadCommit(objects, id)
	if err != nil {
		return fail(wrap(err))
	}
	meta, err := loadDetached(objects, id)
	if err == nil {
		return data, c, meta, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fail(wrap(err))
	}
	if _, made := c.Metadata.LookupType(imageConfigKey, gvariant.TypeString); made && c.Parent != (object.Checksum{}) {
		parent := c.Parent
		if data, c, err = loadCommit(objects, parent); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fail(wrap(err))
		}
		if err == nil {
			if meta, err = loadDetached(objects, parent); err == nil {
				print("composefs+ostree: Validating composefs using bootc base commit")
				return data, c, meta, nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return fail(wrap(err))
			}
		}
	}
	return fail(fmt.Errorf("No commitmeta for commit %s", id))
}

func loadCommit(objects fs.FS, id object.Checksum) ([]byte, *object.Commit, error) {
	data, err := readObject(objects, id, "commit")
	if err != nil {
		return nil, nil, err
	}
	if object.Sum(data) != id {
		return nil, nil, fmt.Errorf("corrupted commit %s", id)
	}
	c, err := object.ParseCommit(data)
	return data, c, err
}

func loadDetached(objects fs.FS, id object.Checksum) (object.Variant, error) {
	data, err := readObject(objects, id, "commitmeta")
	if err != nil {
		return object.Variant{}, err
	}
	return gvariant.FromBytes(gvariant.TypeDict, data), nil
}

func readObject(objects fs.FS, id object.Checksum, extension string) ([]byte, error) {
	hex := id.String()
	name := hex[:2] + "/" + hex[2:] + "." + extension
	if info, err := fs.Stat(objects, name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() || info.Size() > maxObject {
		return nil, fmt.Errorf("%s: not an object", name)
	}
	f, err := objects.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxObject))
}

func verifyAny(data []byte, signatures object.Variant, keys []ed25519.PublicKey) bool {
	for _, key := range keys {
		for signature := range signatures.Children() {
			if sig := signature.ByteArray(); len(sig) == ed25519.SignatureSize && ed25519.Verify(key, data, sig) {
				return true
			}
		}
	}
	return false
}
