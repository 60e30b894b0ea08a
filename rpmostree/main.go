package rpmostree

import "github.com/nestos-dev/nestos/rpmostree/internal/sandbox"

// ErrNoMain is returned in a program that did not call [Main], before anything is done, by what may have to run scripts
// of packages: [System.Apply], the functions of package compose, and the update driver in package zincati/driver/native.
var ErrNoMain = sandbox.ErrNoMain

// Main must be called first thing in the main function of a program that makes deployments or trees with
// packages: scripts run in a sandbox whose first process is this program, run again; there Main does not return.
func Main() { sandbox.Main() }

// CheckMain returns [ErrNoMain] unless [Main] was called. It is for those that want to know it before there is
// something to install.
func CheckMain() error { return sandbox.CheckMain() }
