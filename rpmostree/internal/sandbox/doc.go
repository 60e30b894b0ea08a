// Package sandbox runs the scripts of packages in a tree that is not the running system, so that they can
// change the tree and nothing else.
//
// A program that uses it calls [Main] first thing in its main function. [Start] begins a session,
// [Session.Run] runs programs in it one after the other, [Session.Changes] lists what they changed:
//
//	s, err := sandbox.Start(ctx, &sandbox.Config{Root: checkout, Upper: scratch})
//	defer s.Close()
//	err = s.Run(ctx, &sandbox.Cmd{Argv: []string{"/bin/sh"}, Script: body, Args: []string{"1"}, Output: w})
//	for c, err := range s.Changes(ctx) { … }
//
// # What a program sees
//
//	/                  a file system in memory; bin, sbin, lib… are the links of the tree
//	/usr, /etc         the tree's, copied on write into Config.Upper; or the tree itself with Config.ReadWrite
//	/var               the tree's, read-only; /var/tmp is in memory
//	/var/lib/rpm-state writable, shared by the programs of all sessions with the same Config.Upper
//	/tmp, /run         in memory; /run/ostree-booted exists
//	/dev               null, zero, full, random, urandom, tty, pts, shm
//	/proc, /sys        the processes of the sandbox; block, bus, class, dev and devices, read-only
//	/opt               a link to usr/lib/opt if the tree has that
//	/usr/share/rpm     empty
//
// There is no network but a loopback device, no process and no socket of the host. A script is passed as a
// sealed file in memory with the descriptor 5. When a program ends, whatever it left running is killed.
//
// # How it works
//
// Start runs the program's own file again, as process 1 of new mount, PID, UTS, IPC, network and cgroup
// namespaces. Setting these up takes a few milliseconds and is done once; each program then costs a fork.
// An ordinary user gets a user namespace too, in which the user appears as root and nobody else exists. Calls
// that give files to others are recorded in an attribute of the file, which Changes takes for the owner; programs
// go on to see root, and cannot become somebody else.
//
// All mounts belong to the namespaces and end with process 1, which ends with the session or, in whatever
// way, with the program that started it. Nothing is left but files below Config.Upper; [Remove] removes them.
//
// # What is guaranteed
//
// Files of Config.Root never change, unless Config.ReadWrite is set: they are the lower layer of an overlay
// file system, so they may be hard links to objects of a repository. The programs run without the
// capabilities to mount, to make devices, to trace or to open files by handle, cannot gain others, and
// cannot see or signal what is outside; process 1 cannot be traced or stopped by them. How many processes
// they have at once is limited where the kernel can do that (as root from Linux 6.14 on).
//
// They can fill the disk of Config.Upper and use processor and memory.
//
// The package works on Linux; elsewhere Start reports that it is not supported.
package sandbox
