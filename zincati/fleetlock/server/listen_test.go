package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/nestos-dev/nestos/zincati/fleetlock"
	"github.com/nestos-dev/nestos/zincati/fleetlock/filestore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
)

// secrets are files that protect a server: a password of "node", and a certificate that is its own authority.
type secrets struct {
	auth, cert, key string
	pair            tls.Certificate
	pool            *x509.CertPool
}

func newSecrets(t *testing.T) *secrets {
	t.Helper()
	dir := t.TempDir()
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s := &secrets{
		auth: filepath.Join(dir, "auth"), cert: filepath.Join(dir, "cert"), key: filepath.Join(dir, "key"), pool: x509.NewCertPool(),
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	for path, data := range map[string][]byte{s.auth: fmt.Appendf(nil, "node:%s\n", hash), s.cert: certPEM, s.key: keyPEM} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.pool.AppendCertsFromPEM(certPEM)
	if s.pair, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	return s
}

// fileServer is a server on a file store at a free port, changed by change.
func fileServer(t *testing.T, change func(*server.Config)) (*server.Server, *filestore.Store) {
	t.Helper()
	cfg := server.DefaultConfig()
	cfg.Service = server.ServiceConfig{Address: "127.0.0.1"}
	cfg.Status = server.StatusConfig{Enabled: true, Address: "127.0.0.1"}
	cfg.Store = server.StoreConfig{Kind: server.KindFile, Path: filepath.Join(t.TempDir(), "state")}
	if change != nil {
		change(cfg)
	}
	store, err := filestore.Open(cfg.Store.Path, cfg.Lock.Groups, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	s, err := server.New(cfg, store, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, store
}

func preReboot(t *testing.T, url string, transport http.RoundTripper) error {
	t.Helper()
	c, err := fleetlock.NewClient(url, "default", "node-1", &fleetlock.Options{Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return c.PreReboot(t.Context())
}

func wantNoHolder(t *testing.T, store semaphore.Store) {
	t.Helper()
	if sem, err := store.Get(t.Context(), "default"); err != nil || len(sem.Holders) > 0 {
		t.Errorf("holders %q, %v", sem.Holders, err)
	}
}

func TestRunProtectsAsConfigured(t *testing.T) {
	secret := newSecrets(t)
	s, store := fileServer(t, func(c *server.Config) {
		c.Service.TLS, c.Service.TLSCert, c.Service.TLSKey = true, secret.cert, secret.key
		c.Service.AuthFile = secret.auth
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	wait(t, func() bool { return s.Addr() != nil && s.StatusAddr() != nil }) // also for the race detector
	host := s.Addr().String()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: secret.pool}}
	defer transport.CloseIdleConnections()

	if err := preReboot(t, "http://"+host+"/", nil); err == nil {
		t.Error("a lock over plain HTTP")
	}
	if err := preReboot(t, "https://"+host+"/", transport); err == nil || !strings.Contains(err.Error(), "code 401") {
		t.Errorf("without the password: %v", err)
	}
	wantNoHolder(t, store)
	if err := preReboot(t, "https://node:secret@"+host+"/", transport); err != nil {
		t.Error(err)
	}
	wait(t, func() bool {
		resp, err := http.Get("http://" + s.StatusAddr().String() + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == 200
	})
	cancel()
	if err := <-done; err != nil {
		t.Errorf("a graceful end: %v", err)
	}
}

func TestRunServesOperators(t *testing.T) {
	var dir string
	s, _ := fileServer(t, func(c *server.Config) { dir, c.Status.Enabled = c.Store.Path, false })
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	if s.StatusAddr() != nil {
		t.Error("the status has an address and is not enabled")
	}
	if err := s.Listen(); err == nil {
		t.Error("it listens twice")
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	if err := preReboot(t, "http://"+s.Addr().String()+"/", nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, server.AdminSocketName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	held, err := (&server.AdminClient{Dir: dir}).Release(t.Context(), "default", "node-1")
	if err != nil || !held {
		t.Errorf("release: %v, %v", held, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, server.AdminSocketName)); err == nil {
		t.Error("the socket is left")
	}
}

func TestListenTellsWhatIsWrong(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, _ := fileServer(t, func(c *server.Config) { c.Service.Port = l.Addr().(*net.TCPAddr).Port })
	if err := s.Run(t.Context()); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("the port is taken: %v", err)
	}
	s, _ = fileServer(t, func(c *server.Config) {
		c.Service.TLS, c.Service.TLSCert, c.Service.TLSKey = true, "/nonexistent", "/nonexistent"
	})
	if err := s.Listen(); err == nil {
		t.Error("no certificate")
	}
}

// What the configuration asks for holds for the handler too.
func TestHandlerProtectsAsConfigured(t *testing.T) {
	secret := newSecrets(t)
	t.Run("password", func(t *testing.T) {
		s, store := fileServer(t, func(c *server.Config) { c.Service.AuthFile = secret.auth })
		l := httptest.NewServer(s.Handler())
		defer l.Close()
		if err := preReboot(t, l.URL+"/", nil); err == nil || !strings.Contains(err.Error(), "code 401") {
			t.Errorf("without the password: %v", err)
		}
		if w := get(s.Handler(), "/v1/slots"); w.Code != 401 {
			t.Errorf("slots without the password: %d", w.Code)
		}
		wantNoHolder(t, store)
		if err := preReboot(t, "http://node:secret@"+l.Listener.Addr().String()+"/", nil); err != nil {
			t.Error(err)
		}
	})
	t.Run("TLS", func(t *testing.T) {
		s, store := fileServer(t, func(c *server.Config) {
			c.Service.TLS, c.Service.TLSCert, c.Service.TLSKey = true, secret.cert, secret.key
			c.Service.ClientCA = secret.cert
		})
		l := httptest.NewServer(s.Handler())
		defer l.Close()
		if err := preReboot(t, l.URL+"/", nil); err == nil || !strings.Contains(err.Error(), "code 403") {
			t.Errorf("over plain HTTP: %v", err)
		}
		secure := httptest.NewUnstartedServer(s.Handler())
		secure.TLS = &tls.Config{Certificates: []tls.Certificate{secret.pair}, ClientAuth: tls.RequestClientCert}
		secure.StartTLS()
		defer secure.Close()
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: secret.pool}, DisableKeepAlives: true}
		if err := preReboot(t, secure.URL+"/", transport); err == nil || !strings.Contains(err.Error(), "code 403") {
			t.Errorf("without a certificate: %v", err)
		}
		wantNoHolder(t, store)
		transport.TLSClientConfig.Certificates = []tls.Certificate{secret.pair}
		if err := preReboot(t, secure.URL+"/", transport); err != nil {
			t.Error(err)
		}
	})
}

func TestHandlerBoundsRequests(t *testing.T) {
	store := slowStore{entered: make(chan struct{}), release: make(chan struct{})}
	cfg := config(t, "")
	cfg.Service.MaxConcurrent = 1
	s, err := server.New(cfg, store, nil)
	if err != nil {
		t.Fatal(err)
	}
	var look sync.WaitGroup
	look.Go(func() { get(s.Handler(), "/v1/slots") })
	<-store.entered
	if w := post(s.Handler(), "pre-reboot", "default", "a"); w.Code != 503 {
		t.Errorf("a second request: %d", w.Code)
	}
	close(store.release)
	look.Wait()
	wantReply(t, post(s.Handler(), "pre-reboot", "default", "a"), 200, "")
}

// Zeros of a configuration that nobody parsed mean the defaults.
func TestLiteralConfig(t *testing.T) {
	store, err := filestore.Open(t.TempDir(), semaphore.Groups{"default": 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	s, err := server.New(&server.Config{Lock: server.LockConfig{Groups: semaphore.Groups{"default": 1}}}, store, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantReply(t, post(s.Handler(), "pre-reboot", "default", "a"), 200, "")
	if w := get(s.Handler(), "/v1/slots"); w.Code != 200 {
		t.Errorf("slots: %d %s", w.Code, w.Body)
	}
}

func TestNewRefusesHalfAProtection(t *testing.T) {
	for name, change := range map[string]func(*server.Config){
		"TLS without files":      func(c *server.Config) { c.Service.TLS = true },
		"authorities of nothing": func(c *server.Config) { c.Service.ClientCA = "ca" },
		"certificate, no TLS":    func(c *server.Config) { c.Service.TLSCert, c.Service.TLSKey = "c", "k" },
		"no passwords":           func(c *server.Config) { c.Service.AuthFile = "/nonexistent" },
		"no groups":              func(c *server.Config) { c.Lock.Groups = nil },
	} {
		cfg := config(t, "")
		change(cfg)
		if _, err := server.New(cfg, brokenStore{}, nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestDefaultConfigIsThatOfAnEmptyFile(t *testing.T) {
	parsed, err := server.ParseConfig([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	want := server.DefaultConfig()
	want.Service.TLS = false
	want.Etcd3.Endpoints = []string{"http://127.0.0.1:2379"}
	if !reflect.DeepEqual(parsed, want) {
		t.Errorf("%+v\nwant %+v", parsed, want)
	}
}

func wait(t *testing.T, until func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !until(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}
