package bus_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/internal/bus"
)

func TestAuthentication(t *testing.T) {
	for name, c := range map[string]struct{ answers, want string }{
		"rejected":       {"REJECTED DBUS_COOKIE_SHA1\r\n", `the bus answered "REJECTED DBUS_COOKIE_SHA1"`},
		"rejected later": {"DATA\r\nREJECTED\r\n", `the bus answered "REJECTED"`},
		"asks again":     {"DATA\r\nDATA\r\n", `the bus answered "DATA"`},
		"line end":       {"OK 1234\n", `the bus answered "OK 1234\n"`},
		"nothing":        {"", "unexpected EOF"},
		"half a line":    {"OK 1234", "unexpected EOF"},
		"binary":         {"OK\x1b\x00\r\n", `the bus answered "OK\x1b\x00"`},
	} {
		t.Run(name, func(t *testing.T) {
			socket := connect(t, func(p *peer) {
				_, _ = io.WriteString(p, c.answers)
				_ = p.Conn.(*net.UnixConn).CloseWrite()
				_, _ = io.Copy(io.Discard, p)
			})
			_, err := bus.New(t.Context(), socket)
			require.EqualError(t, err, c.want)
			_, err = socket.Write([]byte("x"))
			require.ErrorIs(t, err, net.ErrClosed)
		})
	}
}

// endless writes the same for as long as somebody reads it.
func endless(p *peer, b []byte) {
	b = bytes.Repeat(b, 1+4096/len(b))
	for {
		if _, err := p.Write(b); err != nil {
			return
		}
	}
}

func TestHostileAuthentication(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(p *peer)
		want  error
	}{
		"silent":        {func(p *peer) { _, _ = io.Copy(io.Discard, p) }, context.DeadlineExceeded},
		"endless line":  {func(p *peer) { endless(p, []byte("a")) }, bufio.ErrBufferFull},
		"endless lines": {func(p *peer) { endless(p, []byte("DATA\r\n")) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if c.want == context.DeadlineExceeded {
				ctx = short(t)
			}
			_, err := bus.New(ctx, connect(t, c.serve))
			require.Error(t, err)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
		})
	}
}

func TestHostileBus(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(p *peer, serial uint32)
		want   string
	}{
		"gone":             {func(*peer, uint32) {}, "unexpected EOF"},
		"silent":           {func(p *peer, _ uint32) { _, _ = io.Copy(io.Discard, p) }, "context deadline exceeded"},
		"truncated":        {func(p *peer, serial uint32) { _, _ = p.Write(reply(serial, "answer")[:40]) }, "unexpected EOF"},
		"truncated header": {func(p *peer, serial uint32) { _, _ = p.Write(reply(serial, "answer")[:10]) }, "unexpected EOF"},
		"stops": {func(p *peer, serial uint32) {
			_, _ = p.Write(reply(serial, "answer")[:40])
			_, _ = io.Copy(io.Discard, p)
		}, "context deadline exceeded"},
		"huge": {func(p *peer, serial uint32) {
			b := reply(serial, "answer")
			binary.BigEndian.PutUint32(b[4:], 1<<31)
			_, _ = p.Write(b)
		}, "invalid message: it is too long"},
		"huge header": {func(p *peer, serial uint32) {
			b := reply(serial, "answer")
			binary.BigEndian.PutUint32(b[12:], 0xffffffff)
			_, _ = p.Write(b)
		}, "invalid message: it is too long"},
		"garbage":       {func(p *peer, _ uint32) { endless(p, []byte("DATA\r\n")) }, "invalid message: unknown version"},
		"other serials": {func(p *peer, serial uint32) { endless(p, reply(serial+1, "answer")) }, "context deadline exceeded"},
		"signals": {func(p *peer, _ uint32) {
			endless(p, message(dbus.TypeSignal, map[dbus.HeaderField]any{
				dbus.FieldPath: dbus.ObjectPath("/"), dbus.FieldInterface: "x.Y", dbus.FieldMember: "Z"}, "signal"))
		}, "context deadline exceeded"},
		"bad value": {func(p *peer, serial uint32) {
			b := reply(serial, "answer")
			b[len(b)-1] = 1
			_, _ = p.Write(b)
		}, "invalid message: a text is not UTF-8 or has a NUL"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := bus.New(t.Context(), connect(t, func(p *peer) {
				if p.welcome() {
					_, serial := p.call()
					c.answer(p, serial)
				}
			}))
			require.NoError(t, err)
			ctx := t.Context()
			if c.want == context.DeadlineExceeded.Error() {
				ctx = short(t)
			}
			_, err = conn.Call(ctx, method)
			require.EqualError(t, err, c.want)
			// There is no way back.
			_, again := conn.Call(t.Context(), method)
			require.Equal(t, err, again)
			require.NoError(t, conn.Close())
		})
	}
}

// Who does not read does not make one wait either.
func TestNobodyReads(t *testing.T) {
	done := make(chan struct{})
	conn, err := bus.New(t.Context(), connect(t, func(p *peer) { p.welcome(); <-done }))
	require.NoError(t, err)
	defer close(done)
	_, err = conn.Call(short(t), method, strings.Repeat("a", 1<<19), strings.Repeat("b", 1<<18))
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
