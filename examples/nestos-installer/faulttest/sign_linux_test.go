package faulttest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// signers are gpg's keys, and a file with those that the program trusts.
type signers struct {
	home, trusted string
	mu            sync.Mutex
}

var theSigners = sync.OnceValues(func() (*signers, error) {
	s := &signers{home: filepath.Join(scratch, "gnupg"), trusted: filepath.Join(scratch, "trusted.asc")}
	if err := os.Mkdir(s.home, 0o700); err != nil {
		return nil, err
	}
	old := []string{"--faked-system-time", "20200101T000000"}
	for _, k := range []struct {
		uid, expires string
		options      []string
	}{{"signer", "never", old}, {"unknown", "never", nil}, {"expired", "30d", old}} {
		args := append(k.options, "--passphrase", "", "--quick-generate-key", uid(k.uid), "ed25519", "sign", k.expires)
		if _, err := s.gpg(args...); err != nil {
			return nil, err
		}
	}
	keys, err := s.gpg("--armor", "--export", uid("signer"), uid("expired"))
	if err != nil {
		return nil, err
	}
	return s, os.WriteFile(s.trusted, keys, 0o600)
})

func uid(name string) string { return name + "@example.com" }

func (s *signers) gpg(args ...string) ([]byte, error) {
	cmd := exec.Command("gpg", append([]string{"--homedir", s.home, "--batch", "--quiet", "--yes"}, args...)...)
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		err = fmt.Errorf("gpg %q: %w: %s", args, err, exit.Stderr)
	}
	return out, err
}

// stopAgent ends the agent that gpg has started.
func stopAgent() {
	home := filepath.Join(scratch, "gnupg")
	if _, err := os.Stat(home); err == nil {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
	}
}

func keys(t testing.TB) *signers {
	t.Helper()
	testutil.Tool(t, "gpg")
	s, err := theSigners()
	require.NoError(t, err)
	return s
}

// sign signs a file with a key and options of gpg.
func (s *signers) sign(t testing.TB, file, key string, options ...string) []byte {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	sig, err := s.gpg(append(options, "--local-user", uid(key), "--output", "-", "--detach-sign", file)...)
	require.NoError(t, err)
	return sig
}
