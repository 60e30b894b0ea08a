// Command rdcore prepares the first boot of NestOS or Fedora CoreOS in the initramfs. It is a drop-in for
// the rdcore of coreos-installer 0.26 and nestos-installer 0.20, as one static file that needs no other
// programs than the image's own for mount options.
//
// Which of the two it serves is decided by what exists: nestos-rootflags or coreos-rootflags in PATH, then
// /etc, /usr/lib or /run with a folder nestos or coreos; with none of them it is NestOS.
//
// The program parses options, calls package installer/rdcore and prints.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/nestos-dev/nestos/installer/rdcore"
	"github.com/nestos-dev/nestos/internal/clap"
)

// version is what --version prints; distributions set it when linking.
var version = "0.26.0"

func main() {
	// Writing to a closed pipe is an error, not the end: what was begun is finished and told.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	p := &program{
		Name: os.Args[0], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Guard: guard,
	}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

// guard lets the first signal end the context instead of the process, so that nothing stays mounted. The second
// one kills.
func guard(ctx context.Context) (context.Context, func()) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// program is the world in which a command line runs.
type program struct {
	// Name is the name or path of the program.
	Name           string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(name string) string
	// Guard is called before commands that leave something behind when they are killed, its second result after
	// them. Nil is fine.
	Guard func(context.Context) (context.Context, func())
	// System is the machine; nil is this one.
	System *rdcore.System
}

// action carries a command out.
type action func(ctx context.Context, p *program, m *clap.Matches) error

// filter is an action that leaves nothing behind: signals kill it.
type filter action

// run executes one command line and returns the exit status: 0, 1 for errors, 2 for wrong usage.
func (p *program) run(ctx context.Context, args []string) int {
	m, err := commands().Parse(&clap.Line{Program: p.Name, Args: args})
	if err == nil {
		err = p.do(ctx, m.Leaf())
	}
	return clap.Exit(p.Stdout, p.Stderr, err)
}

func (p *program) do(ctx context.Context, m *clap.Matches) error {
	if do, ok := m.Command().Do.(filter); ok {
		return do(ctx, p, m)
	}
	if p.Guard != nil {
		guarded, done := p.Guard(ctx)
		defer done()
		ctx = guarded
	}
	return m.Command().Do.(action)(ctx, p, m)
}

// system is the machine with this program's outputs.
func (p *program) system() *rdcore.System {
	s := rdcore.System{}
	if p.System != nil {
		s = *p.System
	}
	if s.Flavour == nil {
		s.Flavour = rdcore.DetectFlavour(s.Root, filepath.SplitList(p.Getenv("PATH")))
	}
	s.TempDir = p.Getenv("TMPDIR")
	s.Message = func(text string) { _, _ = io.WriteString(p.Stderr, text+"\n") }
	return &s
}

// print writes a line to standard output.
func (p *program) print(line string) error {
	if _, err := io.WriteString(p.Stdout, line+"\n"); err != nil {
		return fmt.Errorf("writing output: %w", err)
	}
	return nil
}
