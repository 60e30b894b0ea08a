package httpserve

import (
	"crypto/tls"
	"fmt"
)

func loadTLS(c *Config) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
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
