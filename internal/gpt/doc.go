// Package gpt reads and writes GUID partition tables without losing a bit, and
// replaces the one on a disk such that a valid table is there at every moment.
//
//	t, err := gpt.Find(f, size)             // whatever the sector size
//	for n, e := range t.Used() { … }        // n from 1, e.Label(), e.First, e.Last
//
//	t, err := gpt.New(size, 512, nil)       // an empty table with a random GUID
//	err = t.Set(1, gpt.Entry{…})
//	err = t.Replace(f)                      // or Write, onto a new image
//
// # Format
//
// A disk of n sectors, numbered from 0 (LBA, logical block address):
//
//	0          protective MBR: one partition of type ee over everything
//	1          primary header
//	2 …        primary array of entries, 128 bytes each
//	…          partitions, from FirstUsable to LastUsable
//	n-1-k …    backup array, k sectors
//	n-1        backup header
//
// A header has 92 bytes, little-endian: "EFI PART", revision 1.0, its size, its
// CRC-32, its own place, the other header's, the usable range, the disk's GUID,
// the array's place, the number and size of entries, the CRC-32 of the array.
// An entry is used if its type is not zero. GUIDs have their first three fields
// in little-endian order.
//
// # What is read
//
// Headers of revision 1.0 with entries of 128 bytes, as many as [MaxEntries].
// If the primary header or the array that it points to is damaged, the backup is
// taken. Everything in an entry is kept as it is: attributes, GUIDs, what follows
// the end of the name. Bytes of a header beyond those above are not.
//
// # What is written
//
// The layout above, always. [Table.Check] tells what a table must fulfil.
//
// # Power cuts
//
// A header and its array are different sectors, so that writing them in place
// makes the primary table invalid for a moment, and readers that do not look at
// the backup (Linux, by default) see no partitions. [Table.Replace] writes the
// backup first, lets the primary header point to the array of the backup by
// changing a single sector, writes the primary array, and points back to it.
package gpt
