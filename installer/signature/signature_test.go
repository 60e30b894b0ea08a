package signature_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/signature"
	"github.com/nestos-dev/nestos/ostree/sign"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

func testKeys(t testing.TB) *signature.Keyring {
	t.Helper()
	k := &signature.Keyring{}
	require.NoError(t, k.AddFile("testdata/test-key.pub.asc"))
	return k
}

// check gives the verdict on a whole image.
func check(t testing.TB, k *signature.Keyring, image, sig []byte) ([]string, error) {
	t.Helper()
	v := k.NewVerifier(sig)
	v.Location = time.UTC
	n, err := io.Copy(v, iotest.OneByteReader(bytes.NewReader(image)))
	require.NoError(t, err)
	require.EqualValues(t, len(image), n)
	return v.Result()
}

// All four keys of the compiled-in file count, not only its first block.
func TestBuiltin(t *testing.T) {
	k, err := signature.Builtin()
	require.NoError(t, err)
	var fprs []string
	for _, key := range k.Keys() {
		fprs = append(fprs, key.Fingerprint)
		require.Regexp(t, "(Red Hat|Fedora)", key.UserID)
	}
	require.Equal(t, []string{
		"567E347AD0044ADE55BA8A5F199E2F91FD431D51", "C6E7F081CF80E13146676E88829B606631645531",
		"36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6", "4F50A6114CD5C6976A7F1179655A4B02F577861E",
	}, fprs)
	require.NoError(t, k.AddFile("testdata/test-key.pub.asc"))
	require.Len(t, k.Keys(), 5)
	_, err = check(t, k, read(t, "1M.xz"), read(t, "1M.xz.sig"))
	require.NoError(t, err)
}

// Images and signatures made by the reference project.
func TestFixtures(t *testing.T) {
	k := testKeys(t)
	zeros := make([]byte, 1<<20)
	for _, name := range []string{"1M", "1M.gz", "1M.xz", "1M.zst", "test-key.priv.asc"} {
		image := zeros
		if name != "1M" {
			image = read(t, name)
		}
		sig := read(t, name+".sig")
		messages, err := check(t, k, image, sig)
		require.NoError(t, err, name)
		require.Equal(t, []string{
			"gpg:                using RSA key FC51AC9FED914ECAD67EDB2A5FBDA8071BF24B78",
			`gpg: Good signature from "coreos-installer snake oil key <coreos-installer@example.com>" [ultimate]`,
		}, messages[1:], name)

		for what, other := range map[string][]byte{
			"cut": image[:len(image)-1], "longer": append(slices.Clone(image), 0), "empty": nil,
			"changed": append(slices.Clone(image[:len(image)-1]), image[len(image)-1]^1),
		} {
			messages, err = check(t, k, other, sig)
			require.ErrorIs(t, err, sign.ErrBadSignature, "%s, %s", name, what)
			require.EqualError(t, err, "GPG verification failure: bad signature")
			require.Contains(t, messages[2], "gpg: BAD signature from ")
		}
	}
	messages, err := check(t, k, read(t, "1M.gz"), read(t, "1M.gz.sig"))
	require.NoError(t, err)
	require.Equal(t, "gpg: Signature made Sun Sep 26 04:54:03 2021 UTC", messages[0])
}

func TestUnknownKey(t *testing.T) {
	image, sig := read(t, "test-key.priv.asc"), read(t, "test-key.priv.asc.random.sig")
	for name, k := range map[string]*signature.Keyring{"other keys": testKeys(t), "no keys": {}} {
		messages, err := check(t, k, image, sig)
		require.ErrorIs(t, err, signature.ErrVerification, name)
		require.ErrorIs(t, err, sign.ErrMissingKey)
		require.Equal(t, "gpg: Can't check signature: No public key", messages[len(messages)-1])
	}
}

// The verdict needs the whole image.
func TestVerdictComesLast(t *testing.T) {
	k := testKeys(t)
	image, sig := read(t, "1M.gz"), read(t, "1M.gz.sig")

	v := k.NewVerifier(sig)
	r := v.Reader(bytes.NewReader(image))
	_, err := io.ReadFull(r, make([]byte, len(image)))
	require.NoError(t, err)
	_, err = v.Result()
	require.ErrorIs(t, err, signature.ErrVerification, "all bytes, but not their end")
	_, err = r.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
	_, err = v.Result()
	require.Error(t, err, "a verdict is final")

	v = k.NewVerifier(sig)
	got, err := io.ReadAll(v.Reader(iotest.DataErrReader(bytes.NewReader(image))))
	require.NoError(t, err)
	require.True(t, bytes.Equal(image, got))
	_, err = v.Result()
	require.NoError(t, err)
	_, err = v.Write([]byte{0})
	require.Error(t, err)
	_, err = v.Result()
	require.NoError(t, err)

	v = k.NewVerifier(sig)
	broken := iotest.ErrReader(io.ErrUnexpectedEOF)
	_, err = io.ReadAll(v.Reader(io.MultiReader(bytes.NewReader(image), broken)))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = v.Result()
	require.Error(t, err)
}

