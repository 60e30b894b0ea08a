//go:build unix

package rpm

import (
	"io/fs"
	"syscall"
)

// fileStat is what a file system says of a file.
type fileStat struct {
	mode, uid, gid uint32
	size           uint64
	mtime          int64
	rdev           uint64
}

func newFileStat(info fs.FileInfo) *fileStat {
	s := &fileStat{size: uint64(info.Size()), mtime: info.ModTime().Unix()}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		s.mode, s.uid, s.gid, s.rdev = uint32(sys.Mode), sys.Uid, sys.Gid, uint64(sys.Rdev)
	}
	return s
}
