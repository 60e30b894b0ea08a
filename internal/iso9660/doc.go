// Package iso9660 reads ISO 9660 file systems, such as live images have, without mounting
// them.
//
// [New] opens a file system, [FS.Lookup] finds a file or directory by its path, [FS.Walk]
// lists all, [FS.Open] reads the content:
//
//	fsys, err := iso9660.New(file, size)
//	if err != nil {
//		return err
//	}
//	entry, err := fsys.Lookup("IMAGES/PXEBOOT/VMLINUZ")
//	if err != nil {
//		return err
//	}
//	content, err := fsys.Open(entry)
//
// # The format
//
// The image is a row of sectors of 2048 bytes. The first 16 are the system area, free for
// boot loaders. Volume descriptors follow, one a sector, up to one of type 255; the primary
// descriptor tells the size of the volume and where its root directory is. A directory is
// a file of records:
//
//	 0  length of the record; 0: go on at the next sector
//	 2  first sector of the content
//	10  length of the content in bytes
//	25  flags; 2 is a directory
//	32  length of the name
//	33  name, then data of extensions
//
// The content of a file is contiguous, which is what makes editing images in place simple.
//
// # Names
//
// Names are upper case, mostly of 8 characters and an extension of 3, and end in a version.
// "grub.cfg" is "GRUB.CFG;1" in the image and GRUB.CFG here; names of the system or of
// Joliet are not shown. Who looks up a name that does not fit, such as OPENEULER, finds the
// record that a builder of images makes of it, and names in lower case, which xorriso may
// write, are found, too; see [FS.Lookup].
//
// [OpenTree] opens an image with the names that Linux shows instead: those of Rock Ridge or Joliet, or the
// plain ones in lower case. A [Tree] has symbolic links, joins the extents of a file, and does not
// mind how the image was made:
//
//	tree, err := iso9660.OpenTree(device, size)
//	…
//	data, err := tree.ReadFile("openstack/latest/meta_data.json", 1<<20)
//
// # Limits
//
// Images may be hostile: nothing is read outside of the image, directories may not contain
// themselves, their size, depth and number are limited. Files of several extents (but in a
// Tree), interleaved files and sectors of other sizes are not supported.
//
// An FS never changes; it may be used by several goroutines if its reader allows it.
package iso9660
