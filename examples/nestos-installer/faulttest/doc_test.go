// Package faulttest breaks installations: its tests give the program nestos-installer images, servers, disks and
// boot file systems with faults, and kill it. Whatever happens, the disk must be completely installed, with its
// config, or not look bootable, and the partitions that were to be kept must be in a valid table, with their
// contents.
//
// The tests need root, loop devices and e2fsprogs, gdisk, gnupg and util-linux; some need FUSE, swap or
// device-mapper. NESTOS_KILL_ALL=n kills at every n-th system call that changes something instead of a choice,
// NESTOS_INSTALLER names a program to be tested instead of a new one.
package faulttest_test
