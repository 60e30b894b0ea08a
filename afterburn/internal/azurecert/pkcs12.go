package azurecert

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
)

const (
	// maxRounds is enough for a checksum, two encrypted parts and a key with a
	// million rounds each.
	maxRounds = 5_000_000
	// maxSafes and maxBags limit the parts of a file, and what is in them.
	maxSafes, maxBags = 16, 1024
)

// ErrMAC is the error of a PKCS#12 file whose checksum is not that of the empty
// password.
var ErrMAC = errors.New("the file's checksum is not the one of the empty password")

// Certificate is an X.509 certificate, of which only the public key is looked at.
type Certificate struct {
	// Raw is the certificate, usually in DER.
	Raw []byte

	publicKey []byte // SubjectPublicKeyInfo
}

// RSA returns the certificate's public key, which must be an RSA key.
func (c *Certificate) RSA() (*rsa.PublicKey, error) {
	key, err := x509.ParsePKIXPublicKey(c.publicKey)
	if err != nil {
		return nil, fmt.Errorf("public key of a certificate: %w", err)
	}
	if key, ok := key.(*rsa.PublicKey); ok {
		return key, nil
	}
	return nil, fmt.Errorf("public key of a certificate is no RSA key but %T", key)
}

// Chain reads a PKCS#12 file (RFC 7292, in BER or DER) with an empty password
// and returns its certificates in their order, without the first that belongs to
// the file's private key. There may be none.
//
// The ciphers are those of the RFC (triple DES, RC2, RC4) and AES or triple DES
// by PBES2. A file without a checksum is read too.
func Chain(file []byte) ([]*Certificate, error) {
	pfx := structure(file)
	version := pfx.integer()
	info := pfx.inside(tagSequence)
	kind := info.oid()
	content := info.inside(explicit0).octets0()
	for _, f := range []*fields{info, pfx} {
		if f.err != nil {
			return nil, f.err
		}
	}
	switch {
	case content.err != nil:
		return nil, content.err
	case version != 3:
		return nil, fmt.Errorf("PKCS#12 version %d is not supported", version)
	case kind != oidData:
		return nil, fmt.Errorf("PKCS#12 with integrity by %s is not supported", kind)
	}
	return chain(content.rest, pfx)
}

// octets0 reads a string, and returns the reader of what it holds.
func (f *fields) octets0() *fields {
	whole := f.octets()
	return &fields{rest: whole, err: f.err}
}

