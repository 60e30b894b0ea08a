package azurecert

import (
	"crypto"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rc4"
	"errors"
	"fmt"
	"math/big"
)

// A password of PKCS#12 is a string of 16-bit characters with a zero character
// at its end. The empty one is that zero, or nothing at all: both are in use.
var (
	terminated = []byte{0, 0}
	nothing    = []byte(nil)
)

// budget limits the rounds of all key derivations of a file, which it chooses
// itself: a few thousand are common, a million is the most that exporters use.
type budget struct{ rounds int }

var errRounds = errors.New("too many rounds of key derivation")

func (b *budget) spend(rounds, blocks int) error {
	if rounds < 1 {
		return fmt.Errorf("%w: no rounds of key derivation", errMalformed)
	}
	if rounds > b.rounds/blocks {
		return errRounds
	}
	b.rounds -= rounds * blocks
	return nil
}

// decryptWith decrypts what the scheme of a PKCS#12 file encrypted with the
// password.
func (b *budget) decryptWith(password []byte, method algorithm, sealed []byte) ([]byte, error) {
	if method.id == oidPBES2 {
		return b.decryptPBES2(method, sealed)
	}
	f := method.structure()
	salt, rounds := f.octets(), f.integer()
	if f.err != nil {
		return nil, fmt.Errorf("encryption parameters: %w", f.err)
	}
	derive := func(purpose byte, size int) ([]byte, error) {
		return b.derive(crypto.SHA1, purpose, salt, password, rounds, size)
	}
	size := 0
	switch method.id {
	case oid3DES3:
		size = 24
	case oid3DES2, oidRC2x128, oidRC4x128:
		size = 16
	case oidRC2x40, oidRC4x40:
		size = 5
	default:
		return nil, fmt.Errorf("encryption %s is not supported", method.id)
	}
	key, err := derive(purposeKey, size)
	if err != nil {
		return nil, err
	}
	if method.id == oidRC4x40 || method.id == oidRC4x128 {
		stream, err := rc4.NewCipher(key)
		if err != nil {
			return nil, err
		}
		plain := make([]byte, len(sealed))
		stream.XORKeyStream(plain, sealed)
		return plain, nil
	}
	block, err := oldCipher(method.id, key)
	if err != nil {
		return nil, err
	}
	iv, err := derive(purposeIV, block.BlockSize())
	if err != nil {
		return nil, err
	}
	return decryptCBC(block, iv, sealed)
}

func oldCipher(id oid, key []byte) (cipher.Block, error) {
	switch id {
	case oid3DES2: // the first key is also the third
		return des.NewTripleDESCipher(append(key[:16:16], key[:8]...))
	case oid3DES3:
		return des.NewTripleDESCipher(key)
	}
	return newRC2(key), nil
}

// decryptPBES2 decrypts with the second scheme of PKCS#5 (RFC 8018), whose
// password is plain text: empty here.
func (b *budget) decryptPBES2(method algorithm, sealed []byte) ([]byte, error) {
	f := method.structure()
	derivation, encryption := f.algorithm(), f.algorithm()
	if f.err != nil {
		return nil, fmt.Errorf("encryption parameters: %w", f.err)
	}
	size := keySize(encryption.id)
	if size == 0 {
		return nil, fmt.Errorf("cipher %s is not supported", encryption.id)
	}
	key, err := b.pbkdf2(derivation, size)
	if err != nil {
		return nil, err
	}
	block, iv, err := contentCipher(encryption, key)
	if err != nil {
		return nil, err
	}
	return decryptCBC(block, iv, sealed)
}

// pbkdf2 derives a key from the empty password. A size of 0 is the one that the
// parameters name.
func (b *budget) pbkdf2(derivation algorithm, size int) ([]byte, error) {
	if derivation.id != oidPBKDF2 {
		return nil, fmt.Errorf("key derivation %s is not supported", derivation.id)
	}
	f := derivation.structure()
	salt, rounds := f.octets(), f.integer()
	named := 0
	if f.more() && f.rest[0] == tagInteger {
		named = f.integer()
	}
	hash := crypto.SHA1
	var err error
	if f.more() {
		if a := f.algorithm(); f.err == nil {
			if hash, err = hashOf(a.id); err != nil {
				return nil, err
			}
		}
	}
	if f.err != nil {
		return nil, fmt.Errorf("key derivation parameters: %w", f.err)
	}
	if size == 0 {
		size = named
	}
	if size < 1 || size > 64 || named != 0 && named != size {
		return nil, fmt.Errorf("%w: derived key of %d bytes", errMalformed, named)
	}
	if err := b.spend(rounds, (size+hash.Size()-1)/hash.Size()); err != nil {
		return nil, err
	}
	return pbkdf2.Key(hash.New, "", salt, rounds, size)
}

