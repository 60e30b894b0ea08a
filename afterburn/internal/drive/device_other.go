//go:build !linux

package drive

import (
	"errors"
	"os"
)

var errMount = errors.New("mounting is not supported on this system")

func noMedium(*os.File) bool { return false }

func mountReadOnly(_, _, _ string) error { return errMount }

func unmount(string, bool) error { return errMount }
