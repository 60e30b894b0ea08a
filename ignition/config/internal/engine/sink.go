package engine

import "github.com/nestos-dev/nestos/ignition/config/report"

// MaxEntries is how many findings are kept. A report of more is of no use, and
// a few kilobytes of config could make gigabytes of it: each file below each of
// several links with one path is a finding of its own.
const MaxEntries = 1 << 17

const tooMany = "too many findings; the rest is left out"

// Sink takes findings.
type Sink struct {
	Report report.Report
	full   bool
}

func (s *Sink) add(e report.Entry) {
	if len(s.Report.Entries) < MaxEntries {
		s.Report.Entries = append(s.Report.Entries, e)
		return
	}
	if !s.full {
		s.full = true
		s.Report.Entries = append(s.Report.Entries, report.Entry{Kind: report.Warn, Message: tooMany})
	}
	// What is left out must not make a bad config good.
	if e.Kind == report.Error {
		s.Report.Entries[MaxEntries].Kind = report.Error
	}
}

// saturated reports whether further errors change nothing.
func (s *Sink) saturated() bool {
	return s.full && s.Report.Entries[MaxEntries].Kind == report.Error
}
