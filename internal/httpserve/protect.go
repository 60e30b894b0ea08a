package httpserve

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Protect puts before h all that an address of cfg would ask of a request, for programs that serve on listeners of
// their own: the password of AuthFile, and the bounds on bodies and on requests at a time. With CertFile a request that
// did not come by TLS is refused, and with ClientCAFile one without a certificate that an authority of the file has
// signed for clients; the listener must ask for it (tls.RequestClientCert at least). Bounds on connections and times are
// the listener's, and the names of addresses and sockets mean nothing here.
//
// The files are looked at again by the first request after a second. A nil log is silent.
func Protect(cfg Config, h http.Handler, log *slog.Logger) (http.Handler, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	cfg.setDefaults()
	s := &Server{cfg: cfg, log: log}
	if err := s.readPasswords(); err != nil {
		return nil, err
	}
	p := &protected{overTLS: cfg.CertFile != "", auth: s.auth, log: log, started: time.Now()}
	if cfg.ClientCAFile != "" {
		var err error
		p.authorities, err = watch(func() (*x509.CertPool, error) { return loadAuthorities(cfg.ClientCAFile) }, cfg.ClientCAFile)
		if err != nil {
			return nil, err
		}
	}
	p.gate = newGate(s, h)
	if !p.overTLS && p.auth == nil {
		return p.gate, nil
	}
	return p, nil
}

// protected is a gate without a listener.
type protected struct {
	gate        *gate
	overTLS     bool
	auth        *watched[*passwords]     // the gate's
	authorities *watched[*x509.CertPool] // nil: clients need no certificate
	log         *slog.Logger

	started time.Time
	looked  atomic.Int64 // when the files were looked at, since started
	mu      sync.Mutex
}

func (p *protected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.lookAgain()
	if err := p.checkConnection(r); err != nil {
		refuse(w, http.StatusForbidden, KindForbidden, err.Error())
		return
	}
	p.gate.ServeHTTP(w, r)
}

// lookAgain makes all wait that come while the files are read: who goes on must have met the new password.
func (p *protected) lookAgain() {
	due := func() bool { return time.Since(p.started)-time.Duration(p.looked.Load()) >= recheck }
	if !due() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !due() {
		return
	}
	if p.auth != nil {
		p.auth.refresh(p.log)
	}
	if p.authorities != nil {
		p.authorities.refresh(p.log)
	}
	p.looked.Store(int64(time.Since(p.started)))
}

var (
	errNoTLS         = errors.New("this server is for TLS only")
	errNoCertificate = errors.New("a client certificate of an authority of this server is needed")
)

func (p *protected) checkConnection(r *http.Request) error {
	switch {
	case !p.overTLS:
		return nil
	case r.TLS == nil:
		return errNoTLS
	case p.authorities == nil:
		return nil
	case len(r.TLS.PeerCertificates) == 0:
		return errNoCertificate
	}
	// What the listener has verified, if anything, was by authorities of its own.
	o := x509.VerifyOptions{
		Roots: p.authorities.get(), Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, c := range r.TLS.PeerCertificates[1:] {
		o.Intermediates.AddCert(c)
	}
	if _, err := r.TLS.PeerCertificates[0].Verify(o); err != nil {
		return errNoCertificate // the reason is no business of a stranger's
	}
	return nil
}

func loadAuthorities(path string) (*x509.CertPool, error) {
	pem, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading client authorities %s: %w", path, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("client authorities %s: no certificate found", path)
	}
	return pool, nil
}
