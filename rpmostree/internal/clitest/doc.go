// Package clitest holds the tests of the program rpm-ostree on scratch systems: they build it from examples/rpm-ostree
// and look at what it prints, at its exit status and at the system afterwards.
package clitest
