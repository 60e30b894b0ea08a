package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/boottest/early"
)

const kargsDir = "/etc/cmdline.d"

// networkKargs lets Afterburn write what the cloud says about the network. Where it
// says nothing there is none.
func networkKargs() error {
	if err := os.MkdirAll(kargsDir, 0o755); err != nil {
		return err
	}
	return run("/usr/bin/afterburn", "exp", "rd-network-kargs", "--cmdline", "--default-value", "ip=off")
}

// network is what the kernel arguments of dracut.cmdline(7) say, as far as it is
// understood here: one static address.
type network struct {
	address, gateway netip.Addr
	mask             netip.Addr
	nameservers      []netip.Addr
}

// readKargs reads the arguments of the kernel command line and of /etc/cmdline.d;
// nil if there are none.
func readKargs() (*network, error) {
	words, err := early.Cmdline()
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(kargsDir + "/*.conf")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		words = append(words, strings.Fields(string(text))...)
	}
	return parseKargs(words)
}

func parseKargs(words []string) (*network, error) {
	var n *network
	var nameservers []netip.Addr
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "ip":
			if value == "off" {
				continue
			}
			if n != nil {
				return nil, fmt.Errorf("%s: a second address is not supported", word)
			}
			var err error
			if n, err = parseIP(value); err != nil {
				return nil, fmt.Errorf("%s: %w", word, err)
			}
		case "nameserver":
			a, err := netip.ParseAddr(value)
			if err != nil {
				return nil, err
			}
			nameservers = append(nameservers, a)
		}
	}
	if n != nil {
		n.nameservers = nameservers
	}
	return n, nil
}

// parseIP reads ADDRESS:PEER:GATEWAY:MASK:HOSTNAME:INTERFACE:METHOD.
func parseIP(value string) (*network, error) {
	f := strings.Split(value, ":")
	if len(f) != 7 || f[1] != "" || f[4] != "" || f[5] != "" || f[6] != "off" && f[6] != "none" {
		return nil, errors.New("not supported")
	}
	n := &network{}
	for _, field := range []struct {
		to   *netip.Addr
		text string
	}{{&n.address, f[0]}, {&n.gateway, f[2]}, {&n.mask, f[3]}} {
		a, err := netip.ParseAddr(field.text)
		if err != nil {
			return nil, err
		}
		if !a.Is4() {
			return nil, errors.New("not supported")
		}
		*field.to = a
	}
	return n, nil
}

// bits is the length of the prefix.
func (n *network) bits() int {
	var bits int
	for _, b := range n.mask.As4() {
		for ; b&0x80 != 0; b <<= 1 {
			bits++
		}
	}
	return bits
}

// networkUp configures the first interface by the kernel arguments.
func networkUp() error {
	n, err := readKargs()
	if err != nil {
		return err
	}
	if n == nil {
		return errors.New("needed, but there are no kernel arguments for it")
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	name, err := interfaceName()
	if err != nil {
		return err
	}
	for _, set := range []struct {
		what    string
		request uint
		fill    func(*unix.Ifreq) error
	}{
		{"address", unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr(n.address.AsSlice()) }},
		{"mask", unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr(n.mask.AsSlice()) }},
		{"flags", unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error { r.SetUint16(unix.IFF_UP); return nil }},
	} {
		r, err := unix.NewIfreq(name)
		if err == nil {
			err = set.fill(r)
		}
		if err == nil {
			err = unix.IoctlIfreq(fd, set.request, r)
		}
		if err != nil {
			return fmt.Errorf("%s of %s: %w", set.what, name, err)
		}
	}
	if err := addDefaultRoute(fd, n.gateway); err != nil {
		return fmt.Errorf("route by %v: %w", n.gateway, err)
	}
	var resolv strings.Builder
	for _, a := range n.nameservers {
		fmt.Fprintf(&resolv, "nameserver %v\n", a)
	}
	say("network: %s has %v/%d, gateway %v", name, n.address, n.bits(), n.gateway)
	return os.WriteFile("/etc/resolv.conf", []byte(resolv.String()), 0o644)
}

// interfaceName returns the first interface that is not the loopback.
func interfaceName() (string, error) {
	entries, err := os.ReadDir("/sys/class/net")
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if e.Name() != "lo" {
			return e.Name(), nil
		}
	}
	return "", errors.New("there is no interface")
}

// rtentry is struct rtentry of the kernel.
type rtentry struct {
	_                    uintptr
	dst, gateway, mask   unix.RawSockaddrInet4
	flags                uint16
	_                    int16
	_, _                 uintptr
	metric               int16
	device, mtu, windows uintptr
	timeout              uint16
}

func addDefaultRoute(fd int, gateway netip.Addr) error {
	const up, byGateway = 1, 2
	any4 := unix.RawSockaddrInet4{Family: unix.AF_INET}
	r := rtentry{dst: any4, mask: any4, gateway: any4, flags: up | byGateway}
	r.gateway.Addr = gateway.As4()
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCADDRT, uintptr(unsafe.Pointer(&r)))
	if errno != 0 {
		return errno
	}
	return nil
}

// leaveNetwork writes what the arguments say in the form of the real root's network
// manager, where it stays: the arguments are those of the first boot only. The interface
// is left down, so that udev can give it its name.
func leaveNetwork() error {
	n, err := readKargs()
	if err != nil || n == nil {
		return err
	}
	var text strings.Builder
	text.WriteString("# From the kernel arguments of the first boot.\n[Match]\nType=ether\n\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n")
	fmt.Fprintf(&text, "Address=%v/%d\nGateway=%v\n", n.address, n.bits(), n.gateway)
	for _, a := range n.nameservers {
		fmt.Fprintf(&text, "DNS=%v\n", a)
	}
	dir := early.Sysroot + "/etc/systemd/network"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(dir+"/10-initramfs.network", []byte(text.String()), 0o644); err != nil {
		return err
	}
	return networkDown()
}

func networkDown() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	name, err := interfaceName()
	if err != nil {
		return err
	}
	r, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	r.SetUint16(0)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
}
