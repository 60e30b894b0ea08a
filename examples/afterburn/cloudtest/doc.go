// Package cloudtest holds the end-to-end tests of the program afterburn: the built binary runs as a process in a
// network and mount namespace of its own, where the provider's real addresses are on the loopback interface, a fake of
// its service answers (package fakecloud), and users, drives, leases and the kernel's command line are those of a
// machine in that cloud. Nothing of it is seen outside.
//
// The tests need Linux, root, network and mount namespaces, the go command, and the programs ip and setpriv. The drives
// among them need genisoimage, xorriso, mkfs.vfat, mcopy and loop devices; VMware's hypervisor is played with ptrace.
//
// # How to run it
//
//	go test ./examples/afterburn/cloudtest
//
// What is missing skips its tests, or fails them with CI=true; -short leaves out what waits for long.
package cloudtest
