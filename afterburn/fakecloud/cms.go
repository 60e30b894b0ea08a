package fakecloud

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// The structures of CMS (RFC 5652) that an enveloped message is made of.
type (
	contentInfo struct {
		ContentType asn1.ObjectIdentifier
		Content     asn1.RawValue
	}
	envelopedData struct {
		Version    int
		Recipients []recipient `asn1:"set"`
		Content    encryptedContent
	}
	recipient struct {
		Version int
		ID      issuerAndSerial
		Cipher  pkix.AlgorithmIdentifier
		Key     []byte
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	encryptedContent struct {
		ContentType asn1.ObjectIdentifier
		Cipher      pkix.AlgorithmIdentifier
		Data        asn1.RawValue
	}
)

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidEnvelopedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidTripleDES     = asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 7}
)

// envelope encrypts data with Triple DES in CBC mode under a fresh key, which
// is encrypted to the RSA key of a certificate (PKCS #1 v1.5), as a CMS
// EnvelopedData in DER.
func envelope(data []byte, to *x509.Certificate) ([]byte, error) {
	pub, ok := to.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("certificate has no RSA key")
	}
	key, iv, sealed := sealTripleDES(data)
	//lint:ignore SA1019 version 1.5 padding is what the real service uses
	encryptedKey, err := rsa.EncryptPKCS1v15(rand.Reader, pub, key)
	if err != nil {
		return nil, fmt.Errorf("encrypting the content key: %w", err)
	}
	ivParam, err := asn1.Marshal(iv)
	if err != nil {
		return nil, err
	}
	inner, err := asn1.Marshal(envelopedData{
		Recipients: []recipient{{
			ID:     issuerAndSerial{Issuer: asn1.RawValue{FullBytes: to.RawIssuer}, Serial: to.SerialNumber},
			Cipher: pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue},
			Key:    encryptedKey,
		}},
		Content: encryptedContent{
			ContentType: oidData,
			Cipher:      pkix.AlgorithmIdentifier{Algorithm: oidTripleDES, Parameters: asn1.RawValue{FullBytes: ivParam}},
			Data:        asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, Bytes: sealed},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("encoding EnvelopedData: %w", err)
	}
	return asn1.Marshal(contentInfo{
		ContentType: oidEnvelopedData,
		Content:     asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner},
	})
}

func sealTripleDES(data []byte) (key, iv, sealed []byte) {
	key, iv = make([]byte, 24), make([]byte, des.BlockSize)
	rand.Read(key)
	rand.Read(iv)
	block, err := des.NewTripleDESCipher(key)
	if err != nil {
		panic(err) // the key has the right length
	}
	pad := des.BlockSize - len(data)%des.BlockSize
	sealed = append(bytes.Clone(data), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, sealed)
	return key, iv, sealed
}
