// Package engine reads and checks Ignition configs of all versions with one set
// of types, those of the newest version.
//
// Each version's format is the newest one without some fields and with some
// rules more or less, so a table says since when a field exists, and a few
// fields say how they were read formerly. A config is read in one pass over
// its tree ([Decode]), checked in two walks over the types ([Validate]) and one
// over types and tree at once ([UnusedKeys]); only if reading fails, encoding/json
// is asked to read it too, since what users are told are its words ([StubError],
// [DecodeError]).
package engine
