// Package pkglist tells which packages a commit holds, and how the packages of two commits differ: what
// "rpm-ostree db list" and "db diff" show.
//
// It is for programs that report on a system or decide by its packages. [Load] gives the sorted list of a commit,
// a slice of [Package], and [Compare] the [Diff] of two lists, which can be written for people
// ([Diff.WriteBlock], [Diff.WriteDiff], [Diff.Summary]) and as JSON.
//
//	old, err := pkglist.Load(ctx, repo, from)
//	new, err := pkglist.Load(ctx, repo, to)
//	err = pkglist.Compare(old, new).WriteBlock(os.Stdout)
//
// # Where the list comes from
//
//	metadata of the commit      rpmostree.rpmdb.pkglist ([Key]), a(sssss): name, epoch, version, release,
//	                            architecture; in commits that were composed or assembled
//	database in the tree        usr/share/rpm, usr/lib/sysimage/rpm or var/lib/rpm ([Databases]), read by package
//	                            rpmdb; for all other commits
//	database of the base        usr/lib/sysimage/rpm-ostree-base-db ([BaseDatabase]): what a layered commit had
//	                            before the layers ([LoadBase])
//
// [FromHeaders] makes a list of headers, [Variant] what a commit's metadata hold.
//
// # The comparison
//
// Packages are paired by name. Of a name that either list has several times, as glibc for two architectures or a
// kernel in two versions, what is in both lists does not count, and the rest is paired by architecture. A pair is an
// upgrade or a downgrade by rpm's order of versions (package evr), in which the epoch comes first.
//
// # Guarantees and limits
//
// Lists and differences depend on their input alone. A package is known by name, epoch, version, release and
// architecture: two builds with the same are the same package. A list from the metadata is believed, not compared
// with the tree. Functions may be called at the same time; a database is read as a whole into memory. Form and texts
// are those of rpm-ostree.
package pkglist
