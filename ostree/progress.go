package ostree

import "github.com/nestos-dev/nestos/internal/progress"

// Progress takes the events of a long operation: an interface with the method Report([Event]), which
// may be called often and should return soon. A nil Progress is fine everywhere.
type Progress = progress.Reporter

// Event is one report of a long operation. Its fields are
//
//	Task   what kind of work, for machines: "pull", "delta", "apply-delta"
//	ID     which of several tasks of that kind, as the name of the remote
//	Text   a line for people
//	State  "started", "running", "done" or "failed"
//	Bytes  how far it is, in bytes
//	Items  the same in objects, files or parts
//
// Bytes and Items have the fields Cached (there before), Done and Total (0: unknown), and a method
// Fraction (0 to 1). In JSON the names are in lower case.
type Event = progress.Event

// ProgressFunc makes a function of an [Event] a [Progress].
type ProgressFunc = progress.Func
