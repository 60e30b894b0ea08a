package resource

import (
	"encoding/pem"
	"testing"

	"github.com/nestos-dev/nestos/ignition/resource/internal/pkitest"
)

// FuzzParseBundle: what is accepted is the same bundle when written anew.
func FuzzParseBundle(f *testing.F) {
	ca := pkitest.New(f, "ca").PEM
	f.Add(ca)
	f.Add(append(append([]byte("text before\n"), ca...), ca...))
	f.Add(append(append([]byte{}, ca...), '\n'))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, bundle []byte) {
		certs, err := parseBundle(bundle)
		if err != nil {
			return
		}
		if len(certs) == 0 && len(bundle) > 0 {
			t.Fatal("a bundle of nothing")
		}
		var again []byte
		for _, cert := range certs {
			again = append(again, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
		}
		same, err := parseBundle(again)
		if err != nil || len(same) != len(certs) {
			t.Fatalf("%d certificates became %d: %v", len(certs), len(same), err)
		}
	})
}
