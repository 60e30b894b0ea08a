//go:build !linux

package iso

import (
	"context"
	"os"
)

func clone(dst, src *os.File) bool { return false }

func copyInKernel(ctx context.Context, dst, src *os.File, offset, length int64) (int64, error) {
	return 0, nil
}

func renameNoReplace(from, to string) error { return linkNoReplace(from, to) }
