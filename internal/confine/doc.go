// Package confine does file operations below a directory as if the process
// had changed its root there.
//
// [OpenRoot] opens a directory as a [Root]; its methods are those of os.Root,
// and more: attributes, device nodes, atomic replacement, synchronization.
//
// # Resolution
//
// A name is resolved as chroot(2) would do it. Leading slashes and absolute
// link targets mean the root, ".." at the root stays there, ".." after a link
// is the parent of the link's target. So /etc -> /usr/etc works in a system
// tree that is mounted elsewhere, where os.Root refuses it ("path escapes from
// parent"). Where no link may leave or be absolute, os.Root is the right type.
//
//	name               in a root at /mnt          is
//	etc/passwd         etc -> /usr/etc            /mnt/usr/etc/passwd
//	../../etc          —                          /mnt/etc
//	a/../b             a -> /x/y                  /mnt/x/b
//	proc/self/root     a magic link of the kernel refused, or resolved as text
//
// On Linux from 5.6 the kernel does it: openat2 with RESOLVE_IN_ROOT and
// RESOLVE_NO_MAGICLINKS. Elsewhere, and where openat2 is forbidden, names are
// walked one component at a time with directories held open; links are read
// and continued as text, at most 40 of them. Neither way lets a concurrent
// change of the tree lead out of it, and mount points below the root belong
// to the tree.
//
// # Last component
//
// Open, OpenFile, Stat, Chmod, Chown, Chtimes and the attribute methods follow
// a link in the last place; Lstat, Readlink, Remove, RemoveAll, Rename, Link,
// WriteFile, Create… and the methods that begin with L act on the link. A
// trailing slash makes the first group and Lstat demand a directory (and
// follow); the others ignore it.
//
// # Modes
//
// Modes are exact: the umask and set-group-id directories do not change the
// permission bits that a method was given.
//
// # Guarantees
//
// A Root may be used by several goroutines at once. Errors are *fs.PathError
// or *os.LinkError with the errno of the kernel inside. The package works on
// Linux; on other Unix systems device nodes are missing, and following methods
// need read permission. It needs /proc for extended attributes, and on
// kernels before 6.6 for Chmod.
package confine
