package ostree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
)

// commitVerifier is what a remote's configuration demands of commits and of the summary. Both kinds of
// signatures must be right if both are demanded; of each kind one signature suffices.
type commitVerifier struct {
	gpg, gpgSummary           bool
	ring                      func() (*sign.Keyring, error) // read when it is needed first
	engines, summaryEngines   []engineKeys
	signVerify, signSummary   bool
	onResult                  func(object.Checksum, *sign.Result)
	commitsByGPG, commitsSign atomic.Int64
}

// engineKeys is a signature engine with the keys to trust.
type engineKeys struct {
	engine sign.Engine
	keys   *sign.Keys
}

func (v *commitVerifier) summaryRequired() bool { return v.gpgSummary || v.signSummary }

// prepareVerification reads the remote's configuration and loads the keys. Repositories on this host are
// only verified on demand.
func (p *puller) prepareVerification(ctx context.Context) error {
	v := &p.verify
	v.onResult = p.opts.OnGPGResult
	remote := p.remote
	var err error
	if remote != nil {
		if v.gpg, err = remote.Bool("gpg-verify", true); err != nil {
			return err
		}
		if v.gpgSummary, err = remote.Bool("gpg-verify-summary", false); err != nil {
			return err
		}
	}
	override(&v.gpg, p.opts.GPGVerify)
	override(&v.gpgSummary, p.opts.GPGVerifySummary)
	name := p.remoteName
	if remote == nil && name != "" {
		if remote, err = p.repo.Remote(name); errors.Is(err, ErrRemoteNotFound) {
			remote, err = nil, nil
		} else if err != nil {
			return err
		}
	}
	if (v.gpg || v.gpgSummary) && name == "" {
		return errors.New("Must specify remote name to enable gpg verification")
	}
	v.ring = sync.OnceValues(func() (*sign.Keyring, error) { return p.repo.RemoteKeyring(name) })
	if remote == nil || p.remote == nil && !p.signLocal {
		return nil
	}
	if !p.opts.NoSignVerify {
		if v.engines, v.signVerify, err = p.repo.remoteEngines(remote, "sign-verify"); err != nil {
			return err
		}
	}
	if !p.opts.NoSignVerifySummary {
		v.summaryEngines, v.signSummary, err = p.repo.remoteEngines(remote, "sign-verify-summary")
	}
	return err
}

func override(dst *bool, value *bool) {
	if value != nil {
		*dst = *value
	}
}

func (v *commitVerifier) verifyGPG(data []byte, md object.Variant) (*sign.Result, error) {
	ring, err := v.ring()
	if err != nil {
		return nil, err
	}
	return ring.Verify(data, signaturesUnder(md, sign.MetadataKeyGPG), nil)
}

// check verifies the signatures of a commit.
func (v *commitVerifier) check(c object.Checksum, data, detached []byte) error {
	md := object.Variant{}
	if detached != nil {
		md = variantOf("a{sv}", detached)
	}
	if v.gpg {
		result, err := v.verifyGPG(data, md)
		if err == nil {
			if v.onResult != nil {
				v.onResult(c, result)
			}
			err = result.Require()
		}
		if err != nil {
			return fmt.Errorf("Commit %s: %w", c, err)
		}
		v.commitsByGPG.Add(1)
	}
	if !v.signVerify {
		return nil
	}
	if detached == nil {
		return errors.New("Can't verify commit without detached metadata")
	}
	if _, err := verifyEngines(v.engines, data, md); err != nil {
		return fmt.Errorf("Can't verify commit %s: %w", c, err)
	}
	v.commitsSign.Add(1)
	return nil
}

// summary verifies a summary; data or sig may be nil.
func (v *commitVerifier) summary(data, sig []byte) error {
	if v.gpgSummary {
		if err := missingSummary("GPG verification", "gpg-verify-summary", data, sig); err != nil {
			return err
		}
		result, err := v.verifyGPG(data, variantOf("a{sv}", sig))
		if err == nil {
			err = result.Require()
		}
		if err != nil {
			return err
		}
	}
	if v.signSummary {
		if err := missingSummary("Signatures verification", "sign-verify-summary", data, sig); err != nil {
			return err
		}
		if _, err := verifyEngines(v.summaryEngines, data, variantOf("a{sv}", sig)); err != nil {
			return err
		}
	}
	return nil
}

func missingSummary(what, key string, data, sig []byte) error {
	file := "summary"
	if data != nil {
		if sig != nil {
			return nil
		}
		file = "summary.sig"
	}
	return fmt.Errorf("%s enabled, but no %s found (use %s=false in remote config to disable)", what, file, key)
}

// signaturesUnder returns the elements of an aay in a dictionary; nil if there is none.
func signaturesUnder(md object.Variant, key string) [][]byte {
	if !md.IsValid() {
		return nil
	}
	v, ok := md.LookupType(key, "aay")
	if !ok {
		return nil
	}
	out := [][]byte{}
	for s := range v.Children() {
		out = append(out, s.ByteArray())
	}
	return out
}

