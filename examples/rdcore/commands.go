package main

import "github.com/nestos-dev/nestos/internal/clap"

// commands is the command line as data.
func commands() *clap.Command {
	return &clap.Command{
		Name: "rdcore", Version: version, ArgsExcludeCommands: true,
		Commands: []*clap.Command{
			{
				Name: "rootmap", About: "Make kernel arguments that lead to the root file system",
				Args: append([]*clap.Arg{rootArg()}, bootArgs()...),
				Do:   action(rootmap),
			},
			{
				Name: "bind-boot", About: "Tie the boot file system to the root file system and to GRUB",
				Args: []*clap.Arg{
					rootArg(),
					{Value: "BOOT_MOUNT", Required: true, Help: "Where the boot file system is mounted"},
				},
				Do: action(bindBoot),
			},
			{
				Name: "kargs", About: "Change kernel arguments in the BLS entry",
				Args: append(bootArgs(), kargsArgs()...),
				Do:   action(editKargs),
			},
			{
				Name: "stream-hash", About: "Copy standard input to standard output, in checked chunks",
				Args: []*clap.Arg{{Value: "hash-file", Required: true, Help: "File with the digests"}},
				Do:   filter(streamHash),
			},
			{
				Name: "verify-unique-fs-label", About: "Check that exactly one file system has a label",
				Args: []*clap.Arg{
					{Value: "LABEL", Required: true, Help: "Label of the file system"},
					{Long: "rereadpt", Help: "Have the kernel read all partition tables again first"},
				},
				Do: filter(verifyUniqueLabel),
			},
			{
				Name: "zipl", About: "Update the boot loader of IBM Z (not supported)", Hidden: true,
				Args: []*clap.Arg{{Value: "args", Repeat: true, AllowHyphen: true, Help: "Ignored"}},
				Do:   filter(zipl),
			},
		},
	}
}

func rootArg() *clap.Arg {
	return &clap.Arg{Value: "ROOT_MOUNT", Required: true, Help: "Where the root of the system is mounted"}
}

func bootArgs() []*clap.Arg {
	return []*clap.Arg{
		{Long: "boot-device", Value: "DEVPATH", Conflicts: []string{"boot-mount"}, Help: "Block device with the BLS entry"},
		{Long: "boot-mount", Value: "BOOT_MOUNT", Conflicts: []string{"boot-device"}, Help: "Where the file system with the BLS entry is mounted"},
	}
}

func kargsArgs() []*clap.Arg {
	return []*clap.Arg{
		{Long: "current", Conflicts: []string{"boot-device", "boot-mount"}, Help: "Start from the arguments of this boot, and only print"},
		{Long: "override-options", Value: "OPTIONS", Hidden: true, Help: "Start from these arguments, and only print"},
		{Long: "create-if-changed", Value: "PATH", Help: "File to create if the arguments change"},
		{Long: "append", Value: "ARG", Repeat: true, Help: "Add an argument"},
		{Long: "append-if-missing", Aliases: []string{"should-exist"}, Value: "ARG", Repeat: true, Help: "Add an argument unless it is there"},
		{Long: "delete", Aliases: []string{"should-not-exist"}, Value: "ARG", Repeat: true, Help: "Remove an argument"},
	}
}
