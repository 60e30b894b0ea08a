package httpserve

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Config describes one address to serve. The zero value of each field has the default that it names.
type Config struct {
	// Address is the host name or address to listen on by TCP; empty means all of this machine.
	Address string
	// Port is the TCP port; 0 means any free one, see [Server.Addr].
	Port int

	// Socket is the path of a Unix socket to listen on instead of TCP. A socket left there by a process that has
	// ended is replaced; one that somebody listens on, or another kind of file, is an error.
	Socket string
	// SocketMode is the mode of Socket, default 0660. Connecting needs the write permission.
	SocketMode fs.FileMode

	// Activation serves the listening sockets that systemd passed, instead of opening any.
	Activation bool
	// Name chooses among the passed sockets those of this FileDescriptorName=; empty takes all.
	Name string
	// ListenPID, ListenFDs and ListenFDNames are the values of the environment variables LISTEN_PID, LISTEN_FDS
	// and LISTEN_FDNAMES.
	ListenPID, ListenFDs, ListenFDNames string

	// CertFile and KeyFile are PEM files of the certificate chain and its key; TLS (1.2 or newer, HTTP/2 too) is
	// used when CertFile is set. They are read again when they change; while they are unusable the previous ones
	// stay in force. These, ClientCAFile and AuthFile must be regular files of at most 4 MiB.
	CertFile, KeyFile string
	// ClientCAFile is a PEM file of authorities; when set, each client must show a certificate signed by one of them.
	ClientCAFile string

	// AuthFile has lines NAME:HASH with bcrypt hashes, as htpasswd -B writes them. When set each request needs a
	// name with its password (Basic, which clients that only know a URL send for https://NAME:PASSWORD@HOST/), or
	// one of the passwords as a Bearer token. It is read again when it changes.
	AuthFile string

	// MaxConcurrent bounds the requests that are being handled, default 1024. Further ones are answered with 503.
	MaxConcurrent int
	// MaxConnections bounds the open connections, default 16384. Further ones wait in the kernel's queue.
	MaxConnections int
	// MaxKeepAlive is the number of open connections, default 2048, above which a reply ends its connection. A fleet
	// in which each node asks every few minutes would otherwise fill the memory with idle connections.
	MaxKeepAlive int
	// RetryAfter is the least delay told to those who are turned away, default 5 s. Each is told a random time
	// between it and its triple, in whole seconds, so that they do not return together.
	RetryAfter time.Duration

	// MaxBody bounds the body of a request in bytes, default 64 KiB.
	MaxBody int64
	// ReadTimeout bounds the arrival of one request from its first byte to the end of its body, default 10 s.
	ReadTimeout time.Duration
	// WriteTimeout bounds the time from there to the end of the reply, default 60 s.
	WriteTimeout time.Duration
	// IdleTimeout closes connections without a request, default 90 s.
	IdleTimeout time.Duration
	// DrainTimeout bounds the time that requests in progress get when the context of [Server.Serve] ends,
	// default 10 s.
	DrainTimeout time.Duration
}

const (
	defaultSocketMode    = 0o660
	defaultMaxConcurrent = 1024
	defaultConnections   = 16 << 10
	defaultKeepAlive     = 2 << 10
	defaultRetryAfter    = 5 * time.Second
	defaultMaxBody       = 64 << 10
	defaultReadTimeout   = 10 * time.Second
	defaultWriteTimeout  = 60 * time.Second
	defaultIdleTimeout   = 90 * time.Second
	defaultDrainTimeout  = 10 * time.Second

	maxHeaderBytes = 32 << 10
)

func (c *Config) setDefaults() {
	orDefault(&c.SocketMode, defaultSocketMode)
	orDefault(&c.MaxConcurrent, defaultMaxConcurrent)
	orDefault(&c.MaxConnections, defaultConnections)
	orDefault(&c.MaxKeepAlive, defaultKeepAlive)
	orDefault(&c.RetryAfter, defaultRetryAfter)
	orDefault(&c.MaxBody, defaultMaxBody)
	orDefault(&c.ReadTimeout, defaultReadTimeout)
	orDefault(&c.WriteTimeout, defaultWriteTimeout)
	orDefault(&c.IdleTimeout, defaultIdleTimeout)
	orDefault(&c.DrainTimeout, defaultDrainTimeout)
}

func orDefault[T ~int | ~int64 | ~uint32](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}

func (c *Config) validate() error {
	switch {
	case c.Port < 0 || c.Port > 65535:
		return fmt.Errorf("port %d is not in 0..65535", c.Port)
	case c.Socket != "" && c.Activation:
		return errors.New("a socket path and socket activation exclude each other")
	case (c.CertFile == "") != (c.KeyFile == ""):
		return errors.New("TLS needs both a certificate and a key")
	case c.ClientCAFile != "" && c.CertFile == "":
		return errors.New("client certificates need TLS, which has no certificate here")
	}
	return nil
}
