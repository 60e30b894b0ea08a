// Command ignition-validate checks an Ignition config and prints what is wrong
// with it. It is a drop-in for the program of Ignition 2.26.
//
// With a file, or - for standard input, it prints one line for each finding:
//
//	error at $.storage.files.0.path, line 7 col 17: path not absolute
//
// and exits with 0 if there is no error among them, else with 1.
package main

import (
	"os"

	"github.com/nestos-dev/nestos/internal/validatecmd"
)

// version is what -version prints; distributions set it when linking.
var version = "2.26.0"

func main() {
	os.Exit(validatecmd.Main(os.Args, version, os.Stdin, os.Stdout, os.Stderr))
}
