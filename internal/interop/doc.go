// Package interop compares this module's Ignition and Butane packages with those of
// the upstream projects, on configs made at random. It is a module of its own so that
// nothing else depends on upstream's packages.
//
//	go test ./...                                  # a few thousand configs
//	go test -run TestParse -cases 100000 -seed 7 .     # many, from a chosen seed
//
// The environment variable INTEROP_N sets the number too. Each test prints its seed.
// What is meant to differ from upstream is in one table, knownDifferences.
package interop
