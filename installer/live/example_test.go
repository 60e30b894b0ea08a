package live_test

import (
	"fmt"
	"log"
	"os"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/live"
)

func ExampleNewCommand() {
	command, err := live.NewCommand(flavour.NestOS(),
		"nestos.liveiso=x ip=dhcp nestos.inst.install_dev=/dev/sda nestos.inst.ignition_url=https://example.com/c.ign", nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, arg := range command.Args {
		fmt.Printf("%q\n", arg)
	}
	// Output:
	// "install"
	// "/dev/sda"
	// "--ignition-url"
	// "https://example.com/c.ign"
	// "--insecure-ignition"
	// "--firstboot-args"
	// "rd.neednet=1 ip=dhcp "
	// "--fetch-retries"
	// "infinite"
}

func ExampleWriteFiles() {
	dir, err := os.MkdirTemp("", "image-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	root, err := os.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	if err := live.WriteFiles(root, flavour.NestOS(), nil); err != nil {
		log.Fatal(err)
	}
	unit, err := os.ReadFile(dir + "/usr/lib/systemd/system/nestos-installer-pre.target")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(unit))
	// Output:
	// # Reached before nestos-installer starts. What has to happen first comes
	// # behind this target and before nestos-installer.service.
	// [Unit]
	// Description=Preparations for NestOS Installer
	// Requires=nestos-installer-disable-device-auto-activation.service
	// After=nestos-installer-disable-device-auto-activation.service
}
