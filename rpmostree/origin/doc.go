// Package origin reads, edits and writes the origin of a deployment that rpm-ostree manages: the key file
// that says which base it follows and what is layered on it.
//
// [Parse] (or [FromSysroot], for a deployment) reads one, an [Origin], [Origin.Bytes] writes it back. In between the
// fields and the methods change it.
//
// # The file
//
//	[origin]
//	baserefspec=nest:os/stable          refspec= if nothing is assembled locally
//	override-commit=6d0f…               pinned base
//
//	[packages]
//	requested=htop;tmux;                requests as they were typed
//	requested-local=SHA256:NEVRA;       packages given as files
//
//	[overrides]
//	remove=telnet;                      of the base
//	replace-local=SHA256:NEVRA;
//	replace=repo=testing,kernel,kernel-core;
//
//	[rpmostree]
//	regenerate-initramfs=true
//	initramfs-etc=/etc/crypttab;
//
// It stores requests, not results: one that the base satisfies stays, and counts again when a later base
// does not. Kernel arguments are not in it.
//
// # What is guaranteed
//
// Groups, keys and comments that this package does not know survive, and so does the form of values that
// do not change. Lists that change are sorted; empty ones are left out. The group libostree-transient,
// which is about one deployment, is never written. Methods change an origin completely or, with an error,
// not at all; the texts of errors are rpm-ostree's. An Origin is changed by one goroutine at a time.
//
// An origin is equivalent to a derive treefile of package treefile, see [Origin.Treefile]; its digest is
// what the detection of changes builds on.
//
// # What is not done
//
// The groups of modularity, which rpm-ostree has given up, are kept and have no effect.
package origin
