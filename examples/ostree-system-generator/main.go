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

// version is the release of libostree whose generator this is.
const version = "2026.4"

const usage = `Usage:
  ostree-system-generator [NORMAL-DIR EARLY-DIR LATE-DIR]

Writes the units of a booted deployment, such as var.mount, to NORMAL-DIR (/tmp without directories). It is for systemd,
which calls what is in /usr/lib/systemd/system-generators with the three directories; see systemd.generator(7).

  -h, --help       Show help options
  --version        Print version information and exit
`

func main() { os.Exit(run(os.Args[1:], &prepareroot.GenerateOptions{}, os.Stdout, os.Stderr)) }

// run writes to the first of three directories, or to /tmp if there are none, and returns the exit status.
func run(args []string, opts *prepareroot.GenerateOptions, stdout, stderr io.Writer) int {
	opts.NormalDir = "/tmp"
	switch {
	case len(args) == 0:
	case len(args) == 3:
		opts.NormalDir = args[0]
	case args[0] == "--help" || args[0] == "-h":
		fmt.Fprint(stdout, usage)
		return 0
	case args[0] == "--version":
		fmt.Fprintln(stdout, "ostree-system-generator "+version)
		return 0
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
