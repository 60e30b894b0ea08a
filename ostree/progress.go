package ostree

import "github.com/nestos-dev/nestos/internal/progress"

// Progress takes the events of a long operation. A nil Progress is fine everywhere.
type Progress = progress.Reporter

// Event is one report of a long operation: what runs, how far it is, in bytes and in items.
type Event = progress.Event

// ProgressFunc makes a function a [Progress].
type ProgressFunc = progress.Func
