// Package testutil holds what the tests of all packages share: finding real
// programs, asking for capabilities, random trees, comparing trees.
//
// [Tool] finds the program that an interoperability test needs; [RandomTree],
// [CopyTree] and [SameTree] make, copy and compare directory trees. [KillAt]
// kills a program at any of the changes it makes to a file system, which
// [TraceChanges] lists.
// [StartBus] runs a D-Bus daemon of the test's own, [GoBuild] makes this module's
// programs, [GuestKernel] finds a kernel for virtual machines.
// [MainInMemory] lets tests that sync to disk all the time run from memory.
//
// # Skip or fail
//
// A developer's machine may lack a program, root or loop devices: there the
// test is skipped. In CI nothing may be skipped silently, so with the
// environment variable CI set (to anything but "", "0" and "false") the same
// condition fails the test.
//
//	ostree := testutil.Tool(t, "ostree")
//	a, b := t.TempDir(), t.TempDir()
//	testutil.RandomTree(t, a, testutil.Seed(t), &testutil.TreeOptions{Xattrs: true})
//	… copy a to b …
//	testutil.SameTree(t, a, b, nil)
//
// # Seeds
//
// Random tests take their seed from [Seed], which prints it: a failing run is
// repeated with NESTOS_TEST_SEED=<number>.
package testutil
