package sign_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/stretchr/testify/require"
)

// gnupg runs the real gpg on a home directory of its own.
type gnupg struct {
	t    testing.TB
	home string
}

func newGnuPG(t testing.TB) *gnupg {
	t.Helper()
	testutil.Tool(t, "gpg")
	home, err := os.MkdirTemp("", "gh") // short: it holds sockets
	require.NoError(t, err)
	g := &gnupg{t, home}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		_ = os.RemoveAll(home)
	})
	return g
}

// copyOf is a gnupg on a copy of a directory.
func copyOf(t testing.TB, dir string) *gnupg {
	g := newGnuPG(t)
	require.NoError(t, os.CopyFS(g.home, os.DirFS(dir)))
	return g
}

func (g *gnupg) try(input []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(g.t.Context(), "gpg", append([]string{"--homedir", g.home, "--batch", "--quiet", "--no-tty", "--faked-system-time", fmt.Sprint(clock.Unix())}, args...)...)
	cmd.Stdin = bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("gpg %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.Bytes(), nil
}

func (g *gnupg) run(args ...string) string { return string(g.feed(nil, args...)) }

func (g *gnupg) feed(input []byte, args ...string) []byte {
	g.t.Helper()
	out, err := g.try(input, args...)
	require.NoError(g.t, err)
	return out
}

// clock is the time of all gpg runs; keys are made in its past.
var clock = time.Now().Add(-24 * time.Hour).Truncate(time.Second)

// generate makes an unprotected key and returns its fingerprint.
func (g *gnupg) generate(user, algo, expire string) string {
	g.t.Helper()
	g.run("--passphrase", "", "--quick-gen-key", user, algo, "sign", expire)
	fprs := g.fingerprints(user)
	return fprs[len(fprs)-1]
}

// fingerprints lists primary keys and subkeys that match, in order.
func (g *gnupg) fingerprints(user string) []string {
	var list []string
	for _, m := range regexp.MustCompile(`(?m)^fpr:+([0-9A-F]{40}):`).FindAllStringSubmatch(g.run("--with-colons", "--list-keys", user), -1) {
		list = append(list, m[1])
	}
	return list
}

func (g *gnupg) verify(data, sig []byte) error {
	name := filepath.Join(g.home, "sig")
	require.NoError(g.t, os.WriteFile(name, sig, 0o600))
	_, err := g.try(data, "--trust-model", "always", "--verify", name, "-")
	return err
}

func (g *gnupg) signer(spec string) *sign.Signer {
	g.t.Helper()
	home := &sign.Home{Dir: g.home, Program: "-"}
	s, err := home.Signer(g.t.Context(), spec)
	require.NoError(g.t, err)
	s.Now = func() time.Time { return clock }
	return s
}

func (g *gnupg) export(args ...string) *sign.Keyring {
	g.t.Helper()
	r, err := sign.ParseKeyring(g.feed(nil, append([]string{"--export"}, args...)...))
	require.NoError(g.t, err)
	return r
}

var algorithms = []string{"rsa1024", "rsa2048", "dsa1024", "nistp256", "nistp384", "nistp521", "ed25519", "brainpoolP256r1", "secp256k1"}

// Every kind of key: gpg accepts our signatures and we accept gpg's, of several digests.
func TestSignaturesBothWays(t *testing.T) {
	g := newGnuPG(t)
	data := []byte("some data\nin lines \r\n")
	for _, algo := range algorithms {
		t.Run(algo, func(t *testing.T) {
			g.t = t
			fpr := g.generate(algo+" <key@example.com>", algo, "0")
			sig, err := g.signer(fpr).Sign(t.Context(), data)
			require.NoError(t, err)
			require.NoError(t, g.verify(data, sig))
			require.Error(t, g.verify(append(data, 'x'), sig), "gpg verifies anything")
			keys := g.export(fpr)
			mustVerify(t, keys, data, sig)
			for _, args := range [][]string{nil, {"--digest-algo", "SHA512"}, {"--textmode"}, {"--armor"}} {
				theirs := g.feed(data, append(args, "--detach-sign", "-u", fpr)...)
				mustVerify(t, keys, data, theirs)
				result, err := keys.Verify(append(data, 'x'), [][]byte{theirs}, nil)
				require.NoError(t, err)
				require.ErrorIs(t, result.Require(), sign.ErrBadSignature)
			}
		})
	}
}

func mustVerify(t testing.TB, keys *sign.Keyring, data []byte, sigs ...[]byte) *sign.Result {
	t.Helper()
	result, err := keys.Verify(data, sigs, &sign.VerifyOptions{Now: clock.Add(time.Hour)})
	require.NoError(t, err)
	for i, s := range result.Signatures {
		require.Equal(t, sign.StatusValid, s.Status, "signature %d: %v", i, s.Reason)
	}
	return result
}

func TestOldDigests(t *testing.T) {
	g := newGnuPG(t)
	fpr := g.generate("Old <old@example.com>", "rsa1024", "0")
	keys := g.export()
	for _, algo := range []string{"SHA1", "RIPEMD160", "SHA224"} {
		sig := g.feed([]byte("x"), "--digest-algo", algo, "--detach-sign", "-u", fpr)
		require.Equal(t, algo, mustVerify(t, keys, []byte("x"), sig).Signatures[0].Hash)
	}
	sig := g.feed([]byte("x"), "--allow-weak-digest-algos", "--digest-algo", "MD5", "--detach-sign", "-u", fpr)
	result, err := keys.Verify([]byte("x"), [][]byte{sig}, nil)
	require.NoError(t, err)
	require.ErrorIs(t, result.Require(), sign.ErrBadSignature, "MD5 must not be accepted")
}

// The reference's test keys, in GnuPG 1's secring.gpg, and the same after migration.
func TestOldSecretKeyring(t *testing.T) {
	g := copyOf(t, installed(t, "gpghome"))
	data := []byte("data")
	check := func(t *testing.T) {
		for _, spec := range []string{"472CDAFA", "7FCA23D8472CDAFA", "0xD8228CFECA950D41", "7D29CF060B8269CDF63BFBDD0D15FAE7DF444D67", "<TEST2@test.com>", "=Ostree Tester III <test3@test.com>"} {
			sig, err := g.signer(spec).Sign(t.Context(), data)
			require.NoError(t, err)
			mustVerify(t, ring(t, installed(t, "gpghome/trusted/pubring.gpg")), data, sig)
			require.NoError(t, g.verify(data, sig))
		}
	}
	t.Run("before migration", check)
	g.run("-K")
	require.NoError(t, os.Remove(filepath.Join(g.home, "secring.gpg")))
	g.feed(data, "--detach-sign", "-u", "472CDAFA") // gpg-agent now drops the empty passphrase
	g.feed(data, "--detach-sign", "-u", "D8228CFECA950D41")
	g.feed(data, "--detach-sign", "-u", "0D15FAE7DF444D67")
	t.Run("after migration", check)
}

func TestSignerErrors(t *testing.T) {
	home := &sign.Home{Dir: installed(t, "gpghome"), Program: "-"}
	for spec, want := range map[string]string{
		"NOKEY":         "Unable to lookup key ID NOKEY: GPGME: Invalid value",
		"DEADBEEF":      "No gpg key found with ID DEADBEEF (homedir: " + home.Dir + ")",
		"Ostree Tester": "gpg key id Ostree Tester ambiguous (homedir: " + home.Dir + "). Try the fingerprint instead",
	} {
		_, err := home.Signer(t.Context(), spec)
		require.EqualError(t, err, want)
	}
	_, err := sign.DefaultHome(t.TempDir(), "").Signer(t.Context(), "DEADBEEF")
	require.EqualError(t, err, "No gpg key found with ID DEADBEEF (homedir: <default>)")
	require.ErrorIs(t, err, sign.ErrKeyNotFound)
}

func TestSubkeyChoice(t *testing.T) {
	g := newGnuPG(t)
	fpr := g.generate("Sub <sub@example.com>", "rsa1024", "0")
	require.Equal(t, fpr, g.signer(fpr).Fingerprint())
	later := func(n int) string { return fmt.Sprint(clock.Add(time.Duration(n) * time.Second).Unix()) }
	g.run("--faked-system-time", later(5), "--passphrase", "", "--quick-add-key", fpr, "rsa1024", "sign", "0")
	g.run("--faked-system-time", later(9), "--passphrase", "", "--quick-add-key", fpr, "ed25519", "sign", "0")
	g.run("--faked-system-time", later(12), "--passphrase", "", "--quick-add-key", fpr, "rsa1024", "encr", "0")
	all := g.fingerprints(fpr)
	require.Len(t, all, 4)
	require.Equal(t, all[2], g.signer(fpr).Fingerprint(), "the newest signing subkey")
	require.Equal(t, all[2], g.signer(all[1]).Fingerprint(), "also when another subkey is named")
	require.Equal(t, all[1], g.signer(all[1]+"!").Fingerprint())
	require.Equal(t, all[0], g.signer(all[0][24:]+"!").Fingerprint())
	s := g.signer(fpr)
	s.Now = func() time.Time { return clock.Add(time.Minute) }
	sig, err := s.Sign(t.Context(), []byte("d"))
	require.NoError(t, err)
	got := mustVerify(t, g.export(), []byte("d"), sig).Signatures[0]
	require.Equal(t, fpr, got.PrimaryFingerprint)
	require.Contains(t, got.Describe("", nil), "\nPrimary key ID "+fpr[24:]+"\n")
}

func TestProtectedKeyGoesThroughGPG(t *testing.T) {
	g := newGnuPG(t)
	g.run("--pinentry-mode", "loopback", "--passphrase", "secret", "--quick-gen-key", "Prot <prot@example.com>", "ed25519", "sign", "0")
	home := &sign.Home{Dir: g.home, Program: "-"}
	_, err := home.Sign(t.Context(), "prot@example.com", []byte("d"))
	require.ErrorIs(t, err, sign.ErrProtectedKey)
	script := filepath.Join(t.TempDir(), "gpg")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\nexec gpg --pinentry-mode loopback --passphrase secret \"$@\"\n"), 0o755))
	home.Program = script
	sig, err := home.Sign(t.Context(), "prot@example.com", []byte("d"))
	require.NoError(t, err)
	keys, err := home.Keyring(t.Context())
	require.NoError(t, err)
	result, err := keys.Verify([]byte("d"), [][]byte{sig}, nil)
	require.NoError(t, err)
	require.NoError(t, result.Require())
}

