package bls

import "fmt"

// FieldError reports a key or value that no entry can hold.
type FieldError struct {
	Key, Value string
	Reason     string
}

// Error names what was refused, with its text quoted.
func (e *FieldError) Error() string {
	return fmt.Sprintf("boot entry key %s with value %s: %s", quote(e.Key), quote(e.Value), e.Reason)
}

// SizeError reports an entry of more than [MaxSize] bytes.
type SizeError struct {
	// Size is what was found, in bytes. Of a file that was not read to its
	// end it is the least size it has.
	Size int64
}

// Error tells the size and the limit.
func (e *SizeError) Error() string {
	return fmt.Sprintf("boot entry of %d bytes, more than the limit of %d", e.Size, MaxSize)
}

// NameError reports a file name that is not one of an OSTree entry.
type NameError struct {
	Name string
}

// Error names what was refused, with its text quoted.
func (e *NameError) Error() string { return "invalid boot entry name " + quote(e.Name) }

// OverlayError reports the path of an overlay initrd whose last component is
// not a checksum with ".img".
type OverlayError struct {
	Name string // the last component
}

// Error returns libostree's text.
func (e *OverlayError) Error() string { return "Malformed overlay initrd filename: " + e.Name }

// quote bounds what a message repeats of its input.
func quote(s string) string {
	const limit = 200
	if len(s) > limit {
		return fmt.Sprintf("%q…", s[:limit])
	}
	return fmt.Sprintf("%q", s)
}
