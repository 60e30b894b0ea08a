package httpserve_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/nestos-dev/nestos/internal/httpserve"
)

// identity is a certificate that signs itself, good for servers, clients and as an authority.
type identity struct{ cert, key []byte }

func newIdentity(t *testing.T, name string) identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	require.NoError(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	require.NoError(t, err)
	k, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return identity{
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: k}),
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	temp := path + ".new"
	require.NoError(t, os.WriteFile(temp, data, 0o600))
	require.NoError(t, os.Rename(temp, path))
}

func tlsClient(t *testing.T, server identity, client *identity) *http.Client {
	t.Helper()
	conf := &tls.Config{RootCAs: x509.NewCertPool()}
	require.True(t, conf.RootCAs.AppendCertsFromPEM(server.cert))
	if client != nil {
		pair, err := tls.X509KeyPair(client.cert, client.key)
		require.NoError(t, err)
		conf.Certificates = []tls.Certificate{pair}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true, ForceAttemptHTTP2: true}}
}

func TestTLSIsRenewedInPlace(t *testing.T) {
	dir := t.TempDir()
	cfg := httpserve.Config{CertFile: filepath.Join(dir, "cert"), KeyFile: filepath.Join(dir, "key"), ClientCAFile: filepath.Join(dir, "ca")}
	old, renewed := newIdentity(t, "old"), newIdentity(t, "new")
	alice, bob := newIdentity(t, "alice"), newIdentity(t, "bob")
	write(t, cfg.CertFile, old.cert)
	write(t, cfg.KeyFile, old.key)
	write(t, cfg.ClientCAFile, alice.cert)
	s := start(t, cfg, hello)
	url := "https://" + s.Addr().String()

	resp, err := tlsClient(t, old, &alice).Get(url)
	status, _ := reply(t, resp, err)
	require.Equal(t, 200, status)
	require.Equal(t, 2, resp.ProtoMajor)
	for name, client := range map[string]*identity{"none": nil, "foreign": &bob} {
		_, err = tlsClient(t, old, client).Get(url)
		require.Error(t, err, name)
	}
	// Half of a renewal is not used.
	write(t, cfg.CertFile, renewed.cert)
	time.Sleep(1500 * time.Millisecond)
	resp, err = tlsClient(t, old, &alice).Get(url)
	reply(t, resp, err)

	write(t, cfg.KeyFile, renewed.key)
	write(t, cfg.ClientCAFile, bob.cert)
	require.Eventually(t, func() bool {
		resp, err := tlsClient(t, renewed, &bob).Get(url)
		if err == nil {
			resp.Body.Close()
		}
		return err == nil
	}, time.Minute, 50*time.Millisecond)
	_, err = tlsClient(t, renewed, &alice).Get(url)
	require.Error(t, err)
}

func entry(t *testing.T, name, password string, cost int) string {
	t.Helper()
	h, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	require.NoError(t, err)
	h[2] = 'y' // as htpasswd writes it
	return name + ":" + string(h) + "\n"
}

// processorTime is what this process has used, whatever else the machine does.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestPasswords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "auth")
	write(t, file, []byte("# fleet\n\n"+entry(t, "node", "se:cret", 9)+entry(t, "ops", "token", 4)))
	s := start(t, httpserve.Config{AuthFile: file}, hello)
	ask := func(userinfo, authorization string) int {
		t.Helper()
		req, err := http.NewRequest("GET", "http://"+userinfo+s.Addr().String(), nil)
		require.NoError(t, err)
		if authorization != "" {
			req.Header.Set("Authorization", authorization)
		}
		resp, err := http.DefaultClient.Do(req)
		status, body := reply(t, resp, err)
		if status != 200 {
			require.Equal(t, httpserve.KindUnauthorized, kindOf(t, body))
			require.Contains(t, resp.Header.Values("WWW-Authenticate")[0], "Basic")
		}
		return status
	}
	require.Equal(t, 200, ask("node:se%3Acret@", ""), "as in the URL of an agent")
	require.Equal(t, 200, ask("", "Bearer token"))
	require.Equal(t, 200, ask("", "bearer se:cret"))
	for _, wrong := range []string{"", "Bearer", "Bearer x", "Basic", "Basic ???", "Basic bm9kZQ==", "Digest token", "Bearer TOKEN"} {
		require.Equal(t, 401, ask("", wrong), wrong)
	}
	require.Equal(t, 401, ask("node:token@", ""), "the password of another")
	require.Equal(t, 401, ask("nobody:token@", ""))

	begin := processorTime(t)
	require.Equal(t, 401, ask("node:wrong@", ""))
	once := processorTime(t) - begin
	begin = processorTime(t)
	for range 100 {
		require.Equal(t, 200, ask("node:se%3Acret@", ""))
		require.Equal(t, 401, ask("node:wrong@", ""))
	}
	require.Less(t, processorTime(t)-begin, 100*once, "verdicts are remembered")

	write(t, file, []byte("broken"))
	time.Sleep(1500 * time.Millisecond)
	require.Equal(t, 200, ask("node:se%3Acret@", ""), "a broken file changes nothing")
	write(t, file, []byte(entry(t, "node", "changed", 4)))
	require.Eventually(t, func() bool { return ask("node:changed@", "") == 200 }, time.Minute, 50*time.Millisecond)
	require.Equal(t, 401, ask("node:se%3Acret@", ""), "revoked")
}

func TestBrokenPasswordFiles(t *testing.T) {
	whole := strings.TrimSpace(entry(t, "node", "x", 4))
	for name, text := range map[string]string{
		"cut":       whole[:len(whole)-1] + "\n",
		"long":      whole + "a\n",
		"garbage":   whole + " # the node\n",
		"damaged":   whole[:len(whole)-1] + "!\n",
		"version":   strings.Replace(whole, "$2y$", "$1y$", 1) + "\n",
		"empty":     "",
		"no colon":  "node\n",
		"no name":   entry(t, "", "x", 4),
		"md5":       "node:$apr1$abcdefgh$0123456789012345678901\n",
		"twice":     entry(t, "a", "x", 4) + entry(t, "a", "y", 4),
		"expensive": "node:$2y$31$" + "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyza" + "\n",
	} {
		file := filepath.Join(t.TempDir(), "auth")
		write(t, file, []byte(text))
		_, err := httpserve.Listen(httpserve.Config{Address: "127.0.0.1", AuthFile: file}, nil)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), "$2y$", "no hashes in messages")
	}
}
