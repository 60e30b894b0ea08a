// Package mountapi makes, moves and changes mounts on Linux: with the mount
// system calls that work on file descriptors where the kernel has them, and with
// mount(2) elsewhere.
//
//	var m mountapi.Mounter
//	err := m.Bind("/sysroot/deploy/etc", "/sysroot.tmp/etc", &mountapi.BindOptions{Writable: true})
//
// # Which calls
//
//	operation       preferred                                     else
//	bind            open_tree, mount_setattr, move_mount (5.12)   mount(MS_BIND), remount
//	read-only flag  mount_setattr (5.12)                          mount(MS_BIND|MS_REMOUNT)
//	move            move_mount (5.2)                              mount(MS_MOVE)
//	EROFS           fsopen … fsmount (5.2) of the file (6.12)     loop device, mount(2)
//	overlay         lowerdir+ and datadir+ (6.7)                  lowerdir=A::B, or A:B (before 6.5)
//
// With the first column a mount gets its flags before it becomes visible, so
// nobody sees a writable mount that is to be read-only. A call counts as missing
// when it fails with ENOSYS, EOPNOTSUPP, EINVAL or EPERM (container filters);
// what then fails in mount(2) too is reported with the errno of mount(2).
//
// # Paths
//
// All paths are resolved by the kernel in the ordinary way. Callers that work in
// a tree they do not trust give paths without symbolic links.
//
// On systems other than Linux the package is empty.
package mountapi
