package tftp

import (
	"context"
	"net"
	"testing"
)

// TestCloseWhileCanceled closes a transfer at the moment at which its context ends,
// as a caller does that has read everything.
func TestCloseWhileCanceled(t *testing.T) {
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		packet := make([]byte, 512)
		for {
			n, peer, err := server.ReadFromUDPAddrPort(packet)
			if err != nil {
				return
			}
			if n > 1 && packet[1] == opRead {
				_, _ = server.WriteToUDPAddrPort([]byte("\x00\x03\x00\x01x"), peer)
			}
		}
	}()
	for range 300 {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := Open(ctx, server.LocalAddr().String(), "f", nil)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
