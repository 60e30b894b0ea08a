package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/zincati/internal/logfmt"
)

const (
	// maxClients bounds the connections that are open at a time.
	maxClients = 512
	// clientTime is how long a client may take to read the text.
	clientTime = 10 * time.Second
	// drainTime is how long a client has to hang up after it got the text.
	drainTime = time.Second
	// retryPause is the wait after a failure to accept, such as a lack of file descriptors.
	retryPause = 100 * time.Millisecond
)

// Server hands out the metrics on a Unix socket. Make it with [Metrics.Listen].
type Server struct {
	metrics  *Metrics
	listener *net.UnixListener
	log      *slog.Logger
}

// Listen binds the Unix socket at path; on Linux its directory may have a name of any length. Whatever was there before is
// removed, unless it is a directory; the directory above must exist. A nil logger is silent. The error's text names the path, as the journal of zincati shows it.
func (m *Metrics) Listen(path string, log *slog.Logger) (*Server, error) {
	s, err := m.listen(path, log)
	if err != nil {
		return nil, fmt.Errorf("failed to setup metrics service on '%s': %w", path, err)
	}
	return s, nil
}

func (m *Metrics) listen(path string, log *slog.Logger) (*Server, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := removeFile(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &removeError{err}
	}
	address, done, err := socketAddress(path)
	if err != nil {
		return nil, fmt.Errorf("failed to bind metrics service to Unix socket: %w", cause(err))
	}
	defer done()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: address, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("failed to bind metrics service to Unix socket: %w", cause(err))
	}
	// The file may be the next instance's by the time this one closes.
	l.SetUnlinkOnClose(false)
	log = log.With("target", "zincati::metrics")
	log.Debug(fmt.Sprintf("started metrics service on Unix-domain socket '%s'", path))
	return &Server{metrics: m, listener: l, log: log}, nil
}

// socketAddress returns a name of the socket at path that fits into an address, which a long path does not, and what to
// call when it is bound.
func socketAddress(path string) (name string, done func(), err error) {
	const fits = 100 // the kernel's limit is 108 with the final zero; others have less
	if runtime.GOOS != "linux" || len(path) <= fits {
		return path, func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), func() { dir.Close() }, nil
}

// removeError is shown as one line, where other errors are a chain: there is no Unwrap.
type removeError struct{ err error }

func (e *removeError) Error() string        { return "failed to remove socket file: " + logfmt.Line(e.err) }
func (e *removeError) Is(target error) bool { return errors.Is(e.err, target) }

// cause is what the system said, without the operation and addresses that the net package puts before it.
func cause(err error) error {
	if sys, ok := errors.AsType[*os.SyscallError](err); ok {
		return sys.Err
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// Close stops listening. It is for servers that are not served; the end of Serve closes too.
func (s *Server) Close() error { return s.listener.Close() }

// Serve answers clients until the context ends, and returns nil then. Any other end is an error.
func (s *Server) Serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = s.listener.Close() })
	defer stop()
	defer s.listener.Close()
	c := clients{open: make([]*net.UnixConn, 0, 16)}
	defer c.closeAll()
	for {
		conn, err := s.listener.AcceptUnix()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accepting metrics client: %w", err)
		case err != nil:
			s.log.Warn("accepting metrics client: " + err.Error())
			select {
			case <-ctx.Done():
			case <-time.After(retryPause):
			}
			continue
		}
		c.add(conn)
		go func() {
			defer c.done(conn)
			if err := s.answer(conn); err != nil && !errors.Is(err, net.ErrClosed) {
				s.log.Debug("serving metrics client: " + err.Error())
			}
		}()
	}
}

// answer writes the text and ends the stream. What the client has sent is read before closing, as the kernel reports
// a reset instead of the end of the file to the peer of a socket that is closed with unread data.
func (s *Server) answer(conn *net.UnixConn) error {
	text, err := s.metrics.text()
	if err != nil {
		return err
	}
	if err := conn.SetWriteDeadline(time.Now().Add(clientTime)); err != nil {
		return err
	}
	if _, err := conn.Write(text); err != nil {
		return err
	}
	if err := conn.CloseWrite(); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(drainTime)); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// Serve is Listen and Server.Serve in one.
func (m *Metrics) Serve(ctx context.Context, path string, log *slog.Logger) error {
	s, err := m.Listen(path, log)
	if err != nil {
		return err
	}
	return s.Serve(ctx)
}

// clients are the open connections, the oldest first.
type clients struct {
	mu   sync.Mutex
	open []*net.UnixConn
}

// add makes room by hanging up on the oldest client.
func (c *clients) add(conn *net.UnixConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) == maxClients {
		_ = c.open[0].Close()
		c.open = append(c.open[:0], c.open[1:]...)
	}
	c.open = append(c.open, conn)
}

func (c *clients) done(conn *net.UnixConn) {
	_ = conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, o := range c.open {
		if o == conn {
			c.open = append(c.open[:i], c.open[i+1:]...)
			return
		}
	}
}

func (c *clients) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.open {
		_ = conn.Close()
	}
	c.open = c.open[:0]
}
