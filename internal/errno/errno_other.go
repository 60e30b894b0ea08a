//go:build !unix || aix

package errno

import (
	"errors"
	"io/fs"
)

// lookup words the conditions that exist under every operating system.
func lookup(err error) (string, bool) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "No such file or directory", true
	case errors.Is(err, fs.ErrExist):
		return "File exists", true
	case errors.Is(err, fs.ErrPermission):
		return "Permission denied", true
	}
	return "", false
}
