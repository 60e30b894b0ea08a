package afterburn

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"time"
)

// Options says where a provider looks. The zero value, and nil, are this machine.
type Options struct {
	// Root is the root of the system: /proc/cmdline, leases, drives and users are looked for below it. Empty is "/".
	// Below another root no programs are run and no message bus is asked.
	Root string
	// Dial opens TCP connections; nil means the network. Tests lead a provider to their own server with it, see
	// package fakecloud.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// RootCAs are the certificates that TLS servers are verified against; nil means those of the system.
	RootCAs *x509.CertPool
	// Sleep waits for the pauses between attempts, and returns an error when ctx ends; nil waits in real time.
	Sleep func(ctx context.Context, d time.Duration) error
	// Timeout is how long one request may take; 0 means 30 seconds. The time for all is that of the context.
	Timeout time.Duration
	// TempDir is where drives are mounted that cannot be read without; empty is the system's.
	TempDir string
	// Journal is the socket of the journal, which is told of changed key files; "-" is none, empty that of the running
	// system, or none below another root.
	Journal string
	// Logger is told what is done; nil discards it. The messages are those of the program.
	Logger *slog.Logger
	// AttributePrefix begins the names in a file of attributes; empty is "AFTERBURN_".
	AttributePrefix string
	// RPC sends a command to VMware's hypervisor, and IsVMware tells whether there is one; nil means this machine's.
	RPC      func(command string) (answer string, ok bool, err error)
	IsVMware func() (bool, error)
}

func (o *Options) root() string {
	if o == nil || o.Root == "" {
		return "/"
	}
	return o.Root
}

func (o *Options) journal() string {
	switch {
	case o != nil && o.Journal != "":
		return o.Journal
	case !o.here():
		return "-"
	}
	return ""
}

// here reports whether the system is the running one.
func (o *Options) here() bool { return o.root() == "/" }

func (o *Options) prefix() string {
	if o == nil || o.AttributePrefix == "" {
		return DefaultPrefix
	}
	return o.AttributePrefix
}

func (o *Options) logger() *slog.Logger {
	if o == nil || o.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Logger
}
