package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Console is a console of kernel and boot loader, as [ParseConsole] reads it. Values are
// comparable; the zero Console is not a valid one.
type Console struct {
	kind   consoleKind
	port   uint8
	speed  uint32
	parity byte // 'n', 'o', 'e'
	bits   uint8
}

type consoleKind uint8

const (
	_ consoleKind = iota
	kindVirtual
	kindHypervisor
	kindSCLP
	kindUART
	kindAMBA
)

// What a serial line has if the text does not say it; the kernel's defaults.
const (
	defaultSpeed  = 9600
	defaultParity = 'n'
	defaultBits   = 8
)

var serialConsole = regexp.MustCompile(`^(ttyS|ttyAMA)([0-9]+)(?:,([0-9]+)(?:([noe])([5-8])?)?)?$`)

// ParseConsole reads the value of the kernel argument "console" as far as it can be turned
// into settings of GRUB: tty0, hvc0, ttysclp0, or a serial line such as ttyS0,115200n8
// (port up to 255, speed below 2³², parity n, o or e, data bits 5 to 8; everything from the
// comma on may be left out, from the end).
func ParseConsole(s string) (Console, error) {
	for _, prefix := range []string{"console=", "/dev/"} {
		if strings.HasPrefix(s, prefix) {
			return Console{}, fmt.Errorf("spec should not start with %q", prefix)
		}
	}
	switch s {
	case "tty0":
		return Console{kind: kindVirtual}, nil
	case "hvc0":
		return Console{kind: kindHypervisor}, nil
	case "ttysclp0":
		return Console{kind: kindSCLP}, nil
	}
	m := serialConsole.FindStringSubmatch(s)
	if m == nil {
		return Console{}, errors.New("invalid or unsupported console argument")
	}
	return parseSerial(m[1], m[2], m[3], m[4], m[5])
}

func parseSerial(device, port, speed, parity, bits string) (Console, error) {
	c := Console{kind: kindUART, speed: defaultSpeed, parity: defaultParity, bits: defaultBits}
	if device == "ttyAMA" {
		c.kind = kindAMBA
	}
	n, err := strconv.ParseUint(port, 10, 8)
	if err != nil {
		return Console{}, errors.New("couldn't parse port")
	}
	c.port = uint8(n)
	if speed != "" {
		n, err := strconv.ParseUint(speed, 10, 32)
		if err != nil {
			return Console{}, errors.New("couldn't parse speed")
		}
		c.speed = uint32(n)
	}
	if parity != "" {
		c.parity = parity[0]
	}
	if bits != "" {
		c.bits = bits[0] - '0'
	}
	return c, nil
}

// String returns the console in its canonical form, the value of the kernel argument:
// serial lines with all settings, "ttyS0,9600n8".
func (c Console) String() string {
	switch c.kind {
	case kindVirtual:
		return "tty0"
	case kindHypervisor:
		return "hvc0"
	case kindSCLP:
		return "ttysclp0"
	case kindUART, kindAMBA:
		device := "ttyS"
		if c.kind == kindAMBA {
			device = "ttyAMA"
		}
		return fmt.Sprintf("%s%d,%d%c%d", device, c.port, c.speed, c.parity, c.bits)
	}
	return ""
}

// KernelArgument returns the kernel argument: "console=ttyS0,9600n8".
func (c Console) KernelArgument() string { return "console=" + c.String() }

// Graphical reports whether the console is not a serial line. GRUB knows all of these as
// "console": what the firmware offers.
func (c Console) Graphical() bool { return c.kind != kindUART && c.kind != kindAMBA }

// GRUBTerminal returns the name that GRUB has for the terminal: "console" or "serial".
func (c Console) GRUBTerminal() string {
	if c.Graphical() {
		return "console"
	}
	return "serial"
}

// GRUBSerial returns the command of GRUB that sets up the serial line, "" if the console
// is none.
func (c Console) GRUBSerial() string {
	if c.Graphical() {
		return ""
	}
	parity := map[byte]string{'n': "no", 'o': "odd", 'e': "even"}[c.parity]
	return fmt.Sprintf("serial --unit=%d --speed=%d --word=%d --parity=%s", c.port, c.speed, c.bits, parity)
}

// GRUBCommands returns the commands that make GRUB use the consoles: one line for each
// serial line, in the order given, then what it reads from and writes to. Without consoles
// there are none.
func GRUBCommands(consoles []Console) []string {
	if len(consoles) == 0 {
		return nil
	}
	var commands, terminals []string
	for _, c := range consoles {
		if serial := c.GRUBSerial(); serial != "" {
			commands = append(commands, serial)
		}
		terminals = append(terminals, c.GRUBTerminal())
	}
	slices.Sort(terminals)
	set := strings.Join(slices.Compact(terminals), " ")
	return append(commands, "terminal_input "+set, "terminal_output "+set)
}
