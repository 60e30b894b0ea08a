package netconf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
)

// Errors of the address parsers. The texts are those that Afterburn prints.
var (
	ErrAddress = errors.New("invalid IP address syntax")
	ErrPrefix  = errors.New("invalid prefix")
)

// ParseAddr parses an IP address: a dotted quad without leading zeros or any form
// of IPv6, without a zone and without blanks. The error is ErrAddress.
func ParseAddr(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, ErrAddress
	}
	return a, nil
}

// ParsePrefix parses "addr", "addr/bits" or, for IPv4, "addr/netmask". Without a
// slash all bits count. Host bits are kept.
func ParsePrefix(s string) (netip.Prefix, error) {
	addr, mask, found := strings.Cut(s, "/")
	a, err := ParseAddr(addr)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("invalid address: %s", printable(s))
	}
	if !found {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	if m, err := ParseAddr(mask); err == nil && a.Is4() {
		return withMask(a, m)
	}
	n, ok := parseBits(mask)
	if !ok {
		return netip.Prefix{}, fmt.Errorf("invalid address: %s", printable(s))
	}
	return withBits(a, n)
}

// ParsePrefixMask parses an address and its netmask, which is an address of the
// same family or a number of bits. Host bits are kept. A netmask with holes is
// ErrPrefix.
func ParsePrefixMask(addr, mask string) (netip.Prefix, error) {
	a, err := ParseAddr(addr)
	if err != nil {
		return netip.Prefix{}, err
	}
	if m, err := ParseAddr(mask); err == nil {
		return withMask(a, m)
	}
	n, ok := parseBits(mask)
	if !ok {
		return netip.Prefix{}, fmt.Errorf("Invalid netmask format: %s. Expected IP address or prefix length.", printable(mask))
	}
	return withBits(a, n)
}

func withBits(a netip.Addr, n int) (netip.Prefix, error) {
	if n > a.BitLen() {
		return netip.Prefix{}, ErrPrefix
	}
	return netip.PrefixFrom(a, n), nil
}

// withMask counts the leading ones of a mask and refuses ones behind them.
func withMask(a, mask netip.Addr) (netip.Prefix, error) {
	if a.BitLen() != mask.BitLen() {
		return netip.Prefix{}, ErrPrefix
	}
	b := mask.As16()
	high, low := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	if mask.Is4() {
		high, low = low<<32, 0
	}
	n := bits.LeadingZeros64(^high)
	if n == 64 {
		n += bits.LeadingZeros64(^low)
	}
	p := netip.PrefixFrom(mask, n)
	if p.Masked().Addr() != mask {
		return netip.Prefix{}, ErrPrefix
	}
	return netip.PrefixFrom(a, n), nil
}

// parseBits parses a prefix length. A plus sign and leading zeros are as good
// as in Afterburn.
func parseBits(s string) (int, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, 8)
	return int(n), err == nil
}

// netmask returns the dotted form of an IPv4 prefix length.
func netmask(n int) string {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(0xffffffff<<(32-n)))
	return netip.AddrFrom4(b).String()
}

// ParseMAC parses six hexadecimal numbers of one or two digits with colons
// between them, and returns them in lower case with two digits each.
func ParseMAC(s string) (string, error) {
	const digits = "0123456789abcdef"
	var out [17]byte
	rest, more := s, true
	for n := 0; n < 6; n++ {
		if !more {
			return "", errors.New("Too few components in a MAC address string")
		}
		var part string
		part, rest, more = strings.Cut(rest, ":")
		v, err := strconv.ParseUint(part, 16, 8)
		if err != nil || len(part) > 2 {
			return "", errors.New("Invalid component in a MAC address string")
		}
		if n > 0 {
			out[3*n-1] = ':'
		}
		out[3*n], out[3*n+1] = digits[v>>4], digits[v&15]
	}
	if more {
		return "", errors.New("Too many components in a MAC address string")
	}
	return string(out[:]), nil
}

var bondingModes = [...]string{"balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"}

// BondingMode returns the kernel's name of a bonding mode, 0 to 6.
func BondingMode(n int) (string, error) {
	if n < 0 || n >= len(bondingModes) {
		return "", fmt.Errorf("no such bonding mode: %d", n)
	}
	return bondingModes[n], nil
}

// printable shows text of strangers in an error: as it is when that is short and
// harmless, else quoted.
func printable(s string) string {
	s = clip(s)
	if checkLine(s) != nil {
		return strconv.Quote(s)
	}
	return s
}
