package sign_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/stretchr/testify/require"
)

// keypair makes an ed25519 key from a number.
func keypair(n byte) (public, secret []byte) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
	return key.Public().(ed25519.PublicKey), key
}

func TestEngines(t *testing.T) {
	var names []string
	for _, e := range sign.Engines(nil) {
		names = append(names, e.Name())
		require.Equal(t, "ostree.sign."+e.Name(), e.MetadataKey())
		_, ok := e.(sign.KeyReader)
		require.True(t, ok)
	}
	require.Equal(t, []string{"ed25519", "spki", "dummy"}, names)
	_, err := sign.ByName("rot13", nil)
	require.EqualError(t, err, "Requested signature type is not implemented")
	require.ErrorIs(t, err, sign.ErrUnknownEngine)
}

func TestEd25519Verify(t *testing.T) {
	e := sign.Ed25519{}
	data := []byte("data")
	public, secret := keypair(1)
	sig, err := e.Sign(secret, data)
	require.NoError(t, err)
	require.Len(t, sig, 64)
	keys := &sign.Keys{}
	for i := byte(2); i < 102; i++ {
		other, _ := keypair(i)
		keys.Trust(other)
	}
	name := func(i byte) string {
		key, _ := keypair(i)
		return "key '" + hex.EncodeToString(key) + "'"
	}
	verify := func(keys *sign.Keys, sigs ...[]byte) string {
		message, err := sign.VerifyData(e, keys, data, sigs)
		if err != nil {
			require.ErrorIs(t, err, sign.ErrNotVerified)
			return "error: " + err.Error()
		}
		return message
	}
	for i, tc := range []struct{ got, want string }{
		{verify(keys, sig), "error: ed25519: Signature couldn't be verified; tried 100 keys"},
		{verify(&sign.Keys{Trusted: keys.Trusted[:2]}, sig), "error: ed25519: Signature couldn't be verified with: " + name(3) + "; " + name(2)},
		{verify(&sign.Keys{Trusted: append(keys.Trusted, public)}, sig), "ed25519: Signature verified successfully with " + name(1)},
		{verify(&sign.Keys{Trusted: [][]byte{public}}, make([]byte, 64), sig), "ed25519: Signature verified successfully with " + name(1)},
		{verify(&sign.Keys{Trusted: [][]byte{public}, Revoked: [][]byte{public}}, sig), "error: ed25519: no signatures found"},
		{verify(&sign.Keys{Trusted: [][]byte{public}}), "error: ed25519: commit have no signatures of my type"},
		{verify(&sign.Keys{Trusted: [][]byte{public}}, [][]byte{}...), "error: ed25519: no signatures found"},
		{verify(&sign.Keys{Trusted: [][]byte{public}}, sig[:63]), "error: Invalid signature: Ill-formed input: expected 64 bytes, got 63 bytes"},
		{verify(&sign.Keys{Trusted: [][]byte{public}}, sig[:63], sig), "ed25519: Signature verified successfully with " + name(1)},
	} {
		require.Equal(t, tc.want, tc.got, "case %d", i)
	}
	_, err = e.Sign(nil, data)
	require.EqualError(t, err, "Not able to sign: secret key is not set")
}

