// Package progress is the one vocabulary in which all packages tell how far a
// long operation is.
//
// A library takes a [Reporter] in its options, nil allowed, and calls [Report]
// or keeps a [Task]; a program supplies one that draws bars, prints lines,
// writes JSON or emits D-Bus signals.
//
// # Anatomy of an event
//
//	Task   "pull", "deploy", …      what kind of work, for machines
//	ID     "fedora/stable"          which one, when several run at once
//	Text   "Receiving objects"      for people
//	State  started, running, done, failed
//	Bytes  cached / done / total    work measured in bytes
//	Items  cached / done / total    work measured in things
//
// The counts are of the whole task so far, not differences, so that a consumer
// may drop any event but the last. "Cached" is what did not have to be done
// because it was there already; it is not included in "done". A total of 0 is
// unknown. Every task begins with a started event and ends with one that is
// done or failed, both of which a consumer must not drop.
//
// # Cost
//
// Producers report as often as they like, per object or per buffer; consumers
// that are slow put [Limit] before themselves. Reporters must be safe for
// concurrent use, and must not block for long.
package progress
