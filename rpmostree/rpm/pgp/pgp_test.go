package pgp_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm/pgp"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// judge checks one signature over data.
func judge(t testing.TB, k *pgp.Keyring, sig, data []byte) (*pgp.Signature, pgp.Result) {
	t.Helper()
	s, err := pgp.ParseSignature(sig)
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.NewHash()
	if err != nil {
		t.Fatal(err)
	}
	h.Write(data)
	return s, k.Check(s, h)
}

// Headers, signatures and keys of CentOS 5 to 7; the signatures are of version 3.
var centos = []struct{ name, text, version, release string }{
	{"centos5", "V3 DSA/SHA1 Signature, key ID e8562897", "e8562897", "459f07a3"},
	{"centos6", "V3 RSA/SHA256 Signature, key ID c105b9de", "c105b9de", "4e0fd3a3"},
	{"centos7", "V3 RSA/SHA256 Signature, key ID f4a80eb5", "f4a80eb5", "53a7ff4b"},
}

func TestRealPackages(t *testing.T) {
	var all pgp.Keyring
	for _, c := range centos {
		header, sig := read(t, c.name+".header"), read(t, c.name+".sig")
		if s, r := judge(t, &all, sig, header); r.String() != "NOKEY" || s.String() != c.text {
			t.Errorf("%s without its key: %s: %s", c.name, s, r)
		}
		if err := all.Add(read(t, c.name+".key")); err != nil {
			t.Fatal(err)
		}
		s, r := judge(t, &all, sig, header)
		if r.String() != "OK" {
			t.Errorf("%s: %s: %s", c.name, s, r)
		}
		if r.Key == nil || r.Key.Version() != c.version || r.Key.Release() != c.release {
			t.Errorf("%s: made by another key", c.name)
		}
		header[len(header)-1]++
		if s, r := judge(t, &all, sig, header); r.Status != pgp.Bad {
			t.Errorf("%s: damaged: %s: %s", c.name, s, r)
		}
	}
	if n := len(all.Keys()); n != len(centos) {
		t.Errorf("%d keys", n)
	}
	strict := pgp.Keyring{RejectSHA1: true}
	if err := strict.Add(read(t, "centos5.key")); err != nil {
		t.Fatal(err)
	}
	if _, r := judge(t, &strict, read(t, "centos5.sig"), read(t, "centos5.header")); r.Status != pgp.NotTrusted {
		t.Errorf("SHA-1: %s", r)
	}
}

func TestSeveralKeysInOneFile(t *testing.T) {
	var file bytes.Buffer
	for _, c := range centos {
		file.WriteString("The key of " + c.name + ":\n\n")
		file.Write(read(t, c.name+".key"))
	}
	k, err := pgp.ReadKeyring(&file)
	if err != nil {
		t.Fatal(err)
	}
	var binary []byte
	for i, key := range k.Keys() {
		if key.Version() != centos[i].version || len(key.UserIDs()) == 0 || !strings.Contains(key.UserIDs()[0], "CentOS") {
			t.Errorf("key %d: %s, %q", i, key.Version(), key.UserIDs())
		}
		binary = append(binary, key.Raw()...)
	}
	again, err := pgp.ReadKeyring(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(again.Keys()); n != len(centos) {
		t.Errorf("%d keys in binary form", n)
	}
	if err := again.Add(binary); err != nil || len(again.Keys()) != len(centos) {
		t.Errorf("adding twice: %d keys, %v", len(again.Keys()), err)
	}
}

func TestNotFound(t *testing.T) {
	if r := new(pgp.Keyring).Check(nil, nil); r.String() != "NOTFOUND" {
		t.Error(r)
	}
}

func TestUnusable(t *testing.T) {
	sig := read(t, "centos6.sig")
	for name, b := range map[string][]byte{
		"empty":     nil,
		"text":      []byte("hello"),
		"cut":       sig[:len(sig)-1],
		"head":      sig[:1],
		"version 9": append([]byte{sig[0], sig[1], 9}, sig[3:]...),
		"two":       append(bytes.Clone(sig), sig...),
	} {
		if s, err := pgp.ParseSignature(b); err == nil {
			t.Errorf("%s: %s", name, s)
		}
	}
	if sigs, err := pgp.ParseSignatures(append(bytes.Clone(sig), sig...)); err != nil || len(sigs) != 2 {
		t.Errorf("two: %d, %v", len(sigs), err)
	}
	var k pgp.Keyring
	for name, b := range map[string][]byte{"empty": nil, "text": []byte("hello"), "signature": sig} {
		if err := k.Add(b); err == nil {
			t.Errorf("keys: %s: no error", name)
		}
	}
}

func FuzzParseSignature(f *testing.F) {
	for _, c := range centos {
		f.Add(read(f, c.name+".sig"))
	}
	f.Add([]byte("-----BEGIN PGP SIGNATURE-----\n\niHUEABYI\n=abcd\n-----END PGP SIGNATURE-----\n"))
	keys := new(pgp.Keyring)
	for _, c := range centos {
		if err := keys.Add(read(f, c.name+".key")); err != nil {
			f.Fatal(err)
		}
	}
	header := read(f, "centos6.header")
	f.Fuzz(func(t *testing.T, b []byte) {
		sigs, err := pgp.ParseSignatures(b)
		if err != nil {
			return
		}
		for _, s := range sigs {
			if len(s.KeyID) != 16 || s.String() == "" {
				t.Errorf("key ID %q", s.KeyID)
			}
			if h, err := s.NewHash(); err == nil {
				h.Write(header[1:])
				if r := keys.Check(s, h); r.Status == pgp.OK {
					t.Errorf("accepted: %s", s)
				}
			}
		}
	})
}

func FuzzKeyring(f *testing.F) {
	for _, c := range centos {
		f.Add(read(f, c.name+".key"))
		var k pgp.Keyring
		if err := k.Add(read(f, c.name+".key")); err != nil {
			f.Fatal(err)
		}
		f.Add(k.Keys()[0].Raw())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var k, again pgp.Keyring
		if k.Add(b) != nil {
			return
		}
		var raw []byte
		for _, key := range k.Keys() {
			raw = append(raw, key.Raw()...)
		}
		if err := again.Add(raw); err != nil {
			t.Fatalf("not readable again: %v", err)
		}
		if len(again.Keys()) != len(k.Keys()) {
			t.Errorf("%d keys, then %d", len(k.Keys()), len(again.Keys()))
		}
		for i, key := range again.Keys() {
			if key.Fingerprint() != k.Keys()[i].Fingerprint() || key.Revoked() != k.Keys()[i].Revoked() {
				t.Errorf("key %d differs", i)
			}
		}
	})
}
