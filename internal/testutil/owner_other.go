//go:build !unix

package testutil

import "io/fs"

func owner(fs.FileInfo) (uid, gid uint32, dev uint64) { return 0, 0, 0 }
