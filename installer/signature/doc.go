// Package signature decides whether a disk image is signed by someone who may sign it.
//
// A [Keyring] begins with the keys that are compiled in ([Builtin]); files and directories of
// more keys are added to it. [Keyring.NewVerifier] takes the detached OpenPGP signature that
// lies beside an image; the stored bytes of the image, compressed as they are, are written to
// the [Verifier] while they pass, and [Verifier.Result] gives the verdict, with messages in
// the words of gpg:
//
//	gpg: Signature made Sun Sep 26 04:54:03 2021 UTC
//	gpg:                using RSA key FC51AC9FED914ECAD67EDB2A5FBDA8071BF24B78
//	gpg: Good signature from "coreos-installer snake oil key <…>" [ultimate]
//
// # Rules
//
// An image passes with at least one valid signature over all of it by any key of the ring.
// A signature by such a key on something else fails it all the same, as in gpg; one by an
// unknown key does not count.
// Signatures that have expired do not count, nor do those by keys that have expired or are
// revoked, for which gpg only prints a warning. Other signatures beside a valid one do no
// harm, bad ones neither: an image that is signed by the keys of two releases can be checked
// with either (gpg fails when one of the keys is missing). A signature that is empty, is not
// OpenPGP, or is only by unknown keys fails.
//
// Everything else is as in [github.com/nestos-dev/nestos/ostree/sign]: algorithms, subkeys,
// and what of a key its owner must have signed. Keys are added by the rules of
// "gpg --import"; all are equally trusted.
//
// Nothing runs gpg, and nothing is read from a user's own keyring.
package signature
