package rdcore

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/internal/run"
)

// System is the machine that the functions look at and change. The zero value, and nil, are
// this machine, for an image of NestOS.
type System struct {
	// Flavour has the names of the image's program for mount options and of the file in /run;
	// nil is that of NestOS. See [DetectFlavour].
	Flavour *flavour.Flavour
	// Command runs a program and returns its standard output; nil runs those of the machine.
	// An error should hold what the program wrote on standard error.
	Command func(ctx context.Context, name string, args ...string) ([]byte, error)
	// Root is below which /proc, /sys, /dev and /run are; empty is "/". Mount points are
	// paths as /proc/self/mountinfo shows them, whatever Root is.
	Root string
	// TempDir is where file systems are mounted for a moment; empty is [os.TempDir].
	TempDir string
	// Message receives what the user should read, a line or block per call without the final
	// newline; nil drops it.
	Message func(text string)
	// Logger receives what happens in the background; nil drops it.
	Logger *slog.Logger
}

// withDefaults returns a complete copy.
func (s *System) withDefaults() *System {
	out := System{}
	if s != nil {
		out = *s
	}
	if out.Flavour == nil {
		out.Flavour = flavour.NestOS()
	}
	if out.Logger == nil {
		out.Logger = slog.New(slog.DiscardHandler)
	}
	if out.Command == nil {
		runner := &run.Exec{Logger: out.Logger}
		out.Command = func(ctx context.Context, name string, args ...string) ([]byte, error) {
			return run.Output(ctx, runner, name, args...)
		}
	}
	if out.Message == nil {
		out.Message = func(string) {}
	}
	return &out
}

// path is that of a file of the machine.
func (s *System) path(name string) string { return filepath.Join(cmp.Or(s.Root, "/"), name) }

// DetectFlavour tells which family of images a running initramfs or system belongs to: the
// first whose program for mount options is in one of the folders given, such as those of PATH
// (relative to root, "/" if that is empty), or that has a configuration folder below /etc or
// /usr/lib, or has left a folder in /run. Without any of them it is NestOS.
func DetectFlavour(root string, folders []string) *flavour.Flavour {
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(cmp.Or(root, "/"), name))
		return err == nil
	}
	has := func(f *flavour.Flavour) bool {
		for _, dir := range folders {
			if filepath.IsAbs(dir) && exists(filepath.Join(dir, f.RootflagsProgram)) {
				return true
			}
		}
		return false
	}
	left := func(f *flavour.Flavour) bool {
		return exists("/etc/"+f.Name) || exists("/usr/lib/"+f.Name) || exists("/run/"+f.Name)
	}
	// The program is what is needed: its presence weighs more than a folder of the other name.
	return flavour.Detect(has, flavour.Detect(left, nil))
}
