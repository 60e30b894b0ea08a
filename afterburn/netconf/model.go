package netconf

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Config is the network of a machine: its interfaces and the virtual devices
// above them, in the order of the document they come from. The zero value
// configures nothing.
type Config struct {
	Interfaces []Interface // real ones, and bonds with addresses
	Devices    []Device    // bonds and VLANs
}

// An Interface is one network interface and how it is configured. Name, MAC
// and Path choose the interface; at least one of them is needed.
type Interface struct {
	Name string // kernel name; "" matches any
	MAC  string // as ParseMAC returns it; "" matches any
	Path string // udev path with wildcards, "pci-*"; "" matches any

	// Priority orders the files of networkd and the profiles of
	// NetworkManager: of two that match an interface the lower number wins.
	Priority    int
	Nameservers []netip.Addr   // of this interface
	Addresses   []netip.Prefix // with host bits
	DHCP        DHCP           // families that are configured by DHCP, besides Addresses
	Routes      []Route        // static ones
	Bond        string         // name of the bond that the interface is a member of

	Unmanaged         bool   // networkd leaves the interface alone
	RequiredForOnline string // networkd's operational state, "no" or "degraded-carrier"; "" is its default
}

// DHCP tells which address families are configured by DHCP.
type DHCP uint8

// The DHCP settings. They are bits: DHCPv4|DHCPv6 is DHCPBoth.
const (
	NoDHCP   DHCP = iota
	DHCPv4        // IPv4 only
	DHCPv6        // IPv6 only
	DHCPBoth      // both families
)

// A Route sends what goes to Destination to Gateway. A Destination of zero bits
// is the default route of its family.
type Route struct {
	Destination netip.Prefix // with host bits, if the source has some
	Gateway     netip.Addr   // of the same family
}

// isDefault reports whether r is the default route of its family.
func (r Route) isDefault() bool { return r.Destination.Bits() == 0 }

// A Kind is a kind of virtual device.
type Kind uint8

// The kinds of devices.
const (
	Bond Kind = iota // link aggregation
	VLAN             // 802.1Q
)

// String returns the name of the kind in networkd and NetworkManager, which agree.
func (k Kind) String() string {
	if k == VLAN {
		return "vlan"
	}
	return "bond"
}

// A Device is a virtual network device. The addresses of a bond are those of
// the Interface of the same name.
type Device struct {
	Name     string // kernel name
	Kind     Kind   // what it is
	MAC      string // as ParseMAC returns it; "" lets the kernel choose
	Priority *int   // nil: none given, networkd takes 10

	// Networkd holds sections of the .netdev file behind its section NetDev;
	// NetworkManager holds those of the profile, of which the one named
	// after the kind ("bond", "vlan") is used.
	Networkd, NetworkManager []Section
}

// A Section is a group of settings in a unit or profile.
type Section struct {
	Name     string    // without brackets
	Settings []Setting // in the order of the file
}

// A Setting is one line of a Section, Key=Value.
type Setting struct{ Key, Value string }

// A File is a file to write, without its directory.
type File struct {
	Name string      // without slashes
	Mode fs.FileMode // permissions: keyfiles are for root's eyes only
	Data []byte      // the content
}

// ErrNoIdentifier is the error of an interface that nothing identifies.
var ErrNoIdentifier = errors.New("network interface without name, MAC address, or path")

// ID returns what files and profiles of the interface are named after: its name,
// else its MAC, else its path, else ErrNoIdentifier. An identifier that cannot
// be part of a file name or line is an error.
func (i *Interface) ID() (string, error) {
	for _, id := range []string{i.Name, i.MAC, i.Path} {
		if id != "" {
			return id, checkName(id)
		}
	}
	return "", ErrNoIdentifier
}

// Validate reports the first name or value that cannot be written: file names
// with "/", ".." or a backslash, and anything with control characters or a backslash at
// the end, which would end a line and begin another, or join the two. The parsers and the writers of files call it.
func (c *Config) Validate() error {
	for n := range c.Interfaces {
		if err := c.Interfaces[n].validate(); err != nil {
			return fmt.Errorf("interface %d: %w", n, err)
		}
	}
	for n := range c.Devices {
		if err := c.Devices[n].validate(); err != nil {
			return fmt.Errorf("device %d: %w", n, err)
		}
	}
	return nil
}

func (i *Interface) validate() error {
	for _, name := range []string{i.Name, i.MAC, i.Path, i.Bond} {
		if name == "" {
			continue
		}
		if err := checkName(name); err != nil {
			return err
		}
	}
	for _, a := range i.Nameservers {
		if !a.IsValid() {
			return errors.New("nameserver without address")
		}
	}
	for _, a := range i.Addresses {
		if !a.IsValid() {
			return errors.New("address without prefix")
		}
	}
	for _, r := range i.Routes {
		if !r.Destination.IsValid() || !r.Gateway.IsValid() {
			return errors.New("route without destination or gateway")
		}
	}
	return checkLine(i.RequiredForOnline)
}

func (d *Device) validate() error {
	if err := checkName(d.Name); err != nil {
		return err
	}
	if err := checkLine(d.MAC); err != nil {
		return err
	}
	for _, sections := range [][]Section{d.Networkd, d.NetworkManager} {
		for _, s := range sections {
			if err := s.validate(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Section) validate() error {
	if s.Name == "" || strings.ContainsAny(s.Name, "[]") {
		return fmt.Errorf("section name %q", clip(s.Name))
	}
	if err := checkLine(s.Name); err != nil {
		return err
	}
	for _, kv := range s.Settings {
		if kv.Key == "" || strings.ContainsAny(kv.Key, "=[") {
			return fmt.Errorf("section %s: setting name %q", s.Name, clip(kv.Key))
		}
		if err := checkLine(kv.Key + kv.Value); err != nil {
			return err
		}
	}
	return nil
}

// maxName bounds names in bytes. The kernel's limit is 15, a path may be longer,
// a file name must fit into 255, and YAML writes keys of up to 128 in one line.
const maxName = 128

// checkName refuses names that cannot be part of a file name or of a line.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("empty name")
	case len(name) > maxName:
		return fmt.Errorf("name %q is longer than %d bytes", clip(name), maxName)
	case name == ".":
		return fmt.Errorf("name %q is that of a directory", name)
	case strings.Contains(name, `\`):
		return fmt.Errorf(`name %q must not hold "\": units and profiles take it for an escape`, clip(name))
	}
	for _, part := range []string{"/", ".."} {
		if strings.Contains(name, part) {
			return fmt.Errorf("name %q would leave its directory: it must not hold %q", clip(name), part)
		}
	}
	return checkLine(name)
}

// checkLine refuses what would not stay within its line, or is no text. A backslash at the
// end of a line of a unit makes the next line part of it.
func checkLine(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q is not UTF-8", clip(s))
	}
	if strings.ContainsFunc(s, breaksLine) {
		return fmt.Errorf("%q holds control characters", clip(s))
	}
	if strings.HasSuffix(s, `\`) {
		return fmt.Errorf("%q ends with a backslash", clip(s))
	}
	return nil
}

// breaksLine reports control characters and Unicode's separators of lines and
// paragraphs, which YAML takes for line ends.
func breaksLine(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}

// clip shortens text of strangers for messages.
func clip(s string) string {
	const limit = 64
	if len(s) <= limit {
		return s
	}
	return s[:limit] + "…"
}

// logger returns log, or one that discards when it is nil.
func logger(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
