//go:build unix

package testutil

import (
	"io/fs"
	"syscall"
)

// owner returns uid, gid and device number.
func owner(info fs.FileInfo) (uid, gid uint32, dev uint64) {
	st := info.Sys().(*syscall.Stat_t)
	return st.Uid, st.Gid, uint64(st.Rdev)
}
