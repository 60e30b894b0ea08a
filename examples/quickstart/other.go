//go:build !linux

package main

import (
	"fmt"
	"os"
	"runtime"
)

func main() {
	fmt.Fprintln(os.Stderr, "quickstart: deployments on", runtime.GOOS+": not supported")
	os.Exit(1)
}
