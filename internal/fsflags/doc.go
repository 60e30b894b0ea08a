// Package fsflags reads and changes the immutable flag of files and directories, what lsattr and chattr show
// as "i": nothing can be created, removed or renamed in such a directory, by root neither.
//
//	err := fsflags.SetImmutable(deployment, true)
//	if err != nil && !errors.Is(err, errors.ErrUnsupported) { … }
//
// It is FS_IOC_GETFLAGS and FS_IOC_SETFLAGS on Linux, unsupported elsewhere. Errors are *[os.PathError]; with
// errors.Is they are
//
//	fs.ErrPermission        the caller lacks CAP_LINUX_IMMUTABLE (EPERM, EACCES)
//	errors.ErrUnsupported   the file system has no such flags (EOPNOTSUPP, ENOTTY, ENOSYS)
package fsflags
