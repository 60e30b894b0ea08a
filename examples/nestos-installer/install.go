package main

import (
	"github.com/nestos-dev/nestos/installer/config"

	"github.com/nestos-dev/nestos/internal/clap"
)

const advanced = "Advanced Options"

// installCommand describes "install". What is not in a config file is marked by [configless].
func (p *program) installCommand() *clap.Command {
	name := p.flavour.Program
	signed := name + " looks for a detached signature at the same place with \".sig\" appended, which must be there and good. --insecure accepts that it is missing."
	saved := "A saved partition may get another number. It is kept even if it collides with the image, or if the installation fails for any other reason."
	source := func(a *clap.Arg, long string, conflicts ...string) *clap.Arg {
		a.LongHelp, a.Default, a.Conflicts = long, "", conflicts
		return a
	}
	adv := func(a *clap.Arg, long string) *clap.Arg {
		a.Heading, a.LongHelp = advanced, long
		return a
	}
	retries := fetchRetriesArg()
	arch := architectureArg()
	arch.LongHelp = "Install an image for machines other than this one."
	args := []*clap.Arg{
		{Long: "config-file", Short: 'c', Value: "path", Repeat: true, Help: "YAML file with options of this command",
			LongHelp: "Options from this file are used as if they had been typed. What stands in a later file overrides what stands in an earlier one, and the command line overrides both.\n\n" +
				"The keys are the long options without dashes. Their values are strings, lists of strings for options that may be repeated, and \"true\" for flags. The key \"dest-device\" is the destination."},
		source(streamArg(""), "Install the current image of this stream, such as \"stable\", \"testing\" or \"next\".", "image-url", "image-file"),
		source(imageURLArg(), signed, "stream", "image-file"),
		source(&clap.Arg{Long: "image-file", Short: 'f', Value: "path", Help: "Path of the image"}, signed, "stream", "image-url"),
		{Long: "ignition-file", Short: 'i', Value: "path", Aliases: []string{"ignition"}, Conflicts: []string{"ignition-url"}, Help: "Ignition config to embed",
			LongHelp: "Path of the Ignition config that provisions the installed system at its first boot. An http or https URL here is the same as --ignition-url."},
		{Long: "ignition-url", Short: 'I', Value: "URL", Parse: parseURL, Help: "URL of an Ignition config to embed",
			LongHelp: "The config is fetched now, not when the installed system boots."},
		{Long: "ignition-hash", Value: "digest", Parse: parseHash, Help: "Digest of the config, as type-value",
			LongHelp: "The Ignition config must have this digest: sha256-<hex digits> or sha512-<hex digits>."},
		arch,
		{Long: "platform", Short: 'p', Value: "name", Help: "Platform ID of Ignition",
			LongHelp: "Make a system for this cloud or hypervisor, such as \"vmware\", instead of the image's own platform."},
		{Long: "console", Value: "spec", Repeat: true, Parse: parseConsole, Help: "Console of kernel and boot loader",
			LongHelp: "The value is that of the kernel argument \"console=\", such as \"ttyS0,115200n8\" or \"tty0\"."},
		{Long: "firstboot-args", Value: "args", Hidden: true, Help: "Kernel arguments of the first boot"},
		{Long: "append-karg", Value: "arg", Repeat: true, Help: "Kernel argument to add",
			LongHelp: "The argument is used at every boot of the installed system."},
		{Long: "delete-karg", Value: "arg", Repeat: true, Help: "Kernel argument to remove",
			LongHelp: "The argument is one of those that the image has."},
		{Long: "copy-network", Short: 'n', Help: "Keep this system's network settings",
			LongHelp: "Copy the keyfiles of NetworkManager from here to the installed system."},
		{Long: "network-dir", Value: "path", Default: config.DefaultNetworkDir, HideDefault: true, Help: "Where -n finds keyfiles",
			LongHelp: "Directory with the keyfiles that --copy-network copies.\n\n[default: " + config.DefaultNetworkDir + "]"},
		{Long: "save-partlabel", Value: "lx", Repeat: true, Delimiter: ',', Help: "Keep partitions with this name",
			LongHelp: "Keep partitions of the destination whose name in the partition table (not the label of their file system) fits the glob. The option may be repeated; commas separate several globs.\n\n" + saved},
		{Long: "save-partindex", Value: "id", Repeat: true, Delimiter: ',', AllowHyphen: true, Help: "Keep partitions with this number",
			LongHelp: "Keep partitions of the destination by their number: \"5\", \"5-7\", \"5-\" or \"-7\". The option may be repeated; commas separate several values.\n\n" + saved},
		adv(&clap.Arg{Long: "offline", Help: "Install from the live system only"}, ""),
		adv(insecureArg(), "The signature may be missing. One that is there must still be good."),
		adv(&clap.Arg{Long: "insecure-ignition", Help: "Accept a plain http config without digest"}, ""),
		adv(streamBaseURLArg(), "The default is \""+p.flavour.StreamBaseURL+"\"."),
		adv(&clap.Arg{Long: "preserve-on-error", Help: "Leave a failed disk as it is"},
			"After a failure "+name+" resets the partition table, so that the disk does not look bootable. For debugging, do not."),
		adv(retries, "How often a transfer is tried again, or \"infinite\"."),
		adv(&clap.Arg{Long: "secure-ipl", Help: "Secure IPL on IBM Z"}, ""),
		{Value: "DEST_DEVICE", RequiredUnless: "config-file", Help: "Disk to install to",
			LongHelp: "Path of the block device. What is on it is overwritten without asking."},
	}
	own := []*clap.Arg{
		adv(jsonArg(), "Standard output gets a JSON object that tells what was installed. Standard error gets a JSON object per line, whose \"event\" is \"progress\", \"note\" or \"error\"."),
		adv(&clap.Arg{Long: "dry-run", Help: "Check all that comes before the copy"}, ""),
	}
	return &clap.Command{
		Name: "install", About: "Install " + p.flavour.StreamProduct + " to a disk", LastWins: true,
		Args: append(args, own...), Struct: ids(args), Do: action(install),
	}
}

// ids lists the names of arguments.
func ids(args []*clap.Arg) []string {
	var list []string
	for _, a := range args {
		list = append(list, a.ID())
	}
	return list
}
