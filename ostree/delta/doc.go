// Package delta reads and writes static deltas: files that turn a client's copy of one OSTree commit into another
// with a few downloads, where fetching the objects takes one for each.
//
// It is for programs that look into deltas or have a store of their own. Who has a repository wants
// [github.com/nestos-dev/nestos/ostree.Repo.GenerateDelta], which decides which objects to bring and how, and
// [github.com/nestos-dev/nestos/ostree.Repo.ApplyDeltaOffline]; a pull uses deltas by itself.
//
// [ParseSuperblock] reads the head of a delta, a [Superblock], and [ApplyPart] its parts; [PartWriter] and
// [Superblock.Marshal] write them. The package knows no repository, only a [Store] to read objects from and write
// them to.
//
// # Anatomy
//
// A delta has a [Name], FROM-TO or, from scratch, TO. In a repository its files are
//
//	deltas/AB/CDE…-FGH…/superblock    the head: names all parts and their checksums
//	deltas/AB/CDE…-FGH…/0, 1, …       the parts
//	delta-indexes/FG/H….index         deltas to TO: names and checksums of superblocks
//
// with checksums in base64 ([object.Checksum.Base64]). The superblock is a GVariant,
//
//	(a{sv} t ay ay (commit) ay a(uayttay) a(yaytt))
//
// metadata, date, FROM, TO, the commit object TO, nothing, parts, fallbacks. A part is listed with a version, the
// SHA-256 of its file, the sizes of file and objects, and the objects it makes. A fallback is an object that is in
// no part. An inline delta has the parts in the metadata. A signed one is wrapped: (taya{sv}), a magic number, the
// superblock, signatures. Sizes are in the byte order that the key "ostree.endianness" names; older deltas lack it,
// and the order is guessed.
//
// A part's file is one byte, 'x' or 0, and an .xz stream, or the bytes, of
//
//	(a(uuu) aa(ayay) ay ay)
//
// owners and modes, sets of xattrs, data, operations. An operation is a letter and numbers in base 128, least
// significant first. The objects of the part's list are made one after the other:
//
//	S length offset              metadata: these data are the object
//	S mode xattrs size offset    the same for a file; of a symlink the data are the target
//	o mode xattrs size           begin a file
//	r offset                     read from another file, whose checksum is there in the data, from now on
//	R                            read from the data again
//	w size offset                append to the file
//	B offset length              the file is what a bsdiff stream makes of the other file
//	c                            end the file
//
// # Guarantees
//
// Deltas come from elsewhere and may be hostile. All ranges, indexes and sizes are checked; every object has to have
// its checksum before a store keeps it; the unpacked part, which goes through a file when it is large, is bounded by
// what the superblock says of the objects' sizes, and so is what is written. The package neither prints nor keeps
// state. What it writes depends on its input only, and libostree reads it; it reads what libostree wrote since the
// format of 2014.
//
// Functions may be called at the same time, for the parts of one delta too if the Store allows it; a PartWriter is
// used by one goroutine. To apply a part takes the window that its xz stream asks for, 256 MiB at most, and one
// metadata object; to write one, 64 MiB of its data and what [PartWriter.Encode] says.
//
// Signatures are made and verified elsewhere (package sign) over [Superblock.Payload]. Prerequisite deltas, which
// the format has a place for and nothing ever wrote, are not supported.
package delta
