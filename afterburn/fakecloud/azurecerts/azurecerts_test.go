package azurecerts_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/afterburn/fakecloud/azurecerts"
)

const certificatesURL = "http://168.63.129.16/machine/c0ffee/feed.vm7?comp=certificates&incarnation=7"

// transport makes the key and the certificate that a client has its answer
// encrypted to.
func transport() (*rsa.PrivateKey, *x509.Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, nil, err
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "LinuxTransport"},
		NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return key, cert, err
}

// fetch does what an Azure Stack agent does, with other implementations of the
// two formats than the fake's.
func fetch(client *http.Client) ([]*x509.Certificate, error) {
	key, cert, err := transport()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest("GET", certificatesURL, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("x-ms-version", "2012-11-30")
	req.Header.Set("x-ms-cipher-name", "DES_EDE3_CBC")
	req.Header.Set("x-ms-guest-agent-public-x509-cert", base64.StdEncoding.EncodeToString(cert.Raw))
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var file struct{ Data string }
	if err := xml.NewDecoder(resp.Body).Decode(&file); err != nil {
		return nil, err
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(file.Data), ""))
	if err != nil {
		return nil, err
	}
	p7, err := pkcs7.Parse(der)
	if err != nil {
		return nil, err
	}
	pfx, err := p7.Decrypt(cert, key)
	if err != nil {
		return nil, err
	}
	_, _, chain, err := pkcs12.DecodeChain(pfx, "")
	return chain, err
}

func TestExampleBundle(t *testing.T) {
	c, _ := fakecloud.Example("azurestack")
	s := fakecloud.Start(c)
	defer s.Close()
	chain, err := fetch(s.Client())
	if err != nil {
		t.Fatal(err)
	}
	if len(chain) != 1 || chain[0].Subject.CommonName != "ssh" {
		t.Errorf("chain of %d certificates", len(chain))
	}
}

func TestSet(t *testing.T) {
	first, _, err := transport()
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := transport()
	if err != nil {
		t.Fatal(err)
	}
	c, _ := fakecloud.Example("azurestack")
	s := fakecloud.Start(c)
	defer s.Close()
	for _, keys := range [][]*rsa.PublicKey{nil, {&first.PublicKey}, {&first.PublicKey, &second.PublicKey}} {
		if err := azurecerts.Set(c, keys...); err != nil {
			t.Fatal(err)
		}
		chain, err := fetch(s.Client())
		if err != nil {
			t.Fatal(err)
		}
		if len(chain) != len(keys) {
			t.Fatalf("%d certificates, want %d", len(chain), len(keys))
		}
		for i, k := range keys {
			if !k.Equal(chain[i].PublicKey) {
				t.Errorf("certificate %d of %d has another key", i, len(keys))
			}
		}
	}
}

func TestBundle(t *testing.T) {
	key, _, err := transport()
	if err != nil {
		t.Fatal(err)
	}
	for _, cipher := range []azurecerts.Cipher{azurecerts.TripleDES, azurecerts.RC2, azurecerts.AES} {
		pfx, err := azurecerts.Bundle(cipher, &key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		own, leaf, chain, err := pkcs12.DecodeChain(pfx, "")
		if err != nil {
			t.Fatalf("cipher %d: %v", cipher, err)
		}
		if !own.(*rsa.PrivateKey).PublicKey.Equal(leaf.PublicKey) || len(chain) != 1 {
			t.Errorf("cipher %d: key and certificates do not fit", cipher)
		}
	}
	if _, err := azurecerts.Bundle(azurecerts.Cipher(9)); err == nil {
		t.Error("an unknown cipher is taken")
	}
}

// The keys of an instance are set, and an agent finds them.
func ExampleSet() {
	key, _, err := transport() // the user's key; its private half stays at home
	if err != nil {
		fmt.Println(err)
		return
	}
	c, _ := fakecloud.Example("azurestack")
	if err := azurecerts.Set(c, &key.PublicKey); err != nil {
		fmt.Println(err)
		return
	}
	s := fakecloud.Start(c)
	defer s.Close()

	chain, err := fetch(s.Client())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(chain), key.PublicKey.Equal(chain[0].PublicKey))
	// Output: 1 true
}
