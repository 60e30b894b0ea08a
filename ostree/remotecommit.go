package ostree

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
)

// VerifyRemoteCommit checks that a commit object (its bytes) is signed as the configuration of a remote
// demands, given its detached metadata (nil if there is none). The commit need not be in the
// repository. It returns what was found, for people. A remote that demands nothing is an error.
func (r *Repo) VerifyRemoteCommit(remote string, commit, detached []byte) (string, error) {
	m, err := r.Remote(remote)
	if err != nil {
		return "", err
	}
	gpg, err := m.Bool("gpg-verify", true)
	if err != nil {
		return "", err
	}
	v := &commitVerifier{gpg: gpg}
	if v.engines, v.signVerify, err = r.remoteEngines(m, "sign-verify"); err != nil {
		return "", err
	}
	if !v.gpg && !v.signVerify {
		return "", fmt.Errorf("Cannot verify commits of remote \"%s\": no verification is enabled for it", remote)
	}
	v.ring = sync.OnceValues(func() (*sign.Keyring, error) { return r.RemoteKeyring(remote) })
	if detached == nil {
		return "", errors.New("Can't verify commit without detached metadata")
	}
	if err := object.Validate(object.TypeCommitMeta, detached); err != nil {
		return "", err
	}
	var text strings.Builder
	v.onResult = func(_ object.Checksum, result *sign.Result) {
		for i := range result.Signatures {
			text.WriteString(result.Signatures[i].Describe("GPG: ", nil))
		}
	}
	if err := v.check(object.Sum(commit), commit, detached); err != nil {
		return "", err
	}
	if v.signVerify {
		msg, err := verifyEngines(v.engines, commit, variantOf("a{sv}", detached))
		if err != nil {
			return "", err
		}
		text.WriteString(msg)
	}
	return text.String(), nil
}
