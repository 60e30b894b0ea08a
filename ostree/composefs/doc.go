// Package composefs writes and reads composefs images: file system images that
// hold names, metadata and digests, while the contents of the files stay in an
// object folder such as an OSTree repository.
//
// The two functions most people need are [Write], which makes an image of a
// tree of [*Node] values and returns its fs-verity digest, and [Open], whose
// [Image.Tree] does the opposite. [Digest] makes the digest alone, [Dump] and
// [ParseDump] handle the text format composefs-dump(5). Package
// [github.com/nestos-dev/nestos/ostree/composefs/fsverity] computes digests of
// the contents.
//
// # How an image is used
//
// The kernel mounts the image (EROFS) and stacks it with overlayfs on the
// object folder. Each regular file of the image is empty space with two
// attributes: trusted.overlay.redirect is the path of its content in the object
// folder, trusted.overlay.metacopy the digest that the kernel compares. The
// digest of the image covers all of that, so one number authenticates a whole
// tree. OSTree keeps it in the commit (ostree.composefs.digest.v0).
//
// # Anatomy
//
// Little-endian, blocks of 4096 bytes, nothing is compressed:
//
//	0        header: magic d078629a, version 1, flags (1: some ACL), format version
//	1024     EROFS superblock of 128 bytes
//	1152     inodes, aligned to 32; each followed by its attributes and, if it
//	         fits in the same block, its content (directory entries, target)
//	+        attributes that several inodes share
//	+        blocks: directories, long symlink targets
//
// Inodes are in breadth-first order, children by name; an inode is 32 bytes, or
// 64 if its time, owner or size need that. The tree is changed a little before
// it is written: attributes that overlayfs would act upon are escaped,
// whiteouts become marked empty files, the root is marked opaque and gets 256
// whiteouts named 00 to ff that hide the object folder.
//
// # Guarantees
//
// Images are the same bit for bit as those of the reference implementation
// (libcomposefs 1.x, used by ostree and mkcomposefs) in its format versions 0
// and 1, whatever the order of children and attributes in the input. The whole
// tree has to be in memory, as breadth-first order needs it: about 300 bytes a
// file besides names and paths. The image itself never is. Functions do not
// change the trees they are given, and can be called concurrently.
//
// Reading is safe with untrusted images: offsets are checked, recursion and
// memory bounded by the image's size. Whether the image is the right one is
// another question; compare the fs-verity digest of the file.
//
// Not done: hard links, EROFS features composefs does not use (compression,
// several devices), mounting.
package composefs
