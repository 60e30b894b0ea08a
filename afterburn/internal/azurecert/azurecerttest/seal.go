// Package azurecerttest is the server's side of package azurecert, for tests: it
// encrypts for the certificate of a request.
package azurecerttest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
)

// Options are the ways to encrypt. The zero value is what Azure's service does.
type Options struct {
	AES     int  // bits of an AES key; 0 for triple DES
	OAEP    bool // RSA with OAEP and SHA-256
	ByKeyID bool // name the recipient by its key
	Pieces  int  // bytes of each piece of the content; 0 for one piece
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type recipient struct {
	Version   int
	ID        asn1.RawValue
	Algorithm pkix.AlgorithmIdentifier
	Key       []byte
}

type encryptedContent struct {
	Type      asn1.ObjectIdentifier
	Algorithm pkix.AlgorithmIdentifier
	Content   asn1.RawValue
}

type enveloped struct {
	Version    int
	Recipients []recipient `asn1:"set"`
	Content    encryptedContent
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content enveloped `asn1:"explicit,tag:0"`
}

var (
	oidData      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidEnveloped = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3}
	oidRSA       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidOAEP      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 7}
	oidMGF1      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
	oidSHA256    = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oid3DES      = asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 7}
	oidAES       = map[int]asn1.ObjectIdentifier{
		128: {2, 16, 840, 1, 101, 3, 4, 1, 2},
		192: {2, 16, 840, 1, 101, 3, 4, 1, 22},
		256: {2, 16, 840, 1, 101, 3, 4, 1, 42},
	}
)

// Seal makes a CMS EnvelopedData of the content for the certificate, which is
// base64 as in the header of a request.
func Seal(certificate string, content []byte, o Options) ([]byte, error) {
	der, err := base64.StdEncoding.DecodeString(certificate)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	sealed, key, algorithm, err := encrypt(content, o)
	if err != nil {
		return nil, err
	}
	to, err := address(cert, key, o)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(contentInfo{Type: oidEnveloped, Content: enveloped{
		Recipients: []recipient{to},
		Content:    encryptedContent{Type: oidData, Algorithm: algorithm, Content: inPieces(sealed, o.Pieces)},
	}})
}

func inPieces(sealed []byte, n int) asn1.RawValue {
	if n == 0 {
		return asn1.RawValue{Class: asn1.ClassContextSpecific, Bytes: sealed}
	}
	var pieces []byte
	for len(sealed) > 0 {
		n = min(n, len(sealed))
		piece, _ := asn1.Marshal(sealed[:n])
		pieces = append(pieces, piece...)
		sealed = sealed[n:]
	}
	return asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: pieces}
}

func encrypt(content []byte, o Options) (sealed, key []byte, algorithm pkix.AlgorithmIdentifier, err error) {
	var block cipher.Block
	if o.AES == 0 {
		algorithm.Algorithm = oid3DES
		key = random(24)
		block, err = des.NewTripleDESCipher(key)
	} else {
		algorithm.Algorithm = oidAES[o.AES]
		key = random(o.AES / 8)
		block, err = aes.NewCipher(key)
	}
	if err != nil {
		return nil, nil, algorithm, err
	}
	iv := random(block.BlockSize())
	if algorithm.Parameters.FullBytes, err = asn1.Marshal(iv); err != nil {
		return nil, nil, algorithm, err
	}
	n := block.BlockSize() - len(content)%block.BlockSize()
	sealed = append([]byte(nil), content...)
	for range n {
		sealed = append(sealed, byte(n))
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, sealed)
	return sealed, key, algorithm, nil
}

func address(cert *x509.Certificate, key []byte, o Options) (recipient, error) {
	public, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return recipient{}, fmt.Errorf("certificate of a %T", cert.PublicKey)
	}
	r := recipient{Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue}}
	name, err := asn1.Marshal(issuerAndSerial{asn1.RawValue{FullBytes: cert.RawIssuer}, cert.SerialNumber})
	if err != nil {
		return recipient{}, err
	}
	r.ID.FullBytes = name
	if o.ByKeyID {
		r.Version = 2
		r.ID = asn1.RawValue{Class: asn1.ClassContextSpecific, Bytes: cert.SubjectKeyId}
	}
	if o.OAEP {
		r.Algorithm = pkix.AlgorithmIdentifier{Algorithm: oidOAEP, Parameters: asn1.RawValue{FullBytes: oaepParameters()}}
		r.Key, err = rsa.EncryptOAEP(sha256.New(), rand.Reader, public, key, nil)
	} else {
		r.Key, err = rsa.EncryptPKCS1v15(rand.Reader, public, key) //lint:ignore SA1019 this is what the service does
	}
	return r, err
}

func oaepParameters() []byte {
	hash := pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}
	inner, _ := asn1.Marshal(hash)
	der, _ := asn1.Marshal(struct {
		Hash pkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
		Mask pkix.AlgorithmIdentifier `asn1:"explicit,tag:1"`
	}{hash, pkix.AlgorithmIdentifier{Algorithm: oidMGF1, Parameters: asn1.RawValue{FullBytes: inner}}})
	return der
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
