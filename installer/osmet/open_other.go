//go:build !unix

package osmet

import "os"

func openNonblocking(path string) (*os.File, error) { return os.Open(path) }
