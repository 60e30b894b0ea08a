package sign

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeInPieces feeds data in pieces of random length.
func writeInPieces(t testing.TB, v *StreamVerifier, data []byte) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	for len(data) > 0 {
		n := min(1+rng.IntN(9), len(data))
		if rng.IntN(4) == 0 {
			n = len(data)
		}
		written, err := v.Write(data[:n])
		require.NoError(t, err)
		require.Equal(t, n, written)
		data = data[n:]
	}
}

// Over every kind of data, digest and signature type the verdict is that of Verify.
func TestStreamVerifierAgrees(t *testing.T) {
	ring := &Keyring{}
	signers := []identity{load(t, "alice@example.com"), load(t, "bob@example.com")}
	for _, s := range signers {
		ring.add(s.key)
	}
	texts := []string{"", "\n", "\r", "\r\n", "a\r\n", "a\nb\r\rc\r\n\nd", "\r\r\n", string(bytes.Repeat([]byte("line\n"), 30_000))}
	for _, kind := range []byte{sigBinary, sigText, sigCertGeneric} {
		for _, algo := range []byte{1, 2, 3, 8, 9, 10, 11, 99} {
			for i, text := range texts {
				sig := signers[i%2].signDocument(t, kind, algo, []byte(text))
				for _, data := range []string{text, text + "x", "x" + text} {
					want, err := ring.Verify([]byte(data), [][]byte{sig}, nil)
					require.NoError(t, err)
					v, err := ring.NewVerifier([][]byte{sig}, nil)
					require.NoError(t, err)
					writeInPieces(t, v, []byte(data))
					got := v.Result()
					require.Equal(t, want.Valid(), got.Valid(), "kind %d, digest %d, %.20q", kind, algo, data)
					require.Equal(t, want.Signatures[0].Status, got.Signatures[0].Status)
					sane := kind != sigCertGeneric && algo != 1 && algo != 99
					require.Equal(t, sane && (data == text || kind == sigText && same(data, text)), got.Valid() == 1,
						"kind %d, digest %d, %.20q for %.20q", kind, algo, data, text)
				}
			}
		}
	}
}

// same reports whether two texts differ only in how lines end.
func same(a, b string) bool {
	canonical := func(s string) []byte { return bytes.ReplaceAll([]byte(s), []byte("\r\n"), []byte("\n")) }
	return bytes.Equal(canonical(a), canonical(b))
}

// Signatures that share a digest do not disturb each other, with RIPEMD-160 neither, of which
// the state cannot be copied in the usual way.
func TestStreamVerifierSharedDigest(t *testing.T) {
	alice, bob := load(t, "alice@example.com"), load(t, "bob@example.com")
	ring := &Keyring{}
	ring.add(alice.key)
	ring.add(bob.key)
	data := []byte("hello\n")
	var blobs [][]byte
	for _, algo := range []byte{3, 8, 2} {
		for _, who := range []identity{alice, bob, alice} {
			blobs = append(blobs, who.signDocument(t, sigBinary, algo, data), who.signDocument(t, sigText, algo, data))
		}
	}
	v, err := ring.NewVerifier(blobs, nil)
	require.NoError(t, err)
	writeInPieces(t, v, data)
	require.Equal(t, len(blobs), v.Result().Valid())
	require.Same(t, v.Result(), v.Result())
}

// Data after the verdict are an error, and a ring that grows is not looked at again.
func TestStreamVerifierIsFinal(t *testing.T) {
	alice := load(t, "alice@example.com")
	ring := &Keyring{}
	v, err := ring.NewVerifier([][]byte{alice.signDocument(t, sigBinary, 8, nil)}, nil)
	require.NoError(t, err)
	ring.add(alice.key)
	require.Equal(t, StatusMissingKey, v.Result().Signatures[0].Status)
	_, err = v.Write([]byte("x"))
	require.ErrorIs(t, err, errWriteAfterResult)
	require.Zero(t, v.Result().Valid())
}

func TestStreamVerifierErrors(t *testing.T) {
	ring := &Keyring{}
	_, err := ring.NewVerifier(nil, nil)
	require.ErrorIs(t, err, ErrNoSignature)
	for _, blob := range []string{"", "text", "\x89", "-----BEGIN PGP SIGNATURE-----\n"} {
		_, err = ring.NewVerifier([][]byte{[]byte(blob)}, nil)
		require.ErrorIs(t, err, ErrNoData, "%q", blob)
	}
}

