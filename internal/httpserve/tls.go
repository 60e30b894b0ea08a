package httpserve

import (
	"crypto/tls"
	"fmt"
)

func loadTLS(c *Config) (*tls.Config, error) {
	chain, err := readFile(c.CertFile)
	if err != nil {
		return nil, fmt.Errorf("reading certificate %s: %w", c.CertFile, err)
	}
	key, err := readFile(c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("reading key %s: %w", c.KeyFile, err)
	}
	cert, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, fmt.Errorf("reading certificate %s: %w", c.CertFile, err)
	}
	conf := &tls.Config{
		Certificates: []tls.Certificate{cert},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
	}
	if c.ClientCAFile == "" {
		return conf, nil
	}
	if conf.ClientCAs, err = loadAuthorities(c.ClientCAFile); err != nil {
		return nil, err
	}
	conf.ClientAuth = tls.RequireAndVerifyClientCert
	return conf, nil
}

// tlsConfig defers to what was read last; connections that exist keep theirs.
func (s *Server) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return s.tls.get(), nil },
	}
}
