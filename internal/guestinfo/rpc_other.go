//go:build !(linux && amd64)

package guestinfo

// Here tells that this is no machine of VMware that is known.
func Here() (bool, error) { return false, ErrUnsupported }

// Backdoor fails.
func Backdoor(command string) (answer string, ok bool, err error) {
	return "", false, ErrUnsupported
}
