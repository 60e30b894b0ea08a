package etcdstore_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore/etcdtest"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts and says nothing
	require.NoError(t, err)
	defer l.Close()
	for _, endpoint := range []string{"http://127.0.0.1:1", "http://" + l.Addr().String()} {
		s, err := etcdstore.Open(t.Context(), &etcdstore.Options{Endpoints: []string{endpoint},
			TransactionTimeout: 300 * time.Millisecond, Groups: semaphore.Groups{"default": 1}})
		require.NoError(t, err)
		begin := time.Now()
		_, err = s.Lock(t.Context(), "default", "a")
		require.EqualError(t, err, "context deadline exceeded")
		var unavailable *etcdstore.UnavailableError
		require.ErrorAs(t, err, &unavailable)
		require.Less(t, time.Since(begin), 30*time.Second, "the time-out is for everything")
		require.GreaterOrEqual(t, time.Since(begin), 300*time.Millisecond)
		require.NoError(t, s.Close())
	}
}

func TestRestartWithinTheDeadline(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	s := open(t, c)
	_, err := s.Lock(t.Context(), "default", "a")
	require.NoError(t, err)
	c.Members[0].Kill()
	time.AfterFunc(500*time.Millisecond, c.Members[0].Start)
	sem, err := s.Lock(t.Context(), "default", "b")
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, sem.Holders)
}

// TestLostReply cuts the connection after etcd has got the transaction: whatever became of it, the answer is true.
func TestLostReply(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	proxy := newProxy(t, c.Members[0].Endpoint)
	s := open(t, c, func(o *etcdstore.Options) { o.Endpoints = []string{proxy.url()} })
	_, err := s.Get(t.Context(), "default")
	require.NoError(t, err)

	proxy.swallowReplies(true)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lost := make(chan error, 1)
	go func() {
		_, err := s.Lock(ctx, "default", "a")
		lost <- err
	}()
	require.Eventually(t, func() bool { return value(c, "default") == `{"total_slots":2,"holders":["a"]}` },
		2*time.Minute, 10*time.Millisecond, "it does take effect")
	cancel()
	require.ErrorIs(t, <-lost, context.Canceled, "no grant without an acknowledgement")

	// A waiter whose own transaction gets lost is answered from what the next connection tells.
	time.AfterFunc(500*time.Millisecond, func() { proxy.cut(); proxy.swallowReplies(false) })
	sem, err := s.Lock(t.Context(), "default", "b")
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, sem.Holders)
	_, err = s.Lock(t.Context(), "default", "a")
	require.NoError(t, err, "the retry of the first is safe")
	_, err = s.Lock(t.Context(), "default", "c")
	require.ErrorIs(t, err, semaphore.ErrFull)
}

func TestClusterLosesMembers(t *testing.T) {
	c := etcdtest.Start(t, 3, nil)
	s := open(t, c)
	lock := func(id string) error {
		_, err := s.Lock(t.Context(), "a b/é", id)
		return err
	}
	require.NoError(t, lock("a"))
	// One of three, the leader perhaps: the others go on.
	c.Members[0].Kill()
	require.NoError(t, lock("b"))
	c.Members[0].Start()
	c.WaitHealthy()
	c.Members[1].Freeze()
	require.NoError(t, lock("c"))

	// Two of three: nothing is granted, nothing is refused, nothing is said to be released.
	c.Members[2].Kill()
	s = open(t, c, timeout(2*time.Second))
	err := lock("d")
	require.EqualError(t, err, "context deadline exceeded")
	_, err = s.Unlock(t.Context(), "a b/é", "x")
	require.EqualError(t, err, "context deadline exceeded")

	c.Members[1].Thaw()
	require.Eventually(t, func() bool {
		sem, err := s.Get(t.Context(), "a b/é")
		return err == nil && len(sem.Holders) == 3
	}, 2*time.Minute, 100*time.Millisecond)
	s = open(t, c)
	require.ErrorIs(t, lock("d"), semaphore.ErrFull)
}

func TestNoSpaceLeft(t *testing.T) {
	c := etcdtest.Start(t, 1, nil, "--quota-backend-bytes", "65536")
	s := open(t, c)
	_, err := s.Lock(t.Context(), "default", "a")
	require.NoError(t, err)
	for range 100 { // until etcd itself refuses
		if _, err := c.Try("put", "filler", strings.Repeat("x", 4000)); err != nil {
			break
		}
	}
	_, err = s.Lock(t.Context(), "default", "b")
	require.EqualError(t, err, "etcdserver: mvcc: database space exceeded")
	_, err = s.Unlock(t.Context(), "default", "a")
	require.ErrorContains(t, err, "database space exceeded", "waiting does not help")
	sem, err := s.Get(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, sem.Holders)

	c.Ctl("del", "filler")
	c.Ctl("compaction", fmt.Sprint(revision(t, c)))
	c.Ctl("defrag")
	c.Ctl("alarm", "disarm")
	_, err = s.Lock(t.Context(), "default", "b")
	require.NoError(t, err, "there is room again")
}

func revision(t *testing.T, c *etcdtest.Cluster) int {
	t.Helper()
	var out struct{ Header struct{ Revision int } }
	require.NoError(t, json.Unmarshal([]byte(c.Ctl("get", "-w", "json", "x")), &out))
	return out.Header.Revision
}

// certificate is good for servers and clients; a nil parent signs itself.
func certificate(t *testing.T, dir, name string, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	require.NoError(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, IsCA: parent == nil, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if parent == nil {
		parent, signer = tmpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	require.NoError(t, err)
	k, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for suffix, block := range map[string]*pem.Block{".crt": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "PRIVATE KEY", Bytes: k}} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+suffix), pem.EncodeToMemory(block), 0o600))
	}
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return cert, key
}

func TestClientCertificates(t *testing.T) {
	dir := t.TempDir()
	ca, key := certificate(t, dir, "ca", nil, nil)
	certificate(t, dir, "pair", ca, key)
	certificate(t, dir, "foreign", nil, nil)
	file := func(name string) string { return filepath.Join(dir, name) }
	c := etcdtest.Start(t, 1, &etcdtest.TLS{CertFile: file("pair.crt"), KeyFile: file("pair.key"), CAFile: file("ca.crt")})

	_, err := open(t, c, func(o *etcdstore.Options) {
		o.CertFile, o.KeyFile, o.CAFile = file("pair.crt"), file("pair.key"), file("ca.crt")
	}).Lock(t.Context(), "default", "a")
	require.NoError(t, err)
	require.Equal(t, `{"total_slots":2,"holders":["a"]}`, value(c, "default"))

	for name, change := range map[string]func(o *etcdstore.Options){
		"no certificate": func(o *etcdstore.Options) { o.CAFile = file("ca.crt") },
		"foreign certificate": func(o *etcdstore.Options) {
			o.CertFile, o.KeyFile, o.CAFile = file("foreign.crt"), file("foreign.key"), file("ca.crt")
		},
		"foreign server": func(o *etcdstore.Options) {
			o.CertFile, o.KeyFile, o.CAFile = file("pair.crt"), file("pair.key"), file("foreign.crt")
		},
	} {
		_, err := open(t, c, change, timeout(500*time.Millisecond)).Lock(t.Context(), "default", "b")
		require.EqualError(t, err, "context deadline exceeded", name)
	}
}
