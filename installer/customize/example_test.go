package customize_test

import (
	"fmt"
	"log"

	"github.com/nestos-dev/nestos/installer/customize"
	"github.com/nestos-dev/nestos/installer/flavour"
)

// An image says itself what it can do; here it is known.
func ExampleBuild() {
	features := flavour.Features{InstallerConfig: true, LiveInitrdNetwork: true}
	archive, err := customize.Build(flavour.NestOS(), features, &customize.Options{
		DestDevice:     "/dev/vda",
		NetworkNmstate: []customize.File{{Path: "net.yaml", Data: []byte("interfaces: [{name: eth0, ipv4: {enabled: true, dhcp: true}}]")}},
		Message:        func(text string) { fmt.Println(text) },
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range archive.Paths() {
		fmt.Println(path)
	}
	// Output:
	// Boot media will automatically install to /dev/vda without confirmation.
	// config.ign
	// etc/nestos-firstboot-network/eth0.nmconnection
}

// Most images have limits, and errors say so.
func ExampleBuild_features() {
	_, err := customize.Build(flavour.CoreOS(), flavour.Features{}, &customize.Options{DestDevice: "/dev/vda"})
	fmt.Println(err)
	// Output:
	// This OS image does not support customizing installer configuration.
}
