//go:build unix && !linux && !aix

package errno

import "syscall"

// systemTexts adds what the system's own package can name beyond the common set.
var systemTexts = map[syscall.Errno]string{
	syscall.ENOTSUP: "Operation not supported",
}
