//go:build unix && !linux

package atomicfile

import "os"

func fdatasync(f *os.File) error { return f.Sync() }

func renameNoReplace(dir int, temp, base string) error { return linkNoReplace(dir, temp, base) }
