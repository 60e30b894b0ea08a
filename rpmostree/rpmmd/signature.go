package rpmmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/rpmostree/rpm/pgp"
)

const maxKey = 1 << 20

// verifySignature checks repomd.xml against the signature beside it.
func (s *session) verifySignature(ctx context.Context, base string, data []byte) ([]byte, error) {
	keys, err := s.keyring(ctx)
	if err != nil {
		return nil, err
	}
	address := base + "repodata/repomd.xml.asc"
	sig, _, err := s.http.GetBytes(ctx, fetch.Request{URL: s.withUser(address), MaxSize: maxKey, NoRetry: true})
	if err != nil {
		return nil, fmt.Errorf("GPG verification is enabled, but GPG signature is not available: %w", err)
	}
	if err := keys.VerifyDetached(bytes.NewReader(data), sig); err != nil {
		return nil, fmt.Errorf("repomd.xml GPG signature verification error: %w", err)
	}
	return sig, nil
}

// keyring reads the keys of the configuration.
func (s *session) keyring(ctx context.Context) (*pgp.Keyring, error) {
	if len(s.repo.GPGKey) == 0 {
		return nil, errors.New("gpgkey not set, yet repo_gpgcheck=1")
	}
	keys := &pgp.Keyring{}
	for _, address := range s.repo.GPGKey {
		data, err := s.c.ReadKey(ctx, s.repo, address)
		if err == nil {
			err = keys.Add(data)
		}
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", fetch.RedactURL(address), err)
		}
	}
	return keys, nil
}

// ReadKey reads one of the keys in the gpgkey option of a repository: a file below the KeyRoot
// of the client (as file:// address or as plain path), or something to fetch.
func (c *Client) ReadKey(ctx context.Context, repo *RepoConfig, address string) ([]byte, error) {
	name, isFile := strings.CutPrefix(address, "file://")
	if isFile || strings.HasPrefix(address, "/") {
		name = strings.Trim(filepath.Clean("/"+strings.TrimPrefix(name, "localhost")), "/")
		return readLimited(c.o.KeyRoot, name, maxKey)
	}
	if c.o.Offline {
		return nil, errOffline
	}
	f, err := c.fetcher(repo)
	if err != nil {
		return nil, err
	}
	var data []byte
	s := &session{c: c, repo: repo, http: f}
	return data, s.attempts(ctx, "key", []string{""}, func(string) (err error) {
		data, _, err = f.GetBytes(ctx, fetch.Request{URL: s.withUser(address), MaxSize: maxKey, NoRetry: true})
		return err
	})
}
