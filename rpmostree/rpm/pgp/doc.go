// Package pgp checks OpenPGP signatures of RPM packages and of repository metadata.
//
// [Keyring.Check] judges one signature over bytes that the caller has hashed;
// [Keyring.VerifyDetached] checks a file such as repomd.xml against repomd.xml.asc.
//
//	var keys pgp.Keyring
//	if err := keys.Add(asciiArmoredKeys); err != nil { … }
//	sig, err := pgp.ParseSignature(header.Bytes(rpm.TagRSAHeader))
//	h, err := sig.NewHash()
//	h.Write(signedBytes)
//	fmt.Println(sig, keys.Check(sig, h)) // V4 RSA/SHA256 Signature, key ID f4a80eb5: OK
//
// # Formats
//
// A key file holds any number of public keys, binary or as armored blocks with arbitrary
// text between them. A signature is one packet (or several) in either form:
//
//	version 3    hashed: type, creation time           old packages (EL 5 and 6)
//	version 4    hashed: header and hashed subpackets  almost everything
//	version 6    as 4, a salt is hashed first          RFC 9580
//
// Keys of version 4 and 6 with RSA (1024 to 16384 bits), DSA, ECDSA, EdDSA, Ed25519, Ed448 and
// the composites of ML-DSA with the latter are supported; older keys and version 5 are not.
//
// # What is trusted
//
// Whoever is in the keyring is trusted; there is no web of trust. A subkey counts if its
// primary key bound it for signing and the subkey signed the primary key in turn. The
// newest self-signature decides about expiry, at the time the signature was made. A
// revocation by the key itself is final, whatever its date. Signatures over MD5
// are not trusted; SHA-1 is, as in rpm 4.18, unless [Keyring.RejectSHA1] is set.
// (rpm 4.18 itself accepts revoked primary keys; newer versions do not.)
//
// A Keyring may be read by several goroutines while none adds keys. All input is
// treated as hostile; sizes and counts are bounded.
package pgp