// chain tries both forms of the empty password: the one by which the checksum is
// right, or without a checksum the first by which the file can be read.
func chain(content []byte, pfx *fields) ([]*Certificate, error) {
	b := &budget{rounds: maxRounds}
	var first error
	mac, checked := element{}, pfx.more()
	if checked {
		if mac = pfx.take(tagSequence); pfx.err != nil {
			return nil, pfx.err
		}
	}
	for _, password := range [][]byte{nothing, terminated} {
		if checked {
			ok, err := b.macOK(password, &fields{rest: mac.content}, content)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
		}
		s := &safe{budget: b, password: password}
		err := s.read(content)
		if err == nil {
			return s.chain()
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = ErrMAC
	}
	return nil, first
}

// safe collects what is in a file.
type safe struct {
	*budget
	password     []byte
	bags         int
	key          []byte // the first private key, PKCS#8
	certificates []*Certificate
}

// read reads the AuthenticatedSafe: parts that are plain or encrypted.
func (s *safe) read(content []byte) error {
	parts := structure(content)
	for n := 0; parts.more(); n++ {
		if n == maxSafes {
			return fmt.Errorf("%w: too many parts", errMalformed)
		}
		part := parts.inside(tagSequence)
		kind := part.oid()
		in := part.inside(explicit0)
		if in.err != nil {
			return in.err
		}
		var plain []byte
		switch kind {
		case oidData:
			plain = in.octets()
			if in.err != nil {
				return in.err
			}
		case oidEncrypted:
			var err error
			if plain, err = s.decrypt(in); err != nil {
				return err
			}
		default:
			return fmt.Errorf("part of type %s is not supported", kind)
		}
		if err := s.readBags(plain, 4); err != nil {
			return err
		}
	}
	return parts.err
}

// decrypt opens an EncryptedData.
func (s *safe) decrypt(in *fields) ([]byte, error) {
	data := in.inside(tagSequence)
	data.integer() // version
	content := data.inside(tagSequence)
	content.oid()
	method := content.algorithm()
	sealed := content.pieces(context0)
	if content.err != nil {
		return nil, content.err
	}
	return s.decryptWith(s.password, method, sealed)
}

// readBags reads the bags of a part, which may hold such a list themselves.
func (s *safe) readBags(plain []byte, depth int) error {
	if depth == 0 {
		return fmt.Errorf("%w: bags in bags", errMalformed)
	}
	list := structure(plain)
	for list.more() {
		if s.bags++; s.bags > maxBags {
			return fmt.Errorf("%w: too many bags", errMalformed)
		}
		bag := list.inside(tagSequence)
		kind := bag.oid()
		value := bag.inside(explicit0)
		e := value.any()
		if value.err != nil {
			return value.err
		}
		var err error
		switch kind {
		case oidCertBag:
			err = s.addCertificate(e.raw)
		case oidKeyBag:
			if s.key == nil {
				s.key = e.raw
			}
		case oidShroudedKeyBag:
			// Only the first key counts, so that a file with thousands of
			// them costs one derivation.
			if s.key == nil {
				s.key, err = s.unshroud(e.raw)
			}
		case oidSafeBag:
			err = s.readBags(e.raw, depth-1)
		}
		if err != nil {
			return err
		}
	}
	return list.err
}

// unshroud decrypts an EncryptedPrivateKeyInfo.
func (s *safe) unshroud(raw []byte) ([]byte, error) {
	f := structure(raw)
	method, sealed := f.algorithm(), f.octets()
	if f.err != nil {
		return nil, f.err
	}
	return s.decryptWith(s.password, method, sealed)
}

// addCertificate reads a CertBag. Other kinds than X.509 are passed over.
func (s *safe) addCertificate(raw []byte) error {
	bag := structure(raw)
	kind := bag.oid()
	if bag.err == nil && kind != oidX509Certificate {
		return nil
	}
	der := bag.inside(explicit0).octets0()
	if der.err != nil {
		return fmt.Errorf("certificate: %w", der.err)
	}
	key, err := publicKey(der.rest)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	s.certificates = append(s.certificates, &Certificate{Raw: der.rest, publicKey: key})
	return nil
}

// publicKey finds the SubjectPublicKeyInfo of a certificate. The rest of it is
// not looked at: nothing is verified with it, and old certificates break rules
// that crypto/x509 insists on.
func publicKey(certificate []byte) ([]byte, error) {
	f := structure(certificate).inside(tagSequence)
	f.optional(explicit0) // version
	f.take(tagInteger)    // serial number
	for range 4 {         // signature algorithm, issuer, validity, subject
		f.take(tagSequence)
	}
	key := f.take(tagSequence)
	return key.raw, f.err
}

// chain is the certificates without the first one of the private key.
func (s *safe) chain() ([]*Certificate, error) {
	if s.key == nil {
		return s.certificates, nil
	}
	own, err := publicPart(s.key)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	for i, c := range s.certificates {
		same, err := own(c)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		if same {
			return append(s.certificates[:i:i], s.certificates[i+1:]...), nil
		}
	}
	return s.certificates, nil
}

// publicPart returns the function that tells whether a certificate is the one of
// a private key (PKCS#8).
func publicPart(key []byte) (func(*Certificate) (bool, error), error) {
	f := structure(key)
	f.integer() // version
	method := f.algorithm()
	inner := f.octets0()
	if inner.err != nil {
		return nil, inner.err
	}
	if method.id == oidRSA {
		// Read here, because crypto/x509 refuses keys that are weak or odd.
		private := structure(inner.rest)
		private.integer() // version
		n, e := private.take(tagInteger), private.take(tagInteger)
		if private.err != nil {
			return nil, private.err
		}
		return func(c *Certificate) (bool, error) { return sameRSA(c, n.content, e.content) }, nil
	}
	private, err := x509.ParsePKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	var public any
	switch private := private.(type) {
	case *ecdsa.PrivateKey:
		public = private.Public()
	case ed25519.PrivateKey:
		public = private.Public()
	default:
		return nil, fmt.Errorf("%T is not supported", private)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	return func(c *Certificate) (bool, error) { return bytes.Equal(der, c.publicKey), nil }, nil
}

// sameRSA compares modulus and exponent with those of a certificate.
func sameRSA(c *Certificate, n, e []byte) (bool, error) {
	f := structure(c.publicKey)
	method := f.algorithm()
	key := f.take(tagBits)
	if f.err != nil {
		return false, f.err
	}
	if method.id != oidRSA {
		return false, nil
	}
	if len(key.content) == 0 || key.content[0] != 0 {
		return false, fmt.Errorf("%w: public key of no whole bytes", errMalformed)
	}
	public := structure(key.content[1:])
	cn, ce := public.take(tagInteger), public.take(tagInteger)
	if public.err != nil {
		return false, public.err
	}
	return bytes.Equal(cn.content, n) && bytes.Equal(ce.content, e), nil
}