// The form of a signature file never excuses it.
func TestMalformed(t *testing.T) {
	k := testKeys(t)
	image, sig := read(t, "1M.gz"), read(t, "1M.gz.sig")
	for name, bad := range map[string][]byte{
		"nil": nil, "empty": {}, "text": []byte("404 not found"), "cut": sig[:len(sig)-1], "garbage behind": append(slices.Clone(sig), "garbage"...),
		"huge": make([]byte, 2<<20), "key": read(t, "test-key.pub.asc"),
		"open armor": []byte("-----BEGIN PGP SIGNATURE-----\n\niQGz"),
	} {
		messages, err := check(t, k, image, bad)
		require.ErrorIs(t, err, signature.ErrVerification, name)
		require.NotEmpty(t, messages, name)
	}
	// A good signature by a trusted key is enough, unless there is one that such a key has made
	// on something else.
	stranger := read(t, "test-key.priv.asc.random.sig")
	for _, both := range [][]byte{slices.Concat(stranger, sig), slices.Concat(sig, stranger)} {
		_, err := check(t, k, image, both)
		require.NoError(t, err)
	}
	other := read(t, "1M.xz.sig")
	for _, both := range [][]byte{slices.Concat(other, sig), slices.Concat(sig, other)} {
		messages, err := check(t, k, image, both)
		require.ErrorIs(t, err, sign.ErrBadSignature)
		require.EqualError(t, err, "GPG verification failure: bad signature")
		require.Contains(t, strings.Join(messages, "\n"), "gpg: BAD signature from ")
	}
	future := []byte{0x88, 2, 6, 0} // a version that does not exist yet
	messages, err := check(t, k, image, slices.Concat(future, sig))
	require.NoError(t, err)
	require.Equal(t, "gpg: packet(2) with unknown version 6", messages[0])
}

func TestAddFileErrors(t *testing.T) {
	k := &signature.Keyring{}
	dir := t.TempDir()
	require.EqualError(t, k.AddFile(dir+"/none"), "opening keyring "+dir+"/none: no such file or directory")
	for name, data := range map[string][]byte{
		"empty": {}, "text": []byte("hello"), "signature": read(t, "1M.sig"),
		"cut":  read(t, "test-key.pub.asc")[:500],
		"huge": append([]byte("x"), make([]byte, 8<<20)...),
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		err := k.AddFile(path)
		require.ErrorContains(t, err, "reading keyring "+path+": ", name)
		require.NotContains(t, err.Error(), "GPGME", name)
		require.Empty(t, k.Keys())
	}
	require.ErrorIs(t, k.ReadKeys(strings.NewReader("")), signature.ErrNoKeys)
}

func TestAddDir(t *testing.T) {
	k := &signature.Keyring{}
	dir := t.TempDir()
	require.NoError(t, k.AddDir(filepath.Join(dir, "none")))
	builtin, err := os.ReadFile("signing-keys.asc")
	require.NoError(t, err)
	ring, err := sign.ParseKeyring(builtin)
	require.NoError(t, err)
	for name, data := range map[string][]byte{
		"b.gpg": ring.Keys()[1].Bytes(), "a.asc": read(t, "test-key.pub.asc"), "c.txt": builtin, ".d.asc": builtin,
		"e.asc": []byte("broken"), "f.gpg": ring.Keys()[0].Bytes(),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "g.asc"), 0o700))
	require.ErrorContains(t, k.AddDir(dir), "e.asc")
	var fprs []string
	for _, key := range k.Keys() {
		fprs = append(fprs, key.Fingerprint[:8])
	}
	require.Equal(t, []string{"1A304569", "C6E7F081", "567E347A"}, fprs)
}

// Terminals are not commanded by signatures.
func TestMessagesArePrintable(t *testing.T) {
	sig := slices.Clone(read(t, "1M.gz.sig"))
	// Subpacket 33 (22 bytes) becomes the signer's user ID of the same length.
	i := bytes.Index(sig, []byte{22, 33, 4})
	require.Positive(t, i)
	sig[i+1] = 28
	copy(sig[i+2:], "\x1b[2Jx\x07\xff\u202ey")
	messages, err := check(t, testKeys(t), nil, sig)
	require.Error(t, err)
	text := strings.Join(messages, "\n")
	require.Contains(t, text, `gpg:                issuer "\x1b[2Jx\x07�\x202ey`)
	require.NotContains(t, text, "\x1b")
}

func FuzzVerifier(f *testing.F) {
	for _, name := range []string{"1M.gz.sig", "test-key.priv.asc.random.sig", "test-key.pub.asc"} {
		f.Add(read(f, name))
	}
	k := testKeys(f)
	f.Fuzz(func(t *testing.T, sig []byte) {
		v := k.NewVerifier(sig)
		if _, err := v.Write([]byte("never signed")); err != nil {
			t.Fatal(err)
		}
		messages, err := v.Result()
		if err == nil || len(messages) == 0 {
			t.Fatalf("%v, %q", err, messages)
		}
		for _, m := range messages {
			if strings.ContainsFunc(m, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Fatalf("%q", m)
			}
		}
	})
}

func BenchmarkVerifier(b *testing.B) {
	k := testKeys(b)
	sig := read(b, "1M.gz.sig")
	block := make([]byte, 1<<20)
	b.SetBytes(1 << 20)
	b.ReportAllocs()
	v := k.NewVerifier(sig)
	for b.Loop() {
		v.Write(block)
	}
}
