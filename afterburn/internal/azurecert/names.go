package azurecert

import (
	"crypto"
	_ "crypto/sha1"   // the hashes of hashOf
	_ "crypto/sha256" // …
	_ "crypto/sha512" // …
	"fmt"
)

// Object identifiers, encoded. The prefixes are those of RSA Data Security
// (1.2.840.113549) and of NIST's algorithms (2.16.840.1.101.3.4).
const (
	rsadsi oid = "\x2a\x86\x48\x86\xf7\x0d"
	nist   oid = "\x60\x86\x48\x01\x65\x03\x04"

	oidRSA  = rsadsi + "\x01\x01\x01"
	oidOAEP = rsadsi + "\x01\x01\x07"
	oidMGF1 = rsadsi + "\x01\x01\x08"

	oidPBKDF2 = rsadsi + "\x01\x05\x0c"
	oidPBES2  = rsadsi + "\x01\x05\x0d"
	oidPBMAC1 = rsadsi + "\x01\x05\x0e"

	oidData      = rsadsi + "\x01\x07\x01"
	oidEnveloped = rsadsi + "\x01\x07\x03"
	oidEncrypted = rsadsi + "\x01\x07\x06"

	oidX509Certificate = rsadsi + "\x01\x09\x16\x01"

	oidRC4x128 = rsadsi + "\x01\x0c\x01\x01"
	oidRC4x40  = rsadsi + "\x01\x0c\x01\x02"
	oid3DES3   = rsadsi + "\x01\x0c\x01\x03"
	oid3DES2   = rsadsi + "\x01\x0c\x01\x04"
	oidRC2x128 = rsadsi + "\x01\x0c\x01\x05"
	oidRC2x40  = rsadsi + "\x01\x0c\x01\x06"

	oidKeyBag         = rsadsi + "\x01\x0c\x0a\x01\x01"
	oidShroudedKeyBag = rsadsi + "\x01\x0c\x0a\x01\x02"
	oidCertBag        = rsadsi + "\x01\x0c\x0a\x01\x03"
	oidSafeBag        = rsadsi + "\x01\x0c\x0a\x01\x06"

	oid3DESCBC   = rsadsi + "\x03\x07"
	oidAES128CBC = nist + "\x01\x02"
	oidAES192CBC = nist + "\x01\x16"
	oidAES256CBC = nist + "\x01\x2a"
)

// hashOf is the hash function of a name of its own, or of its HMAC.
func hashOf(name oid) (crypto.Hash, error) {
	switch name {
	case "\x2b\x0e\x03\x02\x1a", rsadsi + "\x02\x07":
		return crypto.SHA1, nil
	case nist + "\x02\x04", rsadsi + "\x02\x08":
		return crypto.SHA224, nil
	case nist + "\x02\x01", rsadsi + "\x02\x09":
		return crypto.SHA256, nil
	case nist + "\x02\x02", rsadsi + "\x02\x0a":
		return crypto.SHA384, nil
	case nist + "\x02\x03", rsadsi + "\x02\x0b":
		return crypto.SHA512, nil
	}
	return 0, fmt.Errorf("hash function %s is not supported", name)
}
