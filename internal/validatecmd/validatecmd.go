// Package validatecmd is the program ignition-validate: it parses a config, prints
// the report and says by its exit status whether the config is good.
package validatecmd

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config"
)

// Main runs the program, args[0] being its name, and returns its exit status: 0
// when the config is valid, perhaps with warnings, 1 when it is not or cannot be
// read, 2 for options that do not exist. The version is what -version prints.
func Main(args []string, version string, stdin io.Reader, stdout, stderr io.Writer) int {
	name := "ignition-validate"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	showVersion := flags.Bool("version", false, "print the version of ignition-validate")
	flags.Usage = func() {
		fmt.Fprintf(stderr, "Usage:\n  %s [flags] config.ign\n\n", name)
		flags.PrintDefaults()
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case *showVersion:
		fmt.Fprintln(stdout, "Ignition "+version)
		return 0
	case flags.NArg() != 1:
		flags.Usage()
		return 1
	}
	return validate(flags.Arg(0), stdin, stdout, stderr)
}

func validate(file string, stdin io.Reader, stdout, stderr io.Writer) int {
	raw, err := read(file, stdin)
	if err != nil {
		fmt.Fprintf(stderr, "couldn't read config: %v\n", err)
		return 1
	}
	_, report, err := config.Parse(raw)
	if len(report.Entries) > 0 {
		// The report is text, not a format: keys may hold percent signs.
		if _, err := fmt.Fprintln(stdout, strings.TrimSpace(report.String())); err != nil {
			fmt.Fprintf(stderr, "couldn't print report: %v\n", err)
			return 1
		}
	}
	if report.IsFatal() {
		if hint := RefuseButane(file, raw); hint != nil {
			fmt.Fprintln(stderr, hint)
		}
		return 1
	}
	if err != nil {
		fmt.Fprintf(stderr, "couldn't parse config: %v\n", err)
		return 1
	}
	return 0
}

func read(file string, stdin io.Reader) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(file)
}
