// Package admintest holds tests of "ostree admin" that need whole machines' worth of disks: comparisons
// with the reference program, kills at every change of a file system, and power cuts.
//
// The tests build the program of the parent directory. NESTOS_ADMIN=/path/to/ostree tests another one
// instead, such as the reference program itself. The comparisons are scripts in testdata/scenarios, run
// line by line by both programs on sysroots of their own, whose trees are compared after each line.
//
// NESTOS_SHOW=1 with -v shows what the reference program prints. NESTOS_KILL_ALL=1 and NESTOS_POWERCUT_ALL=1 try every
// point instead of a sample.
//
// # How to run it
//
//	go test -timeout 20m ./examples/ostree/admintest
//
// The tests need Linux, root, loop devices, tmpfs, the go command, mkfs.ext4 and other mkfs programs, and for the
// comparisons libostree's program ostree. What is missing skips its tests, or fails them with CI=true. All of it takes
// about three minutes on two processors.
package admintest
