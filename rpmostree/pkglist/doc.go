// Package pkglist tells which packages a commit holds, and how the packages of two commits differ.
//
//	old, err := pkglist.Load(ctx, repo, from)
//	new, err := pkglist.Load(ctx, repo, to)
//	err = pkglist.Compare(old, new).WriteBlock(os.Stdout)
//
// The list is in the metadata of commits that were composed or assembled, under rpmostree.rpmdb.pkglist; of
// older commits, and of those that another program made, the package database in the tree is read.
package pkglist
