package guestprop

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// host is a device with the service behind it.
type host struct {
	t        *testing.T
	props    map[string]string // name → value NUL flags NUL
	log      []string
	readOnly bool
	grow     bool // each read makes the value longer
	broken   error
	closed   int
}

func (h *host) Close() error { h.closed++; return nil }

func (h *host) Ioctl(req uint32, m []byte, pointers ...Pointer) error {
	if h.broken != nil {
		return h.broken
	}
	require.EqualValues(h.t, len(m), req>>16&0x3fff, "size in the request")
	require.EqualValues(h.t, 'V', req>>8&0xff)
	require.EqualValues(h.t, 3, req>>30)
	require.EqualValues(h.t, headVersion, order.Uint32(m[4:]))
	for _, p := range pointers { // as the addresses would be
		require.EqualValues(h.t, len(p.Buffer), order.Uint32(m[p.Offset-4:]))
	}
	status := int32(0)
	switch req & 0xff {
	case 0:
		h.log = append(h.log, "version "+hex.EncodeToString(m))
		clear(m[headerSize:])
	case 4:
		h.log = append(h.log, "connect "+hex.EncodeToString(bytes.TrimRight(m, "\x00")))
		order.PutUint32(m[headerSize:], 0x1234)
	case 5:
		h.log = append(h.log, "disconnect "+hex.EncodeToString(m))
	case 7:
		require.EqualValues(h.t, 0x1234, order.Uint32(m[headerSize:]))
		status = h.call(order.Uint32(m[headerSize+4:]), m, pointers)
	default:
		return syscall.ENOTTY
	}
	order.PutUint32(m[12:], uint32(status))
	return nil
}

func (h *host) call(function uint32, m []byte, pointers []Pointer) int32 {
	name := string(bytes.TrimSuffix(pointers[0].Buffer, []byte{0}))
	stored, ok := h.props[name]
	switch function {
	case functionGet:
		h.log = append(h.log, "get "+name)
		if !ok {
			return statusNotFound
		}
		if h.grow {
			h.props[name] = "x" + stored
		}
		order.PutUint32(m[callSize+3*paramSize+4:], uint32(len(stored)))
		if copy(pointers[1].Buffer, stored) < len(stored) {
			return statusBufferOverflow
		}
		return statusOK
	case functionDelete:
		h.log = append(h.log, "delete "+name)
		if h.readOnly {
			return statusPermissionDenied
		}
		delete(h.props, name)
		return statusOK
	}
	return -12
}

func connect(t *testing.T, h *host) *Client {
	t.Helper()
	h.t = t
	c, err := Connect(h)
	require.NoError(t, err)
	return c
}

func TestMessages(t *testing.T) {
	h := &host{props: map[string]string{"/a": "value\x00TRANSIENT\x00", "/empty": "\x00\x00"}}
	c := connect(t, h)
	value, ok, err := c.Get("/a", 100)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "value", string(value))
	value, ok, err = c.Get("/empty", 100)
	require.NoError(t, err)
	require.True(t, ok)
	require.Empty(t, value)
	_, ok, err = c.Get("/none", 100)
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, c.Delete("/a"))
	require.NotContains(t, h.props, "/a")
	require.NoError(t, c.Close())
	require.Equal(t, 1, h.closed)
	require.Equal(t, []string{
		"version 28000000" + "01000100" + "00000000" + "00000000" + "2c000000" + "00000000" +
			"00000100" + "00000100" + strings.Repeat("00", 12),
		"connect 9c000000" + "01000100" + "00000000" + "00000000" + "1c000000" + "00000000" +
			"02000000" + hex.EncodeToString([]byte(Service)),
		"get /a", "get /a", "get /empty", "get /empty", "get /none", "delete /a",
		"disconnect 1c000000" + "01000100" + "00000000" + "00000000" + "18000000" + "00000000" + "34120000",
	}, h.log)
}

func TestCallMessage(t *testing.T) {
	c := &Client{id: 7}
	msg, at := c.call(functionGet, 4)
	require.Equal(t, 40, at)
	require.Equal(t, "68000000"+"01000100"+"00000000"+"00000000"+"68000000"+"00000000"+
		"07000000"+"01000000"+"ffffffff"+"01"+"00"+"0400", hex.EncodeToString(msg[:at]))
	require.EqualValues(t, 0xc0685607, request(requestCall, uint32(len(msg))))
}

func TestFailures(t *testing.T) {
	t.Run("too large", func(t *testing.T) {
		c := connect(t, &host{props: map[string]string{"/a": "value\x00\x00"}})
		_, _, err := c.Get("/a", 6)
		require.ErrorIs(t, err, ErrTooLarge)
	})
	t.Run("no end of the value", func(t *testing.T) {
		c := connect(t, &host{props: map[string]string{"/a": "value"}})
		_, _, err := c.Get("/a", 100)
		require.EqualError(t, err, `VirtualBox guest property "/a" is not NUL-terminated`)
	})
	t.Run("grows for ever", func(t *testing.T) {
		c := connect(t, &host{props: map[string]string{"/a": "value\x00\x00"}, grow: true})
		_, _, err := c.Get("/a", 1000)
		require.EqualError(t, err, "error -41")
	})
	t.Run("read only", func(t *testing.T) {
		c := connect(t, &host{props: map[string]string{"/a": "\x00\x00"}, readOnly: true})
		require.EqualError(t, c.Delete("/a"), "permission denied; is the property read-only?")
	})
	t.Run("system", func(t *testing.T) {
		h := &host{broken: syscall.EPERM}
		_, err := Connect(h)
		require.ErrorIs(t, err, fs.ErrPermission)
		require.Equal(t, 1, h.closed)
	})
}

func TestOpenMissing(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	_, err := Open(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	var pathErr *fs.PathError
	require.True(t, errors.As(err, &pathErr))
}