// verifyEngines demands one valid signature of any of the engines, and returns the message about it.
func verifyEngines(list []engineKeys, data []byte, md object.Variant) (string, error) {
	var last error
	failed := 0
	for _, e := range list {
		sigs := signaturesUnder(md, e.engine.MetadataKey())
		if sigs == nil {
			continue
		}
		msg, err := sign.VerifyData(e.engine, e.keys, data, sigs)
		if err == nil {
			return msg, nil
		}
		last = err
		failed++
	}
	switch {
	case last == nil:
		return "", errors.New("No signatures found")
	case failed > 1:
		return "", fmt.Errorf("(%d other invalid signatures): %w", failed-1, last)
	}
	return "", last
}

// remoteEngines reads sign-verify or sign-verify-summary: a boolean, or a list of the engines to use.
func (r *Repo) remoteEngines(remote *Remote, setting string) (list []engineKeys, enabled bool, err error) {
	value, ok, err := remote.Option(setting)
	if !ok || err != nil {
		return nil, false, err
	}
	names, required := []string{}, true
	switch strings.TrimSpace(value) {
	case "false", "0", "":
		return nil, false, nil
	case "true", "1":
		required = false
		for _, e := range sign.Engines(r.engineOptions()) {
			names = append(names, e.Name())
		}
	default:
		names = splitEngines(value)
	}
	for _, name := range names {
		engine, err := sign.ByName(name, r.engineOptions())
		if err != nil {
			return nil, false, err
		}
		keys, err := r.remoteKeys(remote, engine)
		if err != nil {
			return nil, false, err
		}
		if len(keys.Trusted) > 0 {
			list = append(list, engineKeys{engine, keys})
		} else if required {
			return nil, false, fmt.Errorf("No keys found for required signapi type %s", name)
		}
	}
	if len(list) == 0 {
		return nil, false, fmt.Errorf("No keys found for %s of remote \"%s\"", setting, remote.Name)
	}
	return list, true, nil
}

func splitEngines(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return c == ';' || c == ',' })
}

func (r *Repo) engineOptions() *sign.EngineOptions {
	return &sign.EngineOptions{AllowDummy: r.opts.AllowDummySign}
}

// Engine returns the signature engine of a name; "" means the default one.
func (r *Repo) Engine(name string) (sign.Engine, error) {
	if name == "" {
		name = sign.DefaultEngine
	}
	return sign.ByName(name, r.engineOptions())
}

// SystemKeys loads the keys that the system trusts for an engine; not to find any is an error that wraps
// [sign.ErrNoKeys].
func (r *Repo) SystemKeys(e sign.Engine) (*sign.Keys, error) {
	return sign.LoadKeys(e, r.opts.SignKeyDirs...)
}

// remoteKeys loads the keys configured for a remote, or else the system's. There may be none.
func (r *Repo) remoteKeys(remote *Remote, e sign.Engine) (*sign.Keys, error) {
	text, hasText, err := remote.Option("verification-" + e.Name() + "-key")
	if err != nil {
		return nil, err
	}
	file, hasFile, err := remote.Option("verification-" + e.Name() + "-file")
	if err != nil {
		return nil, err
	}
	keys := &sign.Keys{}
	if hasFile {
		list, err := sign.ReadPublicKeys(e, file)
		if err != nil {
			r.log.Debug("public keys", "file", file, "error", err)
		}
		keys.Trust(list...)
	}
	if hasText {
		reader, ok := e.(sign.KeyReader)
		if !ok {
			return nil, fmt.Errorf("%s: keys as text are not supported", e.Name())
		}
		key, err := reader.PublicKey(text)
		if err != nil {
			return nil, fmt.Errorf("Failed loading '%s' keys from inline `verification-key`: %w", e.Name(), err)
		}
		keys.Trust(key)
	}
	if hasText || hasFile {
		return keys, nil
	}
	system, err := r.SystemKeys(e)
	if errors.Is(err, sign.ErrNoKeys) {
		return keys, nil
	}
	return system, err
}

// RemoteKeyring returns the OpenPGP keys that are trusted for a remote: those imported for it and those
// of its gpgkeypath; or, when none were imported, the system's in place of them.
func (r *Repo) RemoteKeyring(name string) (*sign.Keyring, error) {
	return r.remoteKeyring(name, r.GlobalKeyring)
}

// ImportedKeys returns the OpenPGP keys that belong to a remote alone: those imported for it and those of its
// gpgkeypath.
func (r *Repo) ImportedKeys(name string) (*sign.Keyring, error) {
	return r.remoteKeyring(name, func() (*sign.Keyring, error) { return &sign.Keyring{}, nil })
}

// remoteKeyring collects the keys of a remote; fallback gives the ones in place of those that were never imported.
func (r *Repo) remoteKeyring(name string, fallback func() (*sign.Keyring, error)) (*sign.Keyring, error) {
	ring, found, err := r.importedKeyring(name)
	if err == nil && !found {
		ring, err = fallback()
	}
	if err != nil {
		return nil, err
	}
	remote, err := r.Remote(name)
	if errors.Is(err, ErrRemoteNotFound) {
		return ring, nil
	}
	if err != nil {
		return nil, err
	}
	paths, err := remote.keyPaths()
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if err := addKeyFiles(ring, path); err != nil {
			return nil, err
		}
	}
	return ring, nil
}

