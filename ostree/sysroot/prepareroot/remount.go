package prepareroot

// Labeler knows the SELinux labels of files.
type Labeler interface {
	// Lookup returns the label of the file at an absolute path, of whose mode the
	// file type counts; ok is false if it is to have none.
	Lookup(path string, mode uint32) (label string, ok bool, err error)
}

// RemountOptions adjust [Remount]. The zero value, and nil, are for the running
// system without SELinux.
type RemountOptions struct {
	Options
	// Labels is the policy that is enforced; nil if SELinux is off.
	Labels Labeler
}
