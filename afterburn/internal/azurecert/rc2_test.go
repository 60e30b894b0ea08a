package azurecert

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"testing"
)

// TestRC2 uses those vectors of RFC 2268 whose keys are effective in all bits.
func TestRC2(t *testing.T) {
	for _, v := range [][3]string{
		{"ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49"},
		{"3000000000000000", "1000000000000001", "30649edf9be7d2c2"},
		{"88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6"},
	} {
		key, plain, sealed := unhex(t, v[0]), unhex(t, v[1]), unhex(t, v[2])
		got := make([]byte, 8)
		newRC2(key).Encrypt(got, plain)
		if !bytes.Equal(got, sealed) {
			t.Errorf("key %s: encrypted %x, want %x", v[0], got, sealed)
		}
		newRC2(key).Decrypt(got, got)
		if !bytes.Equal(got, plain) {
			t.Errorf("key %s: decrypted %x, want %x", v[0], got, plain)
		}
	}
}

func TestRC2RoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		key := make([]byte, 1+random.IntN(128))
		var plain, sealed, back [8]byte
		for i := range key {
			key[i] = byte(random.Uint32())
		}
		for i := range plain {
			plain[i] = byte(random.Uint32())
		}
		c := newRC2(key)
		c.Encrypt(sealed[:], plain[:])
		c.Decrypt(back[:], sealed[:])
		if back != plain || sealed == plain {
			t.Fatalf("key %x: %x became %x and %x", key, plain, sealed, back)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
