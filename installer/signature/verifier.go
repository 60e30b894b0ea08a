package signature

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nestos-dev/nestos/ostree/sign"
)

// maxSignature bounds a signature file; one with a hundred RSA signatures has 60 KiB.
const maxSignature = 1 << 20

// ErrVerification is wrapped by every verdict but a good one. Its text is that of the error of
// coreos-installer.
//
//lint:ignore ST1005 the reference's text
var ErrVerification = errors.New("GPG verification failure")

// Reasons of a failed verification beside those of ostree/sign.
var (
	errNoSignature = errors.New("no signature found")
	errTooLarge    = fmt.Errorf("signature file of more than %d bytes", maxSignature)
	errUnread      = errors.New("the image was not read to its end")
)

// Verifier hashes an image that passes by and then judges its signature.
//
// The verdict is on the bytes written before Result is called, all of which must be the
// image: whoever asks before the end of the image gets a failure, as if it had been cut off
// there, and later writes fail. Nothing of an image may be made bootable before Result says
// that it is good.
type Verifier struct {
	// Now is when expiry is judged; zero is the time of Result.
	Now time.Time
	// Location is the time zone of dates in messages; nil is the local one.
	Location *time.Location

	ring     *Keyring
	stream   *sign.StreamVerifier // nil: nothing to check, reason says why
	reason   error
	form     []string // what gpg says of a file that holds no signature
	reader   *verifyingReader
	messages []string
	done     bool
	err      error
}

// NewVerifier prepares the check of a detached signature, binary or ASCII-armored, of one or
// several packets. What is wrong with its form shows in Result: a broken signature file is
// no reason not to read the image, but none that would let it pass.
func (k *Keyring) NewVerifier(sig []byte) *Verifier {
	v := &Verifier{ring: k}
	switch {
	case len(sig) == 0:
		v.reason, v.form = errNoSignature, []string{"gpg: verify signatures failed: No data"}
	case len(sig) > maxSignature:
		v.reason, v.form = errTooLarge, []string{"gpg: verify signatures failed: " + errTooLarge.Error()}
	default:
		var err error
		if v.stream, err = k.ring.NewVerifier([][]byte{sig}, nil); err != nil {
			v.reason, v.form = errNoSignature, malformed(sig)
		}
	}
	return v
}

// malformed is what gpg says of a file without any signature in it.
func malformed(sig []byte) []string {
	what := "gpg: no signature found"
	if sig[0]&0x80 == 0 && !bytes.Contains(sig, []byte("-----BEGIN PGP SIGNATURE-----")) {
		what = "gpg: no valid OpenPGP data found."
	}
	return []string{what, "gpg: the signature could not be verified."}
}

// Write hashes the next stored bytes of the image. It fails only after Result.
func (v *Verifier) Write(p []byte) (int, error) {
	switch {
	case v.done:
		return 0, errors.New("image goes on after the verdict on its signature")
	case v.stream == nil:
		return len(p), nil
	}
	return v.stream.Write(p)
}

// Reader returns a reader of the image that writes what it reads to the verifier. With it
// the verifier knows where the image ends: Result fails when the reader was not read to
// io.EOF.
func (v *Verifier) Reader(image io.Reader) io.Reader {
	v.reader = &verifyingReader{image: image, v: v}
	return v.reader
}

type verifyingReader struct {
	image io.Reader
	v     *Verifier
	eof   bool
}

func (r *verifyingReader) Read(p []byte) (int, error) {
	n, err := r.image.Read(p)
	if n > 0 {
		if _, werr := r.v.Write(p[:n]); werr != nil {
			return 0, werr
		}
	}
	r.eof = r.eof || err == io.EOF
	return n, err
}

// Result gives the verdict: nil if the signature is good, or an error that wraps
// ErrVerification and the reason. The messages, to be shown in both cases, one per line, are
// those of gpg in English. The verdict is final.
func (v *Verifier) Result() (messages []string, err error) {
	if !v.done {
		v.done = true
		v.messages, v.err = v.judge()
		if v.err != nil {
			v.err = fmt.Errorf("%w: %w", ErrVerification, v.err)
		}
	}
	return v.messages, v.err
}

func (v *Verifier) judge() ([]string, error) {
	if v.reader != nil && !v.reader.eof {
		return nil, errUnread
	}
	if v.stream == nil {
		return v.form, v.reason
	}
	if v.Now.IsZero() {
		v.Now = time.Now()
	}
	result := v.stream.ResultAt(v.Now)
	var messages []string
	claims := v.stream.Claims()
	for i := range result.Signatures {
		messages = append(messages, v.describe(&result.Signatures[i], &claims[i])...)
	}
	if bad := mismatch(result); bad != nil {
		return messages, bad
	}
	if result.Valid() > 0 {
		return messages, nil
	}
	return messages, reasonOf(result)
}

// mismatch is the error of a signature by a key of the ring on other data. As for gpg, no good
// signature beside it makes up for that: one of the two is not on what is here.
func mismatch(result *sign.Result) error {
	for _, s := range result.Signatures {
		if s.Mismatch() {
			return s.Status.Err()
		}
	}
	return nil
}

// reasonOf is why none of the signatures is good: what is wrong with the first by a key of
// the ring, or else that there is none.
func reasonOf(result *sign.Result) error {
	reason := sign.ErrMissingKey
	for _, s := range result.Signatures {
		if s.Status == sign.StatusMissingKey {
			continue
		}
		reason = s.Status.Err()
		if s.Status == sign.StatusBad && s.Reason != nil && !s.Mismatch() {
			reason = fmt.Errorf("%w: %w", reason, s.Reason)
		}
		break
	}
	return reason
}
