// Command rpmq shows what package rpm and its neighbours compute, in the form in which rpm, rpmkeys, rpm2cpio and
// createrepo_c print it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
)

const help = `Usage: rpmq COMMAND [ARGUMENTS]

Comparisons; each line of standard input gives one of standard output:
  vercmp              lines "A B", two versions with a blank between them: -1, 0 or 1,
                      as rpm --eval '%{lua:print(rpm.vercmp("A", "B"))}'
  depcmp              lines "PROVIDE ; REQUIRE", two dependencies "NAME OP EVR" or only
                      "OP EVR", "(none)" for one without a version: 1 if the first
                      satisfies the second, else 0

A package file:
  xml FILE            rpm -qp --xml FILE
  files FILE          rpm -qp --qf FORMAT FILE, with the FORMAT
                      ` + filesFormat + `
  query FORMAT FILE   rpm -qp --qf FORMAT FILE, in UTC
  verify [--key KEYFILE]... [--level LEVEL] FILE
                      rpmkeys -Kv FILE, with the keys of KEYFILEs imported and with LEVEL
                      (digest, none, signature, all) for %_pkgverify_level
  cpio FILE           rpm2cpio FILE
  extract FILE DIR    unpacks the files of the package below DIR; with owners and file
                      capabilities when it is run by root
  primary [--narrow-pre] FILE
                      the <package> of createrepo_c 1.2 in primary.xml, for a repository that
                      has FILE in its top directory; --narrow-pre is for version 0.17

Databases and transactions:
  qa DIR              rpm -qa --dbpath DIR
  qal DIR             rpm -qal --dbpath DIR
  mkdb [--time SECONDS] DIR FILE...
                      writes DIR/rpmdb.sqlite, in place of one that is there, with the
                      packages installed in this order, at that time (default:
                      SOURCE_DATE_EPOCH, or now)
  order FILE...       the packages in the order in which rpm -U FILE... installs them

The exit status is 0; 1 after an error or when verify finds something that is not OK;
2 for wrong usage.
`

// env is what the program has of its surroundings.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	root           bool // it may change owners
}

// version is what --version prints, with those of the programs that it equals. Distributions set it when linking.
var version = "0.1.0"

// usageError is returned for arguments that make no sense.
type usageError struct{ error }

// badUsage makes one.
func badUsage(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// errStatus ends the program with status 1 when everything was said already.
var errStatus = errors.New("status 1")

// command is one of the commands, with the least and greatest number of arguments; -1 is no limit.
type command struct {
	run      func(ctx context.Context, e *env, args []string) error
	min, max int
	usage    string
	options  bool // it has options
	any      bool // its first argument may begin with "-"
}

var commands = map[string]command{
	"vercmp":  {run: vercmp, usage: "vercmp < FILE"},
	"depcmp":  {run: depcmp, usage: "depcmp < FILE"},
	"xml":     {run: xml, min: 1, max: 1, usage: "xml FILE"},
	"files":   {run: files, min: 1, max: 1, usage: "files FILE"},
	"query":   {run: query, min: 2, max: 2, usage: "query FORMAT FILE", any: true},
	"verify":  {run: verify, min: 1, max: -1, usage: "verify [--key KEYFILE]... [--level LEVEL] FILE", options: true},
	"cpio":    {run: cpio, min: 1, max: 1, usage: "cpio FILE"},
	"extract": {run: extract, min: 2, max: 2, usage: "extract FILE DIR"},
	"primary": {run: primary, min: 1, max: 2, usage: "primary [--narrow-pre] FILE", options: true},
	"qa":      {run: qa, min: 1, max: 1, usage: "qa DIR"},
	"qal":     {run: qal, min: 1, max: 1, usage: "qal DIR"},
	"mkdb":    {run: mkdb, min: 2, max: -1, usage: "mkdb [--time SECONDS] DIR FILE...", options: true},
	"order":   {run: order, min: 1, max: -1, usage: "order FILE..."},
}

// check refuses arguments that the command cannot have.
func (c *command) check(args []string) error {
	switch {
	case len(args) > 0 && strings.HasPrefix(args[0], "-") && !c.options && !c.any:
		return badUsage("unknown option %s", args[0])
	case len(args) < c.min:
		return badUsage("an argument is missing")
	case c.max >= 0 && len(args) > c.max:
		return badUsage("too many arguments")
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	e := &env{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, root: os.Geteuid() == 0}
	status := run(ctx, e, os.Args[1:])
	stop()
	os.Exit(status)
}

// run is the program. It returns the exit status.
func run(ctx context.Context, e *env, args []string) int {
	if len(args) == 0 {
		fmt.Fprintln(e.stderr, "rpmq: no command, see rpmq --help")
		return 2
	}
	switch args[0] {
	case "--help", "-h":
		fmt.Fprint(e.stdout, help)
		return 0
	case "--version":
		fmt.Fprintf(e.stdout, "rpmq %s, as rpm 4.18 and createrepo_c 1.2\n", version)
		return 0
	}
	c, ok := commands[args[0]]
	if !ok {
		fmt.Fprintf(e.stderr, "rpmq: unknown command %q, see rpmq --help\n", args[0])
		return 2
	}
	if len(args) == 2 && (args[1] == "--help" || args[1] == "-h") {
		fmt.Fprintf(e.stdout, "Usage: rpmq %s\nWhat it does is in rpmq --help.\n", c.usage)
		return 0
	}
	err := c.check(args[1:])
	if err == nil {
		err = c.run(ctx, e, args[1:])
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errStatus):
		return 1
	}
	fmt.Fprintf(e.stderr, "rpmq: %s\n", cli.Message(err))
	if _, ok := errors.AsType[*usageError](err); ok {
		fmt.Fprintf(e.stderr, "Usage: rpmq %s\n", c.usage)
		return 2
	}
	return 1
}