func TestClaims(t *testing.T) {
	alice := load(t, "alice@example.com")
	ring := &Keyring{}
	sender := append([]byte{5, 28}, "a@\x1bx"...)
	sig := alice.signWith(t, sigBinary, 8, nil, sender)
	v, err := ring.NewVerifier([][]byte{sig, {0x88, 1, 9}}, nil)
	require.NoError(t, err)
	claims := v.Claims()
	require.Len(t, claims, 2)
	pub := alice.key.signingKey(nil, alice.secrets, "")
	require.Equal(t, pub.hex(), claims[0].IssuerFingerprint)
	require.Equal(t, formatKeyID(pub.keyID()), claims[0].KeyID)
	require.Equal(t, "a@\x1bx", claims[0].SignerUserID)
	require.Equal(t, 4, claims[0].Version)
	require.Equal(t, Claim{Version: 9, Algorithm: "[unknown name]", KeyID: "0000000000000000"}, claims[1])
}

func TestMismatch(t *testing.T) {
	alice, bob := load(t, "alice@example.com"), load(t, "bob@example.com")
	ring := &Keyring{}
	ring.add(alice.key)
	ring.add(bob.key)
	for _, who := range []identity{alice, bob} {
		for algo, want := range map[byte]bool{8: true, 1: false} {
			result, err := ring.Verify([]byte("other"), [][]byte{who.signDocument(t, sigBinary, algo, nil)}, nil)
			require.NoError(t, err)
			require.Equal(t, StatusBad, result.Signatures[0].Status)
			require.Equal(t, want, result.Signatures[0].Mismatch(), "%s: %v", result.Signatures[0].Algorithm, result.Signatures[0].Reason)
		}
	}
}

// signDocument makes a signature packet of the given type and digest over a document.
func (id identity) signDocument(t testing.TB, kind, algo byte, data []byte) []byte {
	return id.signWith(t, kind, algo, data, nil)
}

// signWith is signDocument with more hashed subpackets. Digests that are only a number are
// replaced by SHA-256.
func (id identity) signWith(t testing.TB, kind, algo byte, data, subpackets []byte) []byte {
	t.Helper()
	pub := id.key.signingKey(nil, id.secrets, "")
	hashed := append([]byte{22, 33, 4}, pub.fingerprint[:]...)
	hashed = append(hashed, 5, 2, 0, 0, 0, 0)
	created := pub.created.Unix() + 1
	for i := range 4 {
		hashed[len(hashed)-1-i] = byte(created >> (8 * i))
	}
	hashed = append(hashed, subpackets...)
	body := append([]byte{4, kind, pub.algo, algo, byte(len(hashed) >> 8), byte(len(hashed))}, hashed...)
	digest, ok := hashes[algo]
	if !ok || digest.new == nil {
		digest = hashes[8]
	}
	h := digest.new()
	if kind == sigText {
		data = bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	}
	h.Write(data)
	h.Write(body)
	h.Write([]byte{4, 0xff, 0, 0, byte(len(body) >> 8), byte(len(body))})
	sum := h.Sum(nil)
	message := sum
	if digest.id == crypto.RIPEMD160 && pub.algo == algoRSA { // see verifyRSA
		digest.id, message = 0, append(bytes.Clone(ripemd160Info), sum...)
	}
	value, err := id.secrets[pub.match()].sign(pub, message, digest)
	require.NoError(t, err)
	body = append(append(append(body, 0, 0), sum[:2]...), value...)
	return appendPacket(nil, rawPacket{tagSignature, body})
}

func FuzzStreamVerifier(f *testing.F) {
	for _, name := range []string{"hello.alice.asc", "hello.bob.asc"} {
		plain, _ := dearmor(fixture(f, name))
		f.Add(plain, fixture(f, "hello.txt"))
		plain[3] = sigText
		f.Add(plain, []byte("a\r\nb\n"))
		f.Add(append([]byte{0x88, 3}, 4, sigText, 3), []byte{})
	}
	ring, err := ParseKeyring(fixture(f, "home/pubring.kbx"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, blob, data []byte) {
		want, wantErr := ring.Verify(data, [][]byte{blob}, nil)
		v, err := ring.NewVerifier([][]byte{blob}, nil)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%v, but Verify says %v", err, wantErr)
		}
		if err != nil {
			return
		}
		if len(v.Claims()) != len(want.Signatures) {
			t.Fatal("number of claims")
		}
		for i := range data {
			v.Write(data[i : i+1])
		}
		for i, s := range v.Result().Signatures {
			if s.Status != want.Signatures[i].Status {
				t.Fatalf("status %v, want %v of %s", s.Status, want.Signatures[i].Status, hex.EncodeToString(blob))
			}
		}
	})
}
