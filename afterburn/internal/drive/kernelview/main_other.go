//go:build !linux

// Kernelview works on Linux only.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "kernelview: not supported on this system")
	os.Exit(2)
}
