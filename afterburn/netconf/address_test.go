package netconf_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/afterburn/netconf"
)

func TestParseAddr(t *testing.T) {
	for in, want := range map[string]string{
		"203.0.113.10": "203.0.113.10", "2604:1380::0": "2604:1380::", "2001:DB8:0:0:1:0:0:0": "2001:db8:0:0:1::",
		"::1.2.3.4": "::102:304", "::ffff:1.2.3.4": "::ffff:1.2.3.4", "1:0:0:2:0:0:0:3": "1:0:0:2::3",
	} {
		if a, err := netconf.ParseAddr(in); err != nil || a.String() != want {
			t.Errorf("%s: %v, %v, want %s", in, a, err, want)
		}
	}
	for _, in := range []string{"", " 1.2.3.4", "1.2.3.4 ", "01.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.256", "fe80::1%eth0", "::g", "1::2::3", "[::1]", "1.2.3.4/24"} {
		if a, err := netconf.ParseAddr(in); !errors.Is(err, netconf.ErrAddress) {
			t.Errorf("%q: %v, %v", in, a, err)
		}
	}
}

func TestParsePrefix(t *testing.T) {
	for in, want := range map[string]string{
		"203.0.113.10": "203.0.113.10/32", "203.0.113.10/20": "203.0.113.10/20", "203.0.113.10/255.255.240.0": "203.0.113.10/20",
		"10.0.0.1/0.0.0.0": "10.0.0.1/0", "10.0.0.1/0": "10.0.0.1/0", "2001:db8::5": "2001:db8::5/128", "2001:DB8::5/56": "2001:db8::5/56",
		"10.0.0.1/024": "10.0.0.1/24", "10.0.0.1/+24": "10.0.0.1/24",
	} {
		if p, err := netconf.ParsePrefix(in); err != nil || p.String() != want {
			t.Errorf("%s: %v, %v, want %s", in, p, err, want)
		}
	}
	for in, want := range map[string]string{
		"": "invalid address: ", "default": "invalid address: default", "10.0.0.1/33": "invalid prefix", "::1/129": "invalid prefix",
		"10.0.0.1/255.0.255.0": "invalid prefix", "10.0.0.1/": "invalid address: 10.0.0.1/", "::1/ffff::": "invalid address: ::1/ffff::",
		"10.0.0.1/-1": "invalid address: 10.0.0.1/-1", "a\nb": `invalid address: "a\nb"`,
	} {
		if p, err := netconf.ParsePrefix(in); err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v, want %s", in, p, err, want)
		}
	}
}

func TestParsePrefixMask(t *testing.T) {
	for _, c := range [][3]string{
		{"203.0.113.10", "255.255.192.0", "203.0.113.10/18"}, {"2001:db8::1", "ffff:ffff:ffff:ffff::", "2001:db8::1/64"},
		{"2001:db8::1", "ffff:ffff:ffff:ffff:8000::", "2001:db8::1/65"}, {"2001:db8::1", "::", "2001:db8::1/0"},
		{"10.1.2.3", "24", "10.1.2.3/24"}, {"10.1.2.3", "0.0.0.0", "10.1.2.3/0"}, {"10.1.2.3", "255.255.255.255", "10.1.2.3/32"},
		{"2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::1/128"},
	} {
		if p, err := netconf.ParsePrefixMask(c[0], c[1]); err != nil || p.String() != c[2] {
			t.Errorf("%s: %v, %v", c, p, err)
		}
	}
	for _, c := range [][3]string{
		{"10.0.0.1", "255.0.255.0", "invalid prefix"}, {"10.0.0.1", "0.0.0.255", "invalid prefix"}, {"10.0.0.1", "ffff::", "invalid prefix"},
		{"::1", "255.0.0.0", "invalid prefix"}, {"::1", "ffff:0:ffff::", "invalid prefix"}, {"10.0.0.1", "33", "invalid prefix"},
		{"10.0.0.1", "x", "Invalid netmask format: x. Expected IP address or prefix length."},
		{"10.0.0.1/24", "24", "invalid IP address syntax"},
	} {
		if p, err := netconf.ParsePrefixMask(c[0], c[1]); err == nil || err.Error() != c[2] {
			t.Errorf("%s: %v, %v", c, p, err)
		}
	}
}

// TestMasks compares with the standard library's masks, all of them.
func TestMasks(t *testing.T) {
	for _, a := range []string{"203.0.113.77", "2001:db8::77"} {
		a := netip.MustParseAddr(a)
		ones := netip.MustParseAddr(map[bool]string{true: "255.255.255.255", false: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}[a.Is4()])
		for n := 0; n <= a.BitLen(); n++ {
			mask := netip.PrefixFrom(ones, n).Masked().Addr()
			if p, err := netconf.ParsePrefixMask(a.String(), mask.String()); err != nil || p != netip.PrefixFrom(a, n) {
				t.Errorf("%s %s: %v, %v", a, mask, p, err)
			}
			if !a.Is4() {
				continue
			}
			c := netconf.Config{Interfaces: []netconf.Interface{{Name: "e", Addresses: []netip.Prefix{netip.PrefixFrom(a, n)}}}}
			if got, want := c.Kargs(netconf.KubeVirtKargs), fmt.Sprintf("ip=%s:::%s::e:static", a, mask); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
}

func TestParseMAC(t *testing.T) {
	for in, want := range map[string]string{"02:00:00:00:00:0A": "02:00:00:00:00:0a", "1:2:3:4:5:F": "01:02:03:04:05:0f", "11:22:33:44:55:66": "11:22:33:44:55:66"} {
		if mac, err := netconf.ParseMAC(in); err != nil || mac != want {
			t.Errorf("%s: %s, %v", in, mac, err)
		}
	}
	for in, want := range map[string]string{
		"": "Invalid", "0:1:2:3:4": "Too few", "0:1:2:3:4:5:6": "Too many", "0:1:2:3:4:5:": "Too many", "g:1:2:3:4:5": "Invalid",
		"001:2:3:4:5:6": "Invalid", "+1:2:3:4:5:6": "Invalid", "0:1:2:3:4:": "Invalid", "00-11-22-33-44-55": "Invalid", "0: 1:2:3:4:5": "Invalid",
		strings.Repeat("0:", 1000): "Too many",
	} {
		if mac, err := netconf.ParseMAC(in); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %s, %v, want %s", in, mac, err, want)
		}
	}
}

func TestBondingMode(t *testing.T) {
	want := strings.Fields("balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb")
	for n, name := range want {
		if got, err := netconf.BondingMode(n); got != name || err != nil {
			t.Errorf("%d: %s, %v", n, got, err)
		}
	}
	for _, n := range []int{-1, 7, 1 << 40} {
		if _, err := netconf.BondingMode(n); err == nil || err.Error() != fmt.Sprintf("no such bonding mode: %d", n) {
			t.Errorf("%d: %v", n, err)
		}
	}
}
