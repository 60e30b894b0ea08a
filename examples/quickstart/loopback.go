//go:build linux

package main

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// listen listens on the loopback interface, on a port of its own. In a new network namespace that interface is down,
// so that nobody can connect; it is set up if this process may do that.
func listen() (net.Listener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		if err = connect(listener.Addr()); err == nil {
			return listener, nil
		}
		listener.Close()
	}
	if loopbackUp() != nil {
		return nil, fmt.Errorf("the loopback interface is needed, and down (ip link set lo up): %w", err)
	}
	say("the loopback interface was down, as it is in a new network namespace; it is up now")
	return net.Listen("tcp", "127.0.0.1:0")
}

func connect(to net.Addr) error {
	conn, err := net.Dial(to.Network(), to.String())
	if err != nil {
		return err
	}
	return conn.Close()
}

// loopbackUp is "ip link set lo up".
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, lo); err != nil {
		return err
	}
	if lo.Uint16()&unix.IFF_UP != 0 {
		return unix.EALREADY
	}
	lo.SetUint16(lo.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}
