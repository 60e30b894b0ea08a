package etcdstore_test

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// proxy stands between a store and etcd and may lose what etcd says.
type proxy struct {
	l       net.Listener
	target  string
	swallow atomic.Bool
	mu      sync.Mutex
	conns   []net.Conn
	hold    bool
	held    []heldRequest
}

// heldRequest is something that a client has sent and etcd has not got.
type heldRequest struct {
	up   net.Conn
	data []byte
}

func newProxy(t *testing.T, endpoint string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{l: l, target: strings.TrimPrefix(endpoint, "http://")}
	t.Cleanup(func() { l.Close(); p.cut() })
	go p.accept()
	return p
}

func (p *proxy) url() string { return "http://" + p.l.Addr().String() }

func (p *proxy) swallowReplies(on bool) { p.swallow.Store(on) }

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// holdRequests keeps what clients send from now on; the end of their connections is kept from etcd too.
func (p *proxy) holdRequests() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hold = true
}

// waitHeld returns when a client has sent something and then nothing for a while.
func (p *proxy) waitHeld(t *testing.T) {
	t.Helper()
	last := -1
	require.Eventually(t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		quiet := len(p.held) > 0 && len(p.held) == last
		last = len(p.held)
		return quiet
	}, 2*time.Minute, 200*time.Millisecond)
}

// deliverHeld lets etcd have what was held, piece by piece, with the time to act on each: requests come before the
// notice that their client has gone.
func (p *proxy) deliverHeld(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.held {
		_, err := h.up.Write(h.data)
		require.NoError(t, err)
		time.Sleep(500 * time.Millisecond)
	}
}

func (p *proxy) requests(up, c net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := c.Read(buf)
		p.mu.Lock()
		hold := p.hold
		if hold && n > 0 {
			p.held = append(p.held, heldRequest{up, bytes.Clone(buf[:n])})
		}
		p.mu.Unlock()
		if !hold {
			up.Write(buf[:n])
		}
		if err != nil {
			if !hold {
				up.Close()
			}
			return
		}
	}
}

func (p *proxy) accept() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		up, err := net.Dial("tcp", p.target)
		if err != nil {
			c.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, c, up)
		p.mu.Unlock()
		go p.requests(up, c)
		go p.replies(c, up)
	}
}

func (p *proxy) replies(c, up net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := up.Read(buf)
		if err != nil {
			c.Close()
			return
		}
		if !p.swallow.Load() {
			c.Write(buf[:n])
		}
	}
}
