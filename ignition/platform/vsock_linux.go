package platform

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// vsockConn is a connection of the family AF_VSOCK, which package net does not know.
type vsockConn struct {
	*os.File
	local, remote vsockAddr
}

type vsockAddr struct{ cid, port uint32 }

func (vsockAddr) Network() string  { return "vsock" }
func (a vsockAddr) String() string { return fmt.Sprintf("%d:%d", a.cid, a.port) }

func (c *vsockConn) LocalAddr() net.Addr  { return c.local }
func (c *vsockConn) RemoteAddr() net.Addr { return c.remote }

// dialVsock connects to a port of a virtual machine or its host.
func dialVsock(ctx context.Context, cid, port uint32) (net.Conn, error) {
	fd, err := unix.Socket(unix.AF_VSOCK, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	// A file that does not block waits by the runtime's poller, with deadlines.
	c := &vsockConn{File: os.NewFile(uintptr(fd), "vsock"), remote: vsockAddr{cid, port}}
	if err := connectVsock(ctx, fd, c.remote); err != nil {
		c.Close()
		return nil, err
	}
	if sa, err := unix.Getsockname(fd); err == nil {
		if vm, ok := sa.(*unix.SockaddrVM); ok {
			c.local = vsockAddr{vm.CID, vm.Port}
		}
	}
	return c, nil
}

func connectVsock(ctx context.Context, fd int, to vsockAddr) error {
	err := unix.Connect(fd, &unix.SockaddrVM{CID: to.cid, Port: to.port})
	if err != unix.EINPROGRESS && err != unix.EINTR {
		return os.NewSyscallError("connect", err)
	}
	const slice = 100 * time.Millisecond // how late the context's end is seen
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		n, err := unix.Poll(fds, int(slice.Milliseconds()))
		if err != nil && err != unix.EINTR {
			return os.NewSyscallError("poll", err)
		}
		if n > 0 {
			break
		}
	}
	status, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && status != 0 {
		err = unix.Errno(status)
	}
	return os.NewSyscallError("connect", err)
}
