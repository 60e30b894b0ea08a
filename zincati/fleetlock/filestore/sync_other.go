//go:build !linux

package filestore

import "os"

func datasync(f *os.File) error { return f.Sync() }

// followOwner does nothing: operators' commands run as the server's user.
func followOwner(_, _ *os.File) error { return nil }
