// Package rpm reads RPM packages: their headers, the files in them, their digests and signatures.
//
// It is for what looks at packages, unpacks them or records them as installed, without rpm. [Open] and [Read] read the
// headers of a package, [Package.Payload] its files, [Package.Extract] unpacks them; [Verify] checks a whole package as
// rpmkeys does. [ParseBlob] reads the header of an installed package from a database, see package rpmdb, and
// [Package.InstalledBlob] makes one. To make a package without rpmbuild, as tests and tools do, see package rpmtest.
//
//	p, err := rpm.Open("kitchen-1.5-7.x86_64.rpm")
//	if err != nil {
//		return err
//	}
//	defer p.Close()
//	fmt.Println(p.NEVRA(), p.Header.String(rpm.TagSummary))
//	for _, d := range p.Header.Deps(rpm.Requires) {
//		fmt.Println("needs", d)
//	}
//	err = p.Extract(ctx, "/tmp/tree", nil)
//
// # A package file
//
//	lead              96 bytes that only say "this is a package"
//	signature header  digests and signatures of what follows
//	padding           to a multiple of 8
//	main header       everything about the package and its files
//	payload           a compressed cpio archive of the files' contents
//
// A header is a list of tags with values: numbers of 8 to 64 bits, strings, lists of them, binary data, texts in several
// languages. Files and dependencies are parallel arrays: FILEMODES[i] is the mode of BASENAMES[i]. [Header] gives the
// values by tag; [Header.Files], [Header.Deps], [Header.Script] and [Header.Triggers] put them together.
//
// The immutable region of a header is what was sealed by who built the package. Digests and signatures are of it, byte for
// byte; the database keeps it as it is, with additions behind it that replace equal tags in it. Packages from before rpm
// 3.0.4 have no region.
//
// The archive has the files that are not ghosts, in the order of the header, hard links with their content at the last one.
// It may leave out all names and have numbers of files instead: those with files of 4 GiB, and all of rpm 6. What it says of
// owners, modes and times is of no interest; the header has it.
//
// # Versions
//
// Packages of rpm 2 to 6 are read, with payloads compressed by gzip, bzip2, xz, lzma and zstd or not at all. Texts, orders
// and verdicts are those of rpm 4.18; tags, digests and signatures that came with rpm 6 are known too. Delta packages and
// relocation are not supported.
//
// # Guarantees
//
// All input is hostile: sizes are checked before they are used, memory grows with what has really been read, headers are
// limited to 256 MiB as rpm limits them, time is linear. Errors of damaged input wrap [ErrCorrupt], [ErrDigest],
// [ErrNotPackage] or io.ErrUnexpectedEOF, or are the decompressor's.
//
// Reading checks what the format demands, and the payload's reader the digests in the header; but who wrote the header is
// told by [Verify] alone.
//
// A [Header] may be used by several goroutines, a [Package] and a [PayloadReader] by one at a time.
package rpm
