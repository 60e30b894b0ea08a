// Command boot takes one machine through its life, in QEMU:
//
//	go run ./examples/boot
//
//	Debian packages ─ RPMs ─ rpm-ostree compose ─▶ commit ─▶ sysroot ─▶ disk image
//	                                                                        │
//	kernel, initramfs ─ ignition, afterburn, ostree-prepare-root ─▶ systemd ┘
//	a unit layers packages with rpm-ostree        ─▶ reboot
//	zincati sees an update in cincinnati's graph  ─▶ stages it, takes fleetlock's slot, finalizes, reboots
//	rpm-ostree rollback                           ─▶ reboot
//
// The machine has this repository's programs in the place of those that they
// replace; its kernel, systemd, shell and rpm are Debian's. The initramfs is one with
// an init of this repository (internal/boottest/firstbootinit), which does what the
// units of a real one do, in their order. Repositories, the graph server and the lock
// server are in this process; the machine knows this host as 10.0.2.2. This program
// also plays the boot loader, and the hypervisor: it makes a config drive as Proxmox VE
// does, from which Afterburn takes hostname, network and keys, and Ignition its config.
//
// Each line that it prints is a step that has been verified, by asking the guest, the
// servers and the console. When something is not as it should be the program says what,
// keeps the consoles and ends with status 1.
//
// It needs root, loop devices, two gigabytes for the working directory, apt-get of a
// Debian 12 with current package lists (apt-get update), and the packages
// qemu-system-x86, e2fsprogs and kmod. With QEMU's emulator it takes less than three
// minutes of processor time.
//
// # What differs from a production system
//
// This repository's rpm-ostree has no D-Bus service that does for the user zincati what
// polkit allows him, so the machine has a small stand-in for it, see [gateDropIn], and no
// polkit. There is neither a boot loader nor a partition table on the disk, no SELinux,
// and the layered packages are not signed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// options are what the command line says.
type options struct {
	dir     string // working directory; a new one if empty
	debs    string // where downloaded packages are kept; in dir if empty
	keep    bool   // leave dir behind
	verbose bool
	accel   string
	// composefs makes the root one read-only file system over the objects of the repository, in place of a directory.
	composefs bool
}

func main() {
	o := &options{}
	flag.StringVar(&o.dir, "dir", "", "working `directory`, which must be empty or absent, and is removed at the end without -keep (default: a temporary one)")
	flag.StringVar(&o.debs, "debs", "", "`directory` that keeps downloaded Debian packages for the next time (default: in the working directory)")
	flag.BoolVar(&o.keep, "keep", false, "keep the working directory: disk, repositories, consoles")
	flag.BoolVar(&o.verbose, "v", false, "print the output of commands")
	flag.BoolVar(&o.composefs, "composefs", true, "mount the root with composefs: read-only as a whole")
	flag.StringVar(&o.accel, "accel", "tcg", "QEMU's accelerator")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "boot:", err)
		os.Exit(1)
	}
}
