//go:build !linux

package blockdev

import "os"

// sectorSize is a guess where only images are expected.
func sectorSize(*os.File) (int, error) { return 512, nil }
