// Package faulttest breaks installations: its tests give the program nestos-installer images, servers, disks and
// boot file systems with faults, kill it, and cut the power. Whatever happens, the disk must be completely installed,
// with its config, or not look bootable, and the partitions that were to be kept must be in a valid table, with their
// contents.
//
//	TestTruncated, TestCorrupted, TestVerdict, TestMisfit   images that are damaged, badly signed or for other disks
//	TestHTTP, TestStreamDigest, TestUnreachable, TestStalled   servers
//	TestBusy, TestNotADisk, TestReadOnly, TestWriteErrors…  destinations that are used, fail, or are none
//	TestBootFilesystem, TestNoLoopDevice                    boot file systems that cannot be changed
//	TestPreserve                                            what is kept on request
//	TestKill…, TestInterruptAtAnyTime                       SIGKILL at system calls and moments, signals
//	TestPowerCut                                            what a disk may have when the power fails
//
// # How to run it
//
//	go test -timeout 30m ./examples/nestos-installer/faulttest
//
// The tests need Linux, root, loop devices, the go command, and e2fsprogs, gdisk, gnupg, xz-utils and util-linux; some
// need FUSE, swap or device-mapper (dmsetup). What is missing skips its tests, or fails them with CI=true.
// All of it takes about a minute and a half on two processors.
//
// NESTOS_KILL_ALL=n kills at every n-th system call that changes something instead of a choice, NESTOS_INSTALLER names
// a program to be tested instead of a new one.
package faulttest
