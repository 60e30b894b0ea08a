//go:build linux

// Command rpm-ostree is a drop-in replacement of rpm-ostree's command line. It parses options, calls package rpmostree
// and prints. There is no service behind it: each command works by itself, on the running system or, with --sysroot, on
// any other.
package main

import (
	"context"
	"os"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/rpmostree"
)

func main() {
	rpmostree.Main()
	tuneMemory()
	p := &program{args: os.Args[1:], runner: &run.Exec{}}
	os.Exit(p.run(context.Background(), cli.OSEnv("rpm-ostree")))
}

// program is one run of the program.
type program struct {
	args   []string   // the whole command line
	runner run.Runner // of systemctl, the editor …
}

// exitUnchanged is the exit status that says that nothing had to be done.
const exitUnchanged = 77

// run executes the command line and returns the exit status.
func (p *program) run(ctx context.Context, env *cli.Env) int {
	return cli.PrintError(env, p.app(env).Run(ctx, env, p.args))
}

// app is the table of commands, in the order of the help text.
//
// The name finalize-deployment fills its column, so that the text brings its own blank.
func (p *program) app(env *cli.Env) *cli.App {
	hidden := func(name string, run func(context.Context, *cli.Env, []string) error) cli.Command {
		return cli.Command{Name: name, Hidden: true, Run: run}
	}
	var quiet bool
	a := &cli.App{
		Commands: []cli.Command{
			{Name: "apply-live", Help: "Apply pending deployment changes to booted deployment (not supported)", Run: absent("applying changes to the running system")},
			{Name: "cancel", Help: "Cancel an active transaction", Run: p.cancel},
			{Name: "cleanup", Help: "Clear cached/pending data", Run: p.cleanup},
			{Name: "compose", Help: "Commands to compose a tree", Run: p.compose},
			{Name: "db", Help: "Commands to query the RPM database", Run: p.db},
			{Name: "deploy", Help: "Deploy a specific commit", Run: p.deploy},
			{Name: "finalize-deployment", Help: " Unset the finalization locking state of the staged deployment and reboot", Run: p.finalizeDeployment},
			{Name: "initramfs", Help: "Enable or disable local initramfs regeneration", Run: p.initramfs},
			{Name: "initramfs-etc", Help: "Add files to the initramfs", Run: p.initramfsEtc},
			{Name: "install", Help: "Overlay additional packages", Run: p.install},
			{Name: "kargs", Help: "Query or modify kernel arguments", Run: p.kargs},
			{Name: "override", Help: "Manage base package overrides", Run: p.override},
			{Name: "rebase", Help: "Switch to a different tree", Run: p.rebase},
			{Name: "refresh-md", Help: "Generate rpm repo metadata", Run: p.refreshMetadata},
			{Name: "reload", Help: "Reload configuration", Run: p.reload},
			{Name: "reset", Help: "Remove all mutations", Run: p.reset},
			{Name: "rollback", Help: "Revert to the previously booted tree", Run: p.rollback},
			{Name: "search", Help: "Search for packages", Run: p.search},
			{Name: "status", Help: "Get the version of the booted system", Run: p.status},
			{Name: "uninstall", Help: "Remove overlayed additional packages", Run: p.uninstall},
			{Name: "upgrade", Help: "Perform a system upgrade", Run: p.upgrade},
			{Name: "usroverlay", Help: "Apply a transient overlayfs to /usr", Run: p.usroverlay},
			hidden("update", p.upgrade), hidden("unlock", p.usroverlay), hidden("pkg-add", p.install), hidden("pkg-remove", p.uninstall),
			hidden("remove", p.uninstall), hidden("rpm", p.db), hidden("makecache", p.refreshMetadata), hidden("ex", p.ex),
			hidden("start-daemon", absent("the D-Bus service")), hidden("cliwrap", absent("wrapping programs")),
			hidden("countme", absent("counting machines")), hidden("kernel-install", absent("kernel-install")),
			hidden("scriptlet-intercept", absent("scriptlet-intercept")), hidden("fix-shadow-perms", absent("fix-shadow-perms")),
			hidden("shlib-backend", absent("shlib-backend")), hidden("testutils", absent("testutils")),
		},
		Options: []cli.Option{versionOption(env), quietOption(&quiet)},
		Column:  17,
	}
	return a
}
