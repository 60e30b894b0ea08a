// Package fsfreeze brings everything that was written to a file system to its final place on the disk, by
// freezing it and thawing it at once.
//
//	err := fsfreeze.Flush(boot, nil)
//
// # Why not sync
//
// After fsync or syncfs the data of a journaling file system is safe, but perhaps only in the journal. A boot
// loader reads the blocks and knows nothing of journals: it may see the state before. The ioctl FIFREEZE
// writes the journal back, FITHAW lets writers go on.
//
// # Who thaws
//
// A file system that stays frozen stops the machine: every process that writes to it hangs, a shutdown too. So
// the process that calls Flush never stands between the two ioctls itself. It makes two others,
//
//	caller ── watchdog ── worker
//
// of which the worker freezes, thaws and tells the watchdog that both are done. Whatever else happens (the
// worker is killed, or does not report for 30 seconds) makes the watchdog thaw, and go on thawing until the
// worker is gone. If the caller is killed the two finish on their own: they are a session of their own, block
// all signals that can be blocked, and hold none of the caller's files. A frozen file system is left only by
// a SIGKILL that hits both of them in these microseconds, as when a whole control group is killed.
//
// The two are made by clone(2) and run a few system calls without the Go runtime: nothing is executed, so the
// importing program needs no hook, and no file has to be read from a frozen file system. Their exit sends no
// SIGCHLD, and only a wait with __WALL sees them.
//
// # Where it is not possible
//
// File systems that cannot be frozen (tmpfs, overlayfs), callers without CAP_SYS_ADMIN and file systems that
// somebody else has frozen get a syncfs. On systems other than Linux, Flush is sync(2).
package fsfreeze
