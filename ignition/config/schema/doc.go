// Package schema holds JSON Schema documents of the Ignition config formats, for
// editors and for programs that check configs without this module.
//
// [JSON] returns the document of one version, in the dialect of draft 2020-12:
// descriptions of all fields, their types, and those rules that a schema can express,
// such as required fields, known formats, RAID levels and hash functions, URL schemes,
// absolute paths, lengths of labels, and that a file system with a path needs a format.
//
// A config that fails a schema is not valid for Ignition, except that Ignition
// understands keys in another case than documented ("Path"), combines the fields of two
// objects with the same key, and takes a version with leading zeros ("03.5.0"). A config
// that passes can still be wrong: duplicate paths and names, overlapping partitions, unit
// files and the inside of URLs are beyond a schema. The package ignition/config checks
// everything.
//
// Keys that Ignition does not know pass, since Ignition only warns about them.
//
// The documents are made from the Go types and a table of rules by
//
//	go test ./ignition/config/schema -run TestDocuments -update
package schema
