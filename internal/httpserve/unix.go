package httpserve

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// unixListener removes its path at the end, unless somebody else has taken it meanwhile.
type unixListener struct {
	*net.UnixListener
	path string
	info fs.FileInfo
}

// listenUnix binds a temporary name and links it to path, so that no client ever sees the socket with another
// mode, nor before it is listening.
func listenUnix(path string, mode fs.FileMode) (net.Listener, error) {
	temp := filepath.Join(filepath.Dir(path), "."+rand.Text()[:8])
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temp, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	defer os.Remove(temp)
	info, err := publish(temp, path, mode)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &unixListener{l, path, info}, nil
}

func publish(temp, path string, mode fs.FileMode) (fs.FileInfo, error) {
	if err := os.Chmod(temp, mode); err != nil {
		return nil, err
	}
	err := os.Link(temp, path)
	if errors.Is(err, fs.ErrExist) {
		if err := removeStale(path); err != nil {
			return nil, err
		}
		err = os.Link(temp, path)
	}
	if err != nil {
		return nil, err
	}
	return os.Lstat(path)
}

// removeStale removes the socket of a process that has ended. Only a refused connection proves that; any other
// answer, such as a full queue, may come from somebody alive.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%s: %w", path, syscall.EADDRINUSE)
	}
	return os.Remove(path)
}

func (l *unixListener) Close() error {
	if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.info) {
		os.Remove(l.path)
	}
	return l.UnixListener.Close()
}

// Addr tells the public path, not the name that was bound.
func (l *unixListener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }
