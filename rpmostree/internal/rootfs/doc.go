// Package rootfs holds the root file system that is being assembled: a tree of directories in memory
// whose files are objects of a repository.
//
// FromCommit starts with the tree of a commit, New with an empty one; the methods of [Tree] are those of
// a file system, and [Tree.Store] writes what changed:
//
//	t, err := rootfs.FromCommit(repo, base)
//	t.Begin(txn)
//	err = t.RemoveAll("usr/share/telnet")
//	err = t.WriteFile(ctx, "usr/lib/sysusers.d/x.conf", rootfs.Attr{Mode: 0o644}, data)
//	tree, meta, err := t.Store()
//
// Nothing is unpacked: a tree of 60,000 files of which 10 change costs the directories on the way to
// those 10. Objects never change; a file that is modified is a new object. So there is nothing to undo
// when an operation fails, owners and attributes are those of the commit whether or not the caller is
// root, and a tree may be written by an ordinary user into a bare-user repository.
//
// # Names
//
// Names are relative to the root and separated by slashes; leading slashes do not count. They are
// resolved as chroot(2) would do it, entirely in memory: links in the middle of a name are followed
// inside the tree, a link in the last place is not, unless a method says so. ".." stays below the root.
//
// # Labels
//
// With a policy (Tree.Policy) everything that is written gets the SELinux label of its path. What is renamed or linked
// keeps the one it has; see [Tree.Relabel].
// While scripts run /etc lies where it lies on a booted system; its files are labelled as those of
// usr/etc, where they belong in a commit.
//
// A Tree must not be used by several goroutines at the same time.
package rootfs
