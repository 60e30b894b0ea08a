// Package humansize writes sizes for people and reads the ones they write in
// repository configurations.
//
// [Format] and [FormatIEC] give what GLib's g_format_size gives: one decimal
// above the first unit, and U+00A0 (no-break space) between number and unit.
//
//	1 byte   999 bytes   1.1 kB   5.2 MB   1.0 GB
//
// [Parse] reads the form that the key min-free-space-size of an OSTree
// repository has, such as 500MB: whole numbers, binary units.
package humansize
