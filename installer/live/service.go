package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/internal/bootfile"
	"github.com/nestos-dev/nestos/internal/run"
)

// Runner runs a program to its end, with its output where the caller of [Service] has it. A
// status other than 0 is an error.
type Runner interface {
	// Run runs name, which is looked up in PATH.
	Run(ctx context.Context, name string, args ...string) error
}

// ServiceOptions are what [Service] works with.
type ServiceOptions struct {
	// Flavour of the live system; see [Detect]. It must not be nil.
	Flavour *flavour.Flavour
	// Root is the root of the live system. It must not be nil.
	Root *os.Root
	// Cmdline is the text of /proc/cmdline.
	Cmdline string
	// Program is the installer; empty means the name that the flavour has for it, which is
	// looked up in PATH.
	Program string
	// Stdout and Stderr receive what the programs print, and Stdout also the command line of
	// the installer and the notes on that of the kernel. Nil discards it.
	Stdout, Stderr io.Writer
	// Runner runs udevadm and the installer; nil runs them as child processes.
	Runner Runner
}

// ExitError reports that a program of [Service] ended with a status other than 0, or by a
// signal (-1). The program has said why.
type ExitError struct {
	Program string // as it was called
	Status  int    // exit status, -1 after a signal
}

// Error tells the program and how it ended.
func (e *ExitError) Error() string {
	return fmt.Sprintf("%s ended with status %d", e.Program, e.Status)
}

// Service is what the service does: it runs the installer with what the config files and
// the kernel command line say, after all devices have appeared, and removes the config
// files after success.
func Service(ctx context.Context, opts *ServiceOptions) error {
	if opts == nil || opts.Flavour == nil || opts.Root == nil {
		return errors.New("the service needs a live system: its flavour and its root")
	}
	o := *opts
	if o.Stdout == nil {
		o.Stdout = io.Discard
	}
	if o.Runner == nil {
		o.Runner = &children{o.Stdout, o.Stderr}
	}
	if o.Program == "" {
		o.Program = o.Flavour.Program
	}
	files, err := ConfigFiles(o.Root, o.Flavour)
	if err != nil {
		return err
	}
	command, err := NewCommand(o.Flavour, o.Cmdline, files)
	for _, note := range command.Notes {
		fmt.Fprintln(o.Stdout, note)
	}
	if err != nil {
		return err
	}
	if err := o.Runner.Run(ctx, "udevadm", "settle"); err != nil {
		return fmt.Errorf("waiting for devices: %w", err)
	}
	fmt.Fprintln(o.Stdout, o.Flavour.Program+" "+strings.Join(command.Args, " "))
	if err := o.Runner.Run(ctx, o.Program, command.Args...); err != nil {
		return fmt.Errorf("installing: %w", err)
	}
	return removeConfig(o.Root, o.Flavour)
}

// ConfigFiles returns the paths of the config files of a live system, sorted by name:
// regular files, or links to some, whose names do not begin with a dot. No directory means
// no files.
func ConfigFiles(root *os.Root, f *flavour.Flavour) ([]string, error) {
	tree, err := bootfile.Root(root)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	entries, err := tree.ReadDir(f.ConfigDir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading config files: %w", err)
	}
	var files []string
	for _, entry := range entries {
		name := f.ConfigDir + "/" + entry.Name()
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		if info, err := tree.Stat(name); err == nil && info.Mode().IsRegular() {
			files = append(files, name)
		}
	}
	return files, nil
}

func removeConfig(root *os.Root, f *flavour.Flavour) error {
	tree, err := bootfile.Root(root)
	if err != nil {
		return err
	}
	defer tree.Close()
	if err := tree.RemoveAll(f.ConfigDir); err != nil {
		return fmt.Errorf("removing config files: %w", err)
	}
	return nil
}

// children runs programs as child processes.
type children struct{ stdout, stderr io.Writer }

func (c *children) Run(ctx context.Context, name string, args ...string) error {
	command := run.Command(name, args...)
	command.Stdout, command.Stderr = c.stdout, c.stderr
	if command.Stderr == nil {
		command.Stderr = io.Discard
	}
	_, err := new(run.Exec).Run(ctx, command)
	if exit, ok := errors.AsType[*run.ExitError](err); ok {
		return &ExitError{name, exit.Exit}
	}
	return err
}