// What a derived key of PKCS#12 is for.
const (
	purposeKey byte = iota + 1
	purposeIV
	purposeMAC
)

// derive is the key derivation of RFC 7292, appendix B.
func (b *budget) derive(hash crypto.Hash, purpose byte, salt, password []byte, rounds, size int) ([]byte, error) {
	if len(salt) > 1024 {
		return nil, fmt.Errorf("%w: salt of %d bytes", errMalformed, len(salt))
	}
	if err := b.spend(rounds, (size+hash.Size()-1)/hash.Size()); err != nil {
		return nil, err
	}
	h := hash.New()
	v := h.BlockSize()
	diversifier := make([]byte, v)
	for i := range diversifier {
		diversifier[i] = purpose
	}
	input := append(stretched(salt, v), stretched(password, v)...)
	var key []byte
	for {
		h.Reset()
		h.Write(diversifier)
		h.Write(input)
		sum := h.Sum(nil)
		for range rounds - 1 {
			h.Reset()
			h.Write(sum)
			sum = h.Sum(sum[:0])
		}
		if key = append(key, sum...); len(key) >= size {
			return key[:size], nil
		}
		addToBlocks(input, stretched(sum, v)[:v])
	}
}

// stretched repeats b up to a whole number of blocks; nothing stays nothing.
func stretched(b []byte, block int) []byte {
	out := make([]byte, (len(b)+block-1)/block*block)
	for n := 0; n < len(out); {
		n += copy(out[n:], b)
	}
	return out
}

// addToBlocks adds a number and one to each block of the input, modulo the
// block's size.
func addToBlocks(input, number []byte) {
	v := len(number)
	add := new(big.Int).SetBytes(number)
	add.Add(add, big.NewInt(1))
	modulus := new(big.Int).Lsh(big.NewInt(1), uint(8*v))
	for i := 0; i < len(input); i += v {
		n := new(big.Int).SetBytes(input[i : i+v])
		n.Add(n, add).Mod(n, modulus).FillBytes(input[i : i+v])
	}
}

// macOK tells whether the file's checksum is the one that the password gives.
func (b *budget) macOK(password []byte, data *fields, content []byte) (bool, error) {
	digest := data.inside(tagSequence)
	method := digest.algorithm()
	want := digest.octets()
	salt, rounds := data.octets(), 1
	if data.more() {
		rounds = data.integer()
	}
	for _, f := range []*fields{digest, data} {
		if f.err != nil {
			return false, fmt.Errorf("checksum: %w", f.err)
		}
	}
	if method.id == oidPBMAC1 {
		return b.pbmacOK(method, want, content)
	}
	hash, err := hashOf(method.id)
	if err != nil {
		return false, err
	}
	key, err := b.derive(hash, purposeMAC, salt, password, rounds, hash.Size())
	if err != nil {
		return false, err
	}
	return macEqual(hash, key, content, want), nil
}

// pbmacOK checks the newer kind of checksum (RFC 9579).
func (b *budget) pbmacOK(method algorithm, want, content []byte) (bool, error) {
	f := method.structure()
	derivation, mac := f.algorithm(), f.algorithm()
	if f.err != nil {
		return false, fmt.Errorf("checksum parameters: %w", f.err)
	}
	hash, err := hashOf(mac.id)
	if err != nil {
		return false, err
	}
	key, err := b.pbkdf2(derivation, 0)
	if err != nil {
		return false, err
	}
	return macEqual(hash, key, content, want), nil
}

func macEqual(hash crypto.Hash, key, content, want []byte) bool {
	mac := hmac.New(hash.New, key)
	mac.Write(content)
	return hmac.Equal(mac.Sum(nil), want)
}
