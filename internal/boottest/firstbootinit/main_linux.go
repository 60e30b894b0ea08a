// Firstbootinit is an /init that provisions the machine on its first boot, as the
// initramfs of an operating system with Ignition and Afterburn does, in the same
// order. What the units of a real one say in their dependencies, it does one after
// the other:
//
//	ignition-generator                    is this the first boot?
//	afterburn exp rd-network-kargs        network arguments from the cloud → /etc/cmdline.d
//	ignition fetch-offline                the config, if it needs no network
//	network, by these arguments           only if that asked for it
//	ignition fetch, kargs, disks
//	mount root, ostree-prepare-root
//	mount and populate /var
//	afterburn --hostname                  hostname from the cloud → /etc/hostname
//	ignition mount, files, umount
//	network configuration for the real root
//
// Later boots only mount the root and prepare it.
//
// There are no other programs in the initramfs than these three. Ignition's helpers
// (useradd and its kin, systemctl) are links to this program, which runs those of the
// deployment with their root changed to it; mount is this program, too.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/boottest/early"
)

func main() {
	switch name := filepath.Base(os.Args[0]); name {
	case "mount":
		exit(mount(os.Args[1:]))
	case "useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel", "systemctl":
		exit(inDeployment(name, os.Args[1:]))
	}
	early.Main(early.MountBasics, early.LoadModules, boot, early.SwitchRoot)
}

func exit(err error) {
	if err == nil {
		os.Exit(0)
	}
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(failed.ExitCode())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func boot() error {
	first, err := firstBoot()
	if err != nil {
		return err
	}
	if !first {
		say("later boot")
		return steps(early.MountRoot, early.PrepareRoot)
	}
	say("first boot")
	return steps(
		linkLabels, networkKargs, fetch, stage("kargs"), stage("disks"),
		early.MountRoot, early.PrepareRoot, mountVar,
		hostname, stage("mount"), stage("files"), stage("umount"),
		leaveNetwork, unmountVar,
	)
}

func steps(list ...func() error) error {
	for _, step := range list {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func say(format string, args ...any) { fmt.Printf("init: "+format+"\n", args...) }

// unitDir is where Ignition's generator leaves its decision.
const unitDir = "/run/ignition-units"

// firstBoot lets Ignition's generator decide.
func firstBoot() (bool, error) {
	if err := os.MkdirAll(unitDir, 0o755); err != nil {
		return false, err
	}
	if err := run("/usr/lib/systemd/system-generators/ignition-generator", unitDir, unitDir, unitDir); err != nil {
		return false, err
	}
	_, err := os.Lstat(unitDir + "/initrd.target.requires/ignition-complete.target")
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// fetch acquires Ignition's config, with the network only if that is needed.
func fetch() error {
	if err := stage("fetch-offline")(); err != nil {
		return err
	}
	if _, err := os.Stat("/run/ignition/neednet"); errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if err := networkUp(); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	return stage("fetch")()
}

// stage returns a step that runs a stage of Ignition. There is no journal to log to.
func stage(name string) func() error {
	return func() error {
		words, err := early.Cmdline()
		if err != nil {
			return err
		}
		platform, _ := early.Argument(words, "ignition.platform.id")
		return run("/usr/bin/ignition", "--root="+early.Sysroot, "--platform="+platform, "--stage="+name, "--log-to-stdout")
	}
}

func hostname() error {
	return run("/usr/bin/afterburn", "--cmdline", "--hostname="+early.Sysroot+"/etc/hostname")
}

// run runs a program whose output goes to the console.
func run(argv ...string) error {
	say("%s", strings.Join(argv, " "))
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = []string{"PATH=/usr/bin:/usr/sbin", "HOME=/", "TMPDIR=/run"}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
	}
	return nil
}

// varDir is where the real root has the stateroot's var.
const varDir = early.Sysroot + "/var"

// mountVar mounts the stateroot's var where a unit of the real root will, and makes
// what systemd-tmpfiles would make in it: users get their homes there.
func mountVar() error {
	words, err := early.Cmdline()
	if err != nil {
		return err
	}
	deployment, _ := early.Argument(words, "ostree")
	parts := strings.Split(deployment, "/")
	if len(parts) < 4 {
		return fmt.Errorf("ostree=%s names no stateroot", deployment)
	}
	source := early.Sysroot + "/sysroot/ostree/deploy/" + parts[3] + "/var"
	if err := unix.Mount(source, varDir, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mounting %s: %w", varDir, err)
	}
	return inDeployment("systemd-tmpfiles", []string{"--create", "--boot", "--prefix=/var"})
}

func unmountVar() error { return unix.Unmount(varDir, 0) }
