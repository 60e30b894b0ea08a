package pgp_test

import (
	"bytes"
	"crypto"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/nestos-dev/nestos/rpmostree/rpm/pgp"
)

// TestGenerated checks signatures of all versions and algorithms that the OpenPGP library makes.
func TestGenerated(t *testing.T) {
	for name, c := range map[string]struct {
		config packet.Config
		text   string
	}{
		"v4 RSA":     {packet.Config{Algorithm: packet.PubKeyAlgoRSA, RSABits: 2048}, "V4 RSA/SHA256"},
		"v4 ECDSA":   {packet.Config{Algorithm: packet.PubKeyAlgoECDSA, Curve: packet.CurveNistP256}, "V4 ECDSA/SHA256"},
		"v4 EdDSA":   {packet.Config{Algorithm: packet.PubKeyAlgoEdDSA}, "V4 EdDSA/SHA256"},
		"v6 RSA":     {packet.Config{V6Keys: true, Algorithm: packet.PubKeyAlgoRSA, RSABits: 2048}, "V6 RSA/SHA256"},
		"v6 Ed25519": {packet.Config{V6Keys: true, Algorithm: packet.PubKeyAlgoEd25519}, "V6 Ed25519/SHA256"},
		"v6 Ed448":   {packet.Config{V6Keys: true, Algorithm: packet.PubKeyAlgoEd448, DefaultHash: crypto.SHA512}, "V6 Ed448/SHA512"},
		"v6 ML-DSA": {packet.Config{V6Keys: true, Algorithm: packet.PubKeyAlgoMldsa65Ed25519, DefaultHash: crypto.SHA3_256},
			"V6 ML-DSA-65+Ed25519/SHA3-256"},
	} {
		entity, err := openpgp.NewEntity("Tester", "", "t@example.org", &c.config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var key, sig bytes.Buffer
		if err := entity.Serialize(&key); err != nil {
			t.Fatal(err)
		}
		if err := openpgp.DetachSign(&sig, []*openpgp.Entity{entity}, strings.NewReader(document), &c.config); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		k, err := pgp.ReadKeyring(&key)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s, r := judge(t, k, sig.Bytes(), []byte(document))
		if r.Status != pgp.OK || !strings.HasPrefix(s.String(), c.text+" Signature, key ID ") {
			t.Errorf("%s: %s: %s", name, s, r)
		}
		if s.KeyID != k.Keys()[0].ID() || s.Fingerprint != k.Keys()[0].Fingerprint() {
			t.Errorf("%s: made by %s %s", name, s.KeyID, s.Fingerprint)
		}
		if _, r := judge(t, k, sig.Bytes(), []byte(document+"!")); r.Status != pgp.Bad {
			t.Errorf("%s: other data: %s", name, r)
		}
	}
}

func TestSignatureLifetime(t *testing.T) {
	signed := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	config := packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, SigLifetimeSecs: 86400, Time: func() time.Time { return signed }}
	entity, err := openpgp.NewEntity("Tester", "", "t@example.org", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: config.Time})
	if err != nil {
		t.Fatal(err)
	}
	var key, sig bytes.Buffer
	if err := entity.Serialize(&key); err != nil {
		t.Fatal(err)
	}
	if err := openpgp.DetachSign(&sig, []*openpgp.Entity{entity}, strings.NewReader(document), &config); err != nil {
		t.Fatal(err)
	}
	k, err := pgp.ReadKeyring(&key)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		now  time.Time
		want pgp.Status
	}{{time.Time{}, pgp.OK}, {signed.Add(time.Hour), pgp.OK}, {signed.Add(25 * time.Hour), pgp.NotTrusted}} {
		k.Now = c.now
		if _, r := judge(t, k, sig.Bytes(), []byte(document)); r.Status != c.want {
			t.Errorf("at %s: %s, want %s", c.now, r, c.want)
		}
	}
}
