// Package azurecert does the cryptography by which Azure Stack hands out SSH
// keys.
//
// The guest makes a key pair with a certificate ([NewIdentity]) and sends the
// certificate along with its request ([Identity.Header]). What comes back is
// wrapped twice:
//
//	base64
//	└ CMS EnvelopedData, encrypted for the certificate   Identity.Decrypt
//	  └ PKCS#12 with an empty password                   Chain
//	    ├ a private key with its certificate
//	    └ further certificates: the first one's public key is the SSH key
//
// Nothing in there proves who sent it. So the readers here take it for hostile:
// they are written for bytes of any kind, work in time proportional to the
// input (a budget limits the rounds of the key derivations, which the file
// names), and only know the parts of the two formats that occur here. Both may be
// in BER, with indefinite lengths and strings in pieces, as some software writes
// them. Old ciphers (triple DES, RC2 with 40 bits, RC4) are read because old
// exporters still use them; with an empty password none of them protects
// anything anyway.
package azurecert
