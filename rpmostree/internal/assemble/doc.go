// Package assemble makes a tree out of a base and packages, in memory: files are put into it and taken out,
// scripts run, users get their numbers, the package database is written.
//
// The order of steps is rpm-ostree's:
//
//	remove   files of packages that go, below usr
//	unpack   files of new packages, in the order of an RPM transaction
//	users    one view of the users for scripts; systemd-sysusers
//	%pre     of all packages, in order
//	owners   files that do not belong to root get their owners
//	%post, %posttrans, file triggers
//	tmpfiles one file of what is to be made in /var, /run and /opt at boot
//	rpmdb    the packages that are in the tree now
//	kernel   to its place, with an initramfs
//
// Nothing that happens here is visible to anybody: the tree becomes a commit, or nothing, afterwards.
package assemble
