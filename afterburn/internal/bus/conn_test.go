package bus_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/internal/bus"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// peer is a bus that does what a test says.
type peer struct {
	net.Conn
	in *bufio.Reader
}

// connect makes a connection to a bus that runs serve, which may return at any time. No goroutine may be left over.
func connect(t *testing.T, serve func(p *peer)) net.Conn {
	before := runtime.NumGoroutine()
	l, err := net.Listen("unix", testutil.SocketPath(t))
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		socket, err := l.Accept()
		if err != nil {
			return
		}
		defer socket.Close()
		serve(&peer{socket, bufio.NewReader(socket)})
	}()
	socket, err := net.Dial("unix", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = socket.Close()
		_ = l.Close()
		<-ended
		for range 6000 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%d goroutines, there were %d", runtime.NumGoroutine(), before)
	})
	return socket
}

func (p *peer) expect(line string) bool {
	got, err := p.in.ReadString('\n')
	return err == nil && got == line
}

// welcome plays the authentication.
func (p *peer) welcome() bool {
	if !p.expect("\x00AUTH EXTERNAL\r\n") {
		return false
	}
	_, _ = io.WriteString(p, "DATA\r\n")
	if !p.expect("DATA\r\n") {
		return false
	}
	_, _ = io.WriteString(p, "OK 0123456789abcdef0123456789abcdef\r\n")
	return p.expect("BEGIN\r\n")
}

// call reads a call; its serial is 0 if there is none.
func (p *peer) call() (m *dbus.Message, serial uint32) {
	m, err := dbus.DecodeMessage(p.in)
	if err != nil {
		return nil, 0
	}
	return m, m.Serial()
}

// message makes a message of godbus's, with a serial.
func message(kind dbus.Type, headers map[dbus.HeaderField]any, body ...any) []byte {
	m := dbus.Message{Type: kind, Headers: map[dbus.HeaderField]dbus.Variant{}, Body: body}
	for field, value := range headers {
		m.Headers[field] = dbus.MakeVariant(value)
	}
	if len(body) > 0 {
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(body...))
	}
	var b bytes.Buffer
	if err := m.EncodeTo(&b, binary.BigEndian); err != nil {
		panic(err)
	}
	binary.BigEndian.PutUint32(b.Bytes()[8:], 77)
	return b.Bytes()
}

func reply(serial uint32, body ...any) []byte {
	return message(dbus.TypeMethodReply, map[dbus.HeaderField]any{dbus.FieldReplySerial: serial}, body...)
}

var method = bus.Method{Destination: "a.B", Path: "/c", Interface: "d.E", Member: "F"}

// short is a context for a bus that makes one wait.
func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestCall(t *testing.T) {
	calls := make(chan *dbus.Message, 3)
	socket := connect(t, func(p *peer) {
		if !p.welcome() {
			return
		}
		for {
			m, serial := p.call()
			if m == nil {
				return
			}
			calls <- m
			// What is for others, and what is nothing for anybody.
			_, _ = p.Write(message(dbus.TypeSignal, map[dbus.HeaderField]any{
				dbus.FieldPath: dbus.ObjectPath("/"), dbus.FieldInterface: "x.Y", dbus.FieldMember: "Z"}, "signal"))
			_, _ = p.Write(message(dbus.TypeMethodCall, map[dbus.HeaderField]any{
				dbus.FieldPath: dbus.ObjectPath("/"), dbus.FieldMember: "Z", dbus.FieldReplySerial: serial}))
			_, _ = p.Write(reply(serial+1, "of another call"))
			_, _ = p.Write(message(dbus.TypeError, map[dbus.HeaderField]any{
				dbus.FieldReplySerial: serial + 1, dbus.FieldErrorName: "a.B"}, "of another call"))
			b := reply(serial, "answer", dbus.MakeVariant([]dbus.ObjectPath{"/x"}))
			if m.Headers[dbus.FieldMember].Value() == "Fail" {
				b = message(dbus.TypeError, map[dbus.HeaderField]any{
					dbus.FieldReplySerial: serial, dbus.FieldErrorName: "a.B.No"}, "so\nsorry")
			}
			// In pieces.
			for piece := range slices.Chunk(b, 7) {
				_, _ = p.Write(piece)
			}
		}
	})
	conn, err := bus.New(t.Context(), socket)
	require.NoError(t, err)
	values, err := conn.Call(t.Context(), method, "one", "", "€uro")
	require.NoError(t, err)
	require.Equal(t, []any{"answer", bus.Variant{Signature: "ao", Value: []bus.ObjectPath{"/x"}}}, values)
	m := <-calls
	require.Equal(t, dbus.TypeMethodCall, m.Type)
	require.Equal(t, dbus.FlagNoAutoStart, m.Flags)
	require.Equal(t, []any{"one", "", "€uro"}, m.Body)
	require.Equal(t, map[dbus.HeaderField]dbus.Variant{
		dbus.FieldDestination: dbus.MakeVariant("a.B"), dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath("/c")),
		dbus.FieldInterface: dbus.MakeVariant("d.E"), dbus.FieldMember: dbus.MakeVariant("F"),
		dbus.FieldSignature: dbus.MakeVariant(dbus.ParseSignatureMust("sss")),
	}, m.Headers)

	// An error is an answer like others.
	failing := method
	failing.Member = "Fail"
	_, err = conn.Call(t.Context(), failing)
	require.Equal(t, &bus.Error{Name: "a.B.No", Text: "so\nsorry"}, err)
	require.EqualError(t, err, `a.B.No: "so\nsorry"`)
	_, err = conn.Call(t.Context(), method)
	require.NoError(t, err)
	require.Greater(t, (<-calls).Serial(), m.Serial())
}

