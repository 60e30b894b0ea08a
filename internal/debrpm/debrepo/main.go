// Debrepo makes an rpm-md repository of Debian packages and everything they
// depend on:
//
//	go run ./internal/debrpm/debrepo -cache DIR REPO bash systemd …
//
// Packages are downloaded by apt-get, of which the lists must be current.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/nestos-dev/nestos/internal/debrpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

func main() {
	cache := flag.String("cache", "", "directory that keeps the Debian packages (default REPO/debs)")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: debrepo [-cache DIR] REPO PACKAGE...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() < 2 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(context.Background(), *cache, flag.Arg(0), flag.Args()[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "debrepo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cache, repo string, packages []string) error {
	if cache == "" {
		cache = repo + "/debs"
	}
	if err := os.MkdirAll(repo, 0o755); err != nil {
		return err
	}
	debs, err := debrpm.Download(ctx, cache, packages)
	if err != nil {
		return err
	}
	start := time.Now()
	rpms, err := debrpm.Convert(ctx, repo, debs, nil)
	if err != nil {
		return err
	}
	converted := time.Since(start)
	if _, err := rpmmd.CreateRepo(ctx, repo, nil); err != nil {
		return err
	}
	fmt.Printf("%d packages in %s, converted in %.1f s, metadata in %.1f s\n", len(rpms), repo, converted.Seconds(), (time.Since(start) - converted).Seconds())
	return nil
}
