package bus

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"
)

// Conn is a connection to a bus. It may be used by several goroutines, whose calls are made one after the other.
type Conn struct {
	socket net.Conn
	in     *bufio.Reader
	turn   chan struct{} // full while it is somebody's turn
	serial uint32
	buf    []byte
	broken error
}

// Method is what is called. All of it must be given.
type Method struct {
	Destination string
	Path        ObjectPath
	Interface   string
	Member      string
}

// Error is the error that a method, or the bus in its stead, answered with.
type Error struct {
	Name string // such as "org.freedesktop.DBus.Error.ServiceUnknown"
	Text string // empty if there is none
}

// Error has the name and, if there is one, the text, shortened.
func (e *Error) Error() string {
	if e.Text == "" {
		return e.Name
	}
	return fmt.Sprintf("%s: %.200q", e.Name, e.Text)
}

// New authenticates to whoever is at the other end of a socket. The connection owns the socket, which is closed if there
// is an error. A bus wants [Conn.Hello] next.
func New(ctx context.Context, socket net.Conn) (*Conn, error) {
	c := &Conn{socket: socket, in: bufio.NewReader(socket), turn: make(chan struct{}, 1)}
	if err := c.exclusively(ctx, c.authenticate); err != nil {
		_ = socket.Close()
		return nil, err
	}
	return c, nil
}

// Close closes the socket. A call that waits for its reply ends with an error.
func (c *Conn) Close() error { return c.socket.Close() }

// Hello makes the connection known to the bus, and returns the unique name that it gets there.
func (c *Conn) Hello(ctx context.Context) (string, error) {
	values, err := c.Call(ctx, Method{"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello"})
	if err != nil {
		return "", err
	}
	if len(values) == 1 {
		if name, ok := values[0].(string); ok {
			return name, nil
		}
	}
	return "", errors.New("the bus gave no name")
}

// Call calls a method and returns the values of the reply, in the types that the package comment tells. The service is
// not started for that. An answer that is an error is an [*Error]. After any other one, the end of the context among
// them, the connection is of no use unless nothing was sent yet: the same error comes from all further calls.
func (c *Conn) Call(ctx context.Context, m Method, args ...string) (values []any, err error) {
	call, err := encode(m, args)
	if err != nil {
		return nil, err
	}
	err = c.exclusively(ctx, func() error {
		values, err = c.exchange(call)
		return err
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

// exclusively does something with the socket when it is this call's turn, as long as the context lasts.
func (c *Conn) exclusively(ctx context.Context, f func() error) error {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-c.turn }()
	if c.broken != nil {
		return c.broken
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.socket.SetDeadline(time.Time{}); err != nil {
		return err
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = c.socket.SetDeadline(time.Unix(1, 0))
		close(ended)
	})
	err := f()
	if !stop() {
		// Else it might hit the next call.
		<-ended
	}
	if _, ok := errors.AsType[*Error](err); err == nil || ok {
		return err
	}
	if over := ctx.Err(); over != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		err = over
	}
	c.broken = err
	return err
}

// exchange sends a call and waits for its reply.
func (c *Conn) exchange(call []byte) ([]any, error) {
	if c.serial++; c.serial == 0 {
		c.serial = 1
	}
	binary.LittleEndian.PutUint32(call[8:], c.serial)
	if _, err := c.socket.Write(call); err != nil {
		return nil, err
	}
	for {
		m, err := c.receive()
		if err != nil {
			return nil, err
		}
		if (m.kind == kindReply || m.kind == kindError) && m.replySerial() == c.serial {
			return m.answer()
		}
	}
}

// receive reads the next message, whoever it is from. It is valid until the following one.
func (c *Conn) receive() (*message, error) {
	c.buf = slices.Grow(c.buf[:0], fixedSize)[:fixedSize]
	if _, err := io.ReadFull(c.in, c.buf); err != nil {
		return nil, truncated(err)
	}
	size, err := messageSize(c.buf)
	if err != nil {
		return nil, err
	}
	c.buf = slices.Grow(c.buf, size-fixedSize)[:size]
	if _, err := io.ReadFull(c.in, c.buf[fixedSize:]); err != nil {
		return nil, truncated(err)
	}
	return parse(c.buf)
}

// truncated makes an error of an end at which something is missing.
func truncated(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
