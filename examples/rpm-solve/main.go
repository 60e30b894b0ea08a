// Command rpm-solve resolves dependencies. With -t it solves a testcase of libsolv; otherwise it answers requests upon
// repositories and installed packages. Either way it prints what package testcase and package goal compute, in the form
// of libsolv's testsolv.
//
//	rpm-solve -t FILE.t
//	rpm-solve [--arch A] [--repo NAME=DIR[,PRIORITY]]... [--installed-dbpath DIR] [--no-recommends] [--lock-installed]
//	          install|erase|update|noop [NAME]...
//
// The exit status is 0 when there is an answer, also when it tells of problems, 77 for a testcase that needs features
// which are not supported, and 1 otherwise.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"

	"github.com/nestos-dev/nestos/rpmostree/solver/testcase"
)

const exitUnsupported = 77

// version is what --version prints, with the release of libsolv whose results it has. Distributions set it when linking.
var version = "0.1.0"

const usage = `Usage: rpm-solve [OPTIONS] install NAME... | erase NAME... | update [NAME...] | noop
       rpm-solve -t FILE

Resolves dependencies: prints the packages to install, upgrade and erase, or what is in the way, as libsolv's testsolv.
Packages come from repositories (directories with repodata) and from the database of a system:

    rpm-solve -repo base=/srv/repo -installed-dbpath /mnt/image/usr/share/rpm install htop

Options:
`

func main() {
	if os.Getenv("GOGC") == "" {
		// There is little garbage, and an end soon.
		debug.SetGCPercent(400)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Stdout, os.Stderr, os.Args[1:])
	stop()
	os.Exit(code)
}

// run executes one command line and returns the exit status.
func run(ctx context.Context, stdout, stderr io.Writer, args []string) int {
	var o request
	flags := flag.NewFlagSet("rpm-solve", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	file := flags.String("t", "", "solve the testcase in `FILE`")
	showVersion := flags.Bool("version", false, "print the version and exit")
	o.flags(flags)
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return 0
	case err != nil:
		err = fmt.Errorf("%w; see rpm-solve --help", err)
	case *showVersion:
		fmt.Fprintf(stdout, "rpm-solve %s, as libsolv 0.7.39\n", version)
		return 0
	case *file != "" && flags.NArg() > 0:
		err = errors.New("-t takes no requests")
	case *file != "":
		err = solveTestcase(stdout, stderr, *file)
	default:
		err = o.solve(ctx, stdout, flags.Args())
	}
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "rpm-solve: %v\n", err)
	if errors.Is(err, testcase.ErrNotSupported) {
		return exitUnsupported
	}
	return 1
}

func solveTestcase(w, warnings io.Writer, file string) error {
	r, closer, err := testcase.Open(file)
	if err != nil {
		return err
	}
	r.Warn = func(err error) { fmt.Fprintf(warnings, "rpm-solve: %s: %v\n", file, err) }
	if err := errors.Join(testcase.Run(w, r), closer.Close()); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
