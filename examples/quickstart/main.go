//go:build linux

// Command quickstart is the life of one machine, from packages to a rollback, in a few seconds: without privileges,
// without a network, without any other program. All that it makes is in a temporary folder.
//
//	go run ./examples/quickstart          # prints what it does and what it verified
//	go run ./examples/quickstart -keep    # and leaves the folder, and tells how to go on with it
//
// It is a tutorial, too. Each chapter is a file to copy from:
//
//	packages.go   RPM packages and a repository of them               package rpmmd
//	tree.go       a treefile becomes a commit, which is signed        packages compose, treefile, ostree
//	site.go       what a site serves: repositories, updates, locks    packages cincinnati/server, fleetlock/server
//	machine.go    the commit becomes a machine, which boots           packages sysroot, bls, kargs
//	firstboot.go  the first boot: a config and the cloud's metadata   packages butane, provision, afterburn
//	update.go     an agent takes an update when it is its turn        packages zincati/service, driver/native
//	layer.go      a package is added; failures; the way back          package rpmostree
//	again.go      how to go on with the programs, and the site again  package ostree
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree"
)

func main() {
	rpmostree.Main() // for programs that make trees: scripts of packages run in a process that is the program itself
	keep := flag.Bool("keep", false, "keep the temporary folder")
	var again *string
	flag.Func("serve", "serve the site in a `folder` that was kept, until interrupted", func(dir string) error { again = &dir; return nil })
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "quickstart: it takes no arguments")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	signal.Ignore(syscall.SIGPIPE) // whoever reads only the beginning: the end cleans up all the same
	err := error(nil)
	if again != nil {
		err = serveAgain(ctx, *again)
	} else {
		err = run(ctx, *keep)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// life is what the chapters hand on to each other.
type life struct {
	dir     string // holds everything
	chapter int

	public, secret []byte          // the keys that commits are signed with
	builds         *ostree.Repo    // where the releases are
	site           *site           // what serves them
	one, two       object.Checksum // the releases
	three          object.Checksum
	root           string // the deployment that runs
	plain, layered string // the deployments without and with an added package
	plainFiles     map[string]object.Checksum
	node           string // how the machine calls itself to the lock server
}

func run(ctx context.Context, keep bool) (err error) {
	start := time.Now()
	dir, err := workFolder()
	if err != nil {
		return err
	}
	fmt.Printf("Working in %s\n", dir)
	defer func() {
		if !keep {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	l := &life{dir: dir}
	defer l.close()
	for _, chapter := range []func(context.Context) error{
		l.packages, l.compose, l.serve, l.deploy, l.firstBoot, l.release, l.update, l.layer, l.damage, l.rollback, l.inventory,
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	if _, err := fmt.Printf("\nDone in %.1f s.\n", time.Since(start).Seconds()); err != nil {
		return err // nobody has seen anything
	}
	if !keep {
		fmt.Println("The folder is removed now; -keep keeps it.")
		return nil
	}
	return l.goOn()
}

// workFolder makes the folder, in a place where files can have extended attributes: in them a repository of an
// ordinary user keeps the owners and modes that the files have on the machine.
func workFolder() (string, error) {
	var failed error
	for _, parent := range []string{os.TempDir(), "/var/tmp"} {
		dir, err := os.MkdirTemp(parent, "nestos-quickstart-")
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		if err = syscall.Setxattr(dir, "user.nestos", []byte("1"), 0); err == nil {
			return filepath.Abs(dir)
		}
		failed = errors.Join(failed, fmt.Errorf("%s: no extended attributes: %w", parent, err), os.Remove(dir))
	}
	return "", fmt.Errorf("no folder to work in; set TMPDIR to one on ext4, xfs, btrfs, or a tmpfs of Linux 6.6 or later:\n%w", failed)
}

func (l *life) close() {
	if l.site != nil {
		l.site.close()
	}
	if l.builds != nil {
		l.builds.Close()
	}
}

// path is the path of something in the folder.
func (l *life) path(name string) string { return filepath.Join(l.dir, name) }

// fileURL is the URL of something in the folder.
func (l *life) fileURL(name string) string {
	u := url.URL{Scheme: "file", Path: l.path(name)}
	return u.String()
}

// title begins a chapter.
func (l *life) title(text string) {
	l.chapter++
	fmt.Printf("\n%d. %s\n", l.chapter, text)
}

// say tells a fact. What goes on in further lines is indented.
func say(format string, args ...any) {
	text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
	fmt.Println("   " + strings.ReplaceAll(text, "\n", "\n   "))
}

// short is the beginning of a checksum, enough for people.
func short(c object.Checksum) string { return c.String()[:12] }

// inventory checks both repositories, and tells what is where.
func (l *life) inventory(ctx context.Context) error {
	l.title("What there is now")
	machine, err := ostree.Open(l.path("machine/ostree/repo"), nil)
	if err != nil {
		return err
	}
	defer machine.Close()
	for _, r := range []struct {
		name string
		repo *ostree.Repo
	}{{"the site's", l.builds}, {"the machine's", machine}} {
		report, err := r.repo.Fsck(ctx, nil)
		if err != nil {
			return err
		}
		if len(report.Findings) > 0 {
			return fmt.Errorf("%s repository: %v", r.name, report.Findings)
		}
		say("fsck of %s repository (%s): %d commits, %d objects, all whole", r.name, r.repo.Mode(), report.Commits, report.Objects)
	}
	for _, line := range []string{
		"packages/         RPM packages and their repodata",
		"config/           the treefile that releases are composed from, and the machine's Butane config",
		"repo/             the OSTree repository with the releases",
		"updates/          the metadata that the update graph is made of",
		"locks/            the reboot locks",
		"machine/boot/     boot entries and kernels",
		"machine/ostree/   the machine's repository and deployments",
	} {
		say("%s", line)
	}
	return nil
}
