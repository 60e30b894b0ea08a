// Command ostree is a drop-in replacement of libostree's command line. It parses options, calls the packages
// ostree and ostree/sysroot and prints.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/nestos-dev/nestos/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, cli.OSEnv("ostree"), os.Args[1:])
	stop()
	os.Exit(code)
}

// run executes one command line and returns the exit status.
func run(ctx context.Context, env *cli.Env, args []string) int {
	tuneMemory()
	flush := env.BufferStdout()
	err := app(env, args).Run(ctx, env, args)
	if flushErr := flush(); err == nil {
		err = flushErr
	}
	if err != nil {
		return cli.PrintError(env, err)
	}
	return 0
}

// app is the table of commands, in the order of the help text. line is the whole command line, which
// extension programs are given as it is.
func app(env *cli.Env, line []string) *cli.App {
	var verbose bool
	a := &cli.App{
		Commands: []cli.Command{
			{Name: "admin", Help: "Commands for managing a host system booted with ostree", Run: runAdmin},
			{Name: "cat", Help: "Concatenate contents of files", Run: runCat},
			{Name: "checkout", Help: "Check out a commit into a filesystem tree", Run: runCheckout},
			{Name: "checksum", Help: "Checksum a file or directory", Run: runChecksum},
			{Name: "commit", Help: "Commit a new revision", Run: runCommit},
			{Name: "config", Help: "Change repo configuration settings", Run: runConfig},
			{Name: "diff", Help: "Compare directory TARGETDIR against revision REV", Run: runDiff},
			{Name: "export", Help: "Stream COMMIT to stdout in tar format", Run: runExport},
			{Name: "find-remotes", Help: "Find remotes to serve the given refs (not supported)", Run: runFindRemotes},
			{Name: "create-usb", Help: "Copy the refs to a USB stick (not supported)", Run: runCreateUSB},
			{Name: "fsck", Help: "Check the repository for consistency", Run: runFsck},
			{Name: "gpg-sign", Help: "Sign a commit", Run: runGPGSign},
			{Name: "init", Help: "Initialize a new empty repository", Run: runInit},
			{Name: "log", Help: "Show log starting at commit or ref", Run: runLog},
			{Name: "ls", Help: "List file paths", Run: runLs},
			{Name: "prune", Help: "Search for unreachable objects", Run: runPrune},
			{Name: "pull-local", Help: "Copy data from SRC_REPO", Run: runPullLocal},
			{Name: "pull", Help: "Download data from remote repository", Run: runPull},
			{Name: "refs", Help: "List refs", Run: runRefs},
			{Name: "remote", Help: "Remote commands that may involve internet access", Run: runRemote},
			{Name: "reset", Help: "Reset a REF to a previous COMMIT", Run: runReset},
			{Name: "rev-parse", Help: "Output the target of a rev", Run: runRevParse},
			{Name: "sign", Help: "Sign a commit", Run: runSign},
			{Name: "show", Help: "Output a metadata object", Run: runShow},
			{Name: "static-delta", Help: "Static delta related commands", Run: runStaticDelta},
			{Name: "summary", Help: "Manage summary metadata", Run: runSummary},
		},
		Options: []cli.Option{
			{Long: "verbose", Short: 'v', Help: "Print debug information during command processing", Value: cli.Bool(&verbose)},
			versionOption(env),
		},
	}
	a.Unknown = func(ctx context.Context, env *cli.Env, name string, _ []string) (bool, error) {
		return runExtension(ctx, env, name, line)
	}
	return a
}
