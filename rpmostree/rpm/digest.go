package rpm

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"fmt"
	"hash"
)

// DigestAlgo is a digest algorithm by OpenPGP's number.
type DigestAlgo uint32

// The digest algorithms of packages.
const (
	MD5      DigestAlgo = 1
	SHA1     DigestAlgo = 2
	SHA256   DigestAlgo = 8
	SHA384   DigestAlgo = 9
	SHA512   DigestAlgo = 10
	SHA224   DigestAlgo = 11
	SHA3_256 DigestAlgo = 12
	SHA3_512 DigestAlgo = 14
)

// digests are the algorithms with their names in rpm's messages.
var digests = [...]struct {
	algo DigestAlgo
	name string
	new  func() hash.Hash
	size int
}{
	{MD5, "MD5", md5.New, md5.Size},
	{SHA1, "SHA1", sha1.New, sha1.Size},
	{SHA256, "SHA256", sha256.New, sha256.Size},
	{SHA384, "SHA384", sha512.New384, sha512.Size384},
	{SHA512, "SHA512", sha512.New, sha512.Size},
	{SHA224, "SHA224", sha256.New224, sha256.Size224},
	{SHA3_256, "SHA3-256", func() hash.Hash { return sha3.New256() }, 32},
	{SHA3_512, "SHA3-512", func() hash.Hash { return sha3.New512() }, 64},
}

// String returns the name that rpm prints, as "SHA256".
func (a DigestAlgo) String() string {
	for i := range digests {
		if digests[i].algo == a {
			return digests[i].name
		}
	}
	return fmt.Sprintf("unknown digest %d", uint32(a))
}

// New returns a hash of the algorithm, nil if it is not supported.
func (a DigestAlgo) New() hash.Hash {
	for i := range digests {
		if digests[i].algo == a {
			return digests[i].new()
		}
	}
	return nil
}

// Size returns the bytes of a digest, 0 if the algorithm is not supported.
func (a DigestAlgo) Size() int {
	for i := range digests {
		if digests[i].algo == a {
			return digests[i].size
		}
	}
	return 0
}

// DigestAlgo returns the algorithm of the digests of files: what the header names, else MD5.
func (h *Header) DigestAlgo() DigestAlgo {
	if v, ok := h.Uint64(TagFileDigestAlgo); ok {
		return DigestAlgo(v)
	}
	return MD5
}
