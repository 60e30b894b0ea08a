// Command ostree-remount makes the mounts of a booted deployment writable that are to be. It is run early in
// the boot, by ostree-remount.service.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/selinux"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// version is the release of libostree whose program this is.
const version = "2026.4"

const usage = `Usage:
  ostree-remount

Makes the mounts of the booted deployment writable that are to be. It takes no arguments; ostree-remount.service runs it.

  -h, --help       Show help options
  --version        Print version information and exit
`

func main() {
	if len(os.Args) > 1 {
		os.Exit(inform(os.Args[1:], os.Stdout, os.Stderr))
	}
	opts := &prepareroot.RemountOptions{}
	opts.Print = func(line string) { fmt.Println(line) }
	err := loadLabels(opts, "/sys/fs/selinux/enforce")
	if err == nil {
		err = prepareroot.Remount(context.Background(), opts)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "ostree-remount: %s\n", errno.Text(err))
		os.Exit(1)
	}
}

// inform answers those who only want to know, and returns the exit status. Other arguments are refused: libostree's
// program ignores them, and who tries one out would change the system.
func inform(args []string, stdout, stderr io.Writer) int {
	switch args[0] {
	case "-h", "--help":
		fmt.Fprint(stdout, usage)
	case "--version":
		fmt.Fprintln(stdout, "ostree-remount "+version)
	default:
		fmt.Fprintln(stderr, "ostree-remount: This program takes no arguments, see --help")
		return 1
	}
	return 0
}

// loadLabels reads the policy if the kernel has SELinux switched on.
func loadLabels(opts *prepareroot.RemountOptions, enabled string) error {
	if _, err := os.Stat(enabled); err != nil {
		return nil
	}
	policy, err := selinux.Load(os.DirFS("/"))
	if errors.Is(err, selinux.ErrNoPolicy) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("loading the SELinux policy: %w", err)
	}
	opts.Labels = policy
	return nil
}
