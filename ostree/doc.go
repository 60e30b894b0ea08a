// Package ostree reads and writes OSTree repositories: content-addressed stores of whole file system
// trees, compatible with libostree byte for byte.
//
// [Init] or [Open] gives a [Repo]. [Repo.Begin] starts a transaction that takes in files and
// directories ([Txn.AddDirectory], [Txn.AddTar], [Txn.WriteFile]), trees ([Txn.WriteTree]), commits
// ([Txn.WriteCommit]) and refs ([Txn.SetRef]), and makes them visible together at [Txn.Commit].
// [Repo.Checkout] brings a commit back to a file system, [Repo.FS] shows it as an [io/fs.FS],
// [Repo.Pull] and [Repo.PullLocal] fetch from elsewhere, [Repo.Fsck] verifies and [Repo.Prune] removes
// what nothing refers to.
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
// # What is guaranteed
//
// Atomicity: objects are built aside and verified before they get a name; a transaction moves them
// into place after they have reached the disk, commit objects last, and writes refs after that. A
// killed process leaves a repository in which every commit is whole; the next transaction takes up
// what was staged.
//
// Concurrency: several processes may use a repository; what adds or walks objects holds the shared
// lock, what removes them the exclusive one. A Repo may be used by several goroutines, with one
// transaction at a time. Commit, checkout, pull, fsck and the rest use all cores; results do not depend
// on the scheduling.
//
// Hostile data: objects, summaries, deltas, archives and server replies are checked for structure,
// size and checksum. Names that could leave a directory never get past the parser.
//
// # What is not done
//
// Payload links (a saving of space on file systems with reflinks) are neither made nor needed.
// Devices, fifos and sockets cannot be committed, as in every OSTree.
package ostree
