package main

import (
	"github.com/nestos-dev/nestos/internal/clap"
)

func (p *program) packCommand() *clap.Command {
	return &clap.Command{
		Name: "pack", Hidden: true, About: "Commands for builders of images",
		Commands: []*clap.Command{
			{Name: "osmet", About: "Make an osmet file of a disk", Usage: p.flavour.Program + " pack osmet [OPTIONS]", Do: action(packOsmet), Args: []*clap.Arg{
				{Long: "output", Value: "FILE", Required: true, Help: "File to write"},
				{Long: "checksum", Value: "SHA256", Required: true, Help: "SHA-256 of the disk"},
				{Long: "description", Value: "TEXT", Required: true, Help: "Name of the system"},
				{Long: "fast", Help: "Compress less"},
				{Value: "DEV", Required: true, Help: "The disk"},
			}},
			{Name: "minimal-iso", About: "Put what a minimal ISO consists of into a live ISO", Do: action(packMinimal), Args: []*clap.Arg{
				{Value: "FULL_ISO", Required: true, Help: "Live ISO image, which is changed"},
				{Value: "MINIMAL_ISO", Required: true, Help: "The same without root file system"},
				{Long: "consume", Help: "Delete the minimal ISO"},
			}},
		},
	}
}
