package testutil

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"testing"
)

// FreePort returns a TCP and UDP port of the loopback interface that is free and stays so until the end of the test, for
// a program that cannot be told to listen on any port, or that has to come back on the same one. Such a port is not one
// of those that the kernel hands out (to whoever listens on port 0 or connects to somebody), and other tests that ask
// for one get another.
func FreePort(t testing.TB) int {
	t.Helper()
	const least = 10000
	most := 32768
	if text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		fmt.Sscan(string(text), &most)
	}
	for range 1000 {
		port := 0 // where all ports are handed out by the kernel
		if most > least {
			port = least + rand.N(most-least)
		}
		if port, ok := free(port); ok && reserve(t, port) {
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

func free(port int) (int, bool) {
	l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		return 0, false
	}
	defer l.Close()
	port = l.Addr().(*net.TCPAddr).Port
	u, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return 0, false
	}
	u.Close()
	return port, true
}

// reserve keeps other tests on the machine from choosing the port, by a name that ends with this process at the latest.
func reserve(t testing.TB, port int) bool {
	if runtime.GOOS != "linux" {
		return true
	}
	l, err := net.Listen("unix", fmt.Sprint("@nestos-test-port-", port))
	if err != nil {
		return false
	}
	t.Cleanup(func() { l.Close() })
	return true
}
