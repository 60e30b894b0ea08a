package pgp

import (
	"errors"
	"fmt"
	"hash"
	"io"
)

// ErrNotVerified is what all errors of [Keyring.VerifyDetached] about signatures wrap that
// are readable but not good enough.
var ErrNotVerified = errors.New("no valid signature")

// VerifyDetached checks data against a file of detached signatures, binary or armored, as
// made by `gpg --detach-sign` (also with --textmode). One good signature suffices.
func (k *Keyring) VerifyDetached(data io.Reader, sig []byte) error {
	sigs, err := ParseSignatures(sig)
	if err != nil {
		return err
	}
	hashes := make([]hash.Hash, len(sigs))
	writers := make([]io.Writer, 0, len(sigs))
	for i, s := range sigs {
		h, err := s.NewHash()
		if err != nil {
			continue // judged below
		}
		hashes[i] = h
		switch s.Type {
		case TypeBinary:
			writers = append(writers, h)
		case TypeText:
			writers = append(writers, &canonicalText{w: h})
		}
	}
	if _, err := io.Copy(io.MultiWriter(writers...), data); err != nil {
		return fmt.Errorf("reading signed data: %w", err)
	}
	var errs []error
	for i, s := range sigs {
		r := k.verdict(s, hashes[i])
		if r.Status == OK {
			return nil
		}
		errs = append(errs, fmt.Errorf("%w: %s: %s", ErrNotVerified, s, r))
	}
	return errors.Join(errs...)
}

func (k *Keyring) verdict(s *Signature, h hash.Hash) Result {
	switch {
	case s.Type != TypeBinary && s.Type != TypeText:
		return Result{Status: Bad, Reason: fmt.Sprintf("signature type 0x%02x is not that of a document", s.Type)}
	case h == nil:
		return Result{Status: Bad, Reason: "hash algorithm is not supported"}
	}
	return k.check(s, h)
}

// canonicalText turns line feeds into CR LF.
type canonicalText struct {
	w    io.Writer
	last byte
}

func (c *canonicalText) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p)+len(p)/16)
	for _, b := range p {
		if b == '\n' && c.last != '\r' {
			out = append(out, '\r')
		}
		out = append(out, b)
		c.last = b
	}
	if _, err := c.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
