package azurecerts

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// Cipher is how the contents of a PKCS#12 file are encrypted.
type Cipher int

const (
	// TripleDES encrypts keys and certificates with Triple DES under SHA-1, as
	// the real fabric does.
	TripleDES Cipher = iota
	// RC2 encrypts the certificates with 40-bit RC2, as other programs of the
	// same age do. OpenSSL 3 only reads it with its legacy provider.
	RC2
	// AES is PBES2 with AES-256 and SHA-256.
	AES
)

func (c Cipher) encoder() (*pkcs12.Encoder, error) {
	switch c {
	case TripleDES:
		return pkcs12.LegacyDES, nil
	case RC2:
		return pkcs12.LegacyRC2, nil
	case AES:
		return pkcs12.Modern2023, nil
	}
	return nil, fmt.Errorf("cipher %d: %w", int(c), errors.ErrUnsupported)
}

// Set makes an Azure service answer requests for certificates with a new [Bundle]
// of the given SSH keys, also while it runs. The goal state of fakecloud's example of azurestack
// has the URL that leads there.
func Set(c *fakecloud.Cloud, keys ...*rsa.PublicKey) error {
	pfx, err := Bundle(TripleDES, keys...)
	if err != nil {
		return err
	}
	c.SetCertificates(pfx)
	return nil
}

// Bundle makes a PKCS#12 file with an empty password: a fresh key with its
// certificate, then a certificate for each of the keys, in that order. Clients
// take the first of these as the instance's SSH key. An unknown cipher is an
// [errors.ErrUnsupported].
func Bundle(cipher Cipher, keys ...*rsa.PublicKey) ([]byte, error) {
	enc, err := cipher.encoder()
	if err != nil {
		return nil, err
	}
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	leaf, err := certificate("Windows Azure CRP Certificate Generator", 1, &own.PublicKey, own)
	if err != nil {
		return nil, err
	}
	chain := make([]*x509.Certificate, len(keys))
	for i, k := range keys {
		if chain[i], err = certificate(fmt.Sprintf("SSH key %d", i), int64(i)+2, k, own); err != nil {
			return nil, err
		}
	}
	pfx, err := enc.Encode(own, leaf, chain, "")
	if err != nil {
		return nil, fmt.Errorf("encoding PKCS#12: %w", err)
	}
	return pfx, nil
}

// certificate names a public key. Nobody looks at the signature, so that the
// private half is not needed.
func certificate(name string, serial int64, pub *rsa.PublicKey, signer *rsa.PrivateKey) (*x509.Certificate, error) {
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, pub, signer)
	if err != nil {
		return nil, fmt.Errorf("certificate of %q: %w", name, err)
	}
	return x509.ParseCertificate(der)
}
