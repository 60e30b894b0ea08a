// Command ostree-system-generator is a systemd generator: it writes the units of a booted deployment that
// depend on how it was booted.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

func main() { os.Exit(run(os.Args[1:], &prepareroot.GenerateOptions{}, os.Stderr)) }

// run writes to the first of three directories, or to /tmp if there are none, and returns the exit status.
func run(args []string, opts *prepareroot.GenerateOptions, stderr io.Writer) int {
	opts.NormalDir = "/tmp"
	switch len(args) {
	case 0:
	case 3:
		opts.NormalDir = args[0]
	default:
		fmt.Fprintln(stderr, "ostree-system-generator: This program takes three or no arguments")
		return 1
	}
	if err := prepareroot.Generate(opts); err != nil {
		fmt.Fprintf(stderr, "ostree-system-generator: %s\n", errno.Text(err))
		return 1
	}
	return 0
}
