package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// Phases of a transfer that decide how the same low-level error is called.
type phase int

const (
	phaseHeader phase = iota // up to and including the reply's header
	phaseBody
)

// errLowSpeed is why a transfer that was too slow ended.
var errLowSpeed = errors.New("transfer slower than the low-speed limit")

// errProxyRefused is why a tunnel was not opened.
type errProxyRefused struct{ status int }

func (e errProxyRefused) Error() string {
	return "proxy answered CONNECT with " + http.StatusText(e.status)
}

// handshakeError is an error of the TLS handshake.
type handshakeError struct{ error }

func (e handshakeError) Unwrap() error { return e.error }

// curlCode finds libcurl's number for a Go error.
func curlCode(err error, at phase) int {
	if code := tlsCode(err); code != 0 {
		return code
	}
	var (
		dns     *net.DNSError
		op      *net.OpError
		refused errProxyRefused
		timeout interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, errLowSpeed):
		return CurlTimeout
	case errors.As(err, &refused):
		return CurlReceive
	case errors.As(err, &dns):
		if isProxyOp(err) {
			return CurlResolveProxy
		}
		return CurlResolveHost
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return CurlTimeout
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "socks connect" || op.Op == "proxyconnect"):
		return CurlConnect
	}
	return streamCode(err, at)
}

// streamCode is curlCode for errors of an established connection.
func streamCode(err error, at phase) int {
	text := err.Error()
	switch {
	case strings.Contains(text, "stream error: stream ID"):
		return CurlHTTP2Stream
	case strings.Contains(text, "http2: client conn"):
		return CurlReceive // lost, or closed by the server
	case strings.Contains(text, "http2:"):
		return CurlHTTP2
	case errors.Is(err, syscall.EPIPE):
		return CurlSend
	case errors.Is(err, syscall.ECONNRESET):
		return CurlReceive
	case strings.Contains(text, "malformed HTTP"), strings.Contains(text, "malformed MIME header"):
		return CurlWeirdReply
	case strings.Contains(text, "chunk"):
		return CurlReceive
	case isEOF(err), strings.Contains(text, "server closed"):
		if at == phaseBody {
			return CurlPartialFile
		}
		return CurlGotNothing
	}
	return CurlReceive
}

// tlsCode is curlCode for errors of TLS, or 0.
func tlsCode(err error) int {
	var (
		verify  *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		shake   handshakeError
		op      *net.OpError
	)
	switch {
	case errors.As(err, &verify), errors.As(err, &unknown), errors.As(err, &host), errors.As(err, &invalid):
		return CurlPeerCert
	case errors.As(err, &alert), errors.As(err, &record):
		return CurlTLSConnect
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"):
		return CurlTLSConnect
	case errors.As(err, &shake):
		if errors.Is(err, context.DeadlineExceeded) {
			return CurlTimeout
		}
		return CurlTLSConnect
	}
	text := err.Error()
	if strings.Contains(text, "tls: ") || strings.Contains(text, "TLS handshake") {
		if strings.Contains(text, "timeout") {
			return CurlTimeout
		}
		return CurlTLSConnect
	}
	// net/http turns a plain HTTP answer during the handshake into this text.
	if strings.Contains(text, "server gave HTTP response to HTTPS client") {
		return CurlTLSConnect
	}
	return 0
}

func isProxyOp(err error) bool {
	var op *net.OpError
	for errors.As(err, &op) {
		if op.Op == "proxyconnect" || op.Op == "socks connect" {
			return true
		}
		err = op.Err
	}
	return false
}

func isEOF(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
