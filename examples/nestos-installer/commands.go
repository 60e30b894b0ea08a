package main

import (
	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/stream"
	"github.com/nestos-dev/nestos/internal/clap"
)

// commands is the command line as data.
func (p *program) commands() *clap.Command {
	return &clap.Command{
		Name: p.flavour.Program, Version: version,
		About:               "Install " + p.flavour.StreamProduct + " and customize its live images",
		ArgsExcludeCommands: true,
		Commands: []*clap.Command{
			p.installCommand(),
			p.downloadCommand(),
			p.listStreamCommand(),
			p.isoCommand(),
			p.pxeCommand(),
			p.packCommand(),
			p.devCommand(),
			p.serviceCommand(),
			p.generatorCommand(),
			p.activationCommand(),
		},
	}
}

// Options that several commands have.

func outputISO(value string) *clap.Arg {
	return &clap.Arg{Long: "output", Short: 'o', Value: value, Help: "Leave the input alone and write this ISO"}
}

func isoArg() *clap.Arg { return &clap.Arg{Value: "ISO", Required: true, Help: "Live ISO image"} }

func streamArg(def string) *clap.Arg {
	return &clap.Arg{Long: "stream", Short: 's', Value: "name", Default: def, Help: "Name of the stream"}
}

func streamBaseURLArg() *clap.Arg {
	return &clap.Arg{Long: "stream-base-url", Value: "URL", Parse: parseURL, Help: "Where the metadata of streams are"}
}

func imageURLArg() *clap.Arg {
	return &clap.Arg{Long: "image-url", Short: 'u', Value: "URL", Parse: parseURL, Help: "URL of the image"}
}

func architectureArg() *clap.Arg {
	return &clap.Arg{Long: "architecture", Short: 'a', Value: "name", Default: stream.CurrentArch(), Help: "CPU architecture"}
}

func insecureArg() *clap.Arg {
	return &clap.Arg{Long: "insecure", Help: "Accept an image without signature"}
}

func fetchRetriesArg() *clap.Arg {
	return &clap.Arg{Long: "fetch-retries", Value: "N", Default: "0", Parse: parseRetries, Help: `Number of retries, or "infinite"`}
}

func jsonArg() *clap.Arg {
	return &clap.Arg{Long: "json", Help: "JSON: result on stdout, progress on stderr"}
}

func keyfileArg() *clap.Arg {
	return &clap.Arg{Long: "keyfile", Short: 'k', Value: "path", Required: true, Repeat: true, Help: "Keyfile of NetworkManager"}
}

// Parsers of values; the values are those of package config.

func parseURL(text string) (any, error)     { return config.CanonicalURL(text) }
func parseRetries(text string) (any, error) { return config.ParseRetries(text) }
func parseConsole(text string) (any, error) { return config.ParseConsole(text) }
func parseHash(text string) (any, error)    { return config.ParseHash(text) }
