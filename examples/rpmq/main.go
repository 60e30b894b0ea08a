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

// errUsage is returned for arguments that make no sense.
var errUsage = errors.New("wrong usage, see rpmq --help")

// errStatus ends the program with status 1 when everything was said already.
var errStatus = errors.New("status 1")

// commands are the commands with the least and greatest number of arguments behind their options; -1 is no limit.
var commands = map[string]struct {
	run      func(ctx context.Context, e *env, args []string) error
	min, max int
}{
	"vercmp":  {vercmp, 0, 0},
	"depcmp":  {depcmp, 0, 0},
	"xml":     {xml, 1, 1},
	"files":   {files, 1, 1},
	"query":   {query, 2, 2},
	"verify":  {verify, 1, -1},
	"cpio":    {cpio, 1, 1},
	"extract": {extract, 2, 2},
	"primary": {primary, 1, 2},
	"qa":      {qa, 1, 1},
	"qal":     {qal, 1, 1},
	"mkdb":    {mkdb, 2, -1},
	"order":   {order, 1, -1},
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
	if len(args) > 0 && (args[0] == "--help" || args[0] == "-h") {
		fmt.Fprint(e.stdout, help)
		return 0
	}
	err := errUsage
	if len(args) > 0 {
		if c, ok := commands[args[0]]; ok && len(args)-1 >= c.min && (c.max < 0 || len(args)-1 <= c.max) {
			err = c.run(ctx, e, args[1:])
		}
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errStatus):
		return 1
	}
	fmt.Fprintf(e.stderr, "rpmq: %s\n", cli.Message(err))
	if errors.Is(err, errUsage) {
		return 2
	}
	return 1
}
