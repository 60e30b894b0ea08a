package ostree

import (
	"errors"

	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/sign"
)

// ErrDeltaNotSigned reports a static delta without signatures.
var ErrDeltaNotSigned = errors.New("no signatures in static-delta")

// VerifyDelta checks the signatures of a delta: one that the repository has, named as by [delta.Name.String], or,
// if there is a slash in it, the file of a superblock. It returns the message about the good signature. Nil keys
// are the system's.
//
// The signatures are over the superblock, which holds the checksums of the parts.
func (r *Repo) VerifyDelta(ref string, e sign.Engine, keys *sign.Keys) (string, error) {
	d, err := r.openDelta(ref)
	if err != nil {
		return "", err
	}
	defer d.close()
	return r.verifySuperblock(d.Superblock, e, keys)
}

func (r *Repo) verifySuperblock(s *delta.Superblock, e sign.Engine, keys *sign.Keys) (string, error) {
	if !s.Signed {
		return "", ErrDeltaNotSigned
	}
	if keys == nil {
		var err error
		if keys, err = r.SystemKeys(e); err != nil {
			return "", err
		}
	}
	return sign.VerifyData(e, keys, s.Payload, signaturesUnder(s.Signatures, e.MetadataKey()))
}
