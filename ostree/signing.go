package ostree

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"golang.org/x/sys/unix"
)

// SignCommitGPG adds a signature by an OpenPGP key of a GnuPG home to a commit's detached metadata. A
// key that has signed the commit already is an error.
func (r *Repo) SignCommitGPG(ctx context.Context, c object.Checksum, home *sign.Home, keyID string) error {
	r.detachedMu.Lock()
	defer r.detachedMu.Unlock()
	data, md, err := r.signedData(c)
	if err != nil {
		return err
	}
	ring, err := home.Keyring(ctx)
	if err != nil {
		return err
	}
	old := signaturesUnder(md, sign.MetadataKeyGPG)
	if len(old) > 0 {
		result, err := ring.Verify(data, old, nil)
		if err == nil && result.Lookup(ring, keyID) >= 0 {
			return fmt.Errorf("Commit is already signed with GPG key %s", keyID)
		}
	}
	sig, err := home.Sign(ctx, keyID, data)
	if err != nil {
		return err
	}
	return r.writeDetached(c, withSignature(md, sign.MetadataKeyGPG, sig))
}

// SignCommit adds a signature by a secret key of an engine to a commit's detached metadata.
func (r *Repo) SignCommit(ctx context.Context, c object.Checksum, e sign.Engine, secret []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.detachedMu.Lock()
	defer r.detachedMu.Unlock()
	data, md, err := r.signedData(c)
	if err != nil {
		return err
	}
	sig, err := e.Sign(secret, data)
	if err != nil {
		return err
	}
	return r.writeDetached(c, withSignature(md, e.MetadataKey(), sig))
}

// signedData returns the bytes that signatures of a commit are over, and its detached metadata.
func (r *Repo) signedData(c object.Checksum) ([]byte, object.Variant, error) {
	data, err := r.LoadMeta(object.Name{Checksum: c, Type: object.TypeCommit})
	if err != nil {
		return nil, object.Variant{}, err
	}
	md, err := r.LoadCommitMeta(c)
	return data, md, err
}

// withSignature returns a dictionary with a signature added to the aay under key.
func withSignature(md object.Variant, key string, sig []byte) object.Variant {
	d := &object.Dict{}
	if md.IsValid() {
		d = gvariant.DictFromValue(md)
	}
	sigs := append(signaturesUnder(md, key), sig)
	d.Set(key, byteArrays(sigs))
	return d.HashOrdered()
}

func byteArrays(list [][]byte) gvariant.Value {
	items := make([]gvariant.Value, len(list))
	for i, b := range list {
		items[i] = gvariant.NewByteArray(b)
	}
	return gvariant.NewArray(gvariant.TypeByteArray, items...)
}

// writeDetached replaces a commit's detached metadata, in the running transaction or at once. An invalid md
// removes the object. An empty one stays: whoever pulls must learn that there is nothing any more. The caller
// holds detachedMu.
func (r *Repo) writeDetached(c object.Checksum, md object.Variant) error {
	for t := r.txn.Load(); t != nil; t = r.txn.Load() {
		t.outside.RLock()
		err := t.WriteCommitMeta(c, md)
		t.outside.RUnlock()
		if err != ErrTransactionEnded { // else it ended in between
			return err
		}
	}
	if err := r.checkWritable(); err != nil {
		return err
	}
	n := object.Name{Checksum: c, Type: object.TypeCommitMeta}
	path := n.LoosePath(false)
	if !md.IsValid() {
		if err := unix.Unlinkat(r.objectsFD, path, 0); err != nil && err != unix.ENOENT {
			return errno.New("unlinkat", path, err)
		}
		return nil
	}
	if err := unix.Mkdirat(r.objectsFD, path[:2], 0o777); err != nil && err != unix.EEXIST {
		return errno.New("mkdirat", path[:2], err)
	}
	return r.replaceFile("objects/"+path, md.Bytes(), 0o644, r.Config().Fsync)
}

