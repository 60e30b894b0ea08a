package pgp

import (
	"crypto"
	_ "crypto/md5"    // for crypto.MD5
	_ "crypto/sha1"   // for crypto.SHA1
	_ "crypto/sha256" // for crypto.SHA224 and SHA256
	_ "crypto/sha3"   // for crypto.SHA3_256 and SHA3_512
	_ "crypto/sha512" // for crypto.SHA384 and SHA512
)

// HashAlgorithm is the OpenPGP number of a hash function.
type HashAlgorithm uint8

// String is the name that rpm prints.
func (a HashAlgorithm) String() string {
	if name := hashNames[a]; name != "" {
		return name
	}
	return "Unknown hash algorithm"
}

// Hash is the function itself, 0 if it is not supported.
func (a HashAlgorithm) Hash() crypto.Hash { return hashes[a] }

// PubkeyAlgorithm is the OpenPGP number of a public key algorithm.
type PubkeyAlgorithm uint8

// String is the name that rpm prints.
func (a PubkeyAlgorithm) String() string {
	if name := pubkeyNames[a]; name != "" {
		return name
	}
	return "Unknown public key algorithm"
}

const (
	hashMD5  HashAlgorithm = 1
	hashSHA1 HashAlgorithm = 2

	pubkeyRSA     PubkeyAlgorithm = 1
	pubkeyRSASign PubkeyAlgorithm = 3
	pubkeyDSA     PubkeyAlgorithm = 17
)

var hashes = map[HashAlgorithm]crypto.Hash{
	hashMD5: crypto.MD5, hashSHA1: crypto.SHA1,
	8: crypto.SHA256, 9: crypto.SHA384, 10: crypto.SHA512, 11: crypto.SHA224,
	12: crypto.SHA3_256, 14: crypto.SHA3_512,
}

var hashNames = map[HashAlgorithm]string{
	1: "MD5", 2: "SHA1", 3: "RIPEMD160", 5: "MD2", 6: "TIGER192", 7: "HAVAL-5-160",
	8: "SHA256", 9: "SHA384", 10: "SHA512", 11: "SHA224", 12: "SHA3-256", 14: "SHA3-512",
}

var pubkeyNames = map[PubkeyAlgorithm]string{
	1: "RSA", 2: "RSA(Encrypt-Only)", 3: "RSA(Sign-Only)", 16: "Elgamal(Encrypt-Only)", 17: "DSA",
	18: "Elliptic Curve", 19: "ECDSA", 20: "Elgamal", 21: "Diffie-Hellman (X9.42)", 22: "EdDSA",
	25: "X25519", 26: "X448", 27: "Ed25519", 28: "Ed448", 30: "ML-DSA-65+Ed25519", 31: "ML-DSA-87+Ed448",
}
