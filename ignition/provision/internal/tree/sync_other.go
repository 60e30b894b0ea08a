//go:build unix && !linux

package tree

import "os"

func syncfs(f *os.File) error { return f.Sync() }
