package tftp

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	pin "github.com/pin/tftp/v3"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// files are sizes at the borders of the protocol, and one whose block numbers wrap.
func files() map[string][]byte {
	m := map[string][]byte{}
	rng := rand.NewChaCha8([32]byte{2})
	for _, size := range []int{0, 1, 511, 512, 513, 100_000, 65536*512 + 1000} {
		b := make([]byte, size)
		rng.Read(b)
		m[fmt.Sprintf("/file-%d", size)] = b
	}
	return m
}

func get(ctx context.Context, address, name string, opt *Options) ([]byte, error) {
	r, err := Open(ctx, address, name, opt)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func TestAgainstPinServer(t *testing.T) {
	all := files()
	server := pin.NewServer(func(name string, rf io.ReaderFrom) error {
		data, ok := all[name]
		if !ok {
			return os.ErrNotExist
		}
		_, err := rf.ReadFrom(bytes.NewReader(data))
		return err
	}, nil)
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	go server.Serve(conn)
	t.Cleanup(server.Shutdown)
	check(t, conn.LocalAddr().String(), all)
}

func check(t *testing.T, address string, all map[string][]byte) {
	t.Helper()
	for name, data := range all {
		got, err := get(t.Context(), address, name, nil)
		require.NoError(t, err, name)
		require.True(t, bytes.Equal(data, got), name)
	}
	_, err := get(t.Context(), address, "/missing", nil)
	var refused *Error
	require.ErrorAs(t, err, &refused)
	require.EqualValues(t, 1, refused.Code)
}

// tftpd-hpa, the server of most distributions.
func TestAgainstHPA(t *testing.T) {
	tool := testutil.Tool(t, "in.tftpd")
	testutil.Root(t) // it changes its root
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	all := files()
	for name, data := range all {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
	address := fmt.Sprint("127.0.0.1:", testutil.FreePort(t))
	cmd := exec.Command(tool, "-L", "-4", "-u", "root", "-a", address, "-s", dir)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	require.Eventually(t, func() bool {
		_, err := get(t.Context(), address, "/file-1", &Options{Timeout: time.Second, Retries: 1, Backoff: func() time.Duration { return 0 }})
		return err == nil
	}, 2*time.Minute, 50*time.Millisecond)
	check(t, address, all)
}

// script is a server that answers each packet it gets by what f returns.
func script(t *testing.T, f func(n int, packet []byte) [][]byte) string {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 2048)
		for n := 0; ; n++ {
			m, from, err := conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			for _, reply := range f(n, buf[:m]) {
				conn.WriteToUDPAddrPort(reply, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

func block(n uint16, data string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0, opData}, n), data...)
}

// quick and patient are for servers that say nothing and others.
var (
	quick   = &Options{Timeout: 50 * time.Millisecond, Retries: 8, Backoff: func() time.Duration { return 0 }}
	patient = &Options{Timeout: time.Second, Retries: 60, Backoff: func() time.Duration { return 0 }}
)

func TestBadServers(t *testing.T) {
	full := string(make([]byte, blockSize))
	for name, c := range map[string]struct {
		reply func(n int, packet []byte) [][]byte
		want  string
		err   string
	}{
		"lost packets": {func(n int, p []byte) [][]byte {
			if n%3 != 2 {
				return nil
			}
			if p[1] == opRead {
				return [][]byte{block(1, full)}
			}
			return [][]byte{block(2, "end")}
		}, full + "end", ""},
		"repeated and foreign blocks": {func(n int, p []byte) [][]byte {
			if p[1] == opRead {
				return [][]byte{block(7, "no"), block(1, full), block(1, full)}
			}
			return [][]byte{block(1, full), block(2, "end")}
		}, full + "end", ""},
		"silent":   {func(n int, p []byte) [][]byte { return nil }, "", "i/o timeout"},
		"oversize": {func(n int, p []byte) [][]byte { return [][]byte{block(1, full+"x")} }, "", "block of more than 512 bytes"},
		"short":    {func(n int, p []byte) [][]byte { return [][]byte{{0, 3, 0}} }, "", "packet is too short"},
		"options":  {func(n int, p []byte) [][]byte { return [][]byte{[]byte("\x00\x06blksize\x0065464\x00")} }, "", "unexpected packet"},
		"error":    {func(n int, p []byte) [][]byte { return [][]byte{[]byte("\x00\x05\x00\x02no \xff access\x00rest")} }, "", "code: 2, message: no \ufffd access"},
		"old blocks only": {func(n int, p []byte) [][]byte {
			if p[1] == opRead {
				return [][]byte{block(1, full)}
			}
			return [][]byte{block(1, full)}
		}, "", "i/o timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			opt := patient
			if c.err == "i/o timeout" {
				opt = quick
			}
			data, err := get(t.Context(), script(t, c.reply), "/x", opt)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, string(data))
		})
	}
}

func TestCanceling(t *testing.T) {
	silent := script(t, func(int, []byte) [][]byte { return nil })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, silent, "/x", nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	told := make(chan []byte, 1)
	stuck := script(t, func(n int, p []byte) [][]byte {
		switch p[1] {
		case opRead:
			return [][]byte{block(1, string(make([]byte, blockSize)))}
		case opError:
			told <- bytes.Clone(p)
		}
		return nil
	})
	ctx, cancel = context.WithCancel(t.Context())
	r, err := Open(ctx, stuck, "/x", nil)
	require.NoError(t, err)
	time.AfterFunc(20*time.Millisecond, cancel)
	data, err := io.ReadAll(r)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, data, blockSize)
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
	require.Equal(t, "\x00\x05\x00\x00canceled\x00", string(<-told))
	_, err = r.Read(make([]byte, 1))
	require.Error(t, err)
}

func TestNames(t *testing.T) {
	for _, name := range []string{"/a\x00b", string(make([]byte, 600))} {
		_, err := Open(t.Context(), "127.0.0.1:69", name, nil)
		require.EqualError(t, err, "invalid file name")
	}
	_, err := Open(t.Context(), "noport", "/x", nil)
	require.Error(t, err)
	peer, err := resolve(t.Context(), "[::1]:69")
	require.NoError(t, err)
	require.Equal(t, netip.MustParseAddrPort("[::1]:69"), peer)
}

// FuzzPacket: whatever a server sends, only the next block moves the transfer on.
func FuzzPacket(f *testing.F) {
	f.Add(uint16(0), block(1, "data"))
	f.Add(uint16(65535), block(0, string(make([]byte, 512))))
	f.Add(uint16(3), []byte("\x00\x05\x00\x01gone\x00"))
	f.Add(uint16(3), []byte("\x00\x06blksize\x00512\x00"))
	f.Fuzz(func(t *testing.T, last uint16, packet []byte) {
		r := &Reader{block: last}
		done, err := r.parse(packet)
		if done && err != nil || !done && r.block != last {
			t.Fatal("moved on after an error")
		}
		if done && (r.block != last+1 || len(r.rest) != len(packet)-4 || r.last != (len(r.rest) < blockSize) || len(r.rest) > blockSize) {
			t.Fatalf("block %d after %d with %d bytes", r.block, last, len(r.rest))
		}
	})
}
