package azurecert

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"time"
)

// subject is the name CN=LinuxTransport, as a UTF8String.
const subject = "\x30\x19\x31\x17\x30\x15\x06\x03\x55\x04\x03\x0c\x0eLinuxTransport"

// Identity is a key pair of this run with a certificate of its own making, for
// which a server encrypts.
type Identity struct {
	key         *rsa.PrivateKey
	certificate []byte // DER
	serial      *big.Int
	keyID       []byte
}

// NewIdentity makes an RSA key of 2048 bits and a certificate CN=LinuxTransport
// that is valid for a year from now on. The key is never written anywhere.
func NewIdentity(now time.Time) (*Identity, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("making an RSA key: %w", err)
	}
	var serial [4]byte
	if _, err := rand.Read(serial[:]); err != nil {
		return nil, fmt.Errorf("making a serial number: %w", err)
	}
	keyID := sha1.Sum(x509.MarshalPKCS1PublicKey(&key.PublicKey))
	template := &x509.Certificate{
		SerialNumber:       new(big.Int).SetBit(new(big.Int).SetBytes(serial[:]), 31, 1), // 32 bits, and never zero
		RawSubject:         []byte(subject),
		NotBefore:          now,
		NotAfter:           now.AddDate(0, 0, 365),
		SignatureAlgorithm: x509.SHA256WithRSA,
		// As OpenSSL's command "req -x509" makes them, which the service is used
		// to: crypto/x509 would mark the first one critical.
		ExtraExtensions: []pkix.Extension{
			{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Value: []byte("\x30\x03\x01\x01\xff")},                  // CA:TRUE
			{Id: asn1.ObjectIdentifier{2, 5, 29, 14}, Value: append([]byte("\x04\x14"), keyID[:]...)},         // key identifier
			{Id: asn1.ObjectIdentifier{2, 5, 29, 35}, Value: append([]byte("\x30\x16\x80\x14"), keyID[:]...)}, // the issuer's
		},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	return &Identity{key: key, certificate: der, serial: template.SerialNumber, keyID: keyID[:]}, nil
}

// Header is the certificate as the header x-ms-guest-agent-public-x509-cert
// carries it: base64 in one line.
func (i *Identity) Header() string { return base64.StdEncoding.EncodeToString(i.certificate) }
