//go:build linux && !arm64 && !loong64 && !riscv64

package testutil

import "golang.org/x/sys/unix"

// oldCalls do not exist on younger architectures. C libraries still make them where they do.
var oldCalls = map[uint64]call{
	unix.SYS_OPEN: {"open", creates(1)}, unix.SYS_CREAT: {name: "creat"},
	unix.SYS_MKDIR: {name: "mkdir"}, unix.SYS_RMDIR: {name: "rmdir"}, unix.SYS_UNLINK: {name: "unlink"}, unix.SYS_MKNOD: {name: "mknod"},
	unix.SYS_LINK: {name: "link"}, unix.SYS_SYMLINK: {name: "symlink"}, unix.SYS_RENAME: {name: "rename"}, unix.SYS_RENAMEAT: {name: "renameat"},
	unix.SYS_CHMOD: {name: "chmod"}, unix.SYS_CHOWN: {name: "chown"}, unix.SYS_LCHOWN: {name: "lchown"},
	unix.SYS_UTIMES: {name: "utimes"}, unix.SYS_FUTIMESAT: {name: "futimesat"},
}
