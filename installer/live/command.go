package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/installer/flavour"
)

// ErrNoDevice reports that neither the kernel command line nor a config file says where to
// install.
var ErrNoDevice = errors.New("No install device specified.")

// Command is how the installer is called.
type Command struct {
	// Args are its arguments, "install" first.
	Args []string
	// Notes are warnings about the kernel command line, one line each.
	Notes []string
}

// NewCommand makes the command out of the text of /proc/cmdline and the paths of config
// files, which go before everything else, in their order. Without a device on the command
// line a config file is taken to have one.
func NewCommand(f *flavour.Flavour, cmdline string, configFiles []string) (*Command, error) {
	args := parseCmdline(cmdline)
	c := &Command{Args: []string{"install"}}
	if args.value(f.Name+".inst") == "yes" {
		c.note(`"%s.inst=yes" is deprecated and no longer has any effect.`, f.Name)
	}
	for _, file := range configFiles {
		c.add("--config-file", file)
	}
	device := args.value(f.InstKarg("install_dev"))
	switch {
	case device == "" && len(configFiles) == 0:
		return c, ErrNoDevice
	case device != "" && !strings.Contains(device, "/"):
		karg := f.InstKarg("install_dev")
		c.note(`The "%s=%s" syntax is deprecated.`, karg, device)
		device = "/dev/" + device
		c.note(`Use "%s=%s" instead.`, karg, device)
	}
	if device != "" {
		c.add(device)
	}
	// "skip" is what some have learned to write for "none".
	if url := args.value(f.InstKarg("ignition_url")); url != "" && url != "skip" {
		c.add("--ignition-url", url, "--insecure-ignition")
	}
	c.handOn(f, args)
	for _, option := range []struct{ karg, option string }{
		{"image_url", "--image-url"},
		{"platform_id", "--platform"},
		{"stream", "--stream"},
		{"save_partlabel", "--save-partlabel"},
		{"save_partindex", "--save-partindex"},
	} {
		if value := args.value(f.InstKarg(option.karg)); value != "" {
			c.add(option.option, value)
		}
	}
	if args.flag(f.InstKarg("insecure")) {
		c.add("--insecure")
	}
	if slices.ContainsFunc(secureIPLKargs(f), args.flag) {
		c.add("--secure-ipl")
	}
	// Giving up would be of no use to anybody.
	c.add("--fetch-retries", "infinite")
	return c, nil
}

// handOn adds the kernel arguments of the live system that the installed one needs.
func (c *Command) handOn(f *flavour.Flavour, args cmdline) {
	var firstBoot strings.Builder
	network, devices := networkKargs(f), deviceKargs()
	for _, word := range args {
		name, _, _ := strings.Cut(word, "=")
		if slices.Contains(network, name) {
			firstBoot.WriteString(word + " ")
		}
		if slices.Contains(devices, name) {
			c.add("--append-karg", word)
		}
	}
	if firstBoot.Len() > 0 {
		c.add("--firstboot-args", "rd.neednet=1 "+firstBoot.String())
	}
}

func (c *Command) add(args ...string) { c.Args = append(c.Args, args...) }

func (c *Command) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}
