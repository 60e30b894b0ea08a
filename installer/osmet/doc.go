// Package osmet reads and makes osmet files: disk images without the parts that are objects of an OSTree repository.
//
// A live system carries an osmet file for each sector size, and the operating system as a repository. Together they make
// the image that is installed, without a download:
//
//	file, err := osmet.Find("/run/nestos-installer/osmet", "x86_64", 512)
//	image, err := file.Image(osmet.Repo("/sysroot/ostree/repo"))
//	_, err = io.Copy(disk, image)
//
// [File.Image] reads the whole image as a stream; its last Read fails if what was read is not the image that was packed.
// [Find] chooses a file, [Open] reads one, [Pack] makes one of a disk (Linux), [Write] of parts that are at hand, and
// [Fiemap] tells where on a file system the content of a file is.
//
// # The format
//
// Integers have variable length, see package bincode; offsets and lengths are bytes.
//
//	"OSMET" NUL NUL NUL   magic number
//	version               1
//	application version   text, for information
//	sector size           of the disk that the image is for
//	description           of the operating system: its PRETTY_NAME
//	architecture          as uname -m
//	partitions            start and end on the disk, and mappings:
//	                      offset in the object, offset in the partition, length, checksum of the object
//	checksum              SHA-256 of the image
//	size                  of the image
//	the rest              an xz stream of the image without what is mapped
//
// Partitions and the mappings of each are in ascending order and do not overlap. A mapping may be longer than what is left
// of the object, as file systems allocate whole blocks: the rest is zeros.
//
// # Untrusted bytes
//
// Files are checked before they are used. Memory for them is bounded by the size of the file and by constants. What Image
// returns is verified at its end only: do not make it bootable before.
//
// Version 1 is that of coreos-installer, which reads these files and whose files are read. Other versions are not
// supported. A [File] may make several images at the same time.
package osmet
