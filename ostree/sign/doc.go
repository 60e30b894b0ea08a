// Package sign makes and checks the signatures of commits, summaries and static deltas.
//
// It is for programs that publish or accept commits. Who has a repository may want its methods, such as
// [github.com/nestos-dev/nestos/ostree.Repo.SignCommit] and
// [github.com/nestos-dev/nestos/ostree.Repo.VerifyCommitGPG]; they are made of this package.
//
// Most callers need two functions: [Keyring.Verify] for OpenPGP and [VerifyData] for the
// sign API. Both take the signed bytes and the signatures found beside them, and never
// read a repository.
//
// # OpenPGP
//
// The detached metadata key `ostree.gpgsigs` holds an array of binary detached signatures
// over the serialized commit (in summary.sig: over the summary file).
//
//	keys, err := sign.ParseKeyring(file)            // *.gpg, *.kbx or armored
//	result, err := keys.Verify(data, sigs, nil)     // each signature: good, bad, expired …
//	err = result.Require()                          // one valid signature suffices
//
// Data too large to hold are checked while they pass: [Keyring.NewVerifier] takes the
// signatures first, and [StreamVerifier.Result] says of what was written the same as Verify.
//
// [ParseKeyring] reads a keyring, [Keyring.Add] puts several together, [Keyring.Import]
// merges keys into a remote's `<remote>.trustedkeys.gpg` by the rules of `gpg --import`, and
// [Keyring.WriteKeyList] prints them. Keys are selected by key ID, fingerprint or user ID,
// as in GnuPG, with [Keyring.Lookup] and [Keyring.Select].
//
// [Home] is a GnuPG home directory. Its [Home.Signer] signs with unprotected secret keys, of GnuPG
// 1's secring.gpg and of private-keys-v1.d, without any program; keys with a passphrase or
// on a card go through gpg.
//
// What counts is what GnuPG 2.2 says of the same keys and signatures:
//
//   - A self signature that is newest and not expired decides about expiry and usage; a
//     revocation by the owner or a designated revoker is final.
//   - A signing subkey must have signed its primary key in turn.
//   - SHA-1 and RIPEMD-160 are accepted, MD5 is not; RSA needs 1024 bits.
//   - Trust is ignored: whoever is in the keyring is trusted.
//
// In three things this package is stricter or more helpful than GnuPG 2.2 through GPGME: a
// key must be marked for signing data, a bad signature does not hide a good one that comes
// after it, and of a bad signature the claimed date and algorithm are shown.
// Signatures of version 3 and 4 and keys of version 4 are supported, which is all that
// GnuPG 2.2 makes; other versions are treated as unknown.
//
// # Sign API
//
// An [Engine] is a scheme with its own metadata key, `ostree.sign.<name>`, of type `aay`:
// [Ed25519], [SPKI] (any key in a SubjectPublicKeyInfo) and, for tests, [Dummy]. [Keys] are
// the trusted and the revoked public keys; [LoadKeys] reads the system's:
//
//	/etc/ostree/trusted.ed25519      /etc/ostree/trusted.ed25519.d/*
//	/etc/ostree/revoked.ed25519      /etc/ostree/revoked.ed25519.d/*
//
// and the same under /usr/share/ostree.
//
// # Guarantees
//
// Texts of errors and messages are those of libostree 2026.4, where a script may look for
// them; conditions that callers decide on are sentinel errors. No function prints, reads
// the environment or keeps state; the one program that may be run is gpg, looked up in
// PATH, see [Home]. All input is treated as hostile: sizes are checked and the number of
// signatures is limited.
//
// Engines may be used by several goroutines, and so may a [Keyring] that nobody changes.
// Keys on hardware tokens and certificates (X.509) are not supported, except through gpg.
package sign
