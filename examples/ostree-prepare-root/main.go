// Command ostree-prepare-root makes the deployment that the kernel command line names the root of the system.
// In an initramfs it is run after the physical root was mounted; on a system without one it is the init program.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

func main() {
	if os.Getpid() == 1 {
		os.Exit(runInit(os.Stdout, os.Stderr))
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

const usage = `Usage:
  ostree-prepare-root [OPTION…] SYSROOT [KERNEL_CMDLINE]

Makes the deployment that the kernel command line names the root of the system: mounts it at SYSROOT, where the physical
root is mounted. KERNEL_CMDLINE stands in for that of /proc/cmdline. It is run in the initramfs, by ostree-prepare-root.service.

Help Options:
  -h, --help       Show help options

Application Options:
  --version        Print version information and exit

`

// version is the release of libostree whose program this is.
const version = "2026.4"

// run prepares the root at SYSROOT and returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	opts := &prepareroot.PrepareOptions{}
	opts.Print = func(line string) { fmt.Fprintln(stdout, line) }
	var operands []string
	for i, arg := range args {
		switch {
		case arg == "--help" || arg == "-h" || arg == "-?":
			fmt.Fprint(stdout, usage)
			return 0
		case arg == "--version":
			fmt.Fprintln(stdout, "ostree-prepare-root "+version)
			return 0
		case arg == "--":
			operands = append(operands, args[i+1:]...)
		case len(arg) > 1 && arg[0] == '-':
			return fail(stderr, fmt.Errorf("Error parsing options: Unknown option %s", arg))
		default:
			operands = append(operands, arg)
			continue
		}
		break
	}
	if len(operands) < 1 {
		return fail(stderr, fmt.Errorf("usage: ostree-prepare-root SYSROOT [KERNEL_CMDLINE]"))
	}
	opts.Sysroot = operands[0]
	if len(operands) > 1 {
		opts.Cmdline = operands[1]
	}
	if _, err := prepareroot.Prepare(context.Background(), opts); err != nil {
		return fail(stderr, err)
	}
	return 0
}

func fail(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "ostree-prepare-root: %s\n", errno.Text(err))
	return 1
}
