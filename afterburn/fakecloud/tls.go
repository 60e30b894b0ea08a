package fakecloud

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"
)

// authority is a certificate authority that lives as long as its Cloud and
// certifies whatever name a client asks for.
type authority struct {
	once  sync.Once
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	mu    sync.Mutex
	leafs map[string]*tls.Certificate
	count int64
}

func (a *authority) init() {
	a.once.Do(func() {
		a.leafs = make(map[string]*tls.Certificate)
		a.key = newKey()
		tmpl := template("fakecloud test authority", 1)
		tmpl.IsCA = true
		tmpl.BasicConstraintsValid = true
		tmpl.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
		der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, a.key.Public(), a.key)
		if err == nil {
			a.cert, err = x509.ParseCertificate(der)
		}
		if err != nil {
			panic(fmt.Sprintf("fakecloud: making an authority: %v", err)) // our own template is wrong
		}
	})
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(fmt.Sprintf("fakecloud: making a key: %v", err)) // crypto/rand does not fail
	}
	return key
}

func template(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-24 * time.Hour),
		NotAfter:     time.Now().Add(30 * 24 * time.Hour),
	}
}

// leaf returns a certificate for a host name or an address.
func (a *authority) leaf(host string) (*tls.Certificate, error) {
	a.init()
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.leafs[host]; c != nil {
		return c, nil
	}
	a.count++
	tmpl := template(host, 1+a.count)
	tmpl.KeyUsage = x509.KeyUsageDigitalSignature
	tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if ip := net.ParseIP(host); ip != nil {
		tmpl.IPAddresses = []net.IP{ip}
	} else {
		tmpl.DNSNames = []string{host}
	}
	key := newKey()
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("certificate for %q: %w", host, err)
	}
	c := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	a.leafs[host] = c
	return c, nil
}

// TLSConfig returns a configuration for listeners of one's own: a certificate
// for every name that is asked for, signed by the authority of this Cloud.
func (c *Cloud) TLSConfig() *tls.Config {
	return &tls.Config{
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			host := hello.ServerName
			if host == "" { // addresses are not sent
				host, _, _ = net.SplitHostPort(hello.Conn.LocalAddr().String())
			}
			return c.authority.leaf(host)
		},
	}
}

// RootCAs returns a pool with the authority of this Cloud, for a tls.Config.
func (c *Cloud) RootCAs() *x509.CertPool {
	c.authority.init()
	pool := x509.NewCertPool()
	pool.AddCert(c.authority.cert)
	return pool
}

// RootPEM returns the authority's certificate in PEM, for programs that take
// their trust from a file (SSL_CERT_FILE).
func (c *Cloud) RootPEM() []byte {
	c.authority.init()
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.authority.cert.Raw})
}
