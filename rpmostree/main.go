package rpmostree

import "github.com/nestos-dev/nestos/rpmostree/internal/sandbox"

// Main must be called first thing in the main function of a program that makes deployments or trees with
// packages: scripts run in a sandbox whose first process is this program, run again; there Main does not return.
func Main() { sandbox.Main() }
