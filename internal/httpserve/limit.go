package httpserve

import (
	"net"
	"sync"
	"sync/atomic"
)

// places counts the open connections of a server.
type places struct {
	taken chan struct{} // one element for each, and for each Accept that waits
	open  atomic.Int64
}

// limited is a listener that leaves connections in the kernel's queue while as many as are allowed are open.
type limited struct {
	net.Listener
	places *places
	closed chan struct{}
	once   sync.Once
}

func limit(l net.Listener, p *places) *limited {
	return &limited{Listener: l, places: p, closed: make(chan struct{})}
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.places.taken <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.places.taken
		return nil, err
	}
	l.places.open.Add(1)
	return &placed{Conn: c, places: l.places}, nil
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// placed gives its place back when it is closed.
type placed struct {
	net.Conn
	places *places
	once   sync.Once
}

func (c *placed) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.places.open.Add(-1)
		<-c.places.taken
	})
	return err
}
