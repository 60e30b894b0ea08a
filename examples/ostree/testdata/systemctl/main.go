//go:build linux

// Command systemctl stands in for systemd in tests: it notes what it was asked for in /run/systemctl.log. With the
// argument "start-system" it puts away the old root that "pivot_root . ." left and makes the mounts shared, as systemd
// does when it starts.
package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 1 && args[0] == "start-system" {
		if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
			return err
		}
		return unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "")
	}
	f, err := os.OpenFile("/run/systemctl.log", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	fmt.Fprintln(f, strings.Join(args, " "))
	return f.Close()
}
