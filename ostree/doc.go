// Package ostree reads and writes OSTree repositories: content-addressed stores of whole file system
// trees, compatible with libostree byte for byte.
//
// It is for programs that build, serve, mirror, inspect or check out trees. What makes a tree boot, the
// deployments, is package sysroot; images in registries are package container.
//
// [Init] or [Open] gives a [Repo]. [Repo.Begin] starts a transaction, a [Txn], that takes in files and
// directories ([Txn.AddDirectory], [Txn.AddTar], [Txn.WriteFile]), trees ([Txn.WriteTree]), commits
// ([Txn.WriteCommit]) and refs ([Txn.SetRef]), and makes them visible together at [Txn.Commit].
// [Repo.Checkout] brings a commit back to a file system, [Repo.FS] shows it as an [io/fs.FS],
// [Repo.Pull] and [Repo.PullLocal] fetch from elsewhere, [Repo.Fsck] verifies and [Repo.Prune] removes
// what nothing refers to.
//
//	repo, err := ostree.Init("/srv/repo", &ostree.InitOptions{Mode: ostree.ModeArchive})
//	txn, err := repo.Begin(ctx, nil)
//	defer txn.Abort()                                     // does nothing after Commit, or when err != nil
//	tree := ostree.NewTree()
//	err = txn.AddDirectory(ctx, tree, "rootfs", nil)
//	root, meta, err := txn.WriteTree(tree)
//	commit, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{Subject: "first", Refs: []string{"os/main"}})
//	err = txn.SetRef("os/main", commit)
//	stats, err := txn.Commit(ctx)
//
// # Anatomy of a repository
//
//	config                       key file: mode, remotes
//	objects/XX/YYYY.TYPE         objects, named by SHA-256
//	refs/heads, refs/remotes     text files with a commit's checksum
//	summary, summary.sig         list of refs for clients, and its signatures
//	deltas/, delta-indexes/      static deltas
//	state/COMMIT.commitpartial   marks commits whose objects are not all there
//	tmp/staging-BOOT-…           objects of a running or interrupted transaction
//
// The mode decides how content is stored: [ModeArchive] (compressed, for servers), [ModeBare] (as is,
// for root), [ModeBareUser] (owner and xattrs in an attribute), [ModeBareUserOnly] (canonical
// permissions) and [ModeBareSplitXattrs] (in container layers). A commit has the same checksum in all
// modes that can represent it.
//
// A ref is a name for a commit, "os/main"; a refspec puts the remote before it that the ref was fetched
// from, "origin:os/main"; a revision is a refspec, a checksum or the beginning of one, or a revision and
// "^" for its parent ([Repo.ResolveRev]).
//
// # What is guaranteed
//
// Atomicity: objects are built aside and verified before they get a name; a transaction moves them
// into place after they have reached the disk, commit objects last, and writes refs after that. A
// killed process leaves a repository in which every commit is whole; the next transaction takes up
// what was staged.
//
// Concurrency: several processes, or several handles of one, may use a repository; what adds or walks objects
// holds the shared lock, what removes them the exclusive one. A Repo may be used by several goroutines until it is
// closed, with one transaction at a time; [Repo.Prune], and a [Repo.Fsck] that deletes, count as one. The lock is
// the handle's, so that its own goroutines do not wait for each other: to read what a prune at the same time could
// delete, use another handle. Commit, checkout, pull, fsck and the rest use all cores; results do not depend on the
// scheduling.
//
// Hostile data: objects, summaries, deltas, archives and server replies are checked for structure,
// size and checksum. Names that could leave a directory never get past the parser.
//
// Memory: the contents of files are streamed. Metadata objects and summaries are held as a whole, up to
// [MaxMetadataSize] each; a fsck or prune knows every object by its name, some 40 bytes each.
//
// Privileges: none, but for the owners and modes of files that are not the caller's: to write them to disk
// ([ModeBare], a checkout without UserMode) and to read what only root can read.
//
// The formats and settings are those that ostree(1), ostree.repo(5) and ostree.repo-config(5) of release
// 2026.4 describe; errors that scripts may look for have libostree's words.
//
// # What is not done
//
// Payload links (a saving of space on file systems with reflinks) are not made, whatever the
// configuration says; those that libostree made are looked after. Devices, fifos and sockets cannot be
// committed, as in every OSTree. Only Linux makes whiteouts, shares blocks between files and enables
// fs-verity; the rest works on other Unix systems too.
package ostree
