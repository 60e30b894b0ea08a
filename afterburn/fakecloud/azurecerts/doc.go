// Package azurecerts makes the certificates that an Azure Stack fabric hands to
// its instances: PKCS#12 files with an empty password, in which SSH keys travel
// as the public keys of X.509 certificates.
//
// It is for tests of agents that read them. [Set] gives keys to a service of
// package fakecloud, which encrypts the file to whoever asks for it; [Bundle] makes
// the file alone.
//
//	c, _ := fakecloud.Example("azurestack")
//	err := azurecerts.Set(c, &key.PublicKey) // an RSA key
//	s := fakecloud.Start(c)
//
// # On the wire
//
//	GET …?comp=certificates         with the agent's own certificate in x-ms-guest-agent-public-x509-cert
//	<CertificateFile><Data>         base64 of
//	  CMS EnvelopedData             for that certificate, by fakecloud, of
//	    PKCS#12, empty password     by this package: a key with its certificate, then
//	      X.509 certificates        one for each SSH key
//
// # Guarantees and limits
//
// The certificates are made for the occasion, are valid from an hour ago for a year, and
// are signed by nobody that one could trust: agents do not look. Each call makes an RSA key of
// 2048 bits, which takes a tenth of a second or so. SSH keys of other types than RSA are
// not supported: Afterburn, the agent at hand, takes no others. All functions may be called from several
// goroutines.
//
// It is a package of its own for the sake of those who need no PKCS#12.
package azurecerts
