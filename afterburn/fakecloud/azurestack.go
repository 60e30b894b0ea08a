package fakecloud

import (
	"crypto/x509"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strings"
)

// examplePFX is a PKCS#12 file as Azure Stack delivers it, with an empty
// password: a key, its certificate, and the certificate of the example's SSH key.
//
//go:embed azurestack.pfx
var examplePFX []byte

// SetCertificates makes an Azure service answer requests for certificates (the
// URL in Configuration/Certificates of the goal state, with comp=certificates)
// with a PKCS#12 file, encrypted to the certificate in the request. Package
// azurecerts makes such files. Nil leaves the URL to the documents.
func (c *Cloud) SetCertificates(pfx []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pfx = pfx
}

func (c *Cloud) hasCertificates() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pfx != nil
}

// maxCertificate bounds the work of encrypting to a stranger's key.
const maxCertificate = 16 << 10

// certificates answers with the bundle, encrypted to the certificate in the
// request. The text ends in white space, as the real fabric's does.
func (c *Cloud) certificates(w http.ResponseWriter, r *http.Request) bool {
	c.mu.Lock()
	pfx := c.pfx
	c.mu.Unlock()
	bad := func(message string) bool {
		reply(w, http.StatusBadRequest, textXML, wireError("InvalidHeader", message))
		return true
	}
	if r.Header.Get("X-Ms-Cipher-Name") != "DES_EDE3_CBC" {
		return bad("The x-ms-cipher-name header is missing or names an unknown cipher.")
	}
	der, err := base64.StdEncoding.DecodeString(r.Header.Get(headerCertificate))
	if err != nil {
		return bad("The x-ms-guest-agent-public-x509-cert header is not base64.")
	}
	if len(der) > maxCertificate {
		return bad("The certificate in the request is too large.")
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return bad("The x-ms-guest-agent-public-x509-cert header is not a certificate.")
	}
	cms, err := envelope(pfx, cert)
	if err != nil {
		return bad("The certificate in the request cannot be encrypted to.")
	}
	reply(w, http.StatusOK, textXML, `<?xml version="1.0" encoding="utf-8"?><CertificateFile xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><Version>2010-12-15</Version><Incarnation>1</Incarnation><Format>Pkcs7BlobWithPfxContents</Format><Data>`+
		wrapped(cms)+"\n  </Data></CertificateFile>")
	return true
}

// wrapped is base64 in lines of 64 characters.
func wrapped(data []byte) string {
	text := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(text) > 64 {
		b.WriteString(text[:64] + "\n")
		text = text[64:]
	}
	b.WriteString(text)
	return b.String()
}

func exampleAzureStack(c *Cloud) {
	c.Set("/?comp=versions", azureVersions)
	c.setGoalState("<Certificates>http://168.63.129.16" + strings.ReplaceAll(certificatesURL, "&", "&amp;") + "</Certificates>")
	c.Set("/Microsoft.Compute/identity", `{"vmName":"stack7","subscriptionId":"00000000-0000-4000-8000-00000000005b"}`)
	c.SetCertificates(examplePFX)
}
