package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
)

// libostreeVersion is the version of the reference implementation whose behaviour this program has.
const libostreeVersion = "2026.4"

// features are those of the reference implementation that this program has too; callers and tests look for them.
var features = []string{
	"inode64", "initial-var", "libcurl", "gpgme", "ex-fsverity", "composefs", "libarchive", "selinux",
	"sign-ed25519", "sign-spki", "libmount", "systemd", "release",
}

func printVersion(env *cli.Env) error {
	fmt.Fprintf(env.Stdout, "libostree:\n Version: '%s'\n Features:\n", libostreeVersion)
	for _, f := range features {
		fmt.Fprintf(env.Stdout, "  - %s\n", f)
	}
	return nil
}

// runExtension executes ostree-NAME for a command that is not built in, with the whole command line including NAME.
func runExtension(ctx context.Context, env *cli.Env, name string, args []string) (bool, error) {
	path := findExtension(env, "ostree-"+name)
	if path == "" {
		return false, nil
	}
	c := exec.CommandContext(ctx, path, args...)
	c.Stdin = env.Stdin
	c.Stdout, c.Stderr = env.ChildStreams()
	err := c.Run()
	if exit, ok := err.(*exec.ExitError); ok {
		return true, &cli.ExitError{Code: exit.ExitCode()}
	}
	return true, err
}

// findExtension looks in PATH, whose elements may be relative as in a shell, then in the directory
// that packages install extensions to.
func findExtension(env *cli.Env, program string) string {
	if strings.Contains(program, "/") {
		return ""
	}
	for _, dir := range append(filepath.SplitList(env.Lookup("PATH")), "/usr/libexec/libostree/ext") {
		path, err := filepath.Abs(filepath.Join(dir, program))
		if err != nil {
			continue
		}
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// versionOption is --version of programs that consist of commands.
func versionOption(env *cli.Env) cli.Option {
	return cli.Option{Long: "version", Help: "Print version information and exit", Value: cli.Func(func(string) error {
		if err := printVersion(env); err != nil {
			return err
		}
		return cli.ErrDone
	})}
}
