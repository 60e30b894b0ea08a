// Package fleettest updates machines end to end with nothing but this module's programs: a graph server with a
// rollout, a lock server with one slot, the update agent, rpm-ostree on a real sysroot, and a repository that is
// served over HTTP.
//
// The machines of the fast tests are mount namespaces: the root of each is its deployment, put together by
// ostree-prepare-root from what the boot loader would choose, and gone with the namespace when it "reboots". What
// would be systemd's part, finalizing at shutdown, is the test's. TestBoot has the same in virtual machines, with
// systemd and the units of package zincati/systemd.
//
// # How to run it
//
//	go test -timeout 20m ./examples/zincati/fleettest
//
// with -args -accel=kvm for another accelerator of QEMU. The tests need Linux, root, loop devices, mount namespaces and
// the go command; TestBoot needs qemu-system-x86 and linux-image-cloud-amd64, too, and is left out with -short. All of it
// takes about a minute and a half on two processors, with QEMU's emulator.
package fleettest
