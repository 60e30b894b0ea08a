// Package report holds what validation finds in a config: entries with a kind,
// a path in the document, a position in its text, and a message.
//
// Packages ignition/config and ignition/butane return a [Report] beside what they
// read; who shows it to people prints it, and who decides on it asks
// [Report.IsFatal]:
//
//	cfg, rpt, err := config.Parse(raw)
//	fmt.Fprint(os.Stderr, rpt) // also without an error: warnings
//
// # The format
//
// [Report.String] is what the programs of the field print, one line for each
// [Entry]:
//
//	error at $.storage.files.0.path, line 2 col 30: path not absolute
//	│        │                       │              │
//	Kind     Path, from the root $   Pos            Message
//
// Path and position may each be absent: a config that a program made has no text,
// and a text that is no JSON has no paths. The form, and the three kinds, are those
// of the library github.com/coreos/vcontext, which Ignition and Butane use.
//
// Reports are plain data without locks: for one goroutine while they are added to, for
// any number afterwards.
package report
