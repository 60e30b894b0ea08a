package rpmostree_test

import (
	"fmt"
	"log"

	"github.com/nestos-dev/nestos/rpmostree"
)

// The configuration of the service is read by the program, not by the library.
func ExampleParseConfig() {
	c, err := rpmostree.ParseConfig([]byte("[Daemon]\nAutomaticUpdatePolicy=stage\nLockLayering=true\n"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.AutomaticUpdatePolicy, c.LockLayering, c.NoRecommends)
	// Output: stage true false
}
