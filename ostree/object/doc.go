// Package object knows the bytes of OSTree objects: what a commit, a directory and a file are made
// of, and which checksum names them. It does no I/O and has no policy.
//
// It is for programs that look at objects or make them without a repository: servers, signers, checkers.
// Package [github.com/nestos-dev/nestos/ostree] stores them, and its API speaks in the types of this one.
//
// [ParseCommit], [ParseDirTree] and [ParseDirMeta] read metadata objects, the Marshal methods of [Commit],
// [DirTree] and [DirMeta] write them, and their Checksum methods name them. A [FileHeader] is what a file is
// besides its content; [ContentChecksum] names a small file, [NewContentHash] one that passes by. [Variant] and
// [Dict] are the values and the dictionaries of metadata.
//
//	c, err := object.ParseCommit(data)
//	version, ok := c.Metadata.LookupType(object.KeyVersion, "s")
//	fmt.Println(c.Checksum(), c.Subject, version.Str())
//
// # Anatomy
//
// An object is named by a [Checksum] and a [Type], together a [Name]; as a loose file it is
// objects/XX/YYYY.type ([Name.LoosePath]). A commit points to a root dirtree and a root dirmeta; a dirtree
// lists files (name, checksum of a file object) and directories (name, dirtree, dirmeta).
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
// The format is that of libostree, whose ostree-core.h documents it.
//
// # Guarantees
//
// Parsers take hostile bytes: they never panic, allocate no more than a small multiple of the
// input, and accept only GVariant normal form, so that parsing and marshalling again gives the
// same bytes ([ErrNotNormal] otherwise). Names in a parsed [DirTree] are never "." or "..", and hold
// neither "/" nor NUL.
//
// What is parsed may share memory with the input, which must not be changed as long as it is in use. Values
// may be read by several goroutines.
//
// # Limits
//
// Whether a commit is signed, and whether its objects exist, is not known here. Marshal does not validate:
// [DirMeta.Validate], [FileHeader.Validate] and [Validate] do.
package object
