package platform

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/internal/oplog"
)

// FuzzLease reads DHCP leases of systemd-networkd: the result is an address that is in
// the text.
func FuzzLease(f *testing.F) {
	f.Add([]byte("# This is private data.\nADDRESS=10.1.1.5\nSERVER_ADDRESS=10.1.1.1\n"))
	f.Add([]byte("SERVER_ADDRESS=fe80::1%eth0\n"))
	f.Add([]byte("SERVER_ADDRESS="))
	f.Fuzz(func(t *testing.T, lease []byte) {
		addr, err := leaseServer(bytes.NewReader(lease))
		if err == nil && (!addr.IsValid() || !bytes.Contains(lease, []byte("SERVER_ADDRESS"))) {
			t.Errorf("%v from %q", addr, lease)
		}
	})
}

// FuzzCmdline reads kernel command lines: what is found is a word of the line, and a
// URL can be parsed.
func FuzzCmdline(f *testing.F) {
	f.Add("quiet ignition.config.url=http://a/b ignition.config.device=x ignition.config.path=/y")
	f.Add("ignition.config.url=data:,x\tignition.config.url=%zz")
	f.Fuzz(func(t *testing.T, line string) {
		p := (&env{log: oplog.New(nil)}).parseCmdline(line)
		for _, value := range []string{p.url, p.device, p.path} {
			if !strings.Contains(line, value) || strings.ContainsAny(value, " \t\n") {
				t.Errorf("%q from %q", value, line)
			}
		}
		if _, err := url.Parse(p.url); err != nil {
			t.Error(err)
		}
	})
}
