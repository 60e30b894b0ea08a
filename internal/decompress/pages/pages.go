// Package pages allocates large buffers that begin at a page, outside of the
// heap where the system allows it: the garbage collector does not count them,
// and their memory goes back to the system at once.
package pages

// Size is what the addresses of buffers are multiples of. It is as much as
// direct I/O asks for.
const Size = 4096

// Alloc returns a buffer of n zeros. [Free] gives it back; nothing may use it, or slices
// of it, any more.
func Alloc(n int) ([]byte, error) {
	if n <= 0 {
		return nil, nil
	}
	return alloc(n)
}

// Free gives back a buffer that Alloc returned.
func Free(b []byte) {
	if len(b) > 0 {
		free(b)
	}
}
