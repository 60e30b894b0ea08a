package main

import (
	"github.com/nestos-dev/nestos/internal/clap"
)

func (p *program) downloadCommand() *clap.Command {
	args := []*clap.Arg{
		streamArg("stable"),
		architectureArg(),
		{Long: "platform", Short: 'p', Value: "name", Default: "metal", Help: "Platform of the image"},
		{Long: "format", Short: 'f', Value: "name", Default: "raw.xz", Help: "Format of the image"},
		imageURLArg(),
		{Long: "directory", Short: 'C', Value: "path", Default: ".", Help: "Directory for the files"},
		{Long: "decompress", Short: 'd', Help: "Decompress, and keep no signature"},
		insecureArg(),
		streamBaseURLArg(),
		fetchRetriesArg(),
	}
	return &clap.Command{
		Name: "download", About: "Download and verify an image",
		Args: append(args, jsonArg()), Struct: ids(args), Do: action(download),
	}
}

func (p *program) listStreamCommand() *clap.Command {
	args := []*clap.Arg{streamArg("stable"), streamBaseURLArg()}
	return &clap.Command{
		Name: "list-stream", About: "List the images of a stream",
		Args: append(args, &clap.Arg{Long: "json", Help: "Print a JSON array"}), Struct: ids(args), Do: report(listStream),
	}
}
