package prepareroot_test

import (
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// A tree's configuration, with what the machine's administrator may override it by.
func ExampleLoadConfig() {
	tree := fstest.MapFS{
		"usr/lib/ostree/prepare-root.conf": {Data: []byte("[composefs]\nenabled=yes\n[etc]\ntransient=true\n")},
	}
	config, err := prepareroot.LoadConfig(tree)
	if err != nil {
		fmt.Println(err)
		return
	}
	readonly, _ := config.Readonly()
	transient, _ := config.TransientEtc()
	fmt.Println("composefs:", config.Composefs, "read-only:", readonly, "transient /etc:", transient)
	// Output: composefs: yes read-only: true transient /etc: true
}

// How the running system was booted.
func ExampleParseBooted() {
	file := (&prepareroot.Booted{Device: 64768, Inode: 1234, Composefs: true}).Marshal() // /run/ostree-booted
	booted, err := prepareroot.ParseBooted(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	device, inode, _ := booted.BackingRoot()
	fmt.Println("the deployment is inode", inode, "of device", device, "- composefs:", booted.Composefs)
	// Output: the deployment is inode 1234 of device 64768 - composefs: true
}

func ExampleUnits() {
	for _, f := range prepareroot.Units(&prepareroot.UnitOptions{NoDracut: true}) {
		fmt.Println(f.Mode, strings.TrimPrefix(f.Path, "usr/lib/"))
	}
	// Output:
	// -rw-r--r-- systemd/system/ostree-boot-complete.service
	// -rw-r--r-- systemd/system/ostree-finalize-staged-hold.service
	// -rw-r--r-- systemd/system/ostree-finalize-staged.service
	// -rw-r--r-- systemd/system/ostree-prepare-root.service
	// -rw-r--r-- systemd/system/ostree-remount.service
	// -rw-r--r-- systemd/system/ostree-state-overlay@.service
	// -rw-r--r-- tmpfiles.d/ostree-tmpfiles.conf
}
