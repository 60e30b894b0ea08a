//go:build !linux

package users

import "os"

// isTerminal trusts the kind of the file where there is no loginctl anyway.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