// WriteDetachedMetadata replaces a commit's detached metadata outside of any transaction; an empty or nil
// dictionary removes it.
func (r *Repo) WriteDetachedMetadata(c object.Checksum, md *object.Dict) error {
	r.detachedMu.Lock()
	defer r.detachedMu.Unlock()
	if md == nil || md.Len() == 0 {
		return r.writeDetached(c, object.Variant{})
	}
	return r.writeDetached(c, md.Value())
}

// DeleteGPGSignatures removes a commit's signatures by the given keys of a GnuPG home and returns how many
// there were. Keys that did not sign are passed over.
func (r *Repo) DeleteGPGSignatures(ctx context.Context, c object.Checksum, home *sign.Home, keyIDs []string) (int, error) {
	r.detachedMu.Lock()
	defer r.detachedMu.Unlock()
	data, md, err := r.signedData(c)
	if err != nil {
		return 0, err
	}
	sigs := signaturesUnder(md, sign.MetadataKeyGPG)
	if len(sigs) == 0 {
		return 0, nil
	}
	ring, err := home.Keyring(ctx)
	if err != nil {
		return 0, err
	}
	kept := slices.DeleteFunc(slices.Clone(sigs), func(sig []byte) bool {
		result, err := ring.Verify(data, [][]byte{sig}, nil)
		return err == nil && slices.ContainsFunc(keyIDs, func(id string) bool { return result.Lookup(ring, id) >= 0 })
	})
	if len(kept) == len(sigs) {
		return 0, nil
	}
	return len(sigs) - len(kept), r.writeDetached(c, withSignatures(md, sign.MetadataKeyGPG, kept))
}

func withSignatures(md object.Variant, key string, sigs [][]byte) object.Variant {
	d := gvariant.DictFromValue(md)
	if len(sigs) == 0 {
		d.Delete(key)
	} else {
		d.Set(key, byteArrays(sigs))
	}
	return d.HashOrdered()
}

// ErrNoSignatures reports a commit without signatures of an engine.
var ErrNoSignatures = errors.New("No signatures found")

// DeleteSignatures removes a commit's signatures of an engine that were made by the given public keys and
// returns how many there were. It needs at least one key, as "ostree sign --delete" does; there is no way to say "all".
// A commit without signatures of the engine is [ErrNoSignatures].
func (r *Repo) DeleteSignatures(c object.Checksum, e sign.Engine, public [][]byte) (int, error) {
	if len(public) == 0 {
		return 0, errors.New("Need at least one public key to delete signatures of")
	}
	r.detachedMu.Lock()
	defer r.detachedMu.Unlock()
	data, md, err := r.signedData(c)
	if err != nil {
		return 0, err
	}
	sigs := signaturesUnder(md, e.MetadataKey())
	if len(sigs) == 0 {
		return 0, ErrNoSignatures
	}
	kept := slices.DeleteFunc(slices.Clone(sigs), func(sig []byte) bool {
		return slices.ContainsFunc(public, func(key []byte) bool {
			ok, err := e.Check(key, data, sig)
			return ok && err == nil
		})
	})
	if len(kept) == len(sigs) {
		return 0, nil
	}
	return len(sigs) - len(kept), r.writeDetached(c, withSignatures(md, e.MetadataKey(), kept))
}

// VerifyCommit checks a commit's signatures of an engine and returns the message about the good one. Nil
// keys means the system's.
func (r *Repo) VerifyCommit(c object.Checksum, e sign.Engine, keys *sign.Keys) (string, error) {
	data, md, err := r.signedData(c)
	if err != nil {
		return "", err
	}
	if keys == nil {
		if keys, err = r.SystemKeys(e); err != nil {
			return "", err
		}
	}
	return sign.VerifyData(e, keys, data, signaturesUnder(md, e.MetadataKey()))
}

// VerifyCommitGPG checks the OpenPGP signatures of a commit with the keys of a remote, or with those of
// [Repo.Keyring] if remote is "". Whether the result suffices is for [sign.Result.Require] to say.
func (r *Repo) VerifyCommitGPG(c object.Checksum, remote string, extra ...*sign.Keyring) (*sign.Result, error) {
	ring, err := r.Keyring(remote)
	if err != nil {
		return nil, err
	}
	ring.Add(extra...)
	data, md, err := r.signedData(c)
	if err != nil {
		return nil, err
	}
	return ring.Verify(data, signaturesUnder(md, sign.MetadataKeyGPG), nil)
}

