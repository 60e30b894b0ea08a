package command

import (
	"context"
	"errors"

	"github.com/nestos-dev/nestos/internal/clap"
)

const (
	multiName = "multi"
	helpName  = "help"
)

// columns is a width at which help texts have two columns, as they have with newer versions of clap for 100.
const columns = 120

// additions is the title, in help texts, of options that the original does not have.
const additions = "Additional options"

// action carries a command out.
type action func(ctx context.Context, c *call) error

// commands is the command line as data.
func (p *Program) commands() *clap.Command {
	version := p.Version
	if version == "" {
		version = DefaultVersion
	}
	root := &clap.Command{
		Name: "afterburn", Version: version,
		Commands: []*clap.Command{
			multiCommand(version),
			{
				Name: "exp", Version: version, About: "Experimental subcommands",
				Commands: []*clap.Command{kargsCommand(version), unitsCommand(version), helpCommand()},
			},
			renderCommand(version),
			helpCommand(),
		},
	}
	return root
}

func helpCommand() *clap.Command {
	return &clap.Command{Name: helpName, About: "Print this message or the help of the given subcommand(s)"}
}

var (
	providerArg = clap.Arg{Long: "provider", Value: "name", Help: "The name of the cloud provider"}
	cmdlineArg  = clap.Arg{Long: "cmdline", Help: "Read the cloud provider from the kernel cmdline"}
	// whence is where the provider comes from: the one or the other.
	whence = clap.Group{ID: "provider-group", Args: []string{"cmdline", "provider"}, Required: true}
)

// aboutProvider completes a command that asks a provider.
func aboutProvider(c *clap.Command, do action) *clap.Command {
	c.Groups, c.Do = []clap.Group{whence}, do
	for _, a := range c.Args {
		if a.Heading != additions { // some usage lines list all options, as the original does
			c.Struct = append(c.Struct, a.Long)
		}
	}
	return c
}

func multiCommand(version string) *clap.Command {
	return aboutProvider(&clap.Command{
		Name: multiName, Version: version, About: "Perform multiple tasks in a single call",
		Args: []*clap.Arg{
			&providerArg, &cmdlineArg,
			{Long: "attributes", Value: "path", Help: "The file into which the metadata attributes are written"},
			{Long: "check-in", Help: "Check-in this instance boot with the cloud provider"},
			{Long: "hostname", Value: "path", Help: "The file into which the hostname should be written"},
			{Long: "network-units", Value: "path", Help: "The directory into which network units are written"},
			{Long: "netplan-config", Value: "path", Help: "The directory into which a netplan config is written"},
			{
				Long: "networkmanager-profiles", Value: "path",
				// Broken as in a text of 100 columns.
				Help: "The directory into which NetworkManager connection profiles\nare written",
			},
			{Long: "ssh-keys", Value: "username", Help: "Update SSH keys for the given user"},
			{Long: legacyFlag[2:], Hidden: true},
			{Long: "json", Heading: additions, Help: "Print all that the provider knows as a JSON document"},
			{
				Long: "timeout", Value: "seconds", Heading: additions, Parse: seconds,
				Help: "Fail if the whole run takes longer",
			},
		},
	}, multi)
}

func kargsCommand(version string) *clap.Command {
	return aboutProvider(&clap.Command{
		Name: "rd-network-kargs", Version: version, About: "Supplement initrd with network configuration kargs",
		Args: []*clap.Arg{
			&cmdlineArg, &providerArg,
			{Long: "default-value", Value: "args", Required: true, Help: "Default value for network kargs fallback"},
		},
	}, networkKargs)
}

func renderCommand(version string) *clap.Command {
	return aboutProvider(&clap.Command{
		Name: "render-ignition", Version: version, About: "Render Ignition config fragments from cloud provider metadata",
		Args: []*clap.Arg{
			&providerArg, &cmdlineArg,
			{
				Long: "render-ignition-dir", Value: "path", Required: true,
				Help: "Directory to write Ignition config fragment files into",
			},
			{Long: "disable-hostname-fragment", Help: "Do not write the hostname fragment file"},
			{Long: "disable-user-fragment", Help: "Do not write the platform user fragment file"},
		},
	}, renderIgnition)
}

func unitsCommand(version string) *clap.Command {
	return &clap.Command{
		Name: "systemd-units", Version: version, About: "Write systemd units and a dracut module for an installation, and print their paths",
		Args: []*clap.Arg{
			{Value: "dir", Required: true, Help: "Root directory of the installation; made if it is not there"},
			{Long: "default-user", Value: "username", Help: "User whose SSH keys are updated if none is named", Default: "core"},
			{
				Long: "network-kargs", Value: "args", AllowHyphen: true,
				Help: "Network arguments for the initramfs on clouds that have none of their own",
			},
		},
		Do: action(systemdUnits),
	}
}

// seconds parses a limit of time.
func seconds(text string) (any, error) {
	n, err := clap.Uint(31)(text)
	if n == uint64(0) {
		err = errors.New("number would be zero for non-zero type")
	}
	return n, err
}
