package fetch_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// pki is a CA with a server and a client certificate, as PEM files.
type pki struct {
	ca, clientCert, clientKey string
	server                    tls.Certificate
	pool                      *x509.CertPool
}

func newPKI(t *testing.T) *pki {
	dir := t.TempDir()
	p := &pki{ca: filepath.Join(dir, "ca.pem"), clientCert: filepath.Join(dir, "c.pem"), clientKey: filepath.Join(dir, "k.pem")}
	template := func(serial int64, ca bool) *x509.Certificate {
		return &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			IsCA: ca, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	caDER, err := x509.CreateCertificate(rand.Reader, template(1, true), template(1, true), &caKey.PublicKey, caKey)
	require.NoError(t, err)
	writePEM(t, p.ca, "CERTIFICATE", caDER)
	ca, err := x509.ParseCertificate(caDER)
	require.NoError(t, err)
	p.pool = x509.NewCertPool()
	p.pool.AddCert(ca)
	leaf := func(serial int64) ([]byte, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
		der, err := x509.CreateCertificate(rand.Reader, template(serial, false), ca, &key.PublicKey, caKey)
		require.NoError(t, err)
		return der, key
	}
	der, key := leaf(2)
	p.server = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	der, key = leaf(3)
	writePEM(t, p.clientCert, "CERTIFICATE", der)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	writePEM(t, p.clientKey, "PRIVATE KEY", keyDER)
	return p
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func (p *pki) serve(t *testing.T, mutual bool, h http.HandlerFunc) *server {
	s := newUnstarted(h)
	s.EnableHTTP2 = true
	s.TLS = &tls.Config{Certificates: []tls.Certificate{p.server}}
	if mutual {
		s.TLS.ClientAuth, s.TLS.ClientCAs = tls.RequireAndVerifyClientCert, p.pool
	}
	s.Config.ErrorLog = discardLog
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestTLS(t *testing.T) {
	p := newPKI(t)
	s := p.serve(t, false, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) })
	get := func(o fetch.TLSOptions, h1 bool) (string, error) {
		data, err := getBytes(t, newClient(t, &fetch.Options{TLS: o, DisableHTTP2: h1, Retries: -1}), s.URL)
		return string(data), err
	}
	for _, o := range []fetch.TLSOptions{{CAFile: p.ca}, {RootCAs: p.pool}, {Permissive: true}} {
		proto, err := get(o, false)
		require.NoError(t, err)
		require.Equal(t, "HTTP/2.0", proto)
		proto, err = get(o, true)
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1", proto)
	}
	_, err := get(fetch.TLSOptions{}, false)
	require.EqualError(t, err, "While fetching "+s.URL+": [60] SSL peer certificate or SSH remote key was not OK")
	s.URL = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	_, err = get(fetch.TLSOptions{CAFile: p.ca}, false)
	require.Equal(t, fetch.CurlPeerCert, curlCode(t, err), "the name counts")
}

func TestTLSMisunderstandings(t *testing.T) {
	plain := newServer(t, func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, &fetch.Options{Retries: -1})
	_, err := getBytes(t, c, strings.Replace(plain.URL, "http:", "https:", 1))
	require.Equal(t, fetch.CurlTLSConnect, curlCode(t, err))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 1<<16))
			conn.Close()
		}
	}()
	_, err = getBytes(t, c, "https://"+ln.Addr().String())
	require.Equal(t, fetch.CurlTLSConnect, curlCode(t, err), "a connection closed in the handshake")
}

func TestClientCertificate(t *testing.T) {
	p := newPKI(t)
	s := p.serve(t, true, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.TLS.PeerCertificates[0].SerialNumber)
	})
	c := newClient(t, &fetch.Options{TLS: fetch.TLSOptions{CAFile: p.ca, CertFile: p.clientCert, KeyFile: p.clientKey}})
	data, err := getBytes(t, c, s.URL)
	require.NoError(t, err)
	require.Equal(t, "3", string(data))
	for _, h1 := range []bool{false, true} {
		c = newClient(t, &fetch.Options{TLS: fetch.TLSOptions{CAFile: p.ca}, Retries: -1, DisableHTTP2: h1})
		_, err = getBytes(t, c, s.URL)
		require.Contains(t, []int{fetch.CurlTLSConnect, fetch.CurlReceive, fetch.CurlSend}, curlCode(t, err), errors.Unwrap(err))
	}
}

func TestTLSOptionErrors(t *testing.T) {
	p := newPKI(t)
	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for text, o := range map[string]fetch.TLSOptions{
		"reading CA certificates: open(/nope): No such file or directory":           {CAFile: "/nope"},
		"reading CA certificates: " + empty + " holds no certificate":               {CAFile: empty},
		"reading client certificate: open(/nope): No such file or directory":        {CertFile: "/nope", KeyFile: p.clientKey},
		"client certificate and key must be given together":                         {CertFile: p.clientCert},
		"TLS keys and certificates from pkcs11: URIs are not supported":             {CertFile: p.clientCert, KeyFile: "pkcs11:pin=1234"},
		"both a CA file and a CA pool: not supported":                               {CAFile: p.ca, RootCAs: p.pool},
		"reading client certificate: tls: failed to find any PEM data in key input": {CertFile: p.clientCert, KeyFile: empty},
	} {
		_, err := fetch.New(&fetch.Options{TLS: o})
		require.EqualError(t, err, text)
	}
}

