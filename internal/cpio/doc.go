// Package cpio reads and writes cpio archives as a stream.
//
// [NewReader] takes the plain archive; [Reader.Next] goes from one member to the next, and [Reader.Read] reads the
// content of the current one. [Detect] recognizes an archive by its first six bytes.
//
// The three ASCII formats are read:
//
//	070701  "newc": 110 bytes of 8-digit hexadecimal numbers, name, content; name and content padded to 4 bytes
//	070702  the same, with a sum of all bytes of the content, which is verified
//	070707  "odc": 76 bytes of octal numbers, name, content; no padding
//
// A member named TRAILER!!! ends the archive; what follows is not looked at. Members with the same device and inode
// are links to one file: newc gives the content with the last of them, odc with each.
//
// Names and sizes come from the archive as they are; whoever creates files must check them. Headers are checked for
// form, names are limited to 64 KiB, content is never held.
//
// [NewWriter] makes archives of the first of these formats; [Writer.Close] adds the trailer.
package cpio
