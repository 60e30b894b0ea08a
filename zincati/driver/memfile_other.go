//go:build !linux

package driver

import (
	"errors"
	"os"
)

// memoryFile makes a file without a name.
func memoryFile(string) (*os.File, error) {
	f, err := os.CreateTemp("", "rpm-ostree-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
