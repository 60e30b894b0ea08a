// Command fleetlock is a FleetLock server that can stand in for airlock: it
// hands out reboot permissions to the nodes of a fleet, from etcd or from a
// store of its own.
package main

import (
	"context"
	"os"
	"path/filepath"
)

func main() {
	p := &program{
		name: filepath.Base(os.Args[0]), stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv,
	}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}