// What cannot be sent is not, and the connection stays as it is.
func TestRefusesCalls(t *testing.T) {
	socket := connect(t, func(p *peer) {
		if p.welcome() {
			_, serial := p.call()
			_, _ = p.Write(reply(serial))
		}
	})
	conn, err := bus.New(t.Context(), socket)
	require.NoError(t, err)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		m    bus.Method
		args []string
	}{
		"path":      {m: bus.Method{Destination: "a.B", Path: "c", Interface: "d.E", Member: "F"}},
		"no member": {m: bus.Method{Destination: "a.B", Path: "/c", Interface: "d.E"}},
		"long name": {m: bus.Method{Destination: strings.Repeat("a", 2<<20), Path: "/c", Interface: "d.E", Member: "F"}},
		"NUL":       {m: method, args: []string{"a\x00"}},
		"UTF-8":     {m: method, args: []string{"\xff"}},
		"many":      {m: method, args: make([]string, 256)},
		"long":      {m: method, args: []string{strings.Repeat("a", 1<<20)}},
		"over":      {m: method, ctx: over},
	} {
		t.Run(name, func(t *testing.T) {
			if c.ctx == nil {
				c.ctx = t.Context()
			}
			_, err := conn.Call(c.ctx, c.m, c.args...)
			require.Error(t, err)
		})
	}
	values, err := conn.Call(t.Context(), method, make([]string, 255)...)
	require.NoError(t, err)
	require.Empty(t, values)
}

func TestCloseEndsCall(t *testing.T) {
	conn, err := bus.New(t.Context(), connect(t, func(p *peer) { p.welcome(); _, _ = io.Copy(io.Discard, p.in) }))
	require.NoError(t, err)
	time.AfterFunc(50*time.Millisecond, func() { _ = conn.Close() })
	_, err = conn.Call(t.Context(), method)
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = conn.Call(t.Context(), method)
	require.ErrorIs(t, err, net.ErrClosed)
}

// Calls take turns.
func TestConcurrentCalls(t *testing.T) {
	conn, err := bus.New(t.Context(), connect(t, func(p *peer) {
		if !p.welcome() {
			return
		}
		for {
			m, serial := p.call()
			if m == nil {
				return
			}
			_, _ = p.Write(reply(serial, m.Body...))
		}
	}))
	require.NoError(t, err)
	results := make(chan error)
	for i := range 8 {
		go func() {
			arg := strings.Repeat("x", i+1)
			values, err := conn.Call(t.Context(), method, arg)
			if err == nil && (len(values) != 1 || values[0] != arg) {
				err = errors.New("the answer of another call")
			}
			results <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-results)
	}
}

// Who waits for the turn does so no longer than the context lasts.
func TestWaitsForItsTurn(t *testing.T) {
	called, answer := make(chan struct{}), make(chan struct{})
	conn, err := bus.New(t.Context(), connect(t, func(p *peer) {
		if p.welcome() {
			_, serial := p.call()
			close(called)
			<-answer
			_, _ = p.Write(reply(serial))
		}
	}))
	require.NoError(t, err)
	result := make(chan error)
	go func() {
		_, err := conn.Call(t.Context(), method)
		result <- err
	}()
	<-called
	_, err = conn.Call(short(t), method)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	close(answer)
	require.NoError(t, <-result)
}

// The end of a context that comes with the reply must not hit the next call.
func TestContextEndsWithReply(t *testing.T) {
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		conn, err := bus.New(t.Context(), connect(t, func(p *peer) {
			if !p.welcome() {
				return
			}
			for {
				m, serial := p.call()
				if m == nil {
					return
				}
				_, _ = p.Write(reply(serial))
				cancel()
			}
		}))
		require.NoError(t, err)
		if _, err = conn.Call(ctx, method); err == nil {
			_, err = conn.Call(t.Context(), method)
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, context.Canceled)
		}
		require.NoError(t, conn.Close())
	}
}
