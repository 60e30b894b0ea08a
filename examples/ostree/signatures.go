package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
)

// descriptions shows the signatures of a result, each after an empty line.
func descriptions(result *sign.Result) string {
	var b strings.Builder
	for i := range result.Signatures {
		b.WriteString("\n" + result.Signatures[i].Describe("  ", nil))
	}
	return b.String()
}

// verificationText is what is shown of the signatures that a remote's configuration demands.
func verificationText(result *sign.Result) string {
	return fmt.Sprintf("GPG: Verification enabled, found %s:\n%s", countSignatures(result), descriptions(result))
}

func countSignatures(result *sign.Result) string {
	if len(result.Signatures) == 1 {
		return "1 signature"
	}
	return fmt.Sprintf("%d signatures", len(result.Signatures))
}

// signatureJSON describes one OpenPGP signature.
type signatureJSON struct {
	Status             string    `json:"status"` // "valid", "missing-key", "bad", "expired-signature", "expired-key" or "revoked-key"
	KeyID              string    `json:"key_id"`
	Fingerprint        string    `json:"fingerprint,omitempty"`
	PrimaryFingerprint string    `json:"primary_fingerprint,omitempty"`
	Created            time.Time `json:"created"`
	Expires            time.Time `json:"expires,omitzero"`
	KeyExpires         time.Time `json:"key_expires,omitzero"`
	Algorithm          string    `json:"algorithm,omitempty"`
	Hash               string    `json:"hash,omitempty"`
	Name               string    `json:"name,omitempty"`
	Email              string    `json:"email,omitempty"`
}

var statusNames = map[sign.Status]string{
	sign.StatusValid: "valid", sign.StatusMissingKey: "missing-key", sign.StatusBad: "bad",
	sign.StatusExpiredSignature: "expired-signature", sign.StatusExpiredKey: "expired-key", sign.StatusRevokedKey: "revoked-key",
}

func describeSignatures(result *sign.Result) []signatureJSON {
	if result == nil {
		return nil
	}
	var out []signatureJSON
	for _, s := range result.Signatures {
		j := signatureJSON{Status: statusNames[s.Status], KeyID: s.KeyID, Fingerprint: s.Fingerprint, PrimaryFingerprint: s.PrimaryFingerprint,
			Created: s.Created.UTC(), Expires: utc(s.Expires), KeyExpires: utc(s.KeyExpires), Algorithm: s.Algorithm, Hash: s.Hash}
		if s.Status != sign.StatusMissingKey {
			j.Name, j.Email = s.UserName, s.UserEmail
		}
		out = append(out, j)
	}
	return out
}

// utc keeps the zero time what it is.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// verify checks the OpenPGP signatures of the commit to show; nil if it has none.
func (c *showRun) verify(commit object.Checksum) (*sign.Result, error) {
	md, err := c.repo.LoadCommitMeta(commit)
	if err != nil || !md.IsValid() {
		return nil, err
	}
	if _, signed := md.LookupType(sign.MetadataKeyGPG, "aay"); !signed {
		return nil, nil
	}
	if c.gpgRemote != "" {
		if _, err := c.repo.Remote(c.gpgRemote); err != nil {
			return nil, err
		}
	}
	extra, err := keyringsOf(c.gpgHome)
	if err != nil {
		return nil, err
	}
	return orUnsigned(c.repo.VerifyCommitGPG(commit, c.gpgRemote, extra...))
}

// keyringsOf reads the keyrings of --gpg-homedir.
func keyringsOf(dir string) ([]*sign.Keyring, error) {
	if dir == "" {
		return nil, nil
	}
	ring, err := ostree.ReadKeyringDir(dir)
	return []*sign.Keyring{ring}, err
}

// orUnsigned makes a missing signature no error, but no result.
func orUnsigned(result *sign.Result, err error) (*sign.Result, error) {
	if errors.Is(err, sign.ErrNoSignature) {
		return nil, nil
	}
	return result, err
}

// signatures prints which OpenPGP signatures a commit has and what they are worth.
func (c *showRun) signatures(commit object.Checksum) error {
	result, err := c.verify(commit)
	if result == nil || err != nil {
		return err
	}
	c.printf("Found %s:\n%s", countSignatures(result), descriptions(result))
	return nil
}

// gpgHome is the GnuPG home of --gpg-homedir, or else the user's.
func (c *command) gpgHome(dir string) *sign.Home {
	if dir != "" {
		return &sign.Home{Dir: dir}
	}
	home := c.env.Lookup("HOME")
	if home == "" {
		home, _ = os.UserHomeDir() // without one, no key is found
	}
	return sign.DefaultHome(c.env.Lookup("GNUPGHOME"), home)
}

// signingHome is gpgHome for signing. Where GnuPG 1 kept the secret keys, GnuPG 2.1 takes them over when it signs for
// the first time, and its other commands rely on that having happened; this program signs without gpg, so it
// lets gpg do that part. Without gpg, nobody misses it.
func (c *command) signingHome(dir string) *sign.Home {
	home := c.gpgHome(dir)
	if isFile(filepath.Join(home.Dir, "secring.gpg")) && !isFile(filepath.Join(home.Dir, ".gpg-v21-migrated")) {
		err := exec.CommandContext(c.ctx, "gpg", "--homedir", home.Dir, "--batch", "--list-secret-keys").Run()
		if err != nil && c.verbose {
			fmt.Fprintf(c.env.Stderr, "OT: %s was not migrated: %v\n", home.Dir, err)
		}
	}
	return home
}

// keyReader is an engine that reads keys as they stand on the command line.
func keyReader(e sign.Engine) (sign.KeyReader, error) {
	r, ok := e.(sign.KeyReader)
	if !ok {
		return nil, fmt.Errorf("%s: keys as text are not supported", e.Name())
	}
	return r, nil
}

// secretKeys reads the keys to sign with: texts, and files of keys.
func secretKeys(e sign.Engine, texts, files []string) ([][]byte, error) {
	r, err := keyReader(e)
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, t := range texts {
		key, err := r.SecretKey(t)
		if err != nil {
			return nil, err
		}
		out = append(out, key)
	}
	for _, f := range files {
		keys, err := sign.ReadSecretKeys(e, f)
		if err != nil {
			return nil, err
		}
		out = append(out, keys...)
	}
	return out, nil
}