// Test 3 of RFC 8032, section 7.1.
func TestEd25519Vector(t *testing.T) {
	unhex := func(s string) []byte { b, _ := hex.DecodeString(s); return b }
	public := unhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
	secret := append(unhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"), public...)
	sig, err := sign.Ed25519{}.Sign(secret, unhex("af82"))
	require.NoError(t, err)
	require.Equal(t, "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a", hex.EncodeToString(sig))
	ok, err := sign.Ed25519{}.Check(public, unhex("af82"), sig)
	require.NoError(t, err)
	require.True(t, ok)
}

func TestEd25519Keys(t *testing.T) {
	e := sign.Ed25519{}
	public, secret := keypair(1)
	got, err := e.PublicKey(base64.StdEncoding.EncodeToString(public) + "\n")
	require.NoError(t, err)
	require.Equal(t, public, got)
	_, err = e.PublicKey("QUJD")
	require.EqualError(t, err, "Invalid ed25519 public key: Ill-formed input: expected 32 bytes, got 3 bytes")
	_, err = e.SecretKey(base64.StdEncoding.EncodeToString(public))
	require.EqualError(t, err, "Invalid ed25519 secret key: Ill-formed input: expected 64 bytes, got 32 bytes")
	list, err := e.SecretKeys([]byte("\n" + base64.StdEncoding.EncodeToString(secret) + "\n"))
	require.NoError(t, err)
	require.Equal(t, [][]byte{secret}, list)
}

func TestDummy(t *testing.T) {
	off, err := sign.ByName("dummy", nil)
	require.NoError(t, err)
	_, err = off.Sign([]byte("dummysign"), nil)
	require.EqualError(t, err, "dummy signature type is only for ostree testing")
	keys := &sign.Keys{Trusted: [][]byte{[]byte("dummysign")}}
	_, err = sign.VerifyData(off, keys, nil, [][]byte{[]byte("dummysign")})
	require.ErrorIs(t, err, sign.ErrDummyDisabled)
	on, err := sign.ByName("dummy", &sign.EngineOptions{AllowDummy: true})
	require.NoError(t, err)
	sig, err := on.Sign([]byte("dummysign"), []byte("data"))
	require.NoError(t, err)
	require.Equal(t, "dummysign", string(sig))
	message, err := sign.VerifyData(on, keys, nil, [][]byte{[]byte("other"), sig})
	require.NoError(t, err)
	require.Equal(t, "dummy: Signature verified", message)
	_, err = sign.VerifyData(on, keys, nil, [][]byte{[]byte("other")})
	require.EqualError(t, err, "signature: dummy: incorrect signatures found: 1")
	_, err = sign.VerifyData(on, keys, nil, [][]byte{})
	require.EqualError(t, err, "signature: dummy: no signatures")
	_, err = sign.VerifyData(on, keys, nil, nil)
	require.EqualError(t, err, "signature: dummy: commit have no signatures of my type")
}

func TestLoadKeys(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	put := func(dir, name string, keys ...byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		text := "not a key\n"
		for _, n := range keys {
			public, _ := keypair(n)
			text += base64.StdEncoding.EncodeToString(public) + "\n"
		}
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	_, err := sign.LoadKeys(sign.Ed25519{}, a, b)
	require.EqualError(t, err, "signature: ed25519: no keys loaded")
	require.ErrorIs(t, err, sign.ErrNoKeys)
	put(a, "trusted.ed25519.d/README")
	put(a, "trusted.ed25519.d/2", 2)
	put(a, "trusted.ed25519.d/1", 1, 7)
	put(b, "trusted.ed25519", 3, 1)
	put(b, "revoked.ed25519", 4)
	put(b, "revoked.ed25519.d/x", 1)
	put(a, "trusted.spki.d/no", 9)
	keys, err := sign.LoadKeys(sign.Ed25519{}, a, b)
	require.NoError(t, err)
	var got []string
	for _, key := range keys.Trusted {
		got = append(got, hex.EncodeToString(key))
	}
	var want []string
	for _, n := range []byte{1, 7, 2, 3} {
		public, _ := keypair(n)
		want = append(want, hex.EncodeToString(public))
	}
	require.Equal(t, want, got)
	require.Len(t, keys.Revoked, 2)

	require.NoError(t, os.Remove(filepath.Join(b, "revoked.ed25519")))
	require.NoError(t, os.Symlink("revoked.ed25519", filepath.Join(b, "revoked.ed25519")))
	_, err = sign.LoadKeys(sign.Ed25519{}, a, b)
	require.ErrorContains(t, err, "Too many levels of symbolic links", "an unreadable revocation is not to be passed over")
}

func TestReadKeyFileErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := sign.ReadPublicKeys(sign.Ed25519{}, dir)
	require.EqualError(t, err, "File object '"+dir+"' is not a regular file")
	empty := filepath.Join(dir, "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o644))
	_, err = sign.ReadPublicKeys(sign.Ed25519{}, empty)
	require.EqualError(t, err, "signature: ed25519: no valid keys in file '"+empty+"'")
}

func TestPEM(t *testing.T) {
	block := func(label string) string {
		return "-----BEGIN " + label + "-----\nAAECAwQF\n\n  BgcI\n-----END " + label + "-----\n"
	}
	for name, tc := range map[string]struct {
		file string
		want int
		err  string
	}{
		"none":     {"text\n", 0, ""},
		"two":      {"text\n" + block("PUBLIC KEY") + "more\n" + block("PUBLIC KEY"), 2, ""},
		"label":    {block("PRIVATE KEY"), 0, `Unexpected label "PRIVATE KEY"`},
		"mismatch": {strings.Replace(block("PUBLIC KEY"), "END PUBLIC", "END PRIVATE", 1), 0, "Unmatched PEM header"},
		"open":     {strings.Split(block("PUBLIC KEY"), "-----END")[0], 0, "PEM trailer not found"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := sign.SPKI{}.PublicKeys([]byte(tc.file))
			if tc.err != "" {
				require.EqualError(t, err, tc.err)
				return
			}
			require.NoError(t, err)
			require.Len(t, got, tc.want)
			for _, key := range got {
				require.Equal(t, []byte{0, 1, 2, 3, 4, 5, 6, 7, 8}, key)
			}
		})
	}
}

// Every kind of key against the openssl program, which signs with the default digest.
func TestSPKIWithOpenSSL(t *testing.T) {
	testutil.Tool(t, "openssl")
	for _, args := range []string{"ed25519", "ed448", "rsa -pkeyopt rsa_keygen_bits:2048", "ec -pkeyopt ec_paramgen_curve:P-224",
		"ec -pkeyopt ec_paramgen_curve:P-256", "ec -pkeyopt ec_paramgen_curve:P-384", "ec -pkeyopt ec_paramgen_curve:P-521"} {
		t.Run(args, func(t *testing.T) {
			dir := t.TempDir()
			openssl := func(args ...string) (string, error) {
				cmd := exec.CommandContext(t.Context(), "openssl", args...)
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			must := func(args ...string) {
				t.Helper()
				out, err := openssl(args...)
				require.NoError(t, err, out)
			}
			must(append([]string{"genpkey", "-out", "key.pem", "-algorithm"}, strings.Fields(args)...)...)
			must("pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem")
			data := []byte("the data")
			require.NoError(t, os.WriteFile(filepath.Join(dir, "data"), data, 0o644))
			public, err := sign.ReadPublicKeys(sign.SPKI{}, filepath.Join(dir, "pub.pem"))
			require.NoError(t, err)
			secret, err := sign.ReadSecretKeys(sign.SPKI{}, filepath.Join(dir, "key.pem"))
			require.NoError(t, err)

			must("pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "data", "-out", "sig")
			message, err := sign.VerifyData(sign.SPKI{}, &sign.Keys{Trusted: public}, data, [][]byte{read(t, filepath.Join(dir, "sig"))})
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("spki: Signature verified successfully with key '%x'", public[0]), message)

			sig, err := sign.SPKI{}.Sign(secret[0], data)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "sig"), sig, 0o644))
			verify := []string{"pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "pub.pem", "-in", "data", "-sigfile", "sig"}
			must(verify...)
			sig[len(sig)/2] ^= 1
			ok, err := sign.SPKI{}.Check(public[0], data, sig)
			require.NoError(t, err)
			require.False(t, ok)
			ok, err = sign.SPKI{}.Check(public[0], data, []byte("AAAAAAAAAAAAAAAA"))
			require.NoError(t, err)
			require.False(t, ok)
		})
	}
}

