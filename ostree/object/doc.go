// Package object knows the bytes of OSTree objects: what a commit, a directory and a file are made
// of, and which checksum names them. It does no I/O and has no policy.
//
// Most callers want [ParseCommit], [ParseDirTree] and [ParseDirMeta] to read metadata objects and
// [FileHeader] with [NewContentHash] to name a file.
//
// # Anatomy
//
// An object is named by a [Checksum] and a [Type]; as a loose file it is objects/XX/YYYY.type
// ([Name.LoosePath]). A commit points to a root dirtree and a root dirmeta; a dirtree lists files
// (name, checksum of a file object) and directories (name, dirtree, dirmeta).
//
//	commit   (a{sv}aya(say)sstayay)   metadata, parent, -, subject, body, time, root dirtree, root dirmeta
//	dirtree  (a(say)a(sayay))         files, directories
//	dirmeta  (uuua(ayay))             uid, gid, mode, xattrs
//	file     u32 length, 4 zero bytes, (uuuusa(ayay)) uid gid mode rdev target xattrs, payload
//
// These are GVariants: framing is little-endian, but the numbers inside objects are stored
// big-endian. Metadata objects are named by the SHA-256 of their bytes. A file is named by the
// SHA-256 of the stream in the last line, however a repository stores it: the same file has the
// same name in every repository mode.
//
// # Guarantees
//
// Parsers take hostile bytes: they never panic, allocate no more than a small multiple of the
// input, and accept only GVariant normal form, so that parsing and marshalling again gives the
// same bytes ([ErrNotNormal] otherwise). Names in a parsed [DirTree] never hold "/", "..", or NUL.
package object
