package main

import (
	"github.com/nestos-dev/nestos/internal/clap"
)

func (p *program) devCommand() *clap.Command {
	image := func() *clap.Arg { return &clap.Arg{Value: "initrd", Required: true, Help: `Image ("-" is stdin)`} }
	globs := func() *clap.Arg { return &clap.Arg{Value: "glob", Repeat: true, Help: "Names or globs"} }
	return &clap.Command{
		Name: "dev", Hidden: true, About: "Commands for development, which may change",
		Commands: []*clap.Command{
			{Name: "show", About: "Print what is in a file", Commands: []*clap.Command{
				{Name: "iso", About: "Print the layout of a live ISO image", Do: report(devShowISO), Args: []*clap.Arg{
					{Long: "ignition", Conflicts: []string{"kargs"}, Help: "Area for the initrd only"},
					{Long: "kargs", Conflicts: []string{"ignition"}, Help: "Areas for kernel arguments only"},
					isoArg(),
				}},
				{Name: "initrd", About: "List the files in an initrd image", Do: report(devShowInitrd), Args: []*clap.Arg{image(), globs()}},
				{Name: "fiemap", About: "Print where the extents of a file are", Do: report(devShowFiemap), Args: []*clap.Arg{
					{Value: "PATH", Required: true, Help: "The file"},
				}},
			}},
			{Name: "extract", About: "Extract data from a file", Commands: []*clap.Command{
				{Name: "osmet", About: "Write the disk image of an osmet file", Do: action(devExtractOsmet), Args: []*clap.Arg{
					{Value: "PATH", Required: true, Help: "OSTree repository"},
					{Long: "osmet", Value: "PATH", Required: true, Help: "The osmet file"},
					{Value: "DEV", Required: true, Help: "Disk to write"},
				}},
				{Name: "initrd", About: "Extract files from an initrd image", Do: action(devExtractInitrd), Args: []*clap.Arg{
					{Long: "directory", Short: 'C', Value: "path", Default: ".", Help: "Where the files go"},
					{Long: "verbose", Short: 'v', Help: "Print their paths"},
					image(), globs(),
				}},
			}},
			{Name: "live-files", About: "Write the files of an unattended live system, print their paths", Do: action(devLiveFiles), Args: []*clap.Arg{
				{Value: "DIR", Required: true, Help: "Root of the live system; made if it is not there"},
			}},
		},
	}
}
