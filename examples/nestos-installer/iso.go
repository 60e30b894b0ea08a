package main

import (
	"github.com/nestos-dev/nestos/internal/clap"
)

func (p *program) isoCommand() *clap.Command {
	return &clap.Command{
		Name: "iso", About: "Customize, look into and take apart live ISO images",
		Commands: []*clap.Command{
			p.isoCustomizeCommand(),
			{Name: "embed", Hidden: true, About: "Embed an Ignition config", Do: action(isoEmbed), Args: []*clap.Arg{
				{Long: "config", Short: 'c', Value: "path", Help: "Ignition config [default: stdin]"},
				{Long: "force", Short: 'f', Help: "Replace a config that is there"},
				outputISO("path"), isoArg(),
			}},
			{Name: "show", Hidden: true, About: "Print the embedded Ignition config", Do: report(isoShow), Args: []*clap.Arg{isoArg()}},
			{Name: "remove", Hidden: true, About: "Remove the embedded Ignition config", Do: action(isoRemove), Args: []*clap.Arg{outputISO("path"), isoArg()}},
			isoIgnitionCommand(),
			isoNetworkCommand(),
			isoKargsCommand(),
			isoExtractCommand(),
			{Name: "reset", About: "Undo all customizations of an ISO image", Do: action(isoReset), Args: []*clap.Arg{outputISO("path"), isoArg()}},
			{Name: "inspect", About: "Tell all that is known about an ISO image, as JSON", Do: report(isoInspect), Args: []*clap.Arg{isoArg()}},
		},
	}
}

func isoIgnitionCommand() *clap.Command {
	return &clap.Command{
		Name: "ignition", About: "The Ignition config of a live ISO image",
		Commands: []*clap.Command{
			{Name: "embed", About: "Embed a config", Do: action(isoIgnitionEmbed), Args: []*clap.Arg{
				{Long: "force", Short: 'f', Help: "Replace a config that is there"},
				{Long: "ignition-file", Short: 'i', Value: "path", Help: "Ignition config [default: stdin]"},
				outputISO("path"), isoArg(),
			}},
			{Name: "show", About: "Print the embedded config", Do: report(isoIgnitionShow), Args: []*clap.Arg{isoArg()}},
			{Name: "remove", About: "Remove the embedded config", Do: action(isoIgnitionRemove), Args: []*clap.Arg{outputISO("path"), isoArg()}},
		},
	}
}

func isoNetworkCommand() *clap.Command {
	return &clap.Command{
		Name: "network", About: "The network settings of a live ISO image",
		Commands: []*clap.Command{
			{Name: "embed", About: "Embed keyfiles", Do: action(isoNetworkEmbed), Args: []*clap.Arg{
				keyfileArg(),
				{Long: "force", Short: 'f', Help: "Replace keyfiles that are there"},
				outputISO("path"), isoArg(),
			}},
			{Name: "extract", About: "Print or extract the embedded keyfiles", Do: report(isoNetworkExtract), Args: []*clap.Arg{
				{Long: "directory", Short: 'C', Value: "path", Help: "Write files into this directory"}, isoArg(),
			}},
			{Name: "remove", About: "Remove the embedded keyfiles", Do: action(isoNetworkRemove), Args: []*clap.Arg{outputISO("path"), isoArg()}},
		},
	}
}

func isoKargsCommand() *clap.Command {
	return &clap.Command{
		Name: "kargs", About: "The kernel arguments of a live ISO image",
		Commands: []*clap.Command{
			{Name: "modify", About: "Change the kernel arguments", Do: action(isoKargsModify), Args: []*clap.Arg{
				{Long: "append", Short: 'a', Value: "KARG", Repeat: true, Help: "Argument to add"},
				{Long: "delete", Short: 'd', Value: "KARG", Repeat: true, Help: "Argument to remove"},
				{Long: "replace", Short: 'r', Value: "KARG=OLDVAL=NEWVAL", Repeat: true, Help: "Argument to change"},
				outputISO("PATH"), isoArg(),
			}},
			{Name: "reset", About: "Restore the default kernel arguments", Do: action(isoKargsReset), Args: []*clap.Arg{outputISO("PATH"), isoArg()}},
			{Name: "show", About: "Print the kernel arguments", Do: report(isoKargsShow), Args: []*clap.Arg{
				{Long: "default", Short: 'd', Help: "Print the defaults instead"}, isoArg(),
			}},
		},
	}
}

func isoExtractCommand() *clap.Command {
	return &clap.Command{
		Name: "extract", About: "Take files or a smaller image out of a live ISO image",
		Commands: []*clap.Command{
			{Name: "pxe", About: "Extract kernel, initramfs and root file system", Do: action(isoExtractPXE), Args: []*clap.Arg{
				{Long: "output-dir", Short: 'o', Value: "PATH", Default: ".", Help: "Directory for the files"}, isoArg(),
			}},
			{Name: "minimal-iso", About: "Make an ISO that fetches its root file system", Do: action(isoExtractMinimal), Args: []*clap.Arg{
				isoArg(),
				{Value: "OUTPUT_ISO", Default: "-", Help: "Minimal ISO image"},
				{Long: "output-rootfs", Value: "PATH", Help: "Write the root file system here"},
				{Long: "rootfs-url", Value: "URL", Help: "Where the system will fetch it"},
			}},
		},
	}
}