// Keyring returns the keys of a remote ([Repo.RemoteKeyring]); for remote "" all that were imported for any
// remote of the repository and the system's.
func (r *Repo) Keyring(remote string) (*sign.Keyring, error) {
	if remote != "" {
		return r.RemoteKeyring(remote)
	}
	ring, err := r.GlobalKeyring()
	if err != nil {
		return nil, err
	}
	return ring, addKeyrings(ring, r.path)
}

// VerifySummaryGPG checks the OpenPGP signatures of a summary with the keys of a remote, or as
// [Repo.VerifyCommitGPG] does for remote "".
func (r *Repo) VerifySummaryGPG(remote string, summary []byte, sigs object.Variant, extra ...*sign.Keyring) (*sign.Result, error) {
	ring, err := r.Keyring(remote)
	if err != nil {
		return nil, err
	}
	ring.Add(extra...)
	return ring.Verify(summary, signaturesUnder(sigs, sign.MetadataKeyGPG), nil)
}

// signWith adds the signatures that a summary update asks for to a commit.
func (r *Repo) signWith(ctx context.Context, c object.Checksum, opts *SummaryOptions) error {
	for _, id := range opts.GPGKeys {
		if err := r.SignCommitGPG(ctx, c, opts.GPGHome, id); err != nil {
			return err
		}
	}
	for _, key := range opts.SecretKeys {
		if err := r.SignCommit(ctx, c, opts.Engine, key); err != nil {
			return err
		}
	}
	return nil
}

// signSummary returns the summary.sig for a summary, with the signatures in md kept; nil if there are none.
func signSummary(ctx context.Context, data []byte, md object.Variant, opts *SummaryOptions) ([]byte, error) {
	for _, id := range opts.GPGKeys {
		sig, err := opts.GPGHome.Sign(ctx, id, data)
		if err != nil {
			return nil, err
		}
		md = withSignature(md, sign.MetadataKeyGPG, sig)
	}
	for _, key := range opts.SecretKeys {
		sig, err := opts.Engine.Sign(key, data)
		if err != nil {
			return nil, err
		}
		md = withSignature(md, opts.Engine.MetadataKey(), sig)
	}
	if !md.IsValid() || md.Len() == 0 {
		return nil, nil
	}
	return md.Bytes(), nil
}

// SignSummary adds signatures to the summary as it is.
func (r *Repo) SignSummary(ctx context.Context, opts *SummaryOptions) error {
	if err := r.writeErr; err != nil {
		return err
	}
	r.summaryMu.Lock()
	defer r.summaryMu.Unlock()
	data, err := readFileAt(r.dirFD, "summary", MaxSummarySize)
	if err != nil {
		return err
	}
	old, err := r.SummarySignatures()
	if err != nil {
		return err
	}
	sig, err := signSummary(ctx, data, old, opts)
	if err != nil || sig == nil {
		return err
	}
	return r.placeSummary(data, sig)
}

// ImportGPGKeys adds OpenPGP keys to the keyring of a remote: those of keys that ids name, or all if ids is
// empty. It returns how many were new.
func (r *Repo) ImportGPGKeys(remote string, keys *sign.Keyring, ids []string) (int, error) {
	if err := r.writeErr; err != nil {
		return 0, err
	}
	r.configMu.Lock()
	defer r.configMu.Unlock()
	m, err := r.Remote(remote)
	if err != nil {
		return 0, err
	}
	chosen, err := keys.Select(ids)
	if err != nil {
		return 0, err
	}
	ring, _, err := r.importedKeyring(remote)
	if err != nil {
		return 0, err
	}
	if ring == nil {
		ring = &sign.Keyring{}
	}
	result := ring.Import(chosen)
	name := keyringName(remote)
	if m.File == "" {
		return result.Imported, r.replaceFile(name, ring.Bytes(), 0o644, r.Config().Fsync)
	}
	name = filepath.Join(r.opts.RemotesConfigDir, name)
	return result.Imported, replaceFileAt(atCWD, name, ring.Bytes(), 0o644, r.Config().Fsync)
}