// The older forms of secret keys are read as well.
func TestSPKITraditionalKeys(t *testing.T) {
	testutil.Tool(t, "openssl")
	for _, args := range []string{"rsa -pkeyopt rsa_keygen_bits:2048", "ec -pkeyopt ec_paramgen_curve:P-256"} {
		dir := t.TempDir()
		key, der := filepath.Join(dir, "key"), filepath.Join(dir, "der")
		testutil.Run(t, &testutil.RunOptions{Must: true}, "openssl", append([]string{"genpkey", "-out", key, "-algorithm"}, strings.Fields(args)...)...)
		testutil.Run(t, &testutil.RunOptions{Must: true}, "openssl", "pkey", "-in", key, "-traditional", "-outform", "DER", "-out", der)
		_, err := sign.SPKI{}.Sign(read(t, der), []byte("x"))
		require.NoError(t, err)
	}
	_, err := sign.SPKI{}.Sign([]byte("bad"), nil)
	require.ErrorContains(t, err, "spki: secret key: ")
	_, err = sign.SPKI{}.Check([]byte("bad"), nil, nil)
	require.EqualError(t, err, "spki: public key is not a SubjectPublicKeyInfo")
}

// The real tool verifies our ed25519 signatures and we verify its.
func TestEd25519WithReference(t *testing.T) {
	ref := newReference(t)
	if version := testutil.Run(t, nil, "ostree", "--version").Stdout; !strings.Contains(version, "sign-ed25519") {
		t.Skip("this build of ostree has no ed25519 engine")
	}
	public, secret := keypair(5)
	b64 := base64.StdEncoding.EncodeToString
	ref.run("sign", "-s", "ed25519", ref.commit, b64(secret))
	text := ref.run("show", "main", "--print-detached-metadata-key=ostree.sign.ed25519")
	sig, err := sign.Ed25519{}.Sign(secret, ref.object())
	require.NoError(t, err)
	require.Contains(t, strings.ReplaceAll(text, "byte ", ""), bytesText(sig), "the signature is deterministic and must be the same")
	message, err := sign.VerifyData(sign.Ed25519{}, &sign.Keys{Trusted: [][]byte{public}}, ref.object(), [][]byte{sig})
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(ref.run("sign", "--verify", "-s", "ed25519", ref.commit, b64(public))), message)
}

// bytesText is the inside of an `ay` in GVariant text.
func bytesText(data []byte) string {
	var list []string
	for _, b := range data {
		list = append(list, fmt.Sprintf("0x%02x", b))
	}
	return strings.Join(list, ", ")
}
