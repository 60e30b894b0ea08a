// Package blackbox runs the black-box tests of upstream Ignition against this
// module's ignition, in a virtual machine.
//
// Its test compiles package tests of the module github.com/coreos/ignition/v2,
// in the version that internal/interop requires, and the stubs of useradd and
// its relatives that come with it. It copies them, the program to test, and the
// Debian packages whose programs the tests and Ignition call into a disk image
// (see package boottest) and boots Debian's kernel with it in QEMU: the tests
// need GPT, device-mapper and vfat, a udev that makes device links, and a
// systemd whose private bus starts device units.
//
// The Debian packages it needs are in the list in its source; qemu-system-x86 and
// linux-image-cloud-amd64 come on top.
//
// It takes long, so it runs only when asked for, with the patience it needs:
//
//	NESTOS_BLACKBOX=short go test -timeout 60m -v ./internal/blackbox
//	NESTOS_BLACKBOX=all go test -timeout 8h -v ./internal/blackbox
//
// Upstream's tests each run in all config versions that know what they use:
// short runs each in the oldest only, all in each. Two more flags change what
// is run:
//
//	-args -subject=upstream      test upstream's program, built from the same module
//	-args -match='files\.|user'  run only tests whose name matches
//
// The test fails if one of upstream's tests fails which is not in the table of
// known failures, or if one in the table passes. The complete output is kept in
// the folder that -args -keep=DIR names, otherwise, if the test fails, in
// /tmp/ignition-blackbox-*.
package blackbox
