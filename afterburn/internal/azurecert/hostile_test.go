package azurecert

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"encoding/asn1"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestDeepAndLong: what is nested without end, and what has lengths of all
// sorts, must be refused in linear time.
func TestDeepAndLong(t *testing.T) {
	const n = 1 << 20
	for name, in := range map[string][]byte{
		"nested, indefinite":     bytes.Repeat([]byte{0x30, 0x80}, n/2),
		"nested strings":         bytes.Repeat([]byte{0x24, 0x80}, n/2),
		"ends":                   append([]byte{0x30, 0x80}, make([]byte, n)...),
		"nested octets":          append(append([]byte{0x30, 0x80, 0x02, 1, 3}, bytes.Repeat([]byte{0x24, 0x80}, n/4)...), make([]byte, n/2)...),
		"length beyond":          {0x30, 0x84, 0xff, 0xff, 0xff, 0xff},
		"length of many bytes":   {0x30, 0xff, 1, 2, 3},
		"nothing":                nil,
		"one byte":               {0x30},
		"long tag":               {0x3f, 0x81, 0x01, 0x00},
		"primitive, indefinite":  {0x04, 0x80, 0, 0},
		"empty sequence":         {0x30, 0},
		"zeros":                  make([]byte, n),
		"indefinite without end": {0x30, 0x80, 0x02, 0x01, 0x03},
	} {
		start := time.Now()
		if chain, err := Chain(in); err == nil {
			t.Errorf("%s: chain %v", name, chain)
		}
		i := &Identity{}
		if got, err := i.Decrypt(in); err == nil {
			t.Errorf("%s: decrypted %q", name, got)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// pfx makes a file with an unencrypted part of the bags, and a checksum by the
// password.
func pfx(t *testing.T, bags []byte, password []byte, rounds int) []byte {
	t.Helper()
	marshal := func(v any) []byte {
		b, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	type info struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
	type algorithm struct {
		ID   asn1.ObjectIdentifier
		Null asn1.RawValue
	}
	type digest struct {
		Algorithm algorithm
		Digest    []byte
	}
	type mac struct {
		Digest digest
		Salt   []byte
		Rounds int
	}
	data := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	content := marshal([]info{{data, bags}})
	m := mac{Digest: digest{Algorithm: algorithm{asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, asn1.NullRawValue}}, Salt: []byte("saltsalt"), Rounds: rounds}
	if rounds < 10_000 {
		b := &budget{rounds: maxRounds}
		key, err := b.derive(crypto.SHA1, purposeMAC, m.Salt, password, rounds, 20)
		if err != nil {
			t.Fatal(err)
		}
		h := hmac.New(crypto.SHA1.New, key)
		h.Write(content)
		m.Digest.Digest = h.Sum(nil)
	}
	return marshal(struct {
		Version int
		Info    info
		MAC     mac
	}{3, info{data, content}, m})
}

// TestEmptyPasswords: both forms of the empty password are right, others wrong.
func TestEmptyPasswords(t *testing.T) {
	bags := []byte{0x30, 0}
	for _, password := range [][]byte{nothing, terminated} {
		if chain, err := Chain(pfx(t, bags, password, 5)); err != nil || len(chain) != 0 {
			t.Errorf("password %x: %v, %v", password, chain, err)
		}
	}
	if _, err := Chain(pfx(t, bags, []byte{0, 'x', 0, 0}, 5)); !errors.Is(err, ErrMAC) {
		t.Errorf("password x: %v", err)
	}
}

func TestRoundsAreBounded(t *testing.T) {
	start := time.Now()
	_, err := Chain(pfx(t, []byte{0x30, 0}, nothing, 1<<31-1))
	if !errors.Is(err, errRounds) {
		t.Errorf("2³¹ rounds: %v", err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v", took)
	}
	if _, err := Chain(pfx(t, []byte{0x30, 0}, nothing, 20_000)); !errors.Is(err, ErrMAC) {
		t.Errorf("a wrong checksum of 20,000 rounds: %v", err)
	}
}

func TestManyBags(t *testing.T) {
	bag := []byte{0x30, 0x0f, 0x06, 0x09, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa0, 0x02, 0x05, 0x00}
	list := bytes.Repeat(bag, maxBags+1)
	der, err := asn1.Marshal(asn1.RawValue{Tag: 16, IsCompound: true, Bytes: list})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Chain(pfx(t, der, nothing, 1)); err == nil || !strings.Contains(err.Error(), "too many bags") {
		t.Errorf("%v", err)
	}
	der, err = asn1.Marshal(asn1.RawValue{Tag: 16, IsCompound: true, Bytes: bytes.Repeat(bag, maxBags)})
	if err != nil {
		t.Fatal(err)
	}
	if chain, err := Chain(pfx(t, der, nothing, 1)); err != nil || len(chain) != 0 {
		t.Errorf("bags of no known kind: %v, %v", chain, err)
	}
}

func TestOIDText(t *testing.T) {
	for in, want := range map[oid]string{
		oidData: "1.2.840.113549.1.7.1", oidAES256CBC: "2.16.840.1.101.3.4.1.42", "": "of no known kind",
		"\x2b\x0e\x03\x02\x1a": "1.3.14.3.2.26", oid(bytes.Repeat([]byte{1}, 40)): "of no known kind", "\xff\xff\xff": "2.175",
	} {
		if got := in.String(); got != want {
			t.Errorf("%x: %s, want %s", string(in), got, want)
		}
	}
}
