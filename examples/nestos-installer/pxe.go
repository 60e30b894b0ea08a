package main

import (
	"github.com/nestos-dev/nestos/internal/clap"
)

func (p *program) pxeCommand() *clap.Command {
	output := &clap.Arg{Long: "output", Short: 'o', Value: "path", Help: "Write a file instead of stdout"}
	image := &clap.Arg{Value: "initrd", Help: "Image [default: stdin]"}
	return &clap.Command{
		Name: "pxe", About: "Customize what a live system boots over the network",
		Commands: []*clap.Command{
			p.pxeCustomizeCommand(),
			{Name: "ignition", About: "Ignition configs in initrd images", Commands: []*clap.Command{
				{Name: "wrap", About: "Make an image with a config, to append to the initramfs", Do: action(pxeIgnitionWrap), Args: []*clap.Arg{
					{Long: "ignition-file", Short: 'i', Value: "path", Help: "Ignition config [default: stdin]"}, output,
				}},
				{Name: "unwrap", About: "Print the config in an image", Do: report(pxeIgnitionUnwrap), Args: []*clap.Arg{image}},
			}},
			{Name: "network", About: "Network settings in initrd images", Commands: []*clap.Command{
				{Name: "wrap", About: "Make an image with keyfiles, to append to the initramfs", Do: action(pxeNetworkWrap), Args: []*clap.Arg{keyfileArg(), output}},
				{Name: "unwrap", About: "Print or extract the keyfiles in an image", Do: report(pxeNetworkUnwrap), Args: []*clap.Arg{
					{Long: "directory", Short: 'C', Value: "path", Help: "Write files into this directory"}, image,
				}},
			}},
		},
	}
}
