package main

import (
	"github.com/nestos-dev/nestos/internal/clap"
)

// customizeArgs are the options that "iso customize" and "pxe customize" share.
func (p *program) customizeArgs() []*clap.Arg {
	file := func(long, help, longHelp string) *clap.Arg {
		return &clap.Arg{Long: long, Value: "path", Repeat: true, Help: help, LongHelp: longHelp}
	}
	auto := "The live system will install by itself"
	network := " It is used in the live system, also by Ignition, and, if the live system installs by itself, in the installed one."
	script := " If it fails, the live system ends in an emergency shell."
	return []*clap.Arg{
		file("dest-ignition", "Ignition config of the installed system", auto+", and the installed system has this config. Several are merged."),
		{Long: "dest-device", Value: "path", Help: "Disk to install to", LongHelp: auto + " to this disk, without asking."},
		{Long: "dest-console", Value: "spec", Repeat: true, Parse: parseConsole, Help: "Console of the installed system",
			LongHelp: auto + ", and kernel and boot loader of the installed system use this console. The value is that of the kernel argument \"console=\"."},
		{Long: "dest-karg-append", Value: "arg", Repeat: true, Help: "Kernel argument to add there", LongHelp: auto + ", and the installed system has this kernel argument at every boot."},
		{Long: "dest-karg-delete", Value: "arg", Repeat: true, Help: "Kernel argument to remove there", LongHelp: auto + ", and the installed system does not have this kernel argument."},
		file("network-keyfile", "Keyfile of NetworkManager", "Network settings."+network),
		file("network-nmstate", "Network state of nmstate", "Network settings as a state of nmstate, of which keyfiles are made."+network),
		file("ignition-ca", "PEM certificates for Ignition", "Certificate authorities that Ignition trusts in the live system and, if the live system installs by itself, in the installed one."),
		file("pre-install", "Script to run before installing", "A script for live systems that install by themselves, run before."+script),
		file("post-install", "Script to run after installing", "A script for live systems that install by themselves, run afterwards."+script),
		file("installer-config", "Config file for \"install\"", auto+" with the options in this file. Several apply in their order."),
		file("live-ignition", "Ignition config of the live system", "This config is merged into that of the live system."),
	}
}

func (p *program) isoCustomizeCommand() *clap.Command {
	common := p.customizeArgs()
	args := append(common[:len(common):len(common)],
		&clap.Arg{Long: "live-karg-append", Value: "arg", Repeat: true, Help: "Kernel argument to add here", LongHelp: "The live system boots with this kernel argument."},
		&clap.Arg{Long: "live-karg-delete", Value: "arg", Repeat: true, Help: "Kernel argument to remove here", LongHelp: "The live system boots without this kernel argument."},
		&clap.Arg{Long: "live-karg-replace", Value: "k=o=n", Repeat: true, Help: "Kernel argument to change here",
			LongHelp: "Key, old and new value of a kernel argument of the live system: with \"a=b=c\" the argument \"a=b\" becomes \"a=c\"."},
	)
	args = append(args,
		&clap.Arg{Long: "force", Short: 'f', Help: "Replace what is there"},
		outputISO("path"), isoArg())
	return &clap.Command{
		Name: "customize", About: "Customize a live ISO image",
		Args: args, Struct: ids(args[:len(args)-3]), Do: action(isoCustomize),
	}
}

func (p *program) pxeCustomizeCommand() *clap.Command {
	common := p.customizeArgs()
	args := append(common[:len(common):len(common)],
		&clap.Arg{Long: "output", Short: 'o', Value: "path", Required: true, Help: "Customized image"},
		&clap.Arg{Value: "path", Required: true, Help: "Live initramfs"})
	return &clap.Command{
		Name: "customize", About: "Customize a live initramfs",
		Args: args, Struct: ids(common), Do: action(pxeCustomize),
	}
}
