// Package filelock takes the lock files of libglnx, such as the "ostree/lock" that keeps two programs from
// changing a sysroot at once.
//
//	l, err := filelock.Lock(ctx, sysroot, "ostree/lock", func() { fmt.Println("Waiting for sysroot lock...") })
//	if err != nil { … }
//	defer l.Unlock()
//
// # Protocol
//
// The file is opened, and created with mode 0600 if it is missing; a link in its place is an error. It is
// locked as a whole for writing by an open file description lock, which belongs to the open file: two handles
// exclude each other in one process as in two. A kernel without such locks answers EINVAL and flock is used.
// The holder unlinks the file before it lets go, so whoever gets the lock then has that of a file that is gone:
// if the name does not lead to the locked file any more, it begins again.
//
// A lock is gone with the process that holds it, the file stays in that case. That is harmless.
package filelock
