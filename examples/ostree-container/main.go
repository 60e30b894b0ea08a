// Command ostree-container moves OSTree commits into and out of container images. It is the extension
// program behind "ostree container", with the commands of ostree-ext. It parses options, calls package
// ostree/container and prints.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/nestos-dev/nestos/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, cli.OSEnv("ostree container"), os.Args[1:])
	stop()
	os.Exit(code)
}

// run executes one command line and returns the exit status. The program that this is an extension of passes
// its whole command line on, with the word "container" in it.
func run(ctx context.Context, env *cli.Env, args []string) int {
	if name, rest, ok := cli.SplitCommand(args); ok && name == "container" {
		args = rest
	}
	flush := env.BufferStdout()
	err := app(env).Run(ctx, env, args)
	if flushErr := flush(); err == nil {
		err = flushErr
	}
	if err != nil {
		return cli.PrintError(env, err)
	}
	return 0
}

// version is the release of libostree with which this program works together; ostree-ext has no number of its own here.
const version = "2026.4"

func versionOption(env *cli.Env) cli.Option {
	return cli.Option{Long: "version", Help: "Print version information and exit", Value: cli.Func(func(string) error {
		if _, err := fmt.Fprintf(env.Stdout, "ostree-container %s\n", version); err != nil {
			return err
		}
		return cli.ErrDone
	})}
}

// app is the table of commands.
func app(env *cli.Env) *cli.App {
	image := &cli.App{Name: "image", Column: 28, Summary: "Commands for working with (possibly layered, non-encapsulated) container images", Commands: []cli.Command{
		{Name: "list", Help: "List container images", Run: runList},
		{Name: "pull", Help: "Pull (or update) a container image", Run: runPull},
		{Name: "history", Help: "Output metadata about an already stored container image", Run: runHistory},
		{Name: "metadata", Help: "Output manifest or configuration for an already stored container image", Run: runMetadata},
		{Name: "clear-cached-update", Help: "Remove metadata for a cached update", Run: runClearCachedUpdate},
		{Name: "copy", Help: "Copy a pulled container image from one repo to another", Run: runCopy},
		{Name: "reexport", Help: "Re-export a fetched image", Run: runReexport},
		{Name: "replace-detached-metadata", Help: "Replace the detached metadata (e.g. to add a signature)", Run: runReplaceDetached},
		{Name: "remove", Help: "Unreference one or more pulled container images and perform a garbage collection", Run: runRemove},
		{Name: "prune-layers", Help: "Garbage collect unreferenced image layer references", Run: runPruneLayers},
		{Name: "prune-images", Help: "Garbage collect images that no deployment uses", Run: runPruneImages},
		{Name: "deploy", Help: "Perform initial deployment for a container image", Run: runDeploy},
	}}
	return &cli.App{Commands: []cli.Command{
		{Name: "unencapsulate", Help: "Import an ostree commit embedded in a remote container image", Run: runUnencapsulate},
		{Name: "import", Hidden: true, Run: runUnencapsulate},
		{Name: "info", Help: "Print information about an exported ostree-container image", Run: runInfo},
		{Name: "encapsulate", Help: "Wrap an ostree commit into a container image", Run: runEncapsulate},
		{Name: "export", Hidden: true, Run: runEncapsulate},
		{Name: "image", Help: "Commands for working with (possibly layered, non-encapsulated) container images", Run: image.Run},
		{Name: "compare", Help: "Compare the contents of two OCI compliant images", Run: runCompare},
	}, Options: []cli.Option{versionOption(env)}}
}
