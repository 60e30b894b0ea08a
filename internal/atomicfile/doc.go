// Package atomicfile replaces files so that a reader, or a machine after a
// power failure, sees either the old content or the new one.
//
// [WriteFile] does it for bytes, [Create] and [File.Commit] for a stream,
// [Symlink] for a symbolic link.
//
// # Order
//
//  1. a file with a random name (prefix [TempPrefix]) is created beside the
//     destination with mode 0600, and written
//  2. owner, mode and modification time are set, in this order, as setting
//     the owner clears set-user-id bits; the umask plays no part
//  3. fsync of the file
//  4. rename over the destination: the commit point
//  5. fsync of the directory
//
// Until step 4 the destination is untouched; an error there or before removes
// the new file. A run that was killed leaves a file that [RemoveStale]
// recognizes. If step 5 fails the new content is visible but may not survive a
// power failure; the error says so.
//
// # Guarantees and limits
//
// Replacing makes a new inode: hard links keep the old content, and a
// destination that is a symbolic link is replaced itself. Directories above
// the destination are resolved by the kernel in the ordinary way; paths in a
// tree that somebody else controls belong to package confine. Methods of one
// [File] must not be called concurrently; different files are independent.
// The package exists on Unix systems.
package atomicfile
