// Package rollsum finds what two versions of a file have in common, by cutting
// both into chunks where their content says so.
//
// [Split] cuts, [Match] compares.
//
// A rolling checksum over the last 64 bytes marks the end of a chunk wherever its
// low 13 bits are ones: the rule of bup, with the checksum begun anew at each
// chunk, and with no chunk longer than 32 KiB. So a byte that is inserted changes
// the chunks around it but not the ones behind. Chunks are 8 KiB long on average.
//
// OSTree's static deltas use such a comparison to describe a file by copies from
// an older one. How the copies are found is left to the writer of a delta: Match
// extends each pair of equal chunks as far as the files agree, so that what
// remains is as little as possible.
//
// Match needs both files in memory and about 1 % of their size besides, takes
// linear time for all but highly repetitive files, and always returns the same.
// The checksum of a chunk only proposes candidates; all ranges are compared byte by
// byte.
package rollsum
