// Package sha512crypt computes the "$6$" password hashes of crypt(5).
//
// The scheme is Ulrich Drepper's "Unix crypt using SHA-256 and SHA-512": the
// password and the salt are stirred through some thousand rounds of SHA-512, and
// the digest is printed in an alphabet and byte order of its own:
//
//	$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXb…
//	 │ │            │                └ 86 characters of digest
//	 │ │            └ up to 16 characters, none of them '$'
//	 │ └ left out for the default of 5000
//	 └ the scheme
//
// [New] hashes a new password, [Hash] with a given salt.
package sha512crypt

import (
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	// MinRounds and MaxRounds are what the scheme allows; others are moved to
	// the nearer of the two.
	MinRounds = 1000
	MaxRounds = 999_999_999
	// DefaultRounds is what a hash without "rounds=" was made with.
	DefaultRounds = 5000
	// NewRounds is what New uses.
	NewRounds = 10_000
	// SaltLength is how much of a salt counts, in bytes.
	SaltLength = 16
)

const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// ErrSalt is the error of a salt that would end the field early or break the
// line of a password database.
var ErrSalt = errors.New("salt with a character that a password hash cannot hold")

// New hashes a password with NewRounds rounds and 16 random characters of salt.
func New(password string, random io.Reader) (string, error) {
	var salt [SaltLength]byte
	if _, err := io.ReadFull(random, salt[:]); err != nil {
		return "", fmt.Errorf("reading random bytes for a salt: %w", err)
	}
	for i, b := range salt {
		salt[i] = alphabet[b&63]
	}
	return Hash(password, string(salt[:]), NewRounds)
}

// Hash hashes a password. Only the first SaltLength bytes of the salt count.
// Rounds are clamped to MinRounds and MaxRounds; zero means DefaultRounds, which
// is not written into the hash.
func Hash(password, salt string, rounds int) (string, error) {
	salt = salt[:min(len(salt), SaltLength)]
	for i := range len(salt) {
		if c := salt[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("$:!*\\", c) >= 0 {
			return "", ErrSalt
		}
	}
	prefix := "$6$"
	if rounds == 0 {
		rounds = DefaultRounds
	} else {
		rounds = min(max(rounds, MinRounds), MaxRounds)
		prefix += "rounds=" + strconv.Itoa(rounds) + "$"
	}
	digest := stir([]byte(password), []byte(salt), rounds)
	return prefix + salt + "$" + encode(&digest), nil
}

// stir is the scheme's digest: an initial mix in which the bits of the
// password's length decide, then the rounds.
func stir(password, salt []byte, rounds int) [sha512.Size]byte {
	h := sha512.New()
	h.Write(password)
	h.Write(salt)
	h.Write(password)
	var other [sha512.Size]byte
	h.Sum(other[:0])

	h.Reset()
	h.Write(password)
	h.Write(salt)
	h.Write(repeated(other[:], len(password)))
	for n := len(password); n > 0; n >>= 1 {
		if n&1 != 0 {
			h.Write(other[:])
		} else {
			h.Write(password)
		}
	}
	var digest [sha512.Size]byte
	h.Sum(digest[:0])

	p := repeated(many(password, len(password)), len(password))
	s := repeated(many(salt, 16+int(digest[0])), len(salt))
	for i := range rounds {
		h.Reset()
		first, last := digest[:], p
		if i&1 != 0 {
			first, last = last, first
		}
		h.Write(first)
		if i%3 != 0 {
			h.Write(s)
		}
		if i%7 != 0 {
			h.Write(p)
		}
		h.Write(last)
		h.Sum(digest[:0])
	}
	return digest
}

// many is the digest of n copies of b.
func many(b []byte, n int) []byte {
	h := sha512.New()
	for range n {
		h.Write(b)
	}
	return h.Sum(nil)
}

// repeated is a digest repeated and cut to a length.
func repeated(digest []byte, length int) []byte {
	out := make([]byte, 0, length)
	for len(out) < length {
		out = append(out, digest[:min(len(digest), length-len(out))]...)
	}
	return out
}

// encode prints a digest: of each triple of bytes that lie 21 apart, which turn
// by one place each time, four characters, the low bits first.
func encode(digest *[sha512.Size]byte) string {
	out := make([]byte, 0, 86)
	put := func(v uint32, n int) {
		for range n {
			out = append(out, alphabet[v&63])
			v >>= 6
		}
	}
	a, b, c := 0, 21, 42
	for range 21 {
		put(uint32(digest[a])<<16|uint32(digest[b])<<8|uint32(digest[c]), 4)
		a, b, c = b+1, c+1, a+1
	}
	put(uint32(digest[63]), 2)
	return string(out)
}
