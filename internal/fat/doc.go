// Package fat reads FAT file systems (FAT12, FAT16, FAT32, with long names) without mounting
// them.
//
//	fsys, err := fat.New(device, size)
//	…
//	data, err := fsys.ReadFile("openstack/latest/meta_data.json", 1<<20)
//
// # The format
//
//	boot sector     sizes of all that follows
//	reserved        FAT32: up to the first table
//	FAT             for each cluster the number of the next one of the file
//	FAT             a copy
//	root directory  FAT12 and FAT16: of a fixed size; a file like others in FAT32
//	clusters        content of files and directories, numbered from 2
//
// What of the three it is follows from the number of clusters, and from where the length of
// the table stands.
//
// A directory is a row of entries of 32 bytes: name (8 characters and 3, in upper case),
// attributes, first cluster, size. Long names are in entries before the one that
// they belong to, 13 characters of UTF-16 in each, the last part first, bound to it by a checksum of
// the short name.
//
// # Names
//
// Names are those that Linux shows with vfat: the long one, else the short one, in lower
// case as far as the entry says so. A name is found by both, and upper and lower case of ASCII
// letters and dots at the end make no difference. Short names are in code page 437. Labels and deleted entries are not
// shown.
//
// # Limits
//
// Images may be hostile: nothing is read outside of the image, chains of clusters that
// loop or leave the table are errors, directories have up to 2 MiB as the format demands. An FS never
// changes; it may be used by several goroutines if its reader allows it.
package fat
