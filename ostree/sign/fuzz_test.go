package sign

import (
	"bytes"
	"testing"
)

// FuzzKeyring: what is read can be written, read and written again with the same bytes,
// and nothing in it makes evaluation fail.
func FuzzKeyring(f *testing.F) {
	for _, name := range []string{"alice.asc", "bob.asc", "bob.rev", "home/pubring.kbx"} {
		f.Add(fixture(f, name))
		ring, err := ParseKeyring(fixture(f, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(ring.Bytes())
	}
	sig := fixture(f, "hello.alice.asc")
	f.Fuzz(func(t *testing.T, data []byte) {
		ring, err := ParseKeyring(data)
		if err != nil {
			return
		}
		first := ring.Bytes()
		if len(first) > len(data)+len(data)/2+16 {
			t.Fatalf("%d bytes became %d", len(data), len(first))
		}
		again, err := ParseKeyring(first)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Bytes(), first) {
			t.Fatal("bytes differ after another round")
		}
		var list bytes.Buffer
		if err := ring.WriteKeyList(&list, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := ring.Verify([]byte("other data"), [][]byte{sig}, nil); err != nil {
			t.Fatal(err)
		}
		new(Keyring).Import(ring)
	})
}

// FuzzSignature: no signature is valid for data that was never signed.
func FuzzSignature(f *testing.F) {
	for _, name := range []string{"hello.alice.asc", "hello.bob.asc"} {
		f.Add(fixture(f, name))
		plain, _ := dearmor(fixture(f, name))
		f.Add(plain)
	}
	ring, err := ParseKeyring(fixture(f, "home/pubring.kbx"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		result, err := ring.Verify([]byte("never signed"), [][]byte{blob}, nil)
		if err != nil {
			return
		}
		if result.Valid() != 0 {
			t.Fatalf("valid: %q", blob)
		}
		if result.Require() == nil || result.Require().Error() == "" {
			t.Fatal("no reason given")
		}
	})
}

// FuzzSecretKey: key files of the agent and old secret keyrings.
func FuzzSecretKey(f *testing.F) {
	bob := "home/private-keys-v1.d/C2298D0FE92B9493C8379F162EE7E0AA89C432E5.key"
	f.Add(fixture(f, bob))
	f.Add([]byte("(11:private-key(3:ecc(5:curve7:Ed25519)(1:q1:a)(1:d1:b)))"))
	f.Add([]byte("Key: (protected-private-key (rsa (n #00#)))\n"))
	ring, err := ParseKeyring(fixture(f, "home/pubring.kbx"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if list, err := parseSecring(data); err == nil {
			for _, s := range list {
				tryToSign(ring, s)
			}
		}
		if s, err := parseAgentKey(data); err == nil {
			tryToSign(ring, s)
		}
	})
}

func tryToSign(ring *Keyring, s *secretKey) {
	for _, k := range ring.list {
		for _, pub := range k.publicKeys() {
			if pub.match() == s.id {
				_, _ = s.sign(pub, make([]byte, 32), hashes[8])
			}
		}
	}
}

// FuzzKeyFile: PEM and base64 keys of the sign API; any key may be tried.
func FuzzKeyFile(f *testing.F) {
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAn0jaqAXdT6PdimPaWPLc10yv8bMN01mAQDgm+Lv0iN4=\n-----END PUBLIC KEY-----\n"))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJYR8Jzrk6nmW+Nw1Ttbw2HFiDyR7Dx6BdFtyG5/zYJ4\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte("n0jaqAXdT6PdimPaWPLc10yv8bMN01mAQDgm+Lv0iN4=\nbad\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, e := range Engines(&EngineOptions{AllowDummy: true}) {
			r := e.(KeyReader)
			if public, err := r.PublicKeys(data); err == nil {
				for _, key := range public {
					if ok, _ := e.Check(key, []byte("x"), make([]byte, 64)); ok && e.Name() != "dummy" && !smallOrder(key) {
						t.Fatalf("%s: zeros verify with %x", e.Name(), key)
					}
				}
			}
			if secret, err := r.SecretKeys(data); err == nil {
				for _, key := range secret {
					_, _ = e.Sign(key, []byte("x"))
				}
			}
		}
	})
}

// smallOrder admits keys for which trivial signatures do verify, by the mathematics of
// the curve: points that are all zeros or ones but for a byte or two.
func smallOrder(key []byte) bool {
	tail := key[max(0, len(key)-32):]
	seen := map[byte]int{}
	for _, b := range tail {
		seen[b]++
	}
	return seen[0] >= 30 || seen[0xff] >= 30 || len(seen) < 28
}
