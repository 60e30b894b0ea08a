//go:build !linux

package main

import (
	"io"

	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

func runInit(_, stderr io.Writer) int { return fail(stderr, prepareroot.ErrNotSupported) }