func keyringName(remote string) string { return remote + ".trustedkeys.gpg" }

// maxKeyringSize bounds a file of keys, in bytes.
const maxKeyringSize = 64 << 20

// importedKeyring reads the keyring that belongs to a remote.
func (r *Repo) importedKeyring(remote string) (ring *sign.Keyring, found bool, err error) {
	if !validFragment(remote) {
		return nil, false, nil
	}
	data, err := readFileAt(r.dirFD, keyringName(remote), maxKeyringSize)
	if errMissing(err) && r.opts.RemotesConfigDir != "" {
		data, err = readFileAt(atCWD, filepath.Join(r.opts.RemotesConfigDir, keyringName(remote)), maxKeyringSize)
	}
	if errMissing(err) {
		if r.parent != nil {
			return r.parent.importedKeyring(remote)
		}
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	ring, err = sign.ParseKeyring(data)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", keyringName(remote), err)
	}
	return ring, true, nil
}

const systemGPGDir = "/usr/share/ostree/trusted.gpg.d"

// GlobalKeyring returns the keys that are trusted for all remotes without a keyring of their own.
func (r *Repo) GlobalKeyring() (*sign.Keyring, error) {
	dirs := r.opts.GPGHomeDirs
	if dirs == nil {
		dirs = []string{systemGPGDir}
	}
	ring := &sign.Keyring{}
	for _, dir := range dirs {
		if err := addKeyrings(ring, dir); err != nil {
			return nil, err
		}
	}
	return ring, nil
}

// ReadKeyringDir reads the OpenPGP keys of all keyrings *.gpg in a directory, GnuPG's trustdb.gpg and secring.gpg
// excepted.
func ReadKeyringDir(dir string) (*sign.Keyring, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, errno.New("opendir", dir, err)
	}
	ring := &sign.Keyring{}
	return ring, addKeyrings(ring, dir)
}

// addKeyrings adds all *.gpg files of a directory, which may be missing.
func addKeyrings(ring *sign.Keyring, dir string) error {
	entries, err := os.ReadDir(dir)
	if errMissing(err) {
		return nil
	}
	if err != nil {
		return errno.New("openat", dir, err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".gpg") || e.Name() == "trustdb.gpg" || e.Name() == "secring.gpg" {
			continue
		}
		if err := addKeyFile(ring, filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func addKeyFile(ring *sign.Keyring, path string) error {
	data, err := readFileAt(atCWD, path, maxKeyringSize)
	if err != nil {
		return err
	}
	keys, err := sign.ParseKeyring(data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	ring.Add(keys)
	return nil
}

// keyPaths reads gpgkeypath, a list separated by either ";" or ",".
func (m *Remote) keyPaths() ([]string, error) {
	value, ok, err := m.Option("gpgkeypath")
	if !ok || err != nil {
		return nil, err
	}
	return splitKeyPaths(value)
}

func splitKeyPaths(value string) ([]string, error) {
	semicolon, comma := strings.Contains(value, ";"), strings.Contains(value, ",")
	switch {
	case semicolon && comma:
		return nil, errors.New("key value list contains more than one separator")
	case comma:
		return splitList(value, ","), nil
	case semicolon:
		return splitList(value, ";"), nil
	}
	return []string{value}, nil
}

// splitList splits at a separator, of which one at the end counts for nothing.
func splitList(s, sep string) []string { return strings.Split(strings.TrimSuffix(s, sep), sep) }

// addKeyFiles adds a key file, or the keys in all files of a directory.
func addKeyFiles(ring *sign.Keyring, path string) error {
	st, err := os.Stat(path)
	if err != nil {
		return errno.New("opendir", path, err)
	}
	if !st.IsDir() {
		return addKeyFile(ring, path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return errno.New("openat", path, err)
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		// A directory may hold more than keys: it may be the home of GnuPG.
		if err := addKeyFile(ring, filepath.Join(path, e.Name())); err != nil && !errors.Is(err, sign.ErrNoData) {
			return err
		}
	}
	return nil
}

// describeSecurity tells in the statistics what was verified.
func (p *puller) describeSecurity(s *PullStats) {
	v := &p.verify
	switch {
	case v.gpg && v.gpgSummary:
		s.GPG = "summary+commit"
	case v.gpgSummary:
		s.GPG = "summary-only"
	case v.gpg:
		s.GPG = "commit"
	default:
		s.GPG = "disabled"
	}
	s.Sign = "disabled"
	if v.signVerify {
		s.Sign = "commit"
	}
	if p.local != nil || len(p.meta) == 0 || isFileURL(p.meta[0]) {
		return
	}
	s.Transport = "insecure"
	if strings.HasPrefix(p.meta[0], "https://") {
		s.Transport = "TLS"
		if p.remote != nil {
			if permissive, err := p.remote.Bool("tls-permissive", false); err == nil && permissive {
				s.Transport = "insecure"
			} else if _, pinned, err := p.remote.Option("tls-ca-path"); err == nil && pinned {
				s.Transport = "CA-pinned"
			}
		}
	}
}
