//go:build unix

package confine

// ForceWalk makes r resolve names without openat2.
func ForceWalk(r *Root) { r.openat2 = false }

// HasOpenat2 reports whether the kernel resolves names for r.
func HasOpenat2(r *Root) bool { return r.openat2 }
