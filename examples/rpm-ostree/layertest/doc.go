// Package layertest holds the tests of rpm-ostree on whole systems: scratch sysroots whose base is made of RPM packages,
// nasty packages to layer on it, failures, kills and lack of space. Real programs (rpm, ostree) judge the results.
//
// The programs under test are built by the tests; NESTOS_RPM_OSTREE names another one to test. NESTOS_KILL_ALL=1 kills
// the program before each of its changes, NESTOS_KILL_ALL=8 before every eighth, not only before some.
//
// # How to run it
//
//	go test -timeout 20m ./examples/rpm-ostree/layertest
//
// The tests need Linux, root, namespaces, tmpfs, the go command, and rpm, rpmkeys, rpmbuild, createrepo_c, ostree,
// strace and setpriv for what they judge or do. What is missing skips its tests, or fails them with CI=true. All of it
// takes about two minutes on two processors. No package is downloaded: all are made by the tests.
package layertest
