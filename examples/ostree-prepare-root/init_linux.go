package main

import (
	"context"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

const initProgram = "/sbin/init"

// runInit makes the deployment the root and becomes its init program.
func runInit(_, stderr io.Writer) int {
	if err := prepareroot.PrepareInit(context.Background(), nil); err != nil {
		return fail(stderr, err)
	}
	err := unix.Exec(initProgram, []string{initProgram}, os.Environ())
	return fail(stderr, errno.Wrap("failed to exec init inside ostree", err))
}
