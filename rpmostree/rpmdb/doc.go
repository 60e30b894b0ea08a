// Package rpmdb reads the databases of installed packages that rpm keeps, and
// writes them in the form of rpm's sqlite backend.
//
// [Open] picks the backend by the files in a directory and [DB.Records] walks
// the packages; [NewImage] lays out a complete rpmdb.sqlite for a set of
// packages, to be streamed anywhere, and [Create] puts one into a directory.
// [Set] is the set of packages between the two.
//
//	db, err := rpmdb.Open(os.DirFS("/usr/lib/sysimage/rpm"))
//	set, err := rpmdb.NewSet(ctx, db)
//	set.Drop(17)
//	num, err := set.Add(header)
//	err = rpmdb.Create("/tmp/tree/usr/lib/sysimage/rpm", set.Records(), &rpmdb.ImageOptions{MaxNum: set.MaxNum()})
//
// # What a database holds
//
// One record for each installed package: a number, which is never used again,
// and a header. The header is the one of the package file, unchanged, followed
// by what rpm adds when it installs (time, transaction, states of files,
// signatures); rpm.Package.InstalledBlob makes it. Beside the records there are
// indexes from names to records; they are derived from the headers.
//
//	backend  files                               numbers          used by
//	sqlite   rpmdb.sqlite (-wal, -shm)           AUTOINCREMENT    Fedora 33, EL 9, rpm ≥ 4.16
//	ndb      Packages.db, Index.db               counter          SUSE
//	bdb      Packages, one more for each index   counter, key 0   up to Fedora 32, EL 8
//
// The sqlite form has a table Packages(hnum, blob) and for each of 18 tags a
// table (key, hnum, idx), where idx is the position of the key in the tag's
// array, the number of the trigger for file triggers. Requirements that only
// matter while the package is being installed are left out; boolean
// dependencies are found by their whole text and by each name in them, names
// that count negatively with a "!" before them; a package without a group is in
// the group "Unknown".
//
// # Guarantees
//
// Equal records give a byte-identical file. SQLite's integrity check holds, and
// rpm 4.18 queries, verifies, installs and erases with it. The file is in
// rollback-journal mode with no log beside it, so it is usable on read-only
// file systems. Reading is safe for hostile files: time and memory are linear
// in the size of the file. Committed transactions in a write-ahead log beside
// the database are seen.
//
// # Limits
//
// Only the sqlite form is written, up to 1 GiB. A database with a hot rollback
// journal is refused. No locks are taken: the package is for trees that nobody
// else changes at the time. A [DB] and a [Set] are used by one goroutine at a time.
package rpmdb
