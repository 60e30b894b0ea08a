// Package errno words operating system errors the way the C library does.
//
// Programs that replace tools written in C are judged by scripts that look
// for "No such file or directory"; Go says "no such file or directory".
// [Text] gives the C library's wording (glibc's, English) for any error whose
// chain holds an errno, [Wrap] and [New] build the two usual forms around it:
//
//	errno.Wrap("mkdirat", err)           mkdirat: File exists
//	errno.New("opendir", "refs", err)    opendir(refs): No such file or directory
//
// What they return still unwraps to the errno, so errors.Is(err,
// fs.ErrNotExist) and errors.Is(err, unix.ENOENT) hold as before.
//
// The Linux table is complete. Other Unix systems number errors differently
// and have fewer of them: there the wording is glibc's too, for the
// names of POSIX. Where errors are not errnos, or not distinct ones (Windows, Plan 9, AIX), the
// conditions that package io/fs knows are worded, the rest is left alone.
package errno
