//go:build !unix

package deadend

import "os"

func unlink(path string) error { return os.Remove(path) }

func rename(from, to string) error { return os.Rename(from, to) }
