//go:build unix && !aix

package errno

import (
	"errors"
	"strconv"
	"syscall"
)

// lookup finds the first errno in the chain of err and words it.
func lookup(err error) (string, bool) {
	var n syscall.Errno
	if !errors.As(err, &n) {
		return "", false
	}
	return strerror(n), true
}

// strerror is the C function of that name.
func strerror(n syscall.Errno) string {
	if n == 0 {
		return "Success"
	}
	if text, ok := texts[n]; ok {
		return text
	}
	if text, ok := systemTexts[n]; ok {
		return text
	}
	return "Unknown error " + strconv.FormatInt(int64(n), 10)
}
