package azurecert

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
)

// Decrypt opens a CMS EnvelopedData (RFC 5652, in BER or DER) that was encrypted
// for this identity, and returns what is inside.
//
// The content may be encrypted with triple DES or AES in CBC mode, its key with
// RSA in either padding.
func (i *Identity) Decrypt(envelope []byte) ([]byte, error) {
	info := structure(envelope)
	if kind := info.oid(); info.err == nil && kind != oidEnveloped {
		return nil, fmt.Errorf("content of type %s, not enveloped data", kind)
	}
	data := info.inside(explicit0).inside(tagSequence)
	data.integer()           // version
	data.optional(explicit0) // originator
	recipients := data.inside(tagSet)
	content := data.inside(tagSequence)
	content.oid()
	method := content.algorithm()
	sealed := content.pieces(context0)
	for _, f := range []*fields{recipients, content} {
		if f.err != nil {
			return nil, f.err
		}
	}
	key, err := i.contentKey(recipients)
	if err != nil {
		return nil, err
	}
	block, iv, err := contentCipher(method, key)
	if err != nil {
		return nil, err
	}
	return decryptCBC(block, iv, sealed)
}

// contentKey finds the recipient that we are, and decrypts the key of the
// content that is meant for us.
//
// A recipient is named by issuer and serial number, or by the key's identifier.
// Of the former the serial number has to do: the issuer is our own name, which
// some software encodes with another string type than we did.
func (i *Identity) contentKey(recipients *fields) ([]byte, error) {
	serial := i.serial.Bytes()
	for recipients.more() {
		kind := recipients.any()
		if recipients.err != nil {
			break
		}
		if kind.id != tagSequence {
			continue // a recipient with another sort of key
		}
		r := &fields{rest: kind.content}
		r.integer() // version
		ours := false
		if id, ok := r.optional(context0); ok {
			ours = bytes.Equal(id.content, i.keyID)
		} else {
			name := r.inside(tagSequence)
			name.any() // issuer
			ours = bytes.Equal(bytes.TrimLeft(name.take(tagInteger).content, "\x00"), serial)
			if name.err != nil {
				r.err = name.err
			}
		}
		method := r.algorithm()
		sealed := r.octets()
		if r.err != nil {
			return nil, fmt.Errorf("recipient: %w", r.err)
		}
		if ours {
			return i.unseal(method, sealed)
		}
	}
	if recipients.err != nil {
		return nil, fmt.Errorf("recipients: %w", recipients.err)
	}
	return nil, errors.New("data enveloped for another certificate")
}

func (i *Identity) unseal(method algorithm, sealed []byte) (key []byte, err error) {
	switch method.id {
	case oidRSA:
		// The padding that the service uses. That a failure shows is no
		// oracle: the key serves one message.
		key, err = i.key.Decrypt(rand.Reader, sealed, nil)
	case oidOAEP:
		var opts *rsa.OAEPOptions
		if opts, err = oaepOptions(method.parameters); err != nil {
			return nil, err
		}
		key, err = i.key.Decrypt(rand.Reader, sealed, opts)
	default:
		return nil, fmt.Errorf("key encryption %s is not supported", method.id)
	}
	if err != nil {
		return nil, fmt.Errorf("decrypting the content key: %w", err)
	}
	return key, nil
}

// oaepOptions reads RSAES-OAEP-params (RFC 4055): hash and mask function, with
// SHA-1 for what is left out. A label is not supported.
func oaepOptions(parameters element) (*rsa.OAEPOptions, error) {
	sha1, err := hashOf("\x2b\x0e\x03\x02\x1a")
	if err != nil {
		return nil, err
	}
	opts := &rsa.OAEPOptions{Hash: sha1, MGFHash: sha1}
	if parameters.id != tagSequence {
		return opts, nil
	}
	f := &fields{rest: parameters.content}
	if e, ok := f.optional(explicit0); ok {
		in := &fields{rest: e.content}
		a := in.algorithm()
		if in.err != nil {
			return nil, fmt.Errorf("OAEP parameters: %w", in.err)
		}
		if opts.Hash, err = hashOf(a.id); err != nil {
			return nil, err
		}
	}
	if e, ok := f.optional(explicit0 + 1); ok {
		in := &fields{rest: e.content}
		a := in.algorithm()
		mask := &fields{rest: a.parameters.raw, err: in.err}
		if of := mask.any(); mask.err == nil {
			inner := &fields{rest: of.content}
			name := inner.oid()
			if mask.err = inner.err; mask.err == nil {
				opts.MGFHash, err = hashOf(name)
			}
		}
		switch {
		case mask.err != nil:
			return nil, fmt.Errorf("OAEP parameters: %w", mask.err)
		case a.id != oidMGF1:
			return nil, fmt.Errorf("mask function %s is not supported", a.id)
		case err != nil:
			return nil, err
		}
	}
	if f.err != nil {
		return nil, fmt.Errorf("OAEP parameters: %w", f.err)
	}
	if f.more() {
		return nil, errors.New("OAEP label is not supported")
	}
	return opts, nil
}

// contentCipher is a block cipher in CBC mode, whose parameter is the
// initialization vector.
func contentCipher(method algorithm, key []byte) (cipher.Block, []byte, error) {
	var block cipher.Block
	var err error
	size := keySize(method.id)
	if size == 0 {
		return nil, nil, fmt.Errorf("cipher %s is not supported", method.id)
	}
	if len(key) != size {
		return nil, nil, fmt.Errorf("key of %d bytes for a cipher that needs %d", len(key), size)
	}
	if method.id == oid3DESCBC {
		block, err = des.NewTripleDESCipher(key)
	} else {
		block, err = aes.NewCipher(key)
	}
	if err != nil {
		return nil, nil, err
	}
	f := &fields{rest: method.parameters.raw}
	iv := f.octets()
	if f.err != nil {
		return nil, nil, fmt.Errorf("cipher parameters: %w", f.err)
	}
	return block, iv, nil
}

// keySize is how long the key of a content cipher is, in bytes; 0 if the cipher
// is not known.
func keySize(id oid) int {
	switch id {
	case oidAES128CBC:
		return 16
	case oidAES192CBC, oid3DESCBC:
		return 24
	case oidAES256CBC:
		return 32
	}
	return 0
}

// errDecrypt is the error of a wrong key or damaged data: the padding is wrong.
var errDecrypt = errors.New("data that cannot be decrypted")

// decryptCBC decrypts, checks the padding (RFC 5652, 6.3) and removes it.
func decryptCBC(block cipher.Block, iv, sealed []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(iv) != size {
		return nil, fmt.Errorf("initialization vector of %d bytes for blocks of %d", len(iv), size)
	}
	if len(sealed) == 0 || len(sealed)%size != 0 {
		return nil, fmt.Errorf("%w: %d bytes are no whole blocks", errDecrypt, len(sealed))
	}
	plain := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, sealed)
	n := int(plain[len(plain)-1])
	if n == 0 || n > size {
		return nil, errDecrypt
	}
	text, padding := plain[:len(plain)-n], plain[len(plain)-n:]
	for _, b := range padding {
		if int(b) != n {
			return nil, errDecrypt
		}
	}
	return text, nil
}
