package kvp

import (
	"context"
	"encoding/binary"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// device returns a reader's end and a host's end of a device that keeps the
// borders of messages as the kernel's does.
func device(t *testing.T) (reader, host *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	reader, host = os.NewFile(uintptr(fds[0]), "reader"), os.NewFile(uintptr(fds[1]), "host")
	t.Cleanup(func() { reader.Close(); host.Close() })
	return reader, host
}

func TestRead(t *testing.T) {
	reader, host := device(t)
	statuses := make(chan []uint32, 1)
	go func() {
		buf := make([]byte, MessageSize)
		n, _ := host.Read(buf)
		var seen []uint32
		if n == MessageSize && buf[0] == OpRegister {
			host.Write(registration()) // the kernel echoes it with its version
			for _, m := range [][]byte{
				message(OpSet, 0, "a", "1"), message(OpSet, 4, "b", "2"), message(OpSet, 9, "c", "3"),
				message(2, 0, "d", "4"), message(OpSet, 0, "a", "5"),
			} {
				host.Write(m)
				host.Read(buf)
				seen = append(seen, binary.LittleEndian.Uint32(buf))
			}
		}
		statuses <- seen
	}()
	pools, err := Read(t.Context(), reader, 3*time.Second)
	require.NoError(t, err)
	require.Equal(t, &Pools{0: {{"a", "1"}, {"a", "5"}}, 4: {{"b", "2"}}}, pools)
	require.Equal(t, []uint32{statusOK, statusOK, statusFail, statusFail, statusOK}, <-statuses)
}

func TestReadEnds(t *testing.T) {
	t.Run("context", func(t *testing.T) {
		reader, _ := device(t)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := Read(ctx, reader, time.Hour)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("short message", func(t *testing.T) {
		reader, host := device(t)
		host.Write([]byte("short"))
		_, err := Read(t.Context(), reader, time.Hour)
		require.EqualError(t, err, "message has 5 bytes, not 7432")
	})
	t.Run("endless host", func(t *testing.T) {
		reader, host := device(t)
		go func() {
			buf := make([]byte, MessageSize)
			host.Read(buf)
			for n := 0; ; n++ {
				if _, err := host.Write(message(OpSet, 0, strconv.Itoa(n), "")); err != nil {
					return
				}
				host.Read(buf)
			}
		}()
		_, err := Read(t.Context(), reader, time.Hour)
		require.ErrorIs(t, err, ErrTooMany)
	})
}
