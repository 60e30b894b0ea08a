package live

import (
	"os"
	"strings"

	"github.com/nestos-dev/nestos/installer/flavour"
)

// cmdline is a kernel command line, split at white space as a shell does it: quotes mean
// nothing.
type cmdline []string

func parseCmdline(text string) cmdline { return strings.Fields(text) }

// value returns the value of the last argument of that name, "" if there is none. An argument
// without a value has its name for one.
func (c cmdline) value(name string) string {
	found := ""
	for _, word := range c {
		if key, value, ok := strings.Cut(word, "="); key == name {
			found = value
			if !ok {
				found = word
			}
		}
	}
	return found
}

// flag reports whether an argument is there and does not say no.
func (c cmdline) flag(name string) bool {
	switch c.value(name) {
	case "", "0", "no", "off":
		return false
	}
	return true
}

// networkKargs configure the network in the initramfs: of the kernel, then of dracut, then
// how it is handed on to the system. rd.neednet is not one of them, it is added.
func networkKargs(f *flavour.Flavour) []string {
	names := []string{
		"ipv6.disable", "net.ifnames", "net.naming-scheme",
		"ip", "ifname", "rd.route", "bootdev", "BOOTIF", "rd.bootif", "nameserver", "rd.peerdns", "biosdevname",
		"vlan", "bond", "team", "bridge", "rd.net.timeout.carrier",
		f.Name + ".no_persist_ip", f.Name + ".force_persist_ip",
	}
	if f.Name == "nestos" {
		names = append(names, "nrstos.no_persist_ip") // as nestos-installer 0.20 spells it
	}
	return names
}

// deviceKargs make disks of IBM Z visible.
func deviceKargs() []string {
	return []string{"rd.dasd", "rd.zfcp", "rd.znet", "zfcp.allow_lun_scan", "cio_ignore"}
}

// secureIPLKargs are those that ask for Secure IPL; nestos-installer 0.20 has left the prefix
// of this one as it was.
func secureIPLKargs(f *flavour.Flavour) []string {
	names := []string{f.InstKarg("secure_ipl")}
	if f.Name != "coreos" {
		names = append(names, "coreos.inst.secure_ipl")
	}
	return names
}

// Detect returns the flavour of a running live system: the first that has osmet files, config
// files or kernel arguments of its own there; fallback if none has, and that of NestOS if
// fallback is nil. The command line is the text of /proc/cmdline.
func Detect(root *os.Root, cmdline string, fallback *flavour.Flavour) *flavour.Flavour {
	return flavour.Detect(func(f *flavour.Flavour) bool {
		return !isEmpty(root, f.OsmetDir) || !isEmpty(root, f.ConfigDir) || hasKargs(f, cmdline)
	}, fallback)
}

func hasKargs(f *flavour.Flavour, text string) bool {
	for _, word := range parseCmdline(text) {
		for _, prefix := range []string{f.LiveKarg, f.RootfsKarg, f.InstKarg("")} {
			if strings.HasPrefix(word, prefix) {
				return true
			}
		}
	}
	return false
}
