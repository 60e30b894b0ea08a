package rpmostree_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/nestos-dev/nestos/rpmostree"
)

// Install a package on a system that is mounted somewhere, or an image that is being built.
func ExampleSystem_Apply() {
	ctx := context.Background()
	sys, err := rpmostree.Open(ctx, "/mnt/image", &rpmostree.Options{Message: func(line string) { fmt.Println(line) }})
	if err != nil {
		log.Fatal(err)
	}
	defer sys.Close()
	out, err := sys.Apply(ctx, &rpmostree.Change{Install: []string{"htop"}, Upgrade: true})
	if err != nil {
		log.Fatal(err) // everything is as it was
	}
	if !out.Changed {
		fmt.Println("No upgrade available.")
		return
	}
	if err := out.Diff().WriteBlock(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// The configuration of the service is read by the program, not by the library.
func ExampleParseConfig() {
	c, err := rpmostree.ParseConfig([]byte("[Daemon]\nAutomaticUpdatePolicy=stage\nLockLayering=true\n"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.AutomaticUpdatePolicy, c.LockLayering, c.NoRecommends)
	// Output: stage true false
}
