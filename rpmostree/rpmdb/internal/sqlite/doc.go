// Package sqlite writes complete SQLite 3 database files from left to right, and
// reads the tables of existing ones, without an SQL engine.
//
// Builder lays a new file out: tables row by row, then their indexes, then the
// schema. Its Finish gives an Image, whose size is known before the first byte
// is written. File reads: Schema lists tables and indexes, Rows walks a table,
// Entries an index, Check proves that every page is used exactly once.
//
// # Format
//
// A file is an array of pages, counted from 1. Page 1 begins with a header of
// 100 bytes and is the root of the table sqlite_schema, whose rows name the root
// pages of everything else.
//
//	table tree    interior 0x05  cells: child page u32, greatest rowid of it (varint); last child in the header
//	              leaf     0x0d  cells: payload length (varint), rowid (varint), payload
//	index tree    interior 0x02  cells: child page u32, payload length (varint), payload
//	              leaf     0x0a  cells: payload length (varint), payload
//	page header   type, first free block u16, cells u16, start of the cells u16, fragments u8, [last child u32]
//	              then the array of cell offsets u16; the cells fill the page from its end
//	payload       record: header length, serial types (varints), then the values
//	overflow      a payload too long for its page goes on in a list of pages: next page u32, data
//
// An entry of an index occurs once, in a leaf or as the separator of two
// subtrees. Everything is big endian.
//
// # Limits
//
// The Builder writes pages of 4096 bytes, UTF-8, rollback-journal mode, files of
// up to 1 GiB. The File reads any page size, and the committed frames of a
// write-ahead log. It takes no locks.
package sqlite