// forwardProxy is an HTTP proxy that knows CONNECT, and counts.
func forwardProxy(t *testing.T) (*server, *atomic.Int64) {
	var connects atomic.Int64
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if want := "Basic " + base64.StdEncoding.EncodeToString([]byte("pu:pp")); r.Header.Get("Proxy-Authorization") != want {
			w.WriteHeader(407)
			return
		}
		if r.Method != http.MethodConnect {
			fmt.Fprintf(w, "via proxy: %s", r.RequestURI)
			return
		}
		connects.Add(1)
		up, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(502)
			return
		}
		defer up.Close()
		down, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer down.Close()
		io.WriteString(down, "HTTP/1.1 200 Connection established\r\n\r\n")
		go io.Copy(up, bufio.NewReader(buf))
		io.Copy(down, up)
	})
	return s, &connects
}

func TestProxy(t *testing.T) {
	proxy, connects := forwardProxy(t)
	p := newPKI(t)
	secure := p.serve(t, false, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "secure") })
	plain := newServer(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "direct") })
	address := strings.TrimPrefix(proxy.URL, "http://")
	env := func(kv ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(kv); i += 2 {
				if kv[i] == name {
					return kv[i+1]
				}
			}
			return ""
		}
	}
	for _, tc := range []struct {
		name string
		opt  fetch.Options
		http string
	}{
		{"explicit", fetch.Options{Proxy: "http://pu:pp@" + address}, "via proxy: " + plain.URL + "/x"},
		{"without scheme", fetch.Options{Proxy: "pu:pp@" + address}, "via proxy: " + plain.URL + "/x"},
		{"environment", fetch.Options{ProxyEnv: env("http_proxy", "pu:pp@"+address, "HTTPS_PROXY", "pu:pp@"+address)}, "via proxy: " + plain.URL + "/x"},
		{"all_proxy", fetch.Options{ProxyEnv: env("all_proxy", "pu:pp@"+address)}, "via proxy: " + plain.URL + "/x"},
		{"HTTP_PROXY is not heeded", fetch.Options{ProxyEnv: env("HTTP_PROXY", address, "https_proxy", "pu:pp@"+address)}, "direct"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.opt.TLS.CAFile = p.ca
			c := newClient(t, &tc.opt)
			before := connects.Load()
			data, err := getBytes(t, c, plain.URL+"/x")
			require.NoError(t, err)
			require.Equal(t, tc.http, string(data))
			data, err = getBytes(t, c, secure.URL)
			require.NoError(t, err)
			require.Equal(t, "secure", string(data))
			require.Equal(t, before+1, connects.Load())
		})
	}
	for _, none := range []string{"*", "127.0.0.1", "other.example, 127.0.0.0/8"} {
		c := newClient(t, &fetch.Options{Proxy: "http://127.0.0.1:1", ProxyEnv: env("no_proxy", none)})
		data, err := getBytes(t, c, plain.URL)
		require.NoError(t, err, none)
		require.Equal(t, "direct", string(data))
	}

	c := newClient(t, &fetch.Options{Proxy: address, Retries: -1})
	_, err := getBytes(t, c, plain.URL)
	require.ErrorContains(t, err, "Server returned HTTP 407")
	_, err = getBytes(t, c, secure.URL)
	require.EqualError(t, err, "While fetching "+secure.URL+": [56] Failure when receiving data from the peer")
	c = newClient(t, &fetch.Options{Proxy: "127.0.0.1:1"})
	_, err = getBytes(t, c, plain.URL)
	require.Equal(t, fetch.CurlConnect, curlCode(t, err))

	for _, bad := range []string{"ftp://u:secret@h", "http://u:secret@", "http://u:sec ret@h"} {
		_, err := fetch.New(&fetch.Options{Proxy: bad})
		require.Error(t, err)
		require.NotContains(t, err.Error(), "sec")
	}
}

func TestNoProxyNames(t *testing.T) {
	for _, tc := range []struct {
		none, host string
		direct     bool
	}{
		{"example.com", "example.com", true},
		{".example.com", "EXAMPLE.com", true},
		{"example.com", "a.example.com", true},
		{"example.com", "notexample.com", false},
		{"example.com.", "a.example.com.", true},
		{"com", "10.0.0.1", false},
		{"10.0.0.0/8", "10.1.2.3", true},
		{"10.0.0.0/8", "11.1.2.3", false},
		{"[::1]", "[::1]", true},
	} {
		var dialed string
		c := newClient(t, &fetch.Options{
			Proxy: "proxy.test:3128", Retries: -1,
			ProxyEnv: func(k string) string {
				if k == "no_proxy" {
					return tc.none
				}
				return ""
			},
			Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
				dialed = addr
				return nil, io.EOF
			},
		})
		_, err := getBytes(t, c, "http://"+tc.host+"/")
		require.Error(t, err)
		require.Equal(t, tc.direct, dialed != "proxy.test:3128", "%+v: %s", tc, dialed)
	}
}