func TestPlainCanonicalKeyFile(t *testing.T) {
	g := newGnuPG(t)
	fpr := g.generate("Canon <canon@example.com>", "ed25519", "0")
	files, err := filepath.Glob(filepath.Join(g.home, "private-keys-v1.d", "*.key"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	text := string(read(t, files[0]))
	_, value, ok := strings.Cut(text, "Key: ")
	require.True(t, ok)
	require.NoError(t, os.WriteFile(files[0], canonical(value), 0o600))
	sig, err := g.signer(fpr).Sign(t.Context(), []byte("d"))
	require.NoError(t, err)
	require.NoError(t, g.verify([]byte("d"), sig))
}

// canonical rewrites a readable S-expression.
func canonical(text string) []byte {
	var out bytes.Buffer
	for _, token := range regexp.MustCompile(`#[0-9A-F\s]*#|"[^"]*"|[()]|[^\s()]+`).FindAllString(text, -1) {
		switch {
		case token == "(" || token == ")":
			out.WriteString(token)
			continue
		case token[0] == '#':
			raw, _ := hex.DecodeString(strings.Join(strings.Fields(strings.Trim(token, "#")), ""))
			token = string(raw)
		case token[0] == '"':
			token = strings.Trim(token, `"`)
		}
		fmt.Fprintf(&out, "%d:%s", len(token), token)
	}
	return out.Bytes()
}
