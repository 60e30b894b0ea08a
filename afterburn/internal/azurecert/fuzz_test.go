package azurecert_test

import (
	"bytes"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/nestos-dev/nestos/afterburn/internal/azurecert"
	"github.com/nestos-dev/nestos/afterburn/internal/azurecert/azurecerttest"
)

// FuzzChain reads arbitrary files. The certificates of a chain must lie in what
// was read, so together they are no longer than an unencrypted file.
func FuzzChain(f *testing.F) {
	own := holders()["own"]
	for _, e := range []*pkcs12.Encoder{pkcs12.LegacyRC2, pkcs12.LegacyDES, pkcs12.Modern2023, pkcs12.Modern2026, pkcs12.Passwordless} {
		file, err := e.WithIterations(1).Encode(own.key, own.cert, certs("ssh"), "")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		start := time.Now()
		chain, err := azurecert.Chain(file)
		if err != nil && chain != nil {
			t.Error("both chain and error")
		}
		size := 0
		for _, c := range chain {
			size += len(c.Raw)
			_, _ = c.RSA()
		}
		if size > len(file) {
			t.Errorf("%d bytes of certificates in a file of %d", size, len(file))
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// FuzzDecrypt opens arbitrary envelopes: the content is shorter than they are.
func FuzzDecrypt(f *testing.F) {
	for _, o := range []azurecerttest.Options{{}, {AES: 256, OAEP: true}, {ByKeyID: true, Pieces: 10}} {
		sealed, err := azurecerttest.Seal(identity().Header(), bytes.Repeat([]byte("content"), 5), o)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sealed)
	}
	f.Fuzz(func(t *testing.T, envelope []byte) {
		content, err := identity().Decrypt(envelope)
		if err == nil && len(content) >= len(envelope) {
			t.Errorf("%d bytes of content in an envelope of %d", len(content), len(envelope))
		}
	})
}
